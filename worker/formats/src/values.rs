//! What kind of numbers a matrix holds: raw counts, log-normalised or scaled.

/// What kind of numbers a matrix holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ValueState {
    /// Whole numbers, none negative: raw counts.
    Counts,
    /// Real numbers from 0 to below 20: log-normalised, as by `log1p` of counts per 10,000.
    LogNormalized,
    /// Real numbers, none negative, some 20 or more: normalised without a logarithm.
    Normalized,
    /// Some negative: scaled (z-scores), residuals or corrected values.
    Scaled,
    /// Nothing was stored, so nothing can be said.
    Unknown,
}

impl ValueState {
    /// The state in words, as in "X holds raw counts".
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Counts => "raw counts",
            Self::LogNormalized => "log-normalised values",
            Self::Normalized => "normalised values without a logarithm",
            Self::Scaled => "scaled values (some are negative)",
            Self::Unknown => "no stored value",
        }
    }
}

/// A summary of values, sampled or complete.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ValueSummary {
    /// What kind of numbers these are.
    pub state: ValueState,
    /// Smallest finite value seen (implicit zeros do not count), 0 where none was.
    pub min: f32,
    /// Largest finite value seen, 0 where none was.
    pub max: f32,
    /// Whether every finite value seen is a whole number.
    pub integers: bool,
    /// How many values were looked at.
    pub seen: u64,
    /// How many of them are not zero.
    pub nonzero: u64,
    /// How many of them are NaN or infinite.
    pub not_finite: u64,
}

/// Gathers a [`ValueSummary`].
#[derive(Debug, Clone, Copy)]
pub struct ValueStats {
    min: f32,
    max: f32,
    integers: bool,
    seen: u64,
    nonzero: u64,
    not_finite: u64,
}

impl Default for ValueStats {
    fn default() -> Self {
        Self {
            min: f32::INFINITY,
            max: f32::NEG_INFINITY,
            integers: true,
            seen: 0,
            nonzero: 0,
            not_finite: 0,
        }
    }
}

impl ValueStats {
    /// Adds one value.
    pub fn push(&mut self, value: f32) {
        self.seen += 1;
        if !value.is_finite() {
            self.not_finite += 1;
            return;
        }
        self.nonzero += u64::from(value != 0.0);
        self.min = self.min.min(value);
        self.max = self.max.max(value);
        // From 2^24 on every f32 is whole; below, the way through i32 is exact and needs no library call.
        self.integers &= value.abs() >= 16_777_216.0 || value == (value as i32) as f32;
    }

    /// Adds many values.
    pub fn extend(&mut self, values: &[f32]) {
        for &value in values {
            self.push(value);
        }
    }

    /// What the values seen so far look like.
    #[must_use]
    pub fn summary(&self) -> ValueSummary {
        let any = self.seen > self.not_finite;
        let state = match () {
            () if !any => ValueState::Unknown,
            () if self.min < 0.0 => ValueState::Scaled,
            () if self.integers => ValueState::Counts,
            () if self.max < 20.0 => ValueState::LogNormalized,
            () => ValueState::Normalized,
        };
        let (min, max) = if any { (self.min, self.max) } else { (0.0, 0.0) };
        let Self { integers, seen, nonzero, not_finite, .. } = *self;
        ValueSummary { state, min, max, integers, seen, nonzero, not_finite }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(values: &[f32]) -> ValueState {
        let mut stats = ValueStats::default();
        stats.extend(values);
        stats.summary().state
    }

    #[test]
    fn states_are_told_apart() {
        assert_eq!(state(&[0.0, 3.0, 250.0]), ValueState::Counts);
        assert_eq!(state(&[0.0, 0.7, 6.2]), ValueState::LogNormalized);
        assert_eq!(state(&[0.5, 250.5]), ValueState::Normalized);
        assert_eq!(state(&[-0.5, 2.0]), ValueState::Scaled);
        assert_eq!(state(&[]), ValueState::Unknown);
        assert_eq!(state(&[f32::NAN]), ValueState::Unknown);
    }
}
