//! NCBI Gene's own files.
//!
//! Formats: <https://ftp.ncbi.nlm.nih.gov/gene/DATA/README>.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    path::{Path, PathBuf},
};

use lexicell_genes::{GeneId, GeneRecord, GeneType, GoAspect, Species};

use crate::{
    AssetError, Result,
    parts::{Annotations, Named},
    table::{Table, number},
};

/// The files of a folder in NCBI's layout, for one species.
#[derive(Debug, Clone, Default)]
pub struct Folder {
    /// `Homo_sapiens.gene_info.gz` or `gene_info.gz`
    pub gene_info: Option<PathBuf>,
    /// `gene_summary.gz`
    pub gene_summary: Option<PathBuf>,
    /// `gene2go.gz`
    pub gene2go: Option<PathBuf>,
    /// `gene2ensembl.gz`
    pub gene2ensembl: Option<PathBuf>,
    /// `gene_orthologs.gz`
    pub gene_orthologs: Option<PathBuf>,
    /// `hgnc_complete_set.txt`, which knows the previous symbols of human genes.
    pub hgnc: Option<PathBuf>,
    /// A table of human and mouse symbols.
    pub symbol_orthologs: Option<PathBuf>,
}

impl Folder {
    /// Looks for the files in a folder; each may be gzipped, and its name may have a prefix.
    ///
    /// # Errors
    /// A folder that cannot be read.
    pub fn scan(folder: &Path, species: Species) -> Result<Self> {
        let mut names: Vec<PathBuf> = std::fs::read_dir(folder)
            .map_err(AssetError::file(folder))?
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.is_file())
            .collect();
        names.sort();
        let own = match species {
            Species::Human => "Homo_sapiens",
            Species::Mouse => "Mus_musculus",
        };
        let find = |wanted: &dyn Fn(&str) -> bool| {
            let name = |path: &PathBuf| {
                path.file_name().unwrap_or_default().to_string_lossy().into_owned()
            };
            names.iter().find(|path| wanted(&name(path))).cloned()
        };
        let stem = |name: &str, stem: &str| {
            let name =
                name.trim_end_matches(".gz").trim_end_matches(".tsv").trim_end_matches(".txt");
            name == stem
        };
        Ok(Self {
            gene_info: find(&|name| stem(name, &format!("{own}.gene_info"))).or_else(|| {
                find(&|name| stem(name, "gene_info") || stem(name, "All_Data.gene_info"))
            }),
            gene_summary: find(&|name| stem(name, "gene_summary"))
                .or_else(|| find(&|name| name.contains("gene_summary") && name.contains(".tsv"))),
            gene2go: find(&|name| stem(name, "gene2go")),
            gene2ensembl: find(&|name| stem(name, "gene2ensembl")),
            gene_orthologs: find(&|name| stem(name, "gene_orthologs")),
            hgnc: find(&|name| stem(name, "hgnc_complete_set")),
            symbol_orthologs: find(&|name| name.contains("Human2Mouse") && name.ends_with(".csv")),
        })
    }
}

/// `-` is NCBI's empty field.
fn field(text: &str) -> &str {
    if text == "-" { "" } else { text }
}

fn list(text: &str) -> Vec<String> {
    field(text).split('|').filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// The records of a species and the newest `Modification_date`.
///
/// # Errors
/// The first line that makes no sense, or a file without a gene of the species.
pub fn gene_info(path: &Path, species: Species) -> Result<Named> {
    let columns = [
        "tax_id",
        "GeneID",
        "Symbol",
        "Synonyms",
        "dbXrefs",
        "description",
        "type_of_gene",
        "Full_name_from_nomenclature_authority",
        "Modification_date",
    ];
    let tax_id = species.tax_id();
    let mut genes = BTreeMap::new();
    let mut newest = 0;
    Table::open(path, &columns)?.for_each(|row| {
        let &[tax, id, symbol, synonyms, xrefs, description, kind, full_name, date] = row else {
            return Ok(());
        };
        if number(tax, "tax_id")? != tax_id {
            return Ok(());
        }
        let id = number(id, "GeneID")?;
        newest = newest.max(number(date, "Modification_date")?);
        let gene_type = GeneType::from_ncbi(kind);
        // Placeholders and regulatory regions are never names of a count matrix.
        if symbol == "NEWENTRY" || gene_type == GeneType::BiologicalRegion {
            return Ok(());
        }
        let mut gene = GeneRecord::new(Some(GeneId(id)), symbol);
        gene.name = [full_name, description]
            .map(field)
            .into_iter()
            .find(|t| !t.is_empty())
            .unwrap_or("")
            .to_owned();
        gene.gene_type = gene_type;
        gene.synonyms = list(synonyms);
        gene.ensembl = field(xrefs)
            .split('|')
            .filter_map(|xref| xref.strip_prefix("Ensembl:"))
            .map(str::to_owned)
            .collect();
        match genes.insert(id, gene) {
            Some(_) => Err(format!("GeneID {id} appears twice")),
            None => Ok(()),
        }
    })?;
    if genes.is_empty() {
        return Err(AssetError::content(path, format!("has no {species} gene (tax_id {tax_id})")));
    }
    let date = format!("{:04}-{:02}-{:02}", newest / 10_000, newest / 100 % 100, newest % 100);
    Ok(Named { genes: genes.into_values().collect(), date, source: "NCBI Gene".to_owned() })
}

/// Summaries by gene, of all species in the file.
///
/// # Errors
/// The first line that makes no sense.
pub fn gene_summary(path: &Path) -> Result<HashMap<u32, String>> {
    let mut summaries = HashMap::new();
    Table::open(path, &["tax_id", "GeneID", "Summary"])?.for_each(|row| {
        let &[tax, id, summary] = row else { return Ok(()) };
        let tax = number(tax, "tax_id")?;
        // A summary of a gene that has no id (yet) describes nothing that can be mapped.
        if field(id).is_empty() {
            return Ok(());
        }
        let id = number(id, "GeneID")?;
        if Species::from_tax_id(tax).is_some() && !field(summary.trim()).is_empty() {
            summaries.insert(id, summary.trim().to_owned());
        }
        Ok(())
    })?;
    Ok(summaries)
}

/// GO annotations of a species, without those that are negated.
///
/// # Errors
/// The first line that makes no sense.
pub fn gene2go(path: &Path, species: Species) -> Result<Annotations> {
    let mut annotations = Annotations::default();
    let columns = ["tax_id", "GeneID", "GO_ID", "Qualifier", "GO_term", "Category"];
    Table::open(path, &columns)?.for_each(|row| {
        let &[tax, id, go, qualifier, name, category] = row else { return Ok(()) };
        if number(tax, "tax_id")? != species.tax_id() || qualifier.starts_with("NOT") {
            return Ok(());
        }
        let aspect = match category {
            "Process" => GoAspect::Process,
            "Function" => GoAspect::Function,
            "Component" => GoAspect::Component,
            other => {
                return Err(format!(
                    "Category: expected Process, Function or Component, found {other:?}"
                ));
            }
        };
        if !go.starts_with("GO:") {
            return Err(format!("GO_ID: expected GO:…, found {go:?}"));
        }
        annotations.annotate(number(id, "GeneID")?, go, name, aspect);
        Ok(())
    })?;
    annotations.source = "NCBI gene2go".to_owned();
    Ok(annotations)
}

/// Ensembl gene ids by gene.
///
/// # Errors
/// The first line that makes no sense.
pub fn gene2ensembl(path: &Path, species: Species) -> Result<HashMap<u32, BTreeSet<String>>> {
    let mut ids: HashMap<u32, BTreeSet<String>> = HashMap::new();
    Table::open(path, &["tax_id", "GeneID", "Ensembl_gene_identifier"])?.for_each(|row| {
        let &[tax, id, ensembl] = row else { return Ok(()) };
        if number(tax, "tax_id")? == species.tax_id() && !field(ensembl).is_empty() {
            ids.entry(number(id, "GeneID")?).or_default().insert(ensembl.to_owned());
        }
        Ok(())
    })?;
    Ok(ids)
}

/// Pairs (human gene, mouse gene).
///
/// # Errors
/// The first line that makes no sense.
pub fn gene_orthologs(path: &Path) -> Result<Vec<(u32, u32)>> {
    let (human, mouse) = (Species::Human.tax_id(), Species::Mouse.tax_id());
    let mut pairs = BTreeSet::new();
    Table::open(path, &["tax_id", "GeneID", "relationship", "Other_tax_id", "Other_GeneID"])?
        .for_each(|row| {
            let &[tax, id, relationship, other_tax, other] = row else { return Ok(()) };
            if relationship != "Ortholog" {
                return Ok(());
            }
            let taxa = (number(tax, "tax_id")?, number(other_tax, "Other_tax_id")?);
            let genes = (number(id, "GeneID")?, number(other, "Other_GeneID")?);
            if taxa == (human, mouse) {
                pairs.insert(genes);
            } else if taxa == (mouse, human) {
                pairs.insert((genes.1, genes.0));
            }
            Ok(())
        })?;
    Ok(pairs.into_iter().collect())
}

/// Previous symbols of human genes by Entrez id, from HGNC's complete set.
///
/// # Errors
/// The first line that makes no sense.
pub fn hgnc_previous_symbols(path: &Path) -> Result<HashMap<u32, Vec<String>>> {
    let mut previous = HashMap::new();
    Table::open(path, &["entrez_id", "prev_symbol"])?.for_each(|row| {
        let &[id, symbols] = row else { return Ok(()) };
        let symbols: Vec<String> = symbols
            .trim_matches('"')
            .split('|')
            .map(str::trim)
            .filter(|symbol| !symbol.is_empty())
            .map(str::to_owned)
            .collect();
        if !id.is_empty() && !symbols.is_empty() {
            previous.insert(number(id, "entrez_id")?, symbols);
        }
        Ok(())
    })?;
    Ok(previous)
}
