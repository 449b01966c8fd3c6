use ndarray::Array2;

use super::Eigenpairs;

/// QL steps for one eigenvalue at most; two or three are usual.
const MAX_STEPS: usize = 60;

/// All eigenpairs of a symmetric matrix, largest eigenvalue first.
///
/// Householder reduction to tridiagonal form and implicit QL: EISPACK's `tred2` and `tql2` (Bowdler,
/// Martin, Reinsch & Wilkinson 1968).
pub(crate) fn symmetric(matrix: &Array2<f64>) -> Eigenpairs {
    let n = matrix.nrows();
    if n == 0 {
        return Eigenpairs { values: Vec::new(), vectors: Array2::zeros((0, 0)) };
    }
    let mut form = Form {
        n,
        // Symmetric, so it is its own transpose.
        vectors: matrix.iter().copied().collect(),
        diagonal: vec![0.0; n],
        beside: vec![0.0; n],
    };
    form.reduce();
    form.accumulate();
    form.solve();
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&i, &j| form.diagonal[j].total_cmp(&form.diagonal[i]).then(i.cmp(&j)));
    let values = order.iter().map(|&at| form.diagonal[at]).collect();
    let vectors = Array2::from_shape_fn((n, n), |(k, at)| form.vectors[order[at] * n + k]);
    Eigenpairs { values, vectors }
}

/// A matrix on its way to diagonal form.
struct Form {
    n: usize,
    /// Column j of EISPACK's `z` is row j here, so that inner loops run along memory.
    vectors: Vec<f64>,
    diagonal: Vec<f64>,
    /// Entries beside the diagonal.
    beside: Vec<f64>,
}

impl Form {
    /// Householder reflections, from the last row up.
    fn reduce(&mut self) {
        let n = self.n;
        let (z, d, e) = (&mut self.vectors, &mut self.diagonal, &mut self.beside);
        for j in 0..n {
            d[j] = z[j * n + n - 1];
        }
        for i in (1..n).rev() {
            let scale: f64 = d[..i].iter().map(|x| x.abs()).sum();
            let mut h = 0.0;
            if scale == 0.0 {
                e[i] = d[i - 1];
                for j in 0..i {
                    d[j] = z[j * n + i - 1];
                    z[j * n + i] = 0.0;
                    z[i * n + j] = 0.0;
                }
            } else {
                d[..i].iter_mut().for_each(|x| *x /= scale);
                h = d[..i].iter().map(|x| x * x).sum();
                let f = d[i - 1];
                let g = if f > 0.0 { -f64::sqrt(h) } else { f64::sqrt(h) };
                e[i] = scale * g;
                h -= f * g;
                d[i - 1] = f - g;
                reflect(z, &mut d[..i], &mut e[..i], n, h);
                for j in 0..i {
                    d[j] = z[j * n + i - 1];
                    z[j * n + i] = 0.0;
                }
            }
            d[i] = h;
        }
    }

    /// Multiplies the reflections.
    fn accumulate(&mut self) {
        let n = self.n;
        let (z, d) = (&mut self.vectors, &mut self.diagonal);
        for i in 0..n - 1 {
            z[i * n + n - 1] = z[i * n + i];
            z[i * n + i] = 1.0;
            let h = d[i + 1];
            let (before, from) = z.split_at_mut((i + 1) * n);
            let reflection = &mut from[..=i];
            if h != 0.0 {
                d[..=i].iter_mut().zip(&*reflection).for_each(|(d, z)| *d = z / h);
                for row in before.chunks_exact_mut(n) {
                    let row = &mut row[..=i];
                    let g: f64 = reflection.iter().zip(&*row).map(|(a, b)| a * b).sum();
                    row.iter_mut().zip(&*d).for_each(|(z, d)| *z -= g * d);
                }
            }
            reflection.fill(0.0);
        }
        for j in 0..n {
            d[j] = z[j * n + n - 1];
            z[j * n + n - 1] = 0.0;
        }
        z[n * n - 1] = 1.0;
        self.beside[0] = 0.0;
    }

    /// QL steps until every entry beside the diagonal has vanished.
    fn solve(&mut self) {
        let n = self.n;
        self.beside.rotate_left(1);
        let (mut shift, mut size) = (0.0, 0.0f64);
        for l in 0..n {
            size = size.max(self.diagonal[l].abs() + self.beside[l].abs());
            let small = f64::EPSILON * size;
            // The last entry is zero, so the end is always found.
            let m = (l..n).find(|&m| self.beside[m].abs() <= small).unwrap_or(n - 1);
            for _step in 0..MAX_STEPS {
                if m == l || self.beside[l].abs() <= small {
                    break;
                }
                shift += self.step(l, m);
            }
            self.diagonal[l] += shift;
            self.beside[l] = 0.0;
        }
    }

    /// One implicit QL step on rows `l..=m`; returns the shift that it took.
    fn step(&mut self, l: usize, m: usize) -> f64 {
        let (n, z) = (self.n, &mut self.vectors);
        let (d, e) = (&mut self.diagonal, &mut self.beside);
        let g = d[l];
        let p = (d[l + 1] - g) / (2.0 * e[l]);
        let r = p.hypot(1.0).copysign(p);
        d[l] = e[l] / (p + r);
        d[l + 1] = e[l] * (p + r);
        let next = d[l + 1];
        let shift = g - d[l];
        d[l + 2..].iter_mut().for_each(|x| *x -= shift);
        let mut p = d[m];
        let (mut c, mut c2, mut c3) = (1.0, 1.0, 1.0);
        let (mut s, mut s2) = (0.0, 0.0);
        let beside = e[l + 1];
        for i in (l..m).rev() {
            (c3, c2, s2) = (c2, c, s);
            let (g, h) = (c * e[i], c * p);
            let r = p.hypot(e[i]);
            e[i + 1] = s * r;
            (s, c) = (e[i] / r, p / r);
            p = c * d[i] - s * g;
            d[i + 1] = h + s * (c * g + s * d[i]);
            let (left, right) = z.split_at_mut((i + 1) * n);
            for (x, y) in left[i * n..].iter_mut().zip(&mut right[..n]) {
                (*x, *y) = (c * *x - s * *y, s * *x + c * *y);
            }
        }
        p = -s * s2 * c3 * beside * e[l] / next;
        e[l] = s * p;
        d[l] = c * p;
        shift
    }
}

/// Applies one reflection to the leading block from both sides.
fn reflect(z: &mut [f64], d: &mut [f64], e: &mut [f64], n: usize, h: f64) {
    let i = d.len();
    e.fill(0.0);
    for j in 0..i {
        let f = d[j];
        z[i * n + j] = f;
        let row = &z[j * n..j * n + i];
        let mut g = e[j] + row[j] * f;
        for k in j + 1..i {
            g += row[k] * d[k];
            e[k] += row[k] * f;
        }
        e[j] = g;
    }
    e.iter_mut().for_each(|x| *x /= h);
    let f: f64 = e.iter().zip(&*d).map(|(e, d)| e * d).sum();
    let half = f / (h + h);
    e.iter_mut().zip(&*d).for_each(|(e, d)| *e -= half * d);
    for j in 0..i {
        let (f, g) = (d[j], e[j]);
        for k in j..i {
            z[j * n + k] -= f * e[k] + g * d[k];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::SplitMix64;

    fn check(matrix: &Array2<f64>) -> Eigenpairs {
        let pairs = symmetric(matrix);
        let n = matrix.nrows();
        let scaled = &pairs.vectors * &ndarray::Array1::from(pairs.values.clone());
        let back = scaled.dot(&pairs.vectors.t());
        let product = pairs.vectors.t().dot(&pairs.vectors);
        for ((i, j), &value) in matrix.indexed_iter() {
            assert!((back[[i, j]] - value).abs() < 1e-11, "{i} {j}");
            let expected = if i == j { 1.0 } else { 0.0 };
            assert!((product[[i, j]] - expected).abs() < 1e-12);
        }
        assert!(pairs.values.windows(2).all(|pair| pair[0] >= pair[1]));
        assert_eq!(pairs.values.len(), n);
        pairs
    }

    #[test]
    fn eigenpairs_give_the_matrix_back() {
        let mut rng = SplitMix64::new(4);
        for n in [1, 2, 3, 10, 65] {
            let half = Array2::from_shape_simple_fn((n, n), || rng.normal());
            check(&(&half + &half.t()));
        }
    }

    #[test]
    fn zeros_and_equal_values_are_no_trouble() {
        assert_eq!(check(&Array2::zeros((4, 4))).values, [0.0; 4]);
        assert_eq!(check(&(Array2::eye(5) * 3.0)).values, [3.0; 5]);
        let pairs = check(&ndarray::array![[2.0, 0.0, 1.0], [0.0, 5.0, 0.0], [1.0, 0.0, 2.0]]);
        assert!((pairs.values[1] - 3.0).abs() < 1e-14);
    }
}
