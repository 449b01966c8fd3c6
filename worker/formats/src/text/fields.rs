use std::borrow::Cow;

/// What stands between two fields of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Separator {
    Comma,
    Semicolon,
    Tab,
    /// Any number of blanks.
    Blanks,
}

impl Separator {
    /// In words, for messages and reports.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Comma => "commas",
            Self::Semicolon => "semicolons",
            Self::Tab => "tabs",
            Self::Blanks => "blanks",
        }
    }

    fn byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Semicolon => b';',
            Self::Tab => b'\t',
            Self::Blanks => b' ',
        }
    }

    /// The separator that divides the lines most evenly, `None` if each is a single field.
    pub(crate) fn sniff<'a>(lines: impl Iterator<Item = &'a [u8]> + Clone) -> Option<Self> {
        let mut best = None;
        for separator in [Self::Tab, Self::Comma, Self::Semicolon, Self::Blanks] {
            let counts: Vec<usize> = lines
                .clone()
                .filter(|line| !line.is_empty())
                .map(|line| split(line, separator).map_or(0, |fields| fields.len()))
                .collect();
            // A header may be one field short (R's write.table), so that the later lines decide.
            let body = if counts.len() > 1 { &counts[1..] } else { &counts[..] };
            let Some(&fields) = body.first() else { continue };
            if fields < 2 {
                continue;
            }
            let even = body.iter().filter(|&&count| count == fields).count() * 100 / body.len();
            let header_fits = counts[0] == fields || counts[0] + 1 == fields;
            let score = (even + if header_fits { 50 } else { 0 }, fields);
            let blanks_yield =
                separator == Self::Blanks && best.is_some_and(|(_, (e, _))| e >= 100);
            if best.is_none_or(|(_, highest)| score > highest) && !blanks_yield {
                best = Some((separator, score));
            }
        }
        best.map(|(separator, _)| separator)
    }
}

/// The fields of a line, still quoted; `None` if a quoted field does not end on this line.
pub(crate) fn split(line: &[u8], separator: Separator) -> Option<Vec<&[u8]>> {
    let mut fields = Vec::new();
    if separator != Separator::Blanks && memchr::memchr(b'"', line).is_none() {
        let mut start = 0;
        for end in memchr::memchr_iter(separator.byte(), line) {
            fields.push(&line[start..end]);
            start = end + 1;
        }
        fields.push(&line[start..]);
        return Some(fields);
    }
    let mut rest = line;
    if separator == Separator::Blanks {
        rest = rest.trim_ascii();
    }
    loop {
        let end = field_end(rest, separator)?;
        fields.push(&rest[..end]);
        if end == rest.len() {
            return Some(fields);
        }
        rest = &rest[end + 1..];
        if separator == Separator::Blanks {
            rest = rest.trim_ascii_start();
        }
    }
}

fn field_end(rest: &[u8], separator: Separator) -> Option<usize> {
    let start = if rest.first() == Some(&b'"') { closing_quote(rest)? + 1 } else { 0 };
    let tail = &rest[start..];
    let end = match separator {
        Separator::Blanks => tail.iter().position(|byte| matches!(byte, b' ' | b'\t')),
        other => memchr::memchr(other.byte(), tail),
    };
    Some(end.map_or(rest.len(), |end| start + end))
}

/// Where the quote that opens at 0 closes; doubled quotes stand for one.
fn closing_quote(field: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        at += memchr::memchr(b'"', &field[at..])?;
        if field.get(at + 1) != Some(&b'"') {
            return Some(at);
        }
        at += 2;
    }
}

/// The text of a field: without quotes, and from UTF-8, or from Latin-1 where it is not UTF-8.
pub(crate) fn unquote(field: &[u8]) -> Cow<'_, str> {
    let inner = match field {
        [b'"', inner @ .., b'"'] => inner,
        _ => return decode(field),
    };
    let text = decode(inner);
    if text.contains("\"\"") { Cow::Owned(text.replace("\"\"", "\"")) } else { text }
}

fn decode(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(bytes.iter().map(|&byte| char::from(byte)).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(line: &str, separator: Separator) -> Vec<String> {
        let fields = split(line.as_bytes(), separator).expect("closed");
        fields.into_iter().map(|field| unquote(field).into_owned()).collect()
    }

    #[test]
    fn quotes_hide_separators() {
        assert_eq!(
            texts(r#"a,"b,c","d ""e""",,"#, Separator::Comma),
            ["a", "b,c", "d \"e\"", "", ""]
        );
        assert_eq!(texts(" 1  2\t3 ", Separator::Blanks), ["1", "2", "3"]);
        assert_eq!(texts("", Separator::Tab), [""]);
        assert!(split(br#"a,"b"#, Separator::Comma).is_none());
        assert_eq!(texts("5\"x,b", Separator::Comma), ["5\"x", "b"]);
    }

    #[test]
    fn the_separator_is_found() {
        let sniff = |text: &str| Separator::sniff(text.lines().map(str::as_bytes));
        assert_eq!(sniff("gene;c1;c2\nA;1,5;2\nB;0;2,5\n"), Some(Separator::Semicolon));
        assert_eq!(sniff("c1\tc2\nA, long\t1\t2\nB\t0\t2\n"), Some(Separator::Tab));
        assert_eq!(sniff("g,c1\nA,1\n"), Some(Separator::Comma));
        assert_eq!(sniff("1 11 1\n1 33 1\n"), Some(Separator::Blanks));
        assert_eq!(sniff("a\nb\n"), None);
    }

    #[test]
    fn what_is_not_utf8_is_taken_for_latin_1() {
        assert_eq!(unquote(b"\"na\xefve\""), "naïve");
    }
}
