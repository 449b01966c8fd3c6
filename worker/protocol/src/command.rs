use serde::{Deserialize, Serialize};

use crate::{
    AskSettings, AxisSettings, ClusterSettings, CompareSettings, EmbedSettings, GeneSettings,
    LoadChoice, MapCommand, NeighborSettings, PathSettings, PcaSettings, PoolSettings,
    RankTermsSettings, RefineSettings, SaveKind, ScoreSettings, SetsCommand, TransferSettings,
    UmapSettings, View,
};

/// Names a request; the page counts them up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RequestId(pub u32);

/// What the page asks of the worker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// Its name, for the answer.
    pub id: RequestId,
    /// What to do.
    pub command: Command,
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Command {
    /// Read a data set from the attached `File`s: inspect them, choose the matrix, load it.
    Open,
    /// Fetch the built-in demo and read it.
    OpenDemo,
    /// Read the open files once more with another choice.
    Reload(LoadChoice),
    /// Map the data set's genes to NCBI records.
    MapGenes(GeneSettings),
    /// Use the BERT model in the attached `File`s as the encoder.
    OpenModel,
    /// Use the gene vectors in the attached `File`s in the encoder's place.
    OpenVectors,
    /// Go back to the model that the page was built with.
    UseBuiltInModel,
    /// Embed the mapped genes' descriptions.
    EmbedGenes(EmbedSettings),
    /// Average gene vectors into cell vectors.
    PoolCells(PoolSettings),
    /// PCA of log-normalised highly variable genes: the classical view.
    ComputePca(PcaSettings),
    /// Nearest neighbours of every cell in one view.
    FindNeighbors {
        /// The view.
        view: View,
        /// Its settings.
        settings: NeighborSettings,
    },
    /// Leiden clusters on one view's neighbours.
    Cluster {
        /// The view.
        view: View,
        /// Its settings.
        settings: ClusterSettings,
    },
    /// UMAP of one view's neighbours.
    Umap {
        /// The view.
        view: View,
        /// Its settings.
        settings: UmapSettings,
    },
    /// Refine the text's view by contrastive learning.
    Refine {
        /// How.
        settings: RefineSettings,
        /// Go on from the checkpoint that a training with the same inputs left, if there is one.
        resume: bool,
    },
    /// Read a saved head from the attached `File`.
    OpenHead,
    /// Tell the classes of the cells by the head that was read.
    ApplyHead,
    /// Keep the open data set, labelled by that column of `obs`, as the reference for another.
    KeepReference(String),
    /// Tell the labels of the open data set by the reference.
    Transfer(TransferSettings),
    /// Judge every view by kNN on held-out cells.
    Score(ScoreSettings),
    /// Why two sets of cells are apart.
    Compare(CompareSettings),
    /// What each sentence of a gene's text has to do with the difference that was compared last; the
    /// gene by its name in the data set.
    TraceText(String),
    /// Which GO terms gather at an end of the genes, as the last comparison orders them.
    RankTerms(RankTermsSettings),
    /// How like the cells are to a text.
    Ask(AskSettings),
    /// Open the attached OBO file, or the page's own ontology of cell types where none is attached.
    OpenOntology,
    /// Types of the ontology opened last whose name or synonym holds these words.
    SearchTypes(String),
    /// All kinds below the type with that id.
    KindsBelow(String),
    /// Where cells lie between two groups of types, donors or samples.
    FitAxis(AxisSettings),
    /// The path of the cells from a root.
    FindPath(PathSettings),
    /// Expression of some genes in classes of cells.
    ShowGenes(crate::GenesSettings),
    /// How two groupings of the cells go together.
    Crosstab(crate::CrosstabSettings),
    /// The classes of a column of `obs` with their cells, the file's own or one that was told.
    ListClasses(String),
    /// What is known of a cell, by its row, and the classes that its neighbours vote with.
    DescribeCell(u64, Option<crate::Grouping>),
    /// The NCBI record and text of a gene, by its name in the data set, symbol or id.
    DescribeGene(String),
    /// Genes whose symbol, alias or id begins with this.
    SearchGenes(String),
    /// Anything about the map.
    Map(MapCommand),
    /// Anything about the cells that the scientist marks.
    Sets(SetsCommand),
    /// Make a file; its bytes come back as an attachment.
    Save(SaveKind),
    /// Compute on the CPU from now on, or try the GPU again.
    UseGpu(bool),
    /// Stop that request.
    Cancel(RequestId),
}
