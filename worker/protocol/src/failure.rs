use serde::{Deserialize, Serialize};

use crate::Step;

/// Why a request could not be carried out, in words for the scientist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The step that failed.
    pub step: Step,
    /// What sort of failure it is: decides what the page offers.
    pub kind: FailureKind,
    /// What was expected, what was found, and where.
    pub message: String,
    /// What to do about it, where something can be done.
    pub remedy: Option<String>,
    /// The underlying errors, outermost first.
    pub causes: Vec<String>,
}

/// The sort of a [`Failure`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum FailureKind {
    /// The file is of no kind that can be read.
    UnknownFormat,
    /// The file ends early or contradicts itself.
    BrokenFile,
    /// The file is sound but holds something that is not supported.
    Unsupported,
    /// The file cannot be read from disk (moved, changed, too large for the browser).
    Unreadable,
    /// The matrix is not fit for the step (scaled, negative, empty, not finite).
    UnfitMatrix,
    /// Gene names are missing or none is known.
    UnknownGenes,
    /// The label column cannot be scored (one class, too few cells).
    UnfitLabels,
    /// The step needs another step first.
    MissingInput,
    /// A setting is out of range.
    BadSetting,
    /// There is not enough memory.
    OutOfMemory,
    /// The GPU was lost or gives wrong numbers.
    Gpu,
    /// An asset of the page could not be fetched or is damaged.
    Asset,
    /// The browser's storage is full or closed.
    Storage,
    /// A defect of Lexicell.
    Bug,
}
