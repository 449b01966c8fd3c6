//! An ontology as an OBO 1.4 file: what a page is served, and what any other tool reads.

use std::fmt::Write;

use super::Ontology;

impl Ontology {
    /// The types as OBO 1.4: id, name, definition, synonyms, parents.
    #[must_use]
    pub fn to_obo(&self) -> String {
        let mut out = String::from("format-version: 1.4\n");
        for (tag, value) in
            [("data-version", &self.header.version), ("ontology", &self.header.name)]
        {
            if !value.is_empty() {
                line(&mut out, format_args!("{tag}: {value}"));
            }
        }
        for term in &self.terms {
            line(&mut out, format_args!("\n[Term]\nid: {}", plain(&term.id)));
            line(&mut out, format_args!("name: {}", plain(&term.name)));
            if !term.definition.is_empty() {
                line(&mut out, format_args!("def: \"{}\" []", quoted(&term.definition)));
            }
            for synonym in &term.synonyms {
                line(&mut out, format_args!("synonym: \"{}\" RELATED []", quoted(synonym)));
            }
            for &parent in &term.parents {
                line(&mut out, format_args!("is_a: {}", plain(&self.terms[parent as usize].id)));
            }
        }
        out
    }
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = writeln!(out, "{text}");
}

fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

fn plain(text: &str) -> String {
    text.replace('\\', "\\\\").replace('!', "\\!").replace('{', "\\{")
}
