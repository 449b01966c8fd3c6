//! What the worker holds: the data set and everything computed for it.
//!
//! Parts are shared by `Rc`: a running step keeps the inputs it began with, and only its end, in one
//! short borrow, changes the session. A cancelled step therefore changes nothing.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use lexicell_analysis::Neighbors;
use lexicell_analysis::contrastive::{Classifier, Refiner};
use lexicell_analysis::duplicates::Duplicates;
use lexicell_analysis::state::MatrixState;
use lexicell_analysis::whitening::Whitening;
use lexicell_formats::{InputFile, VectorTable as DroppedTable};
use lexicell_genes::{GeneBundle, GeneIndex, GeneMapping, Ontology};
use lexicell_matrix::{AnnData, Categorical, CsrMatrix, DenseMatrix};
use lexicell_protocol::{
    AssetIndex, EmbedReport, GeneFinding, HeadReport, LoadReport, MappingReport, Memory,
    OntologyReport, PoolSettings, ReferenceReport, RefineSpace, ScoreReport, Settings, Species,
    Step, TermFinding, View,
};

use crate::backend::Compute;
use crate::map::{ClassGraph, Map};
use crate::marks::{History, Labeling};
use crate::steps::Rehearsal;
use crate::store::VectorStore;

pub(crate) type Shared = Rc<RefCell<Session>>;

/// Everything that outlives a request.
pub(crate) struct Session {
    pub(crate) assets: AssetIndex,
    pub(crate) compute: Compute,
    pub(crate) store: Result<Rc<VectorStore>, String>,
    pub(crate) bundles: BTreeMap<&'static str, Rc<SpeciesBundle>>,
    pub(crate) source: Option<Rc<Source>>,
    pub(crate) dataset: Option<Rc<Dataset>>,
    pub(crate) genes: Option<Rc<MappedGenes>>,
    pub(crate) encoder: Encoder,
    /// The table of gene vectors that was dropped last, in use or not.
    pub(crate) dropped: Option<Encoder>,
    pub(crate) vectors: Option<Rc<GeneVectors>>,
    pub(crate) pooled: Option<Rc<PooledGenes>>,
    pub(crate) views: BTreeMap<View, ViewState>,
    pub(crate) head: Option<Rc<SavedHead>>,
    /// What heads and references told of the cells.
    pub(crate) told: Vec<Told>,
    /// Values of the cells that the scientist asked for.
    pub(crate) measured: Vec<Measured>,
    /// The classes of the last path and what joins them.
    pub(crate) class_graph: Option<Rc<ClassGraph>>,
    /// What the scientist marked: the selection, sets with names, labels by hand.
    pub(crate) marks: History,
    pub(crate) comparison: Option<Rc<Comparison>>,
    /// Ontologies of cell types, the one opened last at the end.
    pub(crate) ontologies: Vec<Rc<OpenOntology>>,
    pub(crate) reference: Option<Rc<Reference>>,
    pub(crate) score: Option<Rc<ScoreReport>>,
    pub(crate) used: Settings,
    pub(crate) map: Map,
}

/// The open files.
pub(crate) struct Source {
    pub(crate) files: Vec<InputFile>,
}

/// A loaded data set.
pub(crate) struct Dataset {
    pub(crate) adata: AnnData,
    pub(crate) state: MatrixState,
    pub(crate) report: LoadReport,
    /// Sum of the stored values of each gene.
    pub(crate) gene_sums: Vec<f64>,
    /// Exact copies of cells, which stay in one fold.
    pub(crate) duplicates: Duplicates,
}

/// The bundle of a species with its index of names.
pub(crate) struct SpeciesBundle {
    pub(crate) species: Species,
    pub(crate) bundle: GeneBundle,
    pub(crate) index: GeneIndex,
}

/// The data set's genes, mapped.
pub(crate) struct MappedGenes {
    pub(crate) bundle: Rc<SpeciesBundle>,
    pub(crate) mapping: GeneMapping,
    pub(crate) report: MappingReport,
    pub(crate) unmapped_csv: String,
}

/// What turns a gene's text into a vector.
#[derive(Clone)]
pub(crate) enum Encoder {
    /// The model that the page was built with, fetched when it is needed.
    BuiltIn,
    /// A model that the user dropped.
    Dropped { name: String, model: Rc<lexicell_encoder::Model> },
    /// A table of vectors that the user dropped.
    Table { name: String, hash: String, table: Rc<DroppedTable> },
}

/// One vector for each gene of the data set that has one.
#[derive(Clone)]
pub(crate) struct GeneVectors {
    /// Row of `table` for each gene, where it has one.
    pub(crate) rows: Vec<Option<u32>>,
    /// Unit vectors as the encoder gave them, `[n_vectors × d]`.
    pub(crate) table: Rc<DenseMatrix>,
    pub(crate) report: EmbedReport,
}

/// The same as cells average them.
#[derive(Clone)]
pub(crate) struct PooledGenes {
    /// Row of `table` for each gene, where it has one.
    pub(crate) rows: Vec<Option<u32>>,
    /// Unit vectors, `[n_vectors × d]`.
    pub(crate) table: Rc<DenseMatrix>,
    /// The map by which they were whitened, if they were: other cells are comparable through it alone.
    pub(crate) whitening: Option<Rc<Whitening>>,
}

/// A trained head with all that it needs to tell the classes of new cells; outlives the data set.
pub(crate) struct SavedHead {
    /// The file.
    pub(crate) bytes: Vec<u8>,
    pub(crate) report: HeadReport,
    /// How the cells were pooled that it was trained on.
    pub(crate) pooling: PoolSettings,
    /// How the vectors of their genes were whitened, if they were.
    pub(crate) whitening: Option<Rc<Whitening>>,
    /// What identifies the gene vectors: encoder, its pooling of tokens, template.
    pub(crate) gene_table: String,
    pub(crate) learned: Learned,
}

/// What a training left to be applied.
pub(crate) enum Learned {
    Head {
        refiner: Refiner,
        classifier: Option<Classifier>,
    },
    /// A joint view, which places no cells but those of its own data set.
    Joint,
}

/// The classes that a head told.
pub(crate) struct Told {
    /// Name of the column of `obs`.
    pub(crate) column: String,
    pub(crate) classes: Categorical,
    /// Similarity to the nearest class, cosine.
    pub(crate) similarity: Vec<f32>,
}

/// A value of each cell: how like it is to a text, where it lies on an axis or a path.
pub(crate) struct Measured {
    /// Name of the column of `obs`.
    pub(crate) column: String,
    /// What is measured, for the legend.
    pub(crate) unit: String,
    /// NaN where a cell has no value.
    pub(crate) values: Vec<f32>,
    /// The step whose result it rests on.
    pub(crate) rests_on: Step,
}

/// Why two sets of cells are apart, for every gene.
pub(crate) struct Comparison {
    pub(crate) names: [String; 2],
    /// In the order of the data set.
    pub(crate) genes: Vec<GeneFinding>,
    /// By set in which they are higher.
    pub(crate) terms: [Vec<TermFinding>; 2],
    /// Direction of the difference in the space of the (whitened) gene vectors, of unit length.
    pub(crate) direction: Vec<f64>,
}

impl Comparison {
    /// How much more a gene's vector counts in the first set than in the second.
    pub(crate) fn weight_difference(&self, gene: usize) -> f64 {
        self.genes.get(gene).map_or(0.0, |gene| gene.weight[0] - gene.weight[1])
    }
}

/// An ontology of cell types; outlives the data set.
pub(crate) struct OpenOntology {
    pub(crate) report: OntologyReport,
    /// Its name with release and terms of use, within a sentence.
    pub(crate) cited: String,
    /// Whether the page was built with it.
    pub(crate) is_built_in: bool,
    pub(crate) types: Ontology,
}

/// A labelled data set, kept to tell the labels of another.
pub(crate) struct Reference {
    pub(crate) report: ReferenceReport,
    /// Cells by their contrast with the mean of their own side, unit rows `[n_obs × d]`.
    pub(crate) cells: DenseMatrix,
    /// The class of each cell; none for cells without a label and for copies of cells.
    pub(crate) classes: Vec<u32>,
    /// What the cells express, where it is small enough to keep.
    pub(crate) expression: Option<Expression>,
    pub(crate) genes: GeneKeys,
    pub(crate) gene_table: String,
    /// The map by which the query's gene vectors are whitened too.
    pub(crate) whitening: Option<Rc<Whitening>>,
    pub(crate) rehearsal: Rehearsal,
}

/// An expression matrix that outlives its data set.
pub(crate) struct Expression {
    pub(crate) x: Arc<CsrMatrix>,
    pub(crate) state: MatrixState,
}

/// The genes of a data set as numbers that mean the same in another.
pub(crate) struct GeneKeys {
    pub(crate) species: Species,
    /// NCBI's identifier of each gene.
    pub(crate) own: Vec<Option<u64>>,
    /// The same with that of the human orthologue in its place, where there is one.
    pub(crate) human: Vec<Option<u64>>,
}

impl Reference {
    /// Bytes that it keeps in memory; the expression matrix is shared while its data set is open.
    pub(crate) fn bytes(&self) -> usize {
        self.cells.bytes()
            + size_of_val(&self.classes[..])
            + 2 * size_of_val(&self.genes.own[..])
            + self.expression.as_ref().map_or(0, |expression| expression.x.bytes())
            + self.whitening.as_ref().map_or(0, |whitening| whitening.bytes())
            + self.rehearsal.bytes()
    }

    /// The same without what the open data set holds anyway.
    fn bytes_beside(&self, dataset: Option<&Dataset>) -> usize {
        let shared = self.expression.as_ref().filter(|expression| {
            dataset.is_some_and(|dataset| Arc::ptr_eq(&expression.x, &dataset.adata.x))
        });
        self.bytes() - shared.map_or(0, |expression| expression.x.bytes())
    }
}

/// What was computed in one view.
#[derive(Default)]
pub(crate) struct ViewState {
    /// Unit rows as they are compared, `[n_obs × d]`.
    pub(crate) embedding: Option<Rc<DenseMatrix>>,
    pub(crate) neighbors: Option<Rc<Neighbors>>,
    pub(crate) graph: Option<Rc<CsrMatrix>>,
    pub(crate) clusters: Option<Rc<Vec<u32>>>,
    pub(crate) umap: Option<Rc<Vec<[f32; 2]>>>,
}

impl Session {
    pub(crate) fn view(&mut self, view: View) -> &mut ViewState {
        self.views.entry(view).or_default()
    }

    pub(crate) fn embedding(&self, view: View) -> Option<Rc<DenseMatrix>> {
        self.views.get(&view)?.embedding.clone()
    }

    /// The labels that the scientist gave under that name.
    pub(crate) fn labelled(&self, column: &str) -> Option<Categorical> {
        self.marks.now().labeling(column).map(Labeling::compact)
    }

    /// Keeps told classes, in place of those of the same name.
    pub(crate) fn tell(&mut self, told: Told) {
        self.told.retain(|own| own.column != told.column);
        self.told.push(told);
    }

    /// Keeps a value of each cell, in place of that of the same name.
    pub(crate) fn measure(&mut self, measured: Measured) {
        self.measured.retain(|own| own.column != measured.column);
        self.measured.push(measured);
    }

    /// Forgets whatever rests on the step, in that view or in all; returns the steps that lost a result.
    pub(crate) fn invalidate(&mut self, step: Step, view: Option<View>) -> Vec<Step> {
        let mut lost = Vec::new();
        let mut clear = |had: bool, name: Step| {
            if had && !lost.contains(&name) {
                lost.push(name);
            }
        };
        if step < Step::Open {
            clear(self.dataset.take().is_some(), Step::Open);
        }
        if step < Step::MapGenes {
            clear(self.genes.take().is_some(), Step::MapGenes);
        }
        if step < Step::EmbedGenes {
            clear(self.vectors.take().is_some(), Step::EmbedGenes);
        }
        if step < Step::PoolCells {
            self.pooled = None;
        }
        let is_joint = self.used.refine.space == RefineSpace::Joint;
        for (&own, state) in &mut self.views {
            let concerned = match view {
                // The refined view rests on the text's vectors.
                Some(View::Text) if step == Step::PoolCells => own != View::Pca,
                // And a joint one on the components too.
                Some(View::Pca) if step == Step::Pca && is_joint => own != View::Text,
                Some(view) => view == own,
                // Genes and their texts do not touch the classical view.
                None => own != View::Pca || step < Step::MapGenes,
            };
            if concerned {
                // The components stand before a joint view, though their step comes after.
                let is_input = step == Step::Pca && own == View::Refined;
                let step = if is_input { Step::PoolCells } else { step };
                self.class_graph.take_if(|graph| graph.rests_on(step, own));
                state.invalidate(step, own, &mut clear);
            }
        }
        if step < Step::Refine {
            self.told.clear();
            self.comparison = None;
        }
        self.measured.retain(|measured| step > measured.rests_on);
        // The score trains heads of its own: it does not rest on the one in the map.
        if step < Step::Neighbors && step != Step::Refine {
            clear(self.score.take().is_some(), Step::Score);
        }
        lost.sort();
        lost
    }

    /// The parts in memory and what they take.
    pub(crate) fn memory(&self) -> Memory {
        let mut parts: Vec<(String, u64)> = Vec::new();
        if let Some(dataset) = &self.dataset {
            parts.push(("expression matrix".into(), dataset.adata.x.bytes() as u64));
        }
        if let Some(vectors) = &self.vectors {
            parts.push(("gene vectors".into(), vectors.table.bytes() as u64));
        }
        if let Some(Encoder::Table { table, .. }) = &self.dropped {
            let bytes = size_of_val(&table.data[..]);
            parts.push(("dropped gene vectors".into(), bytes as u64));
        }
        if let Some(pooled) = self.pooled.as_ref().filter(|pooled| pooled.whitening.is_some()) {
            parts.push(("gene vectors (whitened)".into(), pooled.table.bytes() as u64));
        }
        if let Some(reference) = &self.reference {
            let bytes = reference.bytes_beside(self.dataset.as_deref());
            parts.push(("reference".into(), bytes as u64));
        }
        for (view, state) in &self.views {
            let name = match view {
                View::Text => "text",
                View::Pca => "expression",
                View::Refined => "refined",
            };
            if let Some(embedding) = &state.embedding {
                parts.push((format!("cell vectors ({name})"), embedding.bytes() as u64));
            }
            if let Some(graph) = &state.graph {
                parts.push((format!("neighbour graph ({name})"), graph.bytes() as u64));
            }
        }
        parts.push(("encoder".into(), self.compute.model_bytes()));
        parts.retain(|(_, bytes)| *bytes > 0);
        Memory { wasm_bytes: wasm_bytes(), parts }
    }
}

impl ViewState {
    fn invalidate(&mut self, step: Step, view: View, clear: &mut impl FnMut(bool, Step)) {
        let makes_embedding = match view {
            View::Text => Step::PoolCells,
            View::Pca => Step::Pca,
            View::Refined => Step::Refine,
        };
        if step < makes_embedding {
            clear(self.embedding.take().is_some(), makes_embedding);
        }
        if step < Step::Neighbors {
            clear(self.neighbors.take().is_some(), Step::Neighbors);
            self.graph = None;
        }
        if step < Step::Cluster {
            clear(self.clusters.take().is_some(), Step::Cluster);
        }
        // A layout rests on the neighbours, not on the clusters.
        if step < Step::Cluster {
            clear(self.umap.take().is_some(), Step::Umap);
        }
    }
}

#[cfg(target_arch = "wasm32")]
fn wasm_bytes() -> u64 {
    core::arch::wasm32::memory_size(0) as u64 * 65536
}

#[cfg(not(target_arch = "wasm32"))]
fn wasm_bytes() -> u64 {
    0
}
