use serde::{Deserialize, Serialize};

use crate::{
    ApplyReport, AskReport, AssetIndex, AxisReport, CellPooling, ClusterReport, CompareReport,
    DescribedGene, EmbedReport, EpochLoss, Failure, HeadReport, LassoReport, LoadReport,
    MapOverlay, MapState, MappingReport, NeighborsReport, PathReport, PcaReport, PickedCell,
    ReferenceReport, RefineReport, RequestId, SavedFile, ScoreReport, SetsReport, Settings,
    TracedText, TransferReport, UmapReport, VectorReport,
};

/// What the worker tells the page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// The worker listens. Nothing may be sent before this.
    Ready(Box<Ready>),
    /// A step goes on.
    Progress(Progress),
    /// An epoch of a training ended.
    Epoch {
        /// The request at work.
        id: RequestId,
        /// Its losses.
        loss: EpochLoss,
    },
    /// The step ended well.
    Output {
        /// The request that it answers.
        id: RequestId,
        /// How long the step took, in milliseconds.
        millis: f64,
        /// What came out.
        output: Box<Output>,
    },
    /// The step failed.
    Failed {
        /// The request that it answers.
        id: RequestId,
        /// Why.
        failure: Failure,
    },
    /// The step was cancelled; nothing it would have changed was changed.
    Cancelled {
        /// The request that it answers.
        id: RequestId,
    },
    /// These steps' results no longer fit their inputs.
    Invalidated {
        /// The steps, in order.
        steps: Vec<Step>,
    },
    /// What the map shows changed (layout, colours, drawn by what); `MapOverlay` follows.
    Map(Box<MapState>),
    /// The camera moved, or what the map shows changed: where names and graph lie now.
    MapOverlay(Box<MapOverlay>),
    /// What the scientist marked changed: the selection, sets with names, labels by hand.
    Sets(Box<SetsReport>),
    /// What is in memory now.
    Memory(Memory),
    /// Computing moved to another backend (device lost, self-test failed).
    Backend(BackendReport),
}

/// The steps, in the order in which the data passes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Step {
    /// Start-up: assets, GPU, self-test.
    Start,
    /// Reading a data set.
    Open,
    /// Mapping its genes.
    MapGenes,
    /// Embedding the genes' descriptions.
    EmbedGenes,
    /// Averaging gene vectors into cell vectors.
    PoolCells,
    /// Contrastive refinement of the text's view, and what a saved head tells.
    Refine,
    /// Labels from a reference.
    Transfer,
    /// PCA of expression, the classical view.
    Pca,
    /// Nearest neighbours.
    Neighbors,
    /// Clusters.
    Cluster,
    /// UMAP.
    Umap,
    /// The kNN score.
    Score,
    /// What the scientist asks of the cells: differences, words, axes, paths.
    Explore,
    /// The map: drawing, picking, lasso.
    Map,
    /// Saving files.
    Save,
}

/// How far a step is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// The request at work.
    pub id: RequestId,
    /// Its step.
    pub step: Step,
    /// What is counted ("texts", "cells", "epochs").
    pub unit: String,
    /// How many are done.
    pub done: u64,
    /// How many there are.
    pub total: u64,
    /// Estimated seconds left, once enough is done to tell.
    pub seconds_left: Option<f64>,
}

/// What the worker is, said once at start.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ready {
    /// Version of Lexicell.
    pub version: String,
    /// What computes.
    pub backend: BackendReport,
    /// The static assets that the page was built with.
    pub assets: AssetIndex,
    /// Whether vectors can be kept between visits, and why not.
    pub storage: Result<(), String>,
}

/// What computes, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BackendReport {
    /// What computes.
    pub backend: Backend,
    /// Why, in a sentence (no adapter, self-test failed, device lost, the user's choice).
    pub reason: String,
    /// The known-answer self-test of the GPU, kernel by kernel.
    pub self_test: Vec<KernelCheck>,
}

/// What computes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Backend {
    /// WebGPU.
    WebGpu {
        /// The adapter's name.
        adapter: String,
        /// Whether half precision is used for weights.
        f16: bool,
    },
    /// The CPU, by wasm SIMD.
    Cpu,
}

/// One kernel's self-test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KernelCheck {
    /// The kernel.
    pub kernel: String,
    /// Largest deviation from the CPU twin.
    pub max_error: f64,
    /// The deviation allowed.
    pub tolerance: f64,
}

/// What is in memory.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Memory {
    /// Size of the worker's wasm memory in bytes.
    pub wasm_bytes: u64,
    /// The parts that the session holds: name and bytes.
    pub parts: Vec<(String, u64)>,
}

/// What came out of a step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Output {
    /// Of `Open` and `Reload`.
    Loaded(Box<LoadReport>),
    /// Of `Open`, where the file dropped holds settings and no data.
    Settings(Box<Settings>),
    /// Of `MapGenes`.
    Mapped(Box<MappingReport>),
    /// Of `EmbedGenes`.
    Embedded(Box<EmbedReport>),
    /// Of `OpenModel` and `OpenVectors`.
    Vectors(Box<VectorReport>),
    /// Of `PoolCells`.
    Pooled(Box<CellPooling>),
    /// Of `ComputePca`.
    Pca(Box<PcaReport>),
    /// Of `FindNeighbors`.
    Neighbors(Box<NeighborsReport>),
    /// Of `Cluster`.
    Clustered(Box<ClusterReport>),
    /// Of `Umap`.
    Umap(Box<UmapReport>),
    /// Of `Refine`.
    Refined(Box<RefineReport>),
    /// Of `OpenHead`.
    Head(Box<HeadReport>),
    /// Of `ApplyHead`.
    Applied(Box<ApplyReport>),
    /// Of `KeepReference`.
    Reference(Box<ReferenceReport>),
    /// Of `Transfer`.
    Transferred(Box<TransferReport>),
    /// Of `Score`.
    Score(Box<ScoreReport>),
    /// Of `Compare`.
    Compared(Box<CompareReport>),
    /// Of `RankTerms`.
    RankedTerms(Box<crate::RankedTermsReport>),
    /// Of `TraceText`.
    Traced(Box<TracedText>),
    /// Of `Ask`.
    Asked(Box<AskReport>),
    /// Of `OpenOntology`.
    Ontology(Box<crate::OntologyReport>),
    /// Of `SearchTypes` and `KindsBelow`.
    Types(Box<crate::FoundTypes>),
    /// Of `FitAxis`.
    Axis(Box<AxisReport>),
    /// Of `FindPath`.
    Path(Box<PathReport>),
    /// Of `ShowGenes`.
    Genes(Box<crate::GenesReport>),
    /// Of `Crosstab`.
    Crosstab(Box<crate::CrosstabReport>),
    /// Of `ListClasses`: none where there are too many to be listed.
    Classes(Vec<(String, u64)>),
    /// Of `DescribeCell`.
    Cell(Box<crate::DescribedCell>),
    /// Of `DescribeGene`.
    Gene(Box<DescribedGene>),
    /// Of `SearchGenes`.
    GeneNames(Vec<String>),
    /// Of `PickCell`: the cell under the pointer.
    Picked(Option<Box<PickedCell>>),
    /// Of `Lasso`.
    Selected(Box<LassoReport>),
    /// Of `Save`: the bytes are the first attachment.
    Saved(SavedFile),
    /// Of commands that answer nothing else.
    Done,
}
