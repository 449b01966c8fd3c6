/// A range of values on a stretch of the sheet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Scale {
    kind: Kind,
    low: f64,
    high: f64,
    /// Where the lowest and the highest value lie.
    from: f64,
    to: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Linear,
    Log,
}

impl Scale {
    /// A linear scale; a range without length is widened, so that everything has a place.
    pub(crate) fn linear((low, high): (f64, f64), (from, to): (f64, f64)) -> Self {
        let (low, high) = widened(low, high);
        Self { kind: Kind::Linear, low, high, from, to }
    }

    /// A logarithmic scale of values above 0.
    pub(crate) fn log((low, high): (f64, f64), (from, to): (f64, f64)) -> Self {
        let low = if low > 0.0 && low.is_finite() { low } else { 1.0 };
        let high = if high > low { high } else { low * 10.0 };
        Self { kind: Kind::Log, low, high, from, to }
    }

    /// Where a value lies.
    pub(crate) fn place(&self, value: f64) -> f64 {
        let share = match self.kind {
            Kind::Linear => (value - self.low) / (self.high - self.low),
            Kind::Log => {
                (value.max(f64::MIN_POSITIVE).ln() - self.low.ln())
                    / (self.high.ln() - self.low.ln())
            }
        };
        self.from + share * (self.to - self.from)
    }

    /// About `n` round values within the range.
    pub(crate) fn ticks(&self, n: usize) -> Vec<f64> {
        let step = round_step((self.high - self.low) / n.max(1) as f64);
        let first = (self.low / step - 1e-9).ceil();
        (0..=4 * n.max(1))
            .map(|place| (first + place as f64) * step)
            .take_while(|&value| value <= self.high + 1e-9 * step)
            // −0 is written with a sign.
            .map(|value| if value.abs() < 1e-9 * step { 0.0 } else { value })
            .collect()
    }
}

/// A tick's value with the decimals that its step needs.
pub(crate) fn tick_text(value: f64, ticks: &[f64]) -> String {
    let step = match ticks {
        [first, second, ..] => (second - first).abs(),
        _ => value.abs(),
    };
    let decimals =
        if step > 0.0 { (-(step * 1.000_001).log10().floor()).clamp(0.0, 6.0) } else { 0.0 };
    let text = format!("{value:.0$}", decimals as usize);
    text.replace('-', "−")
}

/// 1, 2 or 5 times a power of ten, not below the step.
fn round_step(step: f64) -> f64 {
    if !(step.is_finite() && step > 0.0) {
        return 1.0;
    }
    let power = 10f64.powf(step.log10().floor());
    let factor =
        [1.0, 2.0, 5.0, 10.0].into_iter().find(|factor| factor * power >= step * (1.0 - 1e-9));
    factor.unwrap_or(10.0) * power
}

fn widened(low: f64, high: f64) -> (f64, f64) {
    match (low.is_finite(), high.is_finite()) {
        (true, true) if high > low => (low, high),
        (true, true) => {
            let room = if low == 0.0 { 1.0 } else { low.abs() * 0.1 };
            (low.min(high) - room, low.max(high) + room)
        }
        (true, false) => (low, low + 1.0),
        (false, true) => (high - 1.0, high),
        (false, false) => (0.0, 1.0),
    }
}

/// The least and the greatest of the finite values.
pub(crate) fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values
        .filter(|value| value.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(value), high.max(value))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_within_the_range() {
        let scale = Scale::linear((0.0, 1.0), (0.0, 100.0));
        assert_eq!(scale.ticks(5), [0.0, 0.2, 0.4, 0.6000000000000001, 0.8, 1.0]);
        let scale = Scale::linear((-0.03, 0.11), (0.0, 100.0));
        let ticks = scale.ticks(5);
        assert!(ticks.contains(&0.0) && ticks.iter().all(|tick| (-0.03..=0.11).contains(tick)));
        assert_eq!(tick_text(-0.05, &[-0.05, 0.0]), "−0.05");
        assert_eq!(tick_text(0.6000000000000001, &scale_ticks()), "0.6");
        assert_eq!(tick_text(40.0, &[20.0, 40.0]), "40");
    }

    fn scale_ticks() -> Vec<f64> {
        Scale::linear((0.0, 1.0), (0.0, 1.0)).ticks(5)
    }

    #[test]
    fn a_log_scale_gives_equal_room_to_equal_factors() {
        let scale = Scale::log((1.0, 100.0), (0.0, 200.0));
        assert_eq!(scale.place(1.0), 0.0);
        assert!((scale.place(10.0) - 100.0).abs() < 1e-9);
        assert!((scale.place(100.0) - 200.0).abs() < 1e-9);
    }

    #[test]
    fn a_range_without_length_still_has_places() {
        for (low, high) in [(0.0, 0.0), (3.0, 3.0), range([].into_iter()), (f64::NAN, 2.0)] {
            let scale = Scale::linear((low, high), (0.0, 10.0));
            assert!(scale.place(if low.is_finite() { low } else { 0.0 }).is_finite());
            assert!(scale.ticks(4).len() <= 17);
        }
        assert!(Scale::log((0.0, 0.0), (0.0, 1.0)).place(1.0).is_finite());
    }

    #[test]
    fn a_huge_range_has_few_ticks() {
        assert!(Scale::linear((0.0, 1e12), (0.0, 1.0)).ticks(5).len() <= 6);
    }
}
