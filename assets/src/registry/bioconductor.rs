//! Bioconductor's annotation packages, which Debian ships: org.Hs.eg.db and GO.db, both SQLite.

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
};

use lexicell_genes::{GeneId, GeneRecord, GeneType, GoAspect};
use rusqlite::{Connection, OpenFlags};

use crate::{
    AssetError, Result,
    parts::{Annotations, Named},
};

fn connect(path: &Path) -> Result<Connection> {
    Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )
    .map_err(AssetError::sqlite(path))
}

/// Calls `take` with the text columns of each row.
fn rows<const N: usize>(
    path: &Path,
    connection: &Connection,
    query: &str,
    mut take: impl FnMut([String; N]),
) -> Result<()> {
    let failed = AssetError::sqlite(path);
    let mut statement = connection.prepare(query).map_err(&failed)?;
    let mut rows = statement.query([]).map_err(&failed)?;
    while let Some(row) = rows.next().map_err(&failed)? {
        let mut fields: [String; N] = std::array::from_fn(|_| String::new());
        for (i, field) in fields.iter_mut().enumerate() {
            *field = row.get::<_, Option<String>>(i).map_err(&failed)?.unwrap_or_default();
        }
        take(fields);
    }
    Ok(())
}

/// Human genes of org.Hs.eg.db: symbol, name, type, aliases, Ensembl ids.
///
/// # Errors
/// A file that is not this database.
pub fn human_genes(path: &Path) -> Result<Named> {
    let connection = connect(path)?;
    let mut genes: BTreeMap<u32, GeneRecord> = BTreeMap::new();
    let query = "SELECT g.gene_id, i.symbol, i.gene_name, t.gene_type FROM genes g \
                 JOIN gene_info i USING (_id) LEFT JOIN genetype t USING (_id)";
    rows(path, &connection, query, |[id, symbol, name, kind]| {
        let gene_type = GeneType::from_ncbi(&kind);
        if let Ok(id) = id.parse()
            && gene_type != GeneType::BiologicalRegion
            && !symbol.is_empty()
        {
            let mut gene = GeneRecord::new(Some(GeneId(id)), symbol);
            gene.name = name;
            gene.gene_type = gene_type;
            genes.insert(id, gene);
        }
    })?;
    if genes.is_empty() {
        return Err(AssetError::content(path, "has no gene"));
    }
    let query =
        "SELECT g.gene_id, a.alias_symbol FROM alias a JOIN genes g USING (_id) ORDER BY a.rowid";
    rows(path, &connection, query, |[id, alias]| {
        if let Some(gene) = id.parse().ok().and_then(|id: u32| genes.get_mut(&id))
            && gene.symbol != alias
        {
            gene.synonyms.push(alias);
        }
    })?;
    let query = "SELECT g.gene_id, e.ensembl_id FROM ensembl e JOIN genes g USING (_id) ORDER BY e.ensembl_id";
    rows(path, &connection, query, |[id, ensembl]| {
        if let Some(gene) = id.parse().ok().and_then(|id: u32| genes.get_mut(&id)) {
            gene.ensembl.push(ensembl);
        }
    })?;
    let mut date = String::new();
    rows(
        path,
        &connection,
        "SELECT value FROM metadata WHERE name = 'EGSOURCEDATE'",
        |[value]| {
            date = iso_date(&value);
        },
    )?;
    Ok(Named {
        genes: genes.into_values().collect(),
        date,
        source: "NCBI Gene through Bioconductor's org.Hs.eg.db".to_owned(),
    })
}

/// `2022-09-12` of `2022-Sep12`.
fn iso_date(text: &str) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let parsed = text.split_once('-').and_then(|(year, rest)| {
        let month = MONTHS.iter().position(|month| rest.starts_with(month))? + 1;
        let day: u32 = rest.get(3..)?.parse().ok()?;
        Some(format!("{year}-{month:02}-{day:02}"))
    });
    parsed.unwrap_or_else(|| text.to_owned())
}

/// GO annotations of human genes, with the hierarchy of GO.db.
///
/// # Errors
/// Files that are not these databases.
pub fn human_annotations(org: &Path, go_db: &Path) -> Result<Annotations> {
    let go = connect(go_db)?;
    let mut terms: HashMap<String, (String, GoAspect)> = HashMap::new();
    rows(go_db, &go, "SELECT go_id, term, ontology FROM go_term", |[id, term, ontology]| {
        let aspect = match ontology.as_str() {
            "BP" => GoAspect::Process,
            "MF" => GoAspect::Function,
            "CC" => GoAspect::Component,
            _ => return,
        };
        terms.insert(id, (term, aspect));
    })?;
    let mut annotations = Annotations::default();
    annotations.source = "Gene Ontology through Bioconductor's GO.db".to_owned();
    let connection = connect(org)?;
    // The view `go` does not hold annotations that gene2go negates.
    for table in ["go_bp", "go_mf", "go_cc"] {
        let query = format!("SELECT g.gene_id, a.go_id FROM {table} a JOIN genes g USING (_id)");
        rows(org, &connection, &query, |[gene, go_id]| {
            if let (Ok(gene), Some((name, aspect))) = (gene.parse(), terms.get(&go_id)) {
                annotations.annotate(gene, &go_id, name, *aspect);
            }
        })?;
    }
    for table in ["go_bp_parents", "go_mf_parents", "go_cc_parents"] {
        let query = format!(
            "SELECT c.go_id, p.go_id FROM {table} r JOIN go_term c ON c._id = r._id \
             JOIN go_term p ON p._id = r._parent_id WHERE r.relationship_type IN ('isa', 'part of')"
        );
        rows(go_db, &go, &query, |[child, parent]| {
            if let (Some(_), Some((name, aspect))) = (terms.get(&child), terms.get(&parent)) {
                annotations.add_term(&parent, name, *aspect);
                annotations.add_parent(&child, &parent);
            }
        })?;
    }
    Ok(annotations)
}

#[cfg(test)]
mod tests {
    use super::iso_date;

    #[test]
    fn bioconductor_dates_become_iso_dates() {
        assert_eq!(iso_date("2022-Sep12"), "2022-09-12");
        assert_eq!(iso_date("unknown"), "unknown");
    }
}
