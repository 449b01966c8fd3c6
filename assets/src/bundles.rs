//! Puts the gene bundles together from whichever sources there are.

use std::{
    collections::{BTreeSet, HashMap},
    path::{Path, PathBuf},
};

use lexicell_genes::{
    BundleSource, GeneId, GeneRecord, GoTerm, Origin, Orthologue, Species, Summary,
};

use crate::{
    AssetError, Result,
    fetch::{Fetcher, one_line},
    manifest::Manifest,
    ncbi,
    parts::{Named, OrthologueKey, Orthologues},
    registry,
};

/// Where the parts of the bundles may be taken from.
#[derive(Debug)]
pub struct Sources<'a> {
    /// A folder in NCBI's layout that goes before all other sources.
    pub folder: Option<&'a Path>,
    /// The sources behind it.
    pub manifest: &'a Manifest,
    /// How they are fetched.
    pub fetcher: &'a Fetcher,
}

/// The bundles, and what had to be left out of them.
#[derive(Debug)]
pub struct Built {
    /// Human, then mouse.
    pub bundles: Vec<BundleSource>,
    /// What is missing and why, a line each.
    pub missing: Vec<String>,
}

impl Sources<'_> {
    /// Builds the bundles of both species.
    ///
    /// # Errors
    /// A species whose genes no source names, or a source that makes no sense.
    pub fn build(&self) -> Result<Built> {
        let mut missing = Vec::new();
        let human = self.genes(Species::Human)?;
        let mouse = self.genes(Species::Mouse)?;
        let complete_mouse = mouse.genes.iter().any(|gene| !gene.ensembl.is_empty());
        let summaries = note(&mut missing, "NCBI summaries", self.summaries())?;
        let orthologues = note(&mut missing, "orthologues", self.orthologues())?;
        let mut human = Draft::new(Species::Human, human);
        let mut mouse = Draft::new(Species::Mouse, mouse);
        if let Some(summaries) = &summaries {
            human.add_summaries(summaries);
            mouse.add_summaries(summaries);
        }
        if let Some(previous) = note(&mut missing, "previous symbols", self.previous_symbols())? {
            human.add_previous(&previous);
        }
        for draft in [&mut human, &mut mouse] {
            if let Some(ids) = self.ensembl_ids(draft.species)? {
                draft.add_ensembl(&ids);
            }
            let what = format!("GO annotations ({})", draft.species);
            if let Some(annotations) = note(&mut missing, &what, self.annotations(draft.species))? {
                draft.add_annotations(&annotations);
            }
        }
        if let Some(orthologues) = &orthologues {
            if !complete_mouse {
                mouse.add_known_only_by_orthologues(orthologues);
            }
            link(&mut human, &mut mouse, orthologues);
            mouse.borrow_from(&human);
        }
        missing
            .retain(|line| !line.starts_with("GO annotations (mouse)") || mouse.terms.is_empty());
        Ok(Built { bundles: vec![human.finish(), mouse.finish()], missing })
    }

    fn in_folder(&self, species: Species) -> Result<ncbi::Folder> {
        self.folder
            .map_or(Ok(ncbi::Folder::default()), |folder| ncbi::Folder::scan(folder, species))
    }

    fn fetch(&self, id: &str) -> Result<PathBuf> {
        let file = self.manifest.file(id)?;
        Ok(self.fetcher.fetch(id, &file.alternatives)?.0)
    }

    /// The given file, or else the fetched one.
    fn local_or(&self, local: Option<PathBuf>, id: &str) -> Result<PathBuf> {
        local.map_or_else(|| self.fetch(id), Ok)
    }

    fn genes(&self, species: Species) -> Result<Named> {
        if self.folder.is_some() {
            return match self.in_folder(species)?.gene_info {
                Some(path) => ncbi::gene_info(&path, species),
                None => Err(AssetError::content(
                    self.folder.unwrap_or(Path::new("")),
                    format!("has no gene_info file for {species}"),
                )),
            };
        }
        let ncbi = match species {
            Species::Human => "Homo_sapiens.gene_info.gz",
            Species::Mouse => "Mus_musculus.gene_info.gz",
        };
        let mut reasons = Vec::new();
        match self.fetch(ncbi) {
            Ok(path) => return ncbi::gene_info(&path, species),
            Err(error) => reasons.push(one_line(&error)),
        }
        let packaged = match species {
            Species::Human => {
                self.fetch("org.Hs.eg.sqlite").map(|path| registry::human_genes(&path))
            }
            Species::Mouse => self
                .fetch("genes_NCBI_10090_ProteinCoding.py")
                .map(|path| registry::mouse_genes(&path)),
        };
        match packaged {
            Ok(genes) => genes,
            Err(error) => {
                reasons.push(one_line(&error));
                Err(AssetError::Alternatives { asset: format!("{species} genes"), reasons })
            }
        }
    }

    fn summaries(&self) -> Result<HashMap<u32, String>> {
        let local = self.in_folder(Species::Human)?.gene_summary;
        ncbi::gene_summary(&self.local_or(local, "gene_summary.gz")?)
    }

    fn previous_symbols(&self) -> Result<HashMap<u32, Vec<String>>> {
        let local = self.in_folder(Species::Human)?.hgnc;
        ncbi::hgnc_previous_symbols(&self.local_or(local, "hgnc_complete_set.txt")?)
    }

    /// Only a supplement: gene_info lists most of these ids too.
    fn ensembl_ids(&self, species: Species) -> Result<Option<HashMap<u32, BTreeSet<String>>>> {
        let local = self.in_folder(species)?.gene2ensembl;
        local.map(|path| ncbi::gene2ensembl(&path, species)).transpose()
    }

    fn annotations(&self, species: Species) -> Result<crate::parts::Annotations> {
        let local = self.in_folder(species)?.gene2go;
        let first = match self.local_or(local, "gene2go.gz") {
            Ok(path) => return ncbi::gene2go(&path, species),
            Err(error) => error,
        };
        if species == Species::Mouse {
            return Err(first);
        }
        match (self.fetch("org.Hs.eg.sqlite"), self.fetch("GO.sqlite")) {
            (Ok(org), Ok(go)) => registry::human_annotations(&org, &go),
            (Err(second), _) | (_, Err(second)) => Err(AssetError::Alternatives {
                asset: "human GO annotations".to_owned(),
                reasons: vec![one_line(&first), one_line(&second)],
            }),
        }
    }

    fn orthologues(&self) -> Result<Orthologues> {
        let folder = self.in_folder(Species::Human)?;
        if let Some(path) = folder.symbol_orthologs.filter(|_| folder.gene_orthologs.is_none()) {
            return registry::symbol_orthologues(&path);
        }
        match self.local_or(folder.gene_orthologs, "gene_orthologs.gz") {
            Ok(path) => {
                let pairs = ncbi::gene_orthologs(&path)?;
                let pairs = pairs
                    .into_iter()
                    .map(|(h, m)| (OrthologueKey::Id(h), OrthologueKey::Id(m)))
                    .collect();
                Ok(Orthologues {
                    pairs,
                    source: "NCBI gene_orthologs".to_owned(),
                    ..Default::default()
                })
            }
            Err(first) => match self.fetch("mouse_to_human.csv") {
                Ok(path) => registry::symbol_orthologues(&path),
                Err(second) => Err(AssetError::Alternatives {
                    asset: "orthologues".to_owned(),
                    reasons: vec![one_line(&first), one_line(&second)],
                }),
            },
        }
    }
}

/// What cannot be fetched is noted; what makes no sense is an error.
fn note<T>(missing: &mut Vec<String>, what: &str, part: Result<T>) -> Result<Option<T>> {
    match part {
        Ok(part) => Ok(Some(part)),
        Err(error @ (AssetError::Alternatives { .. } | AssetError::Offline)) => {
            missing.push(format!("{what}: {}", one_line(&error)));
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// A bundle in the making.
struct Draft {
    species: Species,
    genes: Vec<GeneRecord>,
    terms: Vec<GoTerm>,
    date: String,
    sources: Vec<String>,
}

impl Draft {
    fn new(species: Species, named: Named) -> Self {
        Self {
            species,
            genes: named.genes,
            terms: Vec::new(),
            date: named.date,
            sources: vec![named.source],
        }
    }

    fn add_summaries(&mut self, summaries: &HashMap<u32, String>) {
        for gene in &mut self.genes {
            gene.summary = gene
                .id
                .and_then(|id| summaries.get(&id.0))
                .map(|text| Summary { text: text.clone(), origin: Origin::Own });
        }
    }

    fn add_previous(&mut self, previous: &HashMap<u32, Vec<String>>) {
        for gene in &mut self.genes {
            if let Some(symbols) = gene.id.and_then(|id| previous.get(&id.0)) {
                gene.previous =
                    symbols.iter().filter(|symbol| **symbol != gene.symbol).cloned().collect();
            }
        }
    }

    fn add_ensembl(&mut self, ids: &HashMap<u32, BTreeSet<String>>) {
        for gene in &mut self.genes {
            gene.ensembl
                .extend(gene.id.and_then(|id| ids.get(&id.0)).into_iter().flatten().cloned());
        }
    }

    fn add_annotations(&mut self, annotations: &crate::parts::Annotations) {
        let (terms, of_gene) = annotations.index();
        self.terms = terms;
        self.sources.push(annotations.source.clone());
        for gene in &mut self.genes {
            gene.go = gene.id.and_then(|id| of_gene.get(&id.0)).cloned().unwrap_or_default();
        }
    }

    /// Genes by identifier and by symbol; of one symbol's genes the protein-coding one.
    fn places(&self) -> HashMap<OrthologueKey, usize> {
        let mut places = HashMap::new();
        let mut aliases: HashMap<&str, Option<usize>> = HashMap::new();
        for (i, gene) in self.genes.iter().enumerate() {
            if let Some(GeneId(id)) = gene.id {
                places.insert(OrthologueKey::Id(id), i);
            }
            for alias in gene.synonyms.iter().chain(&gene.previous) {
                aliases.entry(alias).and_modify(|place| *place = None).or_insert(Some(i));
            }
            let place = places.entry(OrthologueKey::Symbol(gene.symbol.clone())).or_insert(i);
            if gene.gene_type < self.genes[*place].gene_type {
                *place = i;
            }
        }
        for (alias, place) in aliases {
            if let Some(i) = place {
                places.entry(OrthologueKey::Symbol(alias.to_owned())).or_insert(i);
            }
        }
        places
    }

    /// Where the list of genes is incomplete, a table of orthologues knows more.
    fn add_known_only_by_orthologues(&mut self, orthologues: &Orthologues) {
        let places = self.places();
        let mut new = BTreeSet::new();
        for (_, mouse) in &orthologues.pairs {
            if let OrthologueKey::Symbol(symbol) = mouse
                && !places.contains_key(mouse)
            {
                new.insert(symbol.clone());
            }
        }
        self.genes.extend(new.into_iter().map(|symbol| GeneRecord::new(None, symbol)));
        let places = self.places();
        for (symbol, ids) in &orthologues.mouse_ensembl {
            if let Some(&place) = places.get(&OrthologueKey::Symbol(symbol.clone())) {
                self.genes[place].ensembl.extend(ids.iter().cloned());
            }
        }
    }

    /// Takes summary, name and annotations from the first orthologue that has them, marked as such.
    fn borrow_from(&mut self, other: &Draft) {
        let places = other.places();
        let borrow_terms = self.terms.is_empty();
        for gene in &mut self.genes {
            let relatives: Vec<&GeneRecord> = gene
                .orthologues
                .iter()
                .filter_map(|o| {
                    o.id.map(|id| OrthologueKey::Id(id.0))
                        .or(Some(OrthologueKey::Symbol(o.symbol.clone())))
                })
                .filter_map(|key| places.get(&key).map(|&i| &other.genes[i]))
                .collect();
            let Some(first) = relatives.first() else { continue };
            if gene.summary.is_none()
                && let Some(relative) =
                    relatives.iter().position(|relative| relative.summary.is_some())
            {
                gene.summary = relatives[relative].summary.as_ref().map(|summary| Summary {
                    text: summary.text.clone(),
                    origin: Origin::Orthologue,
                });
                gene.orthologues.swap(0, relative);
            }
            if gene.name.is_empty() {
                gene.name.clone_from(&first.name);
                gene.name_origin = Origin::Orthologue;
                gene.gene_type = first.gene_type;
            }
            if borrow_terms && !first.go.is_empty() {
                gene.go.clone_from(&first.go);
                gene.go_origin = Origin::Orthologue;
            }
        }
        if borrow_terms && self.genes.iter().any(|gene| !gene.go.is_empty()) {
            self.terms.clone_from(&other.terms);
            self.sources.push("GO annotations of human orthologues".to_owned());
        }
    }

    fn finish(mut self) -> BundleSource {
        for gene in &mut self.genes {
            gene.ensembl.sort();
            gene.ensembl.dedup();
            let symbol = gene.symbol.clone();
            let mut seen = BTreeSet::new();
            let previous = gene.previous.clone();
            gene.synonyms.retain(|alias| {
                *alias != symbol && !previous.contains(alias) && seen.insert(alias.clone())
            });
        }
        self.genes.sort_by(|a, b| (a.id, &a.symbol).cmp(&(b.id, &b.symbol)));
        self.genes.dedup_by(|a, b| (a.id, &a.symbol) == (b.id, &b.symbol));
        BundleSource {
            species: self.species,
            source: self.sources.join("; "),
            source_date: self.date,
            licence: "NCBI Gene: public domain; Gene Ontology: CC BY 4.0".to_owned(),
            genes: self.genes,
            terms: self.terms,
        }
    }
}

/// Tells each gene of its relatives in the other species.
fn link(human: &mut Draft, mouse: &mut Draft, orthologues: &Orthologues) {
    let (in_human, in_mouse) = (human.places(), mouse.places());
    for (human_key, mouse_key) in &orthologues.pairs {
        let (Some(&h), Some(&m)) = (in_human.get(human_key), in_mouse.get(mouse_key)) else {
            continue;
        };
        let of = |gene: &GeneRecord| Orthologue { id: gene.id, symbol: gene.symbol.clone() };
        let (of_human, of_mouse) = (of(&human.genes[h]), of(&mouse.genes[m]));
        push_new(&mut mouse.genes[m].orthologues, of_human);
        push_new(&mut human.genes[h].orthologues, of_mouse);
    }
    for draft in [human, mouse] {
        draft.sources.push(format!("orthologues: {}", orthologues.source));
    }
}

fn push_new(list: &mut Vec<Orthologue>, orthologue: Orthologue) {
    if !list.contains(&orthologue) {
        list.push(orthologue);
    }
}
