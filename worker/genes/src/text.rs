//! The text of a gene: what the encoder reads.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{GeneRecord, GoAspect, GoTerm, Origin, hash};

/// What a gene's text says, in the order in which it is said.
///
/// The default gives `SYMBOL (full name): summary`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Template {
    /// The symbol.
    pub symbol: bool,
    /// The full name, in brackets behind the symbol.
    pub name: bool,
    /// The type of gene.
    pub gene_type: bool,
    /// Other symbols.
    pub aliases: bool,
    /// The NCBI summary, the orthologue's where the gene has none.
    pub summary: bool,
    /// GO terms: processes, functions, components.
    pub go: bool,
}

impl Template {
    /// Symbol and full name: the control without descriptions.
    pub const NAME: Template = Template {
        symbol: true,
        name: true,
        gene_type: false,
        aliases: false,
        summary: false,
        go: false,
    };
    /// Symbol, full name and summary: the default.
    pub const NAME_SUMMARY: Template = Template { summary: true, ..Self::NAME };
    /// Symbol, full name, summary and GO terms.
    pub const NAME_SUMMARY_GO: Template = Template { go: true, ..Self::NAME_SUMMARY };

    /// A hash that is the same on every machine, and differs whenever the texts could differ.
    #[must_use]
    pub fn hash(&self) -> u64 {
        hash::of(format!("lexicell-text-v{TEXT_VERSION}:{self}").as_bytes())
    }

    fn pieces(&self) -> [(&'static str, bool); 6] {
        [
            ("symbol", self.symbol),
            ("name", self.name),
            ("type", self.gene_type),
            ("aliases", self.aliases),
            ("summary", self.summary),
            ("go", self.go),
        ]
    }
}

/// Counts up when the wording below changes: old vectors then no longer fit.
const TEXT_VERSION: u32 = 1;

impl Default for Template {
    fn default() -> Self {
        Self::NAME_SUMMARY
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<_> =
            self.pieces().into_iter().filter(|(_, on)| *on).map(|(word, _)| word).collect();
        f.write_str(&words.join("+"))
    }
}

/// A template that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "template {given:?}: expected symbol, name, type, aliases, summary or go, joined by +, found {word:?}"
)]
pub struct TemplateError {
    given: String,
    word: String,
}

impl FromStr for Template {
    type Err = TemplateError;

    /// Reads `symbol+name+summary`.
    fn from_str(given: &str) -> Result<Self, TemplateError> {
        let mut template = Template { symbol: false, name: false, ..Self::NAME };
        for word in given.split('+').map(str::trim) {
            match word {
                "symbol" => template.symbol = true,
                "name" => template.name = true,
                "type" => template.gene_type = true,
                "aliases" => template.aliases = true,
                "summary" => template.summary = true,
                "go" => template.go = true,
                _ => return Err(TemplateError { given: given.to_owned(), word: word.to_owned() }),
            }
        }
        Ok(template)
    }
}

/// What a gene's text rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum TextKind {
    /// The gene's own NCBI summary.
    OwnSummary,
    /// Its orthologue's NCBI summary.
    OrthologueSummary,
    /// No summary: name, and whatever else the template asks for.
    NameOnly,
}

/// The text of a gene.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GeneText {
    /// What the encoder reads; never empty.
    pub text: String,
    /// What it rests on.
    pub kind: TextKind,
    /// The key of the text's vector, the same on every machine.
    pub hash: u64,
}

/// The stable hash under which the vector of a text is kept.
#[must_use]
pub fn text_hash(text: &str) -> u64 {
    hash::of(text.as_bytes())
}

/// The text of a gene under a template; `terms` are the bundle's GO terms.
///
/// A gene of which the template says nothing keeps its symbol: no text is empty.
#[must_use]
pub fn gene_text(record: &GeneRecord, terms: &[GoTerm], template: &Template) -> GeneText {
    let mut text = heading(record, template);
    let summary = record.summary.as_ref().filter(|_| template.summary);
    if let Some(summary) = summary {
        let body = strip_attribution(&summary.text);
        text = if text.is_empty() { body.to_owned() } else { format!("{text}: {body}") };
    }
    if template.go {
        append_go(&mut text, record, terms);
    }
    if text.is_empty() {
        text.clone_from(&record.symbol);
    }
    let kind = match summary.map(|summary| summary.origin) {
        Some(Origin::Own) => TextKind::OwnSummary,
        Some(Origin::Orthologue) => TextKind::OrthologueSummary,
        None => TextKind::NameOnly,
    };
    GeneText { hash: text_hash(&text), text, kind }
}

fn heading(record: &GeneRecord, template: &Template) -> String {
    let mut heading = String::new();
    if template.symbol {
        heading.push_str(&record.symbol);
    }
    if template.name && !record.name.is_empty() && record.name != record.symbol {
        heading = if heading.is_empty() {
            record.name.clone()
        } else {
            format!("{heading} ({})", record.name)
        };
    }
    if template.gene_type {
        separate(&mut heading, ", ");
        heading.push_str(record.gene_type.as_str());
        heading.push_str(" gene");
    }
    if template.aliases && !record.synonyms.is_empty() {
        separate(&mut heading, ", ");
        heading.push_str("also known as ");
        heading.push_str(&record.synonyms.join(", "));
    }
    heading
}

fn append_go(text: &mut String, record: &GeneRecord, terms: &[GoTerm]) {
    let aspects = [
        (GoAspect::Process, "Biological processes"),
        (GoAspect::Function, "Molecular functions"),
        (GoAspect::Component, "Cellular components"),
    ];
    for (aspect, title) in aspects {
        let names: Vec<_> = record
            .go
            .iter()
            .filter_map(|&i| terms.get(i as usize))
            .filter(|term| term.aspect == aspect)
            .map(|term| term.name.as_str())
            .collect();
        if !names.is_empty() {
            let gap = if text.is_empty() || text.ends_with('.') { " " } else { ". " };
            separate(text, gap);
            text.push_str(&format!("{title}: {}.", names.join("; ")));
        }
    }
}

fn separate(text: &mut String, with: &str) {
    if !text.is_empty() {
        text.push_str(with);
    }
}

/// A summary without the notes that say who wrote it: `[provided by RefSeq, Jul 2008].` and the like.
///
/// They would pull the vectors of all genes of one curator together.
#[must_use]
pub fn strip_attribution(summary: &str) -> &str {
    let mut rest = summary.trim();
    for marker in ["Publication Note:", "##Evidence-Data-START##", "COMPLETENESS:"] {
        if let Some(at) = rest.find(marker).filter(|&at| at > 0) {
            rest = rest[..at].trim_end();
        }
    }
    while let Some(cut) = attribution_start(rest) {
        rest = rest[..cut].trim_end();
    }
    if rest.is_empty() { summary.trim() } else { rest }
}

/// Where a closing bracket such as `[supplied by OMIM, Mar 2008]` begins.
fn attribution_start(text: &str) -> Option<usize> {
    let body = text.trim_end_matches(['.', ' ']).strip_suffix(']')?;
    let start = body.rfind('[')?;
    let note = &body[start + 1..];
    ["provided by", "supplied by", "adapted by", "from "]
        .iter()
        .any(|verb| note.starts_with(verb))
        .then_some(start)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{GeneId, Summary};

    fn record() -> GeneRecord {
        let mut record = GeneRecord::new(Some(GeneId(1)), "A1BG");
        record.name = "alpha-1-B glycoprotein".into();
        record.summary = Some(Summary {
            text: "A plasma glycoprotein. [provided by RefSeq, Jul 2008].".into(),
            origin: Origin::Own,
        });
        record
    }

    #[test]
    fn the_default_text_is_symbol_name_summary() {
        let text = gene_text(&record(), &[], &Template::default());
        assert_eq!(text.text, "A1BG (alpha-1-B glycoprotein): A plasma glycoprotein.");
        assert_eq!(text.kind, TextKind::OwnSummary);
        let name = gene_text(&record(), &[], &Template::NAME);
        assert_eq!(name.text, "A1BG (alpha-1-B glycoprotein)");
        assert_eq!(name.kind, TextKind::NameOnly);
    }

    #[test]
    fn every_piece_can_be_said() {
        let mut gene = record();
        gene.synonyms = vec!["A1B".into(), "GAB".into()];
        gene.go = vec![1, 0];
        let term = |id: &str, name: &str, aspect| GoTerm {
            id: id.into(),
            name: name.into(),
            aspect,
            parents: vec![],
        };
        let terms = [
            term("GO:1", "binding", GoAspect::Function),
            term("GO:2", "immune response", GoAspect::Process),
        ];
        let template: Template = "symbol+name+type+aliases+summary+go".parse().expect("a template");
        assert_eq!(
            gene_text(&gene, &terms, &template).text,
            "A1BG (alpha-1-B glycoprotein), unknown gene, also known as A1B, GAB: A plasma glycoprotein. \
             Biological processes: immune response. Molecular functions: binding."
        );
    }

    #[test]
    fn no_text_is_empty() {
        let gene = GeneRecord::new(None, "Gm1");
        let template: Template = "summary+go".parse().expect("a template");
        assert_eq!(gene_text(&gene, &[], &template).text, "Gm1");
    }

    #[test]
    fn attributions_go_and_other_brackets_stay() {
        let strip = strip_attribution;
        assert_eq!(strip("A. [supplied by OMIM, Mar 2008]. [provided by RefSeq, Jul 2008]."), "A.");
        assert_eq!(strip("Binds [Fe-S] clusters [2Fe-2S]."), "Binds [Fe-S] clusters [2Fe-2S].");
        assert_eq!(strip("A. Publication Note: This RefSeq record includes a subset."), "A.");
        assert_eq!(strip("[provided by RefSeq]"), "[provided by RefSeq]");
    }

    #[test]
    fn the_template_hash_is_pinned() {
        // Written into vector tables: a changed value makes every published table useless.
        assert_eq!(Template::NAME_SUMMARY.to_string(), "symbol+name+summary");
        assert_ne!(Template::NAME.hash(), Template::NAME_SUMMARY.hash());
        assert_eq!(text_hash("a"), 0xaf63_dc4c_8601_ec8c);
        assert!("symbol+nmae".parse::<Template>().is_err());
    }
}
