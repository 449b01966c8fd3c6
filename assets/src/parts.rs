//! The parts that bundles are put together from, whatever their source.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use lexicell_genes::{GeneRecord, GoAspect, GoTerm};

/// Genes with names, and where they come from.
#[derive(Debug, Clone, Default)]
pub struct Named {
    /// Ascending by (id, symbol).
    pub genes: Vec<GeneRecord>,
    /// The newest date in the source, `2021-07-08`.
    pub date: String,
    /// The source in words.
    pub source: String,
}

/// GO annotations by gene.
#[derive(Debug, Clone, Default)]
pub struct Annotations {
    terms: BTreeMap<String, (String, GoAspect)>,
    of_gene: HashMap<u32, BTreeSet<String>>,
    parents: HashMap<String, BTreeSet<String>>,
    /// The source in words.
    pub source: String,
}

impl Annotations {
    /// Annotates a gene with a term.
    pub fn annotate(&mut self, gene: u32, go: &str, name: &str, aspect: GoAspect) {
        if !self.terms.contains_key(go) {
            self.terms.insert(go.to_owned(), (name.to_owned(), aspect));
        }
        let of_gene = self.of_gene.entry(gene).or_default();
        if !of_gene.contains(go) {
            of_gene.insert(go.to_owned());
        }
    }

    /// States that one term is a kind or a part of another.
    pub fn add_parent(&mut self, go: &str, parent: &str) {
        self.parents.entry(go.to_owned()).or_default().insert(parent.to_owned());
    }

    /// Adds a term that no gene may be annotated with directly.
    pub fn add_term(&mut self, go: &str, name: &str, aspect: GoAspect) {
        self.terms.entry(go.to_owned()).or_insert_with(|| (name.to_owned(), aspect));
    }

    /// How many genes are annotated.
    #[must_use]
    pub fn n_genes(&self) -> usize {
        self.of_gene.len()
    }

    /// The terms in order of their ids, and each gene's terms as indices into them.
    ///
    /// Terms that no gene needs, directly or as an ancestor, are left out.
    #[must_use]
    pub fn index(&self) -> (Vec<GoTerm>, HashMap<u32, Vec<u32>>) {
        let mut needed: BTreeSet<&str> = BTreeSet::new();
        let mut open: Vec<&str> = self.of_gene.values().flatten().map(String::as_str).collect();
        while let Some(go) = open.pop() {
            if self.terms.contains_key(go) && needed.insert(go) {
                open.extend(self.parents.get(go).into_iter().flatten().map(String::as_str));
            }
        }
        let places: HashMap<&str, u32> = needed.iter().zip(0..).map(|(go, i)| (*go, i)).collect();
        let indices = |list: Option<&BTreeSet<String>>| -> Vec<u32> {
            let mut indices: Vec<u32> = list
                .into_iter()
                .flatten()
                .filter_map(|go| places.get(go.as_str()).copied())
                .collect();
            indices.sort_unstable();
            indices
        };
        let terms = needed
            .iter()
            .map(|go| {
                let (name, aspect) = &self.terms[*go];
                GoTerm {
                    id: (*go).to_owned(),
                    name: name.clone(),
                    aspect: *aspect,
                    parents: indices(self.parents.get(*go)),
                }
            })
            .collect();
        let of_gene =
            self.of_gene.iter().map(|(gene, list)| (*gene, indices(Some(list)))).collect();
        (terms, of_gene)
    }
}

/// Orthologues as a source gives them: symbols always, identifiers where known.
#[derive(Debug, Clone, Default)]
pub struct Orthologues {
    /// (human, mouse), best first for each mouse gene.
    pub pairs: Vec<(OrthologueKey, OrthologueKey)>,
    /// Mouse Ensembl ids by mouse symbol, where the source lists them.
    pub mouse_ensembl: HashMap<String, BTreeSet<String>>,
    /// The source in words.
    pub source: String,
}

/// How a table of orthologues names a gene.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum OrthologueKey {
    /// By NCBI Gene id.
    Id(u32),
    /// By symbol.
    Symbol(String),
}
