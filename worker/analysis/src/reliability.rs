//! Whether votes can be believed: the share of the winning votes against the share told rightly.

/// Bins of equal width.
pub const N_BINS: usize = 10;
/// Rounding that must not move a share of votes, such as 3 of 10, over the edge of its bin.
const EDGE: f64 = 1e-9;

/// One bin of a reliability diagram.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Bin {
    /// Mean confidence of its cells.
    pub confidence: f64,
    /// Share of its cells told rightly.
    pub accuracy: f64,
    /// Its cells.
    pub n_obs: u64,
}

/// Sums up confidences, cell by cell.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reliability {
    confidence: [f64; N_BINS],
    right: [u64; N_BINS],
    cells: [u64; N_BINS],
}

impl Reliability {
    /// Counts one cell; a bin holds its upper edge (`sklearn.calibration.calibration_curve`).
    pub fn add(&mut self, confidence: f64, is_right: bool) {
        if !confidence.is_finite() {
            return;
        }
        let above = (confidence * N_BINS as f64 - EDGE).ceil() as usize;
        let bin = above.clamp(1, N_BINS) - 1;
        self.confidence[bin] += confidence;
        self.right[bin] += u64::from(is_right);
        self.cells[bin] += 1;
    }

    /// The bins that hold cells, from low to high confidence.
    #[must_use]
    pub fn bins(&self) -> Vec<Bin> {
        let filled = (0..N_BINS).filter(|&bin| self.cells[bin] > 0);
        let bin = |bin: usize| {
            let n = self.cells[bin] as f64;
            Bin {
                confidence: self.confidence[bin] / n,
                accuracy: self.right[bin] as f64 / n,
                n_obs: self.cells[bin],
            }
        };
        filled.map(bin).collect()
    }

    /// Expected calibration error (Naeini et al. 2015): mean distance of both shares, over cells.
    #[must_use]
    pub fn calibration_error(&self) -> f64 {
        let bins = self.bins();
        let n: u64 = bins.iter().map(|bin| bin.n_obs).sum();
        let error = |bin: &Bin| (bin.confidence - bin.accuracy).abs() * bin.n_obs as f64;
        bins.iter().map(error).sum::<f64>() / n.max(1) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_votes_lies_in_the_bin_that_ends_with_it() {
        let mut found = Reliability::default();
        for votes in 1..=10 {
            found.add(f64::from(votes) / 10.0, votes > 5);
        }
        found.add(f64::NAN, true);
        found.add(0.0, false);
        let bins = found.bins();
        assert_eq!(
            bins.iter().map(|bin| bin.n_obs).collect::<Vec<_>>(),
            [2, 1, 1, 1, 1, 1, 1, 1, 1, 1]
        );
        assert_eq!((bins[0].confidence, bins[0].accuracy), (0.05, 0.0));
        assert_eq!((bins[5].confidence, bins[5].accuracy), (0.6, 1.0));
        let expected = (0.1 + 0.2 + 0.3 + 0.4 + 0.5 + 0.4 + 0.3 + 0.2 + 0.1) / 11.0;
        assert!((found.calibration_error() - expected).abs() < 1e-12);
    }
}
