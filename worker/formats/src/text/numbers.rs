/// What a field of a table of numbers holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Number {
    Value(f32),
    /// Nothing, or NA.
    Missing,
    /// Something else.
    Text,
}

/// Reads a number; quotes and blanks around it are allowed.
pub(crate) fn parse_number(field: &[u8], decimal_comma: bool) -> Number {
    if let [digit @ b'0'..=b'9'] = field {
        return Number::Value(f32::from(digit - b'0'));
    }
    let field = match field {
        [b'"', inner @ .., b'"'] => inner,
        _ => field,
    };
    let field = field.trim_ascii();
    if let Some(whole) = small_integer(field) {
        return Number::Value(whole);
    }
    let Ok(text) = std::str::from_utf8(field) else { return Number::Text };
    if is_missing(text) {
        return Number::Missing;
    }
    let parsed = if decimal_comma && text.matches(',').count() == 1 && !text.contains('.') {
        text.replace(',', ".").parse()
    } else {
        text.parse()
    };
    parsed.map_or(Number::Text, Number::Value)
}

/// Whether a field stands for a missing value, as R and pandas write it.
pub(crate) fn is_missing(text: &str) -> bool {
    matches!(
        text,
        "" | "NA"
            | "NaN"
            | "nan"
            | "N/A"
            | "n/a"
            | "#N/A"
            | "<NA>"
            | "null"
            | "NULL"
            | "-nan"
            | "-NaN"
    )
}

/// Digits alone, as most counts are; up to seven of them are exact.
fn small_integer(field: &[u8]) -> Option<f32> {
    if field.is_empty() || field.len() > 7 {
        return None;
    }
    let mut whole = 0_u32;
    for byte in field {
        if !byte.is_ascii_digit() {
            return None;
        }
        whole = whole * 10 + u32::from(byte - b'0');
    }
    Some(whole as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_people_write_them() {
        for (text, value) in [
            ("0", 0.0),
            ("42", 42.0),
            ("\"3\"", 3.0),
            (" 1e+05", 1e5),
            ("-0.5", -0.5),
            ("12345678", 12345678.0),
        ] {
            assert_eq!(parse_number(text.as_bytes(), false), Number::Value(value), "{text}");
        }
        assert_eq!(parse_number(b"1,5", true), Number::Value(1.5));
        assert_eq!(parse_number(b"1,5", false), Number::Text);
        assert_eq!(parse_number(b"NA", false), Number::Missing);
        assert_eq!(parse_number(b"", false), Number::Missing);
        assert_eq!(parse_number(b"B cell", false), Number::Text);
    }
}
