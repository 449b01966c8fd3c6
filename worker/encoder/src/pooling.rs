//! From token vectors to one vector per text.

use serde::{Deserialize, Serialize};

/// How the token vectors of a text become one vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Pooling {
    /// The mean over all tokens of the text, `[CLS]` and `[SEP]` included, as sentence-transformers does.
    #[default]
    Mean,
    /// The vector of the first token, `[CLS]`.
    Cls,
}

impl Pooling {
    /// Pools the token vectors of one text.
    ///
    /// # Shapes
    /// `tokens`: `[length × d]`, row-major, length ≥ 1; `out`: `[d]`.
    pub(crate) fn pool(self, tokens: &[f32], out: &mut [f32]) {
        let d = out.len();
        match self {
            Self::Cls => out.copy_from_slice(&tokens[..d]),
            Self::Mean => {
                out.fill(0.0);
                for row in tokens.chunks_exact(d) {
                    out.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
                }
                let scale = 1.0 / (tokens.len() / d) as f32;
                out.iter_mut().for_each(|sum| *sum *= scale);
            }
        }
    }
}

/// Scales every row to unit length; a row of zeros stays as it is.
///
/// # Shapes
/// `vectors`: `[n × d]`, row-major.
pub fn l2_normalize(vectors: &mut [f32], d: usize) {
    for row in vectors.chunks_exact_mut(d.max(1)) {
        let norm = row.iter().map(|&x| f64::from(x) * f64::from(x)).sum::<f64>().sqrt();
        if norm > 0.0 {
            row.iter_mut().for_each(|x| *x = (f64::from(*x) / norm) as f32);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pools_and_normalises() {
        let tokens = [1.0, 2.0, 3.0, 6.0];
        let mut out = [0.0; 2];
        Pooling::Mean.pool(&tokens, &mut out);
        assert_eq!(out, [2.0, 4.0]);
        Pooling::Cls.pool(&tokens, &mut out);
        assert_eq!(out, [1.0, 2.0]);
        let mut rows = [3.0, 4.0, 0.0, 0.0];
        l2_normalize(&mut rows, 2);
        assert_eq!(rows, [0.6, 0.8, 0.0, 0.0]);
    }
}
