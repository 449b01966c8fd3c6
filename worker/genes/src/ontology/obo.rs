//! The OBO flat file format, 1.2 and 1.4: <https://owlcollab.github.io/oboformat/doc/obo-syntax.html>.

use std::{collections::HashMap, io::Read};

use flate2::read::MultiGzDecoder;

use super::{Ontology, OntologyHeader, OntologyTerm};
use crate::OboError;

/// A larger file is none of cell types; the memory of a page ends.
const MOST_BYTES: usize = 256 << 20;
/// Characters of a line that an error repeats.
const N_SHOWN: usize = 60;

/// A `[Term]` before its parents are looked up.
pub(super) struct Stanza {
    /// Where it begins, counted from 1.
    pub(super) line: u64,
    pub(super) term: OntologyTerm,
    /// Ids of the types that it is a kind of, with their lines.
    pub(super) parents: Vec<(u64, String)>,
    pub(super) is_obsolete: bool,
}

/// Reads a whole file.
pub(super) fn read(file: &str, bytes: &[u8]) -> Result<Ontology, OboError> {
    let mut inflated = Vec::new();
    let is_gzip = bytes.starts_with(&[0x1f, 0x8b]);
    if is_gzip {
        let mut decoder = MultiGzDecoder::new(bytes).take(MOST_BYTES as u64 + 1);
        decoder
            .read_to_end(&mut inflated)
            .map_err(|error| OboError::Gzip { file: file.to_owned(), detail: error.to_string() })?;
    }
    let bytes = if is_gzip { &inflated[..] } else { bytes };
    if bytes.len() > MOST_BYTES {
        return Err(OboError::TooLarge { file: file.to_owned(), most: MOST_BYTES as u64 >> 20 });
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
        OboError::Line {
            file: file.to_owned(),
            line: 1 + before.iter().filter(|byte| **byte == b'\n').count() as u64,
            expected: "text in UTF-8",
            found: "bytes that are none".to_owned(),
            remedy: "Save the file as UTF-8.",
        }
    })?;
    let mut reader = Reader { file, line: 0, header: OntologyHeader::default(), stanzas: vec![] };
    reader.read(text.trim_start_matches('\u{feff}'))?;
    link(file, reader.header, reader.stanzas)
}

/// Where the reader is.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    Header,
    Term,
    /// A stanza that is no type: a relation, an instance.
    Other,
}

struct Reader<'a> {
    file: &'a str,
    line: u64,
    header: OntologyHeader,
    stanzas: Vec<Stanza>,
}

impl Reader<'_> {
    fn read(&mut self, text: &str) -> Result<(), OboError> {
        let first = text.trim_start();
        if first.starts_with(['<', '{']) {
            let file = self.file.to_owned();
            return Err(OboError::NotObo { file, found: shown(first) });
        }
        let mut part = Part::Header;
        let mut has_format = false;
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            self.line += 1;
            let at = self.line;
            let joined = self.continued(line, &mut lines);
            let line = joined.as_deref().unwrap_or(line).trim();
            if line.is_empty() || line.starts_with('!') {
                continue;
            }
            if line.starts_with('[') {
                part = self.stanza(at, line)?;
                continue;
            }
            let Some((tag, value)) = line.split_once(':') else {
                return Err(self.wrong(at, "“tag: value”, “[Term]” or an empty line", line));
            };
            let value = value.trim();
            match part {
                Part::Header => has_format |= self.in_header(at, tag, value)?,
                Part::Term => self.in_term(at, tag, value)?,
                Part::Other => {}
            }
        }
        self.finish_stanza()?;
        if !has_format && self.stanzas.is_empty() {
            return Err(OboError::NotObo { file: self.file.to_owned(), found: shown(first) });
        }
        Ok(())
    }

    /// The line with those that follow it, where a backslash stands at its end.
    fn continued(&mut self, line: &str, lines: &mut std::str::Lines<'_>) -> Option<String> {
        let goes_on =
            |line: &str| line.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1;
        if !goes_on(line) {
            return None;
        }
        let mut joined = line.to_owned();
        while goes_on(&joined) {
            joined.pop();
            let Some(next) = lines.next() else { break };
            self.line += 1;
            joined.push_str(next);
        }
        Some(joined)
    }

    fn stanza(&mut self, at: u64, line: &str) -> Result<Part, OboError> {
        self.finish_stanza()?;
        let Some((kind, rest)) = line[1..].split_once(']') else {
            return Err(self.wrong(at, "a stanza such as “[Term]”", line));
        };
        if !is_over(rest) {
            return Err(self.wrong(at, "nothing after “[Term]”", line));
        }
        if kind != "Term" {
            return Ok(Part::Other);
        }
        self.stanzas.push(Stanza {
            line: at,
            term: OntologyTerm::default(),
            parents: Vec::new(),
            is_obsolete: false,
        });
        Ok(Part::Term)
    }

    /// A type must say which it is; without a name it is called by its id.
    fn finish_stanza(&mut self) -> Result<(), OboError> {
        let Some(stanza) = self.stanzas.last_mut() else { return Ok(()) };
        if stanza.term.id.is_empty() {
            let at = stanza.line;
            return Err(self.wrong(at, "a [Term] with a line “id: …”", "none"));
        }
        if stanza.term.name.is_empty() {
            stanza.term.name = stanza.term.id.clone();
        }
        Ok(())
    }

    /// Whether the line states the format.
    fn in_header(&mut self, at: u64, tag: &str, value: &str) -> Result<bool, OboError> {
        match tag {
            "format-version" if !matches!(value, "1.2" | "1.3" | "1.4") => Err(OboError::Line {
                file: self.file.to_owned(),
                line: at,
                expected: "format-version 1.2 or 1.4",
                found: shown(value),
                remedy: "Convert it (robot convert --format obo) or download the current release.",
            }),
            "format-version" => Ok(true),
            "ontology" => {
                self.header.name = value.to_owned();
                Ok(false)
            }
            "data-version" => {
                self.header.version = value.to_owned();
                Ok(false)
            }
            "date" if self.header.version.is_empty() => {
                self.header.version = value.to_owned();
                Ok(false)
            }
            _ => Ok(false),
        }
    }

    fn in_term(&mut self, at: u64, tag: &str, value: &str) -> Result<(), OboError> {
        match tag {
            "id" => {
                let id = self.once(at, "one id for each [Term]", value, |term| &term.id)?;
                if id.contains(char::is_whitespace) {
                    return Err(self.wrong(at, "an id without blanks", value));
                }
                self.term(|stanza| stanza.term.id = id);
            }
            "name" => {
                let name = self.once(at, "one name for each [Term]", value, |term| &term.name)?;
                self.term(|stanza| stanza.term.name = one_line(&name));
            }
            "def" => {
                let (text, rest) = self.quoted(at, value)?;
                if !(is_over(rest) || rest.starts_with('[')) {
                    return Err(self.wrong(at, "sources in brackets after the definition; a quote within it needs a backslash", rest));
                }
                let is_second =
                    self.stanzas.last().is_some_and(|own| !own.term.definition.is_empty());
                if is_second {
                    return Err(self.wrong(at, "one definition for each [Term]", value));
                }
                self.term(|stanza| stanza.term.definition = one_line(&text));
            }
            "synonym" => {
                let (text, rest) = self.quoted(at, value)?;
                let scope = rest.split([' ', '[', '{', '!']).next().unwrap_or_default();
                if !matches!(scope, "" | "EXACT" | "BROAD" | "NARROW" | "RELATED") {
                    return Err(self.wrong(at, "EXACT, BROAD, NARROW or RELATED after the synonym; a quote within it needs a backslash", rest));
                }
                self.synonym(&text);
            }
            // Older writers have the scope in the tag.
            "exact_synonym" | "broad_synonym" | "narrow_synonym" | "related_synonym" => {
                let (text, rest) = self.quoted(at, value)?;
                if !(is_over(rest) || rest.starts_with('[')) {
                    return Err(self.wrong(at, "sources in brackets after the synonym; a quote within it needs a backslash", rest));
                }
                self.synonym(&text);
            }
            "is_a" => {
                let id = plain(value).split_whitespace().next().map(str::to_owned);
                let Some(id) = id else {
                    return Err(self.wrong(at, "the id of a type after “is_a:”", "none"));
                };
                self.term(|stanza| stanza.parents.push((at, id)));
            }
            "is_obsolete" => match &plain(value)[..] {
                "true" => self.term(|stanza| stanza.is_obsolete = true),
                "false" => {}
                _ => return Err(self.wrong(at, "is_obsolete: true or false", value)),
            },
            _ => {}
        }
        Ok(())
    }

    fn synonym(&mut self, text: &str) {
        let text = one_line(text);
        self.term(|stanza| {
            let synonyms = &mut stanza.term.synonyms;
            if !text.is_empty() && !synonyms.contains(&text) {
                synonyms.push(text);
            }
        });
    }

    fn term(&mut self, change: impl FnOnce(&mut Stanza)) {
        if let Some(stanza) = self.stanzas.last_mut() {
            change(stanza);
        }
    }

    /// The value of a tag that a type has at most once.
    fn once(
        &self,
        at: u64,
        expected: &'static str,
        value: &str,
        slot: impl Fn(&OntologyTerm) -> &String,
    ) -> Result<String, OboError> {
        let text = plain(value);
        if text.is_empty() {
            return Err(self.wrong(at, "a value after the colon", "none"));
        }
        match self.stanzas.last() {
            Some(own) if !slot(&own.term).is_empty() => Err(self.wrong(at, expected, value)),
            _ => Ok(text),
        }
    }

    /// The text between quotes, and what follows it.
    fn quoted<'v>(&self, at: u64, value: &'v str) -> Result<(String, &'v str), OboError> {
        let Some(inner) = value.strip_prefix('"') else {
            return Err(self.wrong(at, "a text in quotes", value));
        };
        match unescape(inner, |letter, _| letter == '"') {
            (text, Some(end)) => Ok((text, inner[end + 1..].trim_start())),
            _ => Err(self.wrong(at, "a quote at the end of the text", value)),
        }
    }

    fn wrong(&self, line: u64, expected: &'static str, found: &str) -> OboError {
        OboError::Line {
            file: self.file.to_owned(),
            line,
            expected,
            found: shown(found),
            remedy: "Correct that line, or download the file again.",
        }
    }
}

/// Whether nothing but modifiers and a comment is left of a line.
fn is_over(rest: &str) -> bool {
    let rest = rest.trim_start();
    rest.is_empty() || rest.starts_with(['!', '{'])
}

/// A value without its modifiers and comment.
fn plain(value: &str) -> String {
    let is_end = |letter: char, before: Option<char>| {
        matches!(letter, '!' | '{') && before.is_none_or(char::is_whitespace)
    };
    unescape(value, is_end).0.trim().to_owned()
}

/// The text up to a letter that ends it, with escapes read, and where that letter is.
fn unescape(text: &str, is_end: impl Fn(char, Option<char>) -> bool) -> (String, Option<usize>) {
    let mut read = String::with_capacity(text.len());
    let mut letters = text.char_indices();
    while let Some((place, letter)) = letters.next() {
        if letter == '\\' {
            match letters.next() {
                Some((_, 'n')) => read.push('\n'),
                Some((_, 't')) => read.push('\t'),
                Some((_, 'W')) => read.push(' '),
                Some((_, other)) => read.push(other),
                None => {}
            }
        } else if is_end(letter, read.chars().next_back()) {
            return (read, Some(place));
        } else {
            read.push(letter);
        }
    }
    (read, None)
}

/// A text whose blanks and line ends are single blanks.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The beginning of a text, for an error.
fn shown(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let mut cut: String = line.chars().take(N_SHOWN).collect();
    if cut.len() < line.len() {
        cut.push('…');
    }
    if cut.is_empty() { "nothing".to_owned() } else { cut }
}

/// Finds the parents of every type in use.
pub(super) fn link(
    file: &str,
    header: OntologyHeader,
    stanzas: Vec<Stanza>,
) -> Result<Ontology, OboError> {
    let n_all = stanzas.len();
    let mut first: HashMap<String, u64> = HashMap::new();
    for stanza in &stanzas {
        if let Some(earlier) = first.insert(stanza.term.id.clone(), stanza.line) {
            return Err(OboError::Twice {
                file: file.to_owned(),
                line: stanza.line,
                id: stanza.term.id.clone(),
                first: earlier,
            });
        }
    }
    let live: Vec<Stanza> = stanzas.into_iter().filter(|stanza| !stanza.is_obsolete).collect();
    if live.is_empty() {
        return Err(OboError::NoTerms { file: file.to_owned(), n_obsolete: n_all });
    }
    let places: HashMap<&str, u32> =
        live.iter().map(|stanza| &stanza.term.id[..]).zip(0..).collect();
    let mut n_dangling = 0;
    let parents: Vec<Vec<u32>> = live
        .iter()
        .map(|stanza| {
            let known = stanza.parents.iter().filter_map(|(_, id)| {
                let place = places.get(&id[..]).copied();
                n_dangling += usize::from(place.is_none());
                place
            });
            let mut known: Vec<u32> = known.collect();
            known.sort_unstable();
            known.dedup();
            known
        })
        .collect();
    if let Some(place) = on_a_circle(&parents) {
        let Stanza { line, term, .. } = &live[place];
        return Err(OboError::Circle { file: file.to_owned(), line: *line, id: term.id.clone() });
    }
    let terms = live
        .into_iter()
        .zip(parents)
        .map(|(stanza, parents)| OntologyTerm { parents, ..stanza.term })
        .collect::<Vec<_>>();
    let n_obsolete = n_all - terms.len();
    Ok(Ontology { n_obsolete, n_dangling, ..Ontology::assemble(header, terms) })
}

/// A type that is a kind of itself, in however many steps.
fn on_a_circle(parents: &[Vec<u32>]) -> Option<usize> {
    // Types whose parents are all settled are settled: what stays is on a circle, or below one.
    let mut waits: Vec<usize> = parents.iter().map(Vec::len).collect();
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); parents.len()];
    for (place, own) in parents.iter().enumerate() {
        own.iter().for_each(|&parent| children[parent as usize].push(place));
    }
    let mut open: Vec<usize> = (0..parents.len()).filter(|&place| waits[place] == 0).collect();
    while let Some(place) = open.pop() {
        for &child in &children[place] {
            waits[child] -= 1;
            if waits[child] == 0 {
                open.push(child);
            }
        }
    }
    let mut place = waits.iter().position(|&n| n > 0)?;
    // Going up among what stays ends on the circle itself.
    for _ in 0..parents.len() {
        place = *parents[place].iter().find(|&&parent| waits[parent as usize] > 0)? as usize;
    }
    Some(place)
}
