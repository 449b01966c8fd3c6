use serde::{Deserialize, Serialize};

use crate::{Note, View};

/// Cells that the scientist names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum CellSet {
    /// Cells with that value in a column of `obs`, the file's own or one that was told.
    Class {
        /// The column.
        column: String,
        /// The value.
        value: String,
    },
    /// A cluster.
    Cluster {
        /// Of this view.
        view: View,
        /// Its number.
        cluster: u32,
    },
    /// The cells selected on the map.
    Selected,
    /// The cells that the scientist keeps under a name.
    Named(String),
    /// The hundredth of the cells that are most like a text that was asked about, by its column.
    Like(String),
    /// All cells that are not in the other set.
    Rest,
}

impl CellSet {
    /// What the text of a column of likeness is called.
    #[must_use]
    pub fn text_of(column: &str) -> &str {
        column.strip_prefix("like ").unwrap_or(column)
    }
}

/// What is compared with what, and how chance is told apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompareSettings {
    /// The cells asked about.
    pub first: CellSet,
    /// The cells that they are held against.
    pub second: CellSet,
    /// Exchanges of cells between the sets that show what chance alone would give.
    pub n_permutations: u32,
    /// Seed of the exchanges.
    pub seed: u64,
}

impl CompareSettings {
    /// A set against all other cells.
    #[must_use]
    pub fn against_rest(first: CellSet) -> Self {
        Self { first, second: CellSet::Rest, n_permutations: 200, seed: 0 }
    }
}

/// Why two sets of cells are apart: in the space of the genes' texts, in expression, in GO terms.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CompareReport {
    /// How it was asked.
    pub settings: CompareSettings,
    /// Which cells were selected, as `SetsReport::selection_stamp` tells it.
    pub selection_stamp: u32,
    /// What both sets are called.
    pub names: [String; 2],
    /// Cells of both sets.
    pub n_obs: [u64; 2],
    /// Of them, cells without a place in the text space.
    pub n_empty: [u64; 2],
    /// Length of the difference between the mean text vectors of both sets.
    pub separation: f64,
    /// Share of exchanges with as long a difference.
    pub separation_p: f64,
    /// The genes that tell most, by text or by expression, strongest contribution first.
    pub genes: Vec<GeneFinding>,
    /// The same difference in the refined space, where a head was trained on these cells.
    pub head: Option<HeadFinding>,
    /// Genes tested by expression.
    pub n_tested: u64,
    /// Of them, those with an adjusted p of .05 or less.
    pub n_markers: u64,
    /// Genes with a vector that some cell was made of.
    pub n_attributed: u64,
    /// Genes whose contribution no exchange explains (adjusted p of .05 or less).
    pub n_contributing: u64,
    /// GO terms among the genes that are higher in the first set, and in the second.
    pub terms: [Vec<TermFinding>; 2],
    /// Genes that entered the tests of terms, for both sets.
    pub n_entered: [u64; 2],
    /// Genes that they were held against: expressed, with a GO annotation.
    pub n_background: u64,
    /// Terms tested.
    pub n_terms: u64,
    /// What else the scientist must know.
    pub notes: Vec<Note>,
}

/// A difference in the refined space, followed back to the genes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HeadFinding {
    /// Length of the difference between the mean refined vectors of both sets.
    pub separation: f64,
    /// What the integrated gradients miss of it, as a share of it.
    pub integrated_error: f64,
    /// What gradient × input misses of it, as a share of it.
    pub gradient_error: f64,
    /// The genes with the largest parts.
    pub genes: Vec<HeadPart>,
}

/// What one gene has to do with a difference in the refined space.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HeadPart {
    /// Its name in the data set.
    pub name: String,
    /// Its part by integrated gradients.
    pub integrated: f64,
    /// Its part by gradient × input.
    pub gradient: f64,
}

/// What one gene has to do with a difference between two sets of cells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GeneFinding {
    /// Its name in the data set.
    pub name: String,
    /// Its part of the separation in the text space; all parts sum to it. None without a vector.
    pub contribution: Option<f64>,
    /// Adjusted p of the contribution under exchanges of cells.
    pub contribution_p: Option<f64>,
    /// Mean share of its vector in the cells of both sets.
    pub weight: [f64; 2],
    /// Wilcoxon rank-sum score of expression, first against second set.
    pub score: f64,
    /// Its adjusted p (Benjamini–Hochberg).
    pub p_adjusted: f64,
    /// log2 fold change of mean expression.
    pub log2_fold_change: f64,
    /// Mean expression in both sets, log1p-CP10k.
    pub mean: [f64; 2],
    /// Share of cells that express it.
    pub fraction: [f64; 2],
    /// Area under the ROC curve, 0 to 1.
    pub auc: f64,
}

/// A GO term among the genes that stand out in a set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TermFinding {
    /// `GO:0005515`
    pub id: String,
    /// Its name.
    pub name: String,
    /// Process, function or component.
    pub aspect: String,
    /// Genes of the background that bear it.
    pub n_term: u64,
    /// Of them, those that stand out.
    pub n_hits: u64,
    /// Hits over what chance would give.
    pub fold: f64,
    /// Adjusted p (hypergeometric, Benjamini–Hochberg).
    pub p_adjusted: f64,
    /// The genes that hit, by their names in the data set.
    pub genes: Vec<String>,
    /// Terms that say much the same and stand behind this one.
    pub alike: Vec<String>,
}

/// How the terms of the last comparison are ranked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RankTermsSettings {
    /// Random sets of genes of every size that show what chance alone would give.
    pub n_permutations: u32,
    /// Seed of the random sets.
    pub seed: u64,
}

impl Default for RankTermsSettings {
    fn default() -> Self {
        Self { n_permutations: 2_000, seed: 0 }
    }
}

/// GO terms whose genes gather at an end of all genes, ordered from those higher in the first set of the
/// last comparison to those higher in the second.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RankedTermsReport {
    /// How it was asked.
    pub settings: RankTermsSettings,
    /// What both sets are called.
    pub names: [String; 2],
    /// Terms at the end of the first set, and of the second.
    pub terms: [Vec<RankedTerm>; 2],
    /// Genes in the order: expressed, with a GO annotation.
    pub n_ranked: u64,
    /// Terms tested.
    pub n_terms: u64,
    /// Of them, those with an adjusted p of .05 or less, before terms were folded, at either end.
    pub n_clear: [u64; 2],
}

/// A GO term whose genes gather at an end of an order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RankedTerm {
    /// `GO:0005515`
    pub id: String,
    /// Its name.
    pub name: String,
    /// Process, function or component.
    pub aspect: String,
    /// Genes of the order that bear it.
    pub n_term: u64,
    /// Enrichment score, -1 to 1.
    pub score: f64,
    /// The score over the mean of random sets' of the same sign.
    pub normalized: f64,
    /// Share of random sets, of those of the same sign, that score as far out; where hardly any does,
    /// the tail of a gamma distribution of their scores.
    pub p: f64,
    /// The same, adjusted (Benjamini–Hochberg).
    pub p_adjusted: f64,
    /// The leading edge, outermost first, by the genes' names in the data set.
    pub genes: Vec<String>,
    /// Terms that say much the same and stand behind this one.
    pub alike: Vec<String>,
}

/// What the cells are asked for in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskSettings {
    /// A sentence, or one type in each line as `name: definition`.
    pub text: String,
    /// A column of `obs`, or the clusters of the text's view, by which the answer is summed up.
    pub by: Option<String>,
    /// Exchanges of texts between genes that show what chance alone would give.
    pub n_permutations: u32,
    /// Seed of the exchanges.
    pub seed: u64,
}

/// How like the cells are to what was asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AskReport {
    /// How it was asked.
    pub settings: AskSettings,
    /// The texts as they were embedded, with their names.
    pub texts: Vec<(String, String)>,
    /// Which of the texts are definitions of an ontology, its release and terms of use; empty where none is.
    pub from: String,
    /// The id of the type that each text is the definition of, or nothing.
    pub ids: Vec<String>,
    /// Columns of values or labels that the map can show: of each text, and of the labels.
    pub columns: Vec<String>,
    /// What the classes are by.
    pub by: String,
    /// For each text: the classes, most alike first.
    pub classes: Vec<Vec<ClassLikeness>>,
    /// Genes whose texts are most alike to each text: name in the data set and cosine.
    pub genes: Vec<Vec<(String, f64)>>,
    /// Labels told by the most alike text, where there are several.
    pub labels: Option<ZeroShot>,
    /// What else the scientist must know.
    pub notes: Vec<Note>,
}

/// How like the cells of a class are to a text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassLikeness {
    /// The class.
    pub name: String,
    /// Its cells.
    pub n_obs: u64,
    /// Mean cosine of its cells.
    pub cosine: f64,
    /// How far it stands out from exchanged texts, in their standard deviations.
    pub z: f64,
    /// Adjusted p under exchanged texts.
    pub p_adjusted: f64,
}

/// Labels told from nothing but the texts of the types.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ZeroShot {
    /// Column of `obs` that they were put into.
    pub column: String,
    /// Cells told to be of each type.
    pub counts: Vec<u64>,
    /// Cells that are of none clearly.
    pub n_unsure: u64,
    /// Least lead of the best text over the second.
    pub least_margin: f64,
    /// Where the classes are a column whose names are those of the types: share told rightly of all
    /// cells of these types, and mean F1 over them.
    pub against: Option<(f64, f64)>,
}

/// Two groups of units, held against each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AxisSettings {
    /// The view in which the axis lies.
    pub view: View,
    /// The column of `obs` whose values are the units: types, donors, samples.
    pub column: String,
    /// Units at the far end, such as resilient types.
    pub first: Vec<String>,
    /// Units at the near end, such as vulnerable types.
    pub second: Vec<String>,
    /// Assignments of units to the groups that are tried, if not all of them are.
    pub n_permutations: u32,
    /// Seed of the assignments.
    pub seed: u64,
}

/// Where cells and units lie between two groups.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AxisReport {
    /// How it was asked.
    pub settings: AxisSettings,
    /// The column of values that the map can show: +1 is the mean of the first group, −1 that of the
    /// second.
    pub column: String,
    /// Every unit of the column, by its mean.
    pub units: Vec<AxisUnit>,
    /// Share of assignments of units with as long an axis; none with fewer than two units on a side.
    pub p: Option<f64>,
    /// The smallest p that so few units allow.
    pub least_p: f64,
    /// Assignments that were tried.
    pub n_assignments: u64,
    /// Whether these are all there are.
    pub is_exact: bool,
    /// What else the scientist must know.
    pub notes: Vec<Note>,
}

/// One unit on an axis.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AxisUnit {
    /// Its name.
    pub name: String,
    /// 0 and 1 for the groups, none for units that were not named.
    pub group: Option<u8>,
    /// Its cells.
    pub n_obs: u64,
    /// Mean of their scores.
    pub mean: f64,
    /// Standard deviation of their scores.
    pub sd: f64,
    /// Lower quartile, median, upper quartile.
    pub quartiles: [f64; 3],
    /// Mean on the axis that is fitted without this unit.
    pub left_out: Option<f64>,
    /// Cosine of that axis with the whole one.
    pub left_out_cosine: Option<f64>,
}

/// Where a path begins, and in which view it lies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathSettings {
    /// The view whose neighbours it follows.
    pub view: View,
    /// Cells that it begins among: their middle is the root.
    pub root: CellSet,
    /// Diffusion components that count.
    pub n_dcs: u32,
    /// The column of `obs` whose classes the graph joins; the view's clusters if none.
    pub by: Option<String>,
    /// Genes whose trends are followed, by their names in the data set; the strongest if none.
    pub genes: Vec<String>,
    /// The class at whose cells the path ends; all cells if none.
    pub to: Option<String>,
}

/// A path through the cells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PathReport {
    /// How it was asked.
    pub settings: PathSettings,
    /// Which cells were selected, as `SetsReport::selection_stamp` tells it.
    pub selection_stamp: u32,
    /// The column of values that the map can show: pseudotime, 0 to 1.
    pub column: String,
    /// The root cell's name.
    pub root: String,
    /// Cells that no path reaches.
    pub n_unreached: u64,
    /// Eigenvalues of the diffusion components.
    pub eigenvalues: Vec<f64>,
    /// What the classes are by.
    pub by: String,
    /// The classes: name, cells, median pseudotime, place in the view's layout where there is one.
    pub classes: Vec<PathClass>,
    /// Joined classes: places of both, connectivity, whether the edge is in the spanning tree.
    pub edges: Vec<(u32, u32, f64, bool)>,
    /// Classes from the root to the end, where an end was named and is joined.
    pub along: Vec<u32>,
    /// Cells that the trends follow.
    pub n_followed: u64,
    /// Genes that change along the path.
    pub trends: Vec<GeneTrend>,
    /// Genes tested for a trend.
    pub n_tested: u64,
    /// What else the scientist must know.
    pub notes: Vec<Note>,
}

impl PathReport {
    /// A weaker tie (PAGA connectivity) stands in tables alone, unless it is in the spanning tree.
    pub const LEAST_TIE: f64 = 0.02;
}

/// A class on a path.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PathClass {
    /// Its name.
    pub name: String,
    /// Its cells.
    pub n_obs: u64,
    /// Median pseudotime of its cells that were reached.
    pub median: Option<f64>,
    /// Its middle in the view's layout.
    pub place: Option<[f32; 2]>,
}

/// How a gene changes along a path.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GeneTrend {
    /// Its name in the data set.
    pub name: String,
    /// Spearman correlation of its expression with pseudotime.
    pub spearman: f64,
    /// Its adjusted p (Benjamini–Hochberg).
    pub p_adjusted: f64,
    /// Bins along the path: mean pseudotime, mean log1p-CP10k, standard error of that mean.
    pub bins: Vec<(f64, f64, f64)>,
}

/// What the sentences of a gene's text have to do with a difference.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TracedText {
    /// The gene's name in the data set.
    pub name: String,
    /// Its contribution with the whole text.
    pub contribution: f64,
    /// The sentences in order, and what the contribution loses without each.
    pub sentences: Vec<(String, f64)>,
}
