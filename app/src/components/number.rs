//! Numbers as people read them.

use lexicell_protocol::MeanSd;

/// `1234567` as `1 234 567`, with narrow spaces.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len());
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

/// A share of 1 as a percentage; what is small but not nothing stays visible.
pub(crate) fn percent(share: f64) -> String {
    let value = share * 100.0;
    if !value.is_finite() {
        "–".to_owned()
    } else if value == 0.0 {
        "0 %".to_owned()
    } else if value > 0.0 && value < 0.01 {
        "< 0.01 %".to_owned()
    } else if value < 1.0 {
        format!("{value:.2} %")
    } else {
        format!("{value:.1} %")
    }
}

/// Bytes in the unit that fits.
pub(crate) fn bytes(number: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if number < 1000 {
        return format!("{number} B");
    }
    let mut value = number as f64;
    let mut unit = "B";
    for larger in UNITS {
        if value < 999.5 {
            break;
        }
        (value, unit) = (value / 1000.0, larger);
    }
    if value < 10.0 { format!("{value:.1} {unit}") } else { format!("{value:.0} {unit}") }
}

/// Milliseconds in the unit that fits.
pub(crate) fn duration(millis: f64) -> String {
    let seconds = millis / 1000.0;
    if !millis.is_finite() {
        "–".to_owned()
    } else if millis < 999.5 {
        format!("{millis:.0} ms")
    } else if seconds < 59.5 {
        format!("{seconds:.1} s")
    } else {
        let whole = seconds.round() as u64;
        format!("{} min {:02} s", whole / 60, whole % 60)
    }
}

/// A figure between about 0 and 1 with that many decimals.
pub(crate) fn figure(value: f64, decimals: usize) -> String {
    if value.is_finite() { format!("{value:.decimals$}") } else { "–".to_owned() }
}

/// A difference with its sign, a true minus included.
pub(crate) fn signed(value: f64, decimals: usize) -> String {
    if value.is_finite() {
        format!("{value:+.decimals$}").replace('-', "−")
    } else {
        "–".to_owned()
    }
}

/// Mean ± standard deviation.
pub(crate) fn mean_sd(value: MeanSd) -> String {
    format!("{} ± {}", figure(value.mean, 3), figure(value.sd, 3))
}

/// A p value; what is small is not nothing.
pub(crate) fn p_value(p: f64) -> String {
    if p < 0.001 { "< 0.001".to_owned() } else { figure(p, 3) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_grouped_by_three() {
        assert_eq!(count(7), "7");
        assert_eq!(count(700), "700");
        assert_eq!(count(68_579), "68\u{202f}579");
        assert_eq!(count(1_234_567), "1\u{202f}234\u{202f}567");
    }

    #[test]
    fn a_small_share_is_not_nothing() {
        assert_eq!(percent(0.981), "98.1 %");
        assert_eq!(percent(0.0), "0 %");
        assert_eq!(percent(0.000_01), "< 0.01 %");
        assert_eq!(percent(f64::NAN), "–");
    }

    #[test]
    fn differences_have_a_sign_and_a_small_p_is_not_nothing() {
        assert_eq!(signed(0.0341, 3), "+0.034");
        assert_eq!(signed(-0.1, 2), "−0.10");
        assert_eq!(signed(f64::NAN, 2), "–");
        assert_eq!(p_value(0.000_02), "< 0.001");
        assert_eq!(p_value(0.25), "0.250");
        assert_eq!(mean_sd(MeanSd { mean: 0.9, sd: f64::NAN }), "0.900 ± –");
    }

    #[test]
    fn units_follow_the_size() {
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(1_500), "1.5 kB");
        assert_eq!(bytes(23_400_000), "23 MB");
        assert_eq!(bytes(999_999), "1.0 MB");
        assert_eq!(duration(12.3), "12 ms");
        assert_eq!(duration(4_321.0), "4.3 s");
        assert_eq!(duration(59_900.0), "1 min 00 s");
        assert_eq!(duration(125_000.0), "2 min 05 s");
    }
}
