//! The sentences of a gene's text.

use std::ops::Range;

/// After these a full stop ends no sentence.
const ABBREVIATIONS: [&str; 14] = [
    "e.g", "i.e", "al", "vs", "approx", "ca", "cf", "etc", "fig", "no", "sp", "spp", "subsp", "dr",
];

/// The parts that a text can lose one at a time: its heading (up to the first colon) and its sentences.
///
/// Ranges are in bytes, in order; together they hold all of the text but white space between them.
#[must_use]
pub fn sentences(text: &str) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let mut begin = 0;
    let marks = text.char_indices().filter(|(_, mark)| matches!(mark, '.' | '!' | '?' | ':'));
    for (at, mark) in marks {
        let end = at + mark.len_utf8();
        let ends = match mark {
            ':' => parts.is_empty() && text[end..].starts_with(' '),
            '.' => begins(&text[end..]) && !is_abbreviation(&text[begin..at]),
            _ => begins(&text[end..]),
        };
        if ends {
            push(&mut parts, text, begin..end);
            begin = end;
        }
    }
    push(&mut parts, text, begin..text.len());
    parts
}

/// The text without one of its parts.
#[must_use]
pub fn without(text: &str, part: &Range<usize>) -> String {
    let (before, after) = (text[..part.start].trim_end(), text[part.end..].trim_start());
    match (before.is_empty(), after.is_empty()) {
        (true, _) => after.to_owned(),
        (_, true) => before.to_owned(),
        _ => format!("{before} {after}"),
    }
}

/// Whether a sentence may begin here: after white space, by a capital, a digit or a bracket.
fn begins(rest: &str) -> bool {
    let first = rest.trim_start().chars().next();
    let is_start =
        first.is_some_and(|c| c.is_uppercase() || c.is_ascii_digit() || "[(".contains(c));
    rest.starts_with(char::is_whitespace) && is_start
}

fn is_abbreviation(before: &str) -> bool {
    let word = before.rsplit(|c: char| c.is_whitespace() || c == '(').next().unwrap_or_default();
    let is_initial = word.chars().count() == 1 && word.chars().all(char::is_uppercase);
    is_initial || ABBREVIATIONS.contains(&word.to_lowercase().as_str())
}

fn push(parts: &mut Vec<Range<usize>>, text: &str, part: Range<usize>) {
    let own = &text[part.clone()];
    let start = part.start + (own.len() - own.trim_start().len());
    let end = part.end - (own.len() - own.trim_end().len());
    if start < end {
        parts.push(start..end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "CD3E (CD3 epsilon): The protein encoded by this gene, e.g. CD3-epsilon, forms a complex. It acts with S. aureus toxin vs. Others? 3 forms are known. [provided by RefSeq, Jul 2008]";

    #[test]
    fn heading_and_sentences_are_parts() {
        let parts: Vec<&str> = sentences(TEXT).into_iter().map(|part| &TEXT[part]).collect();
        assert_eq!(
            parts,
            [
                "CD3E (CD3 epsilon):",
                "The protein encoded by this gene, e.g. CD3-epsilon, forms a complex.",
                "It acts with S. aureus toxin vs. Others?",
                "3 forms are known.",
                "[provided by RefSeq, Jul 2008]",
            ]
        );
    }

    #[test]
    fn a_text_without_a_part_holds_all_others() {
        for part in sentences(TEXT) {
            let rest = without(TEXT, &part);
            let squeezed = |text: &str| text.split_whitespace().map(str::len).sum::<usize>();
            assert_eq!(squeezed(&rest) + squeezed(&TEXT[part]), squeezed(TEXT));
            assert!(!rest.contains("  ") && rest == rest.trim());
        }
        assert_eq!(without("One.", &(0..4)), "");
        assert!(sentences("  ").is_empty());
    }

    #[test]
    fn letters_of_several_bytes_are_whole() {
        let text = "β-globin: Écrit. Ünder µ-test.";
        let parts: Vec<&str> = sentences(text).into_iter().map(|part| &text[part]).collect();
        assert_eq!(parts, ["β-globin:", "Écrit.", "Ünder µ-test."]);
    }
}
