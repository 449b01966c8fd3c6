use lexicell_matrix::DenseMatrix;

use super::RoundCells;
use crate::contrastive::{TrainOptions, ViewSource, joint::JointOptions};

/// A way to tell the classes of test cells.
#[derive(Clone, Copy)]
pub enum Approach<'a> {
    /// kNN in an embedding of all cells, `[n_obs × d]`, centred on the mean of the training cells.
    Embedding(&'a DenseMatrix),
    /// kNN in the refinement of an embedding by a head that is trained on the training cells alone.
    Refined {
        /// The embedding of all cells, `[n_obs × d]`, not centred.
        cells: &'a DenseMatrix,
        /// Views of the cells, for an objective that compares them.
        views: Option<&'a dyn ViewSource>,
        /// How the head is trained.
        options: TrainOptions,
    },
    /// kNN among principal components of the training cells.
    Pca(&'a RoundCells),
    /// kNN in the refinement of these components.
    RefinedPca {
        /// The components.
        cells: &'a RoundCells,
        /// Views of the cells of the round, for an objective that compares them.
        views: Option<&'a dyn ViewSource>,
        /// How the head is trained.
        options: TrainOptions,
    },
    /// kNN in the joint space of an embedding and of these components, whose heads are trained on the
    /// training cells alone, and whose weight is chosen among them.
    Joint {
        /// The embedding of all cells, `[n_obs × d]`, not centred.
        text: &'a DenseMatrix,
        /// The components.
        cells: &'a RoundCells,
        /// How the heads are trained; the trial's own neighbours choose the weight.
        options: JointOptions,
    },
    /// Logistic regression on these components, not scaled, with scikit-learn's settings.
    LogisticPca(&'a RoundCells),
    /// Always the most frequent class of the training cells, the first of equals.
    Majority,
}

impl std::fmt::Debug for Approach<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            Self::Embedding(_) => "Embedding",
            Self::Refined { .. } => "Refined",
            Self::Pca(_) => "Pca",
            Self::RefinedPca { .. } => "RefinedPca",
            Self::Joint { .. } => "Joint",
            Self::LogisticPca(_) => "LogisticPca",
            Self::Majority => "Majority",
        })
    }
}
