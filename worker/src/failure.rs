//! Errors of the other crates as failures that the page can show.

use std::error::Error;

use lexicell_analysis::AnalysisError;
use lexicell_encoder::EncoderError;
use lexicell_formats::{FormatError, FormatErrorKind};
use lexicell_genes::OboError;
use lexicell_kernels::GpuError;
use lexicell_protocol::{Failure, FailureKind, Step};

/// Turns an error into the failure of a step.
pub(crate) trait IntoFailure: Error + Sized {
    fn kind(&self) -> FailureKind;

    fn remedy(&self) -> Option<String> {
        None
    }

    fn at(self, step: Step) -> Failure {
        let mut causes = Vec::new();
        let mut cause = self.source();
        while let Some(error) = cause {
            causes.push(error.to_string());
            cause = error.source();
        }
        Failure {
            step,
            kind: self.kind(),
            message: self.to_string(),
            remedy: self.remedy(),
            causes,
        }
    }
}

impl IntoFailure for FormatError {
    fn kind(&self) -> FailureKind {
        match FormatError::kind(self) {
            FormatErrorKind::NotRecognised => FailureKind::UnknownFormat,
            FormatErrorKind::Damaged | FormatErrorKind::Mismatch => FailureKind::BrokenFile,
            FormatErrorKind::MissingNames => FailureKind::UnknownGenes,
            FormatErrorKind::NoMatrix => FailureKind::UnfitMatrix,
            FormatErrorKind::TooLarge => FailureKind::OutOfMemory,
            FormatErrorKind::BadChoice => FailureKind::BadSetting,
            FormatErrorKind::Io => FailureKind::Unreadable,
            // Whatever is added later is something that cannot be read yet.
            _ => FailureKind::Unsupported,
        }
    }
}

impl IntoFailure for OboError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::NotObo { .. } => FailureKind::UnknownFormat,
            Self::TooLarge { .. } => FailureKind::OutOfMemory,
            _ => FailureKind::BrokenFile,
        }
    }
}

impl IntoFailure for AnalysisError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::ExpressionNotFinite { .. }
            | Self::NegativeExpression { .. }
            | Self::ScaledExpression
            | Self::NoVariance { .. } => FailureKind::UnfitMatrix,
            Self::TooFewCells { .. } | Self::TooFewGenes { .. } => FailureKind::UnfitMatrix,
            Self::NoGeneVector { .. } => FailureKind::UnknownGenes,
            Self::NoLabels | Self::OneClass { .. } | Self::ClassesTooSmall { .. } => {
                FailureKind::UnfitLabels
            }
            Self::Setting { .. }
            | Self::CellTwice { .. }
            | Self::InBothGroups { .. }
            | Self::ListedTwice { .. } => FailureKind::BadSetting,
            Self::EmptyGroup { .. }
            | Self::EmptyUnit { .. }
            | Self::CellWithoutEdge { .. }
            | Self::GraphInParts { .. }
            | Self::RootOutsideMap { .. }
            | Self::NotConverged { .. } => FailureKind::UnfitMatrix,
            _ => FailureKind::Bug,
        }
    }

    fn remedy(&self) -> Option<String> {
        let text = match IntoFailure::kind(self) {
            FailureKind::UnfitMatrix => {
                "Choose another matrix of the file (raw counts or log-normalised values)."
            }
            FailureKind::UnfitLabels => "Choose another label column.",
            FailureKind::BadSetting => "Change the setting.",
            _ => return None,
        };
        Some(text.to_owned())
    }
}

impl IntoFailure for EncoderError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::Gpu(error) => error.kind(),
            _ => FailureKind::Unsupported,
        }
    }
}

impl IntoFailure for GpuError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::OutOfMemory { .. } => FailureKind::OutOfMemory,
            _ => FailureKind::Gpu,
        }
    }

    fn remedy(&self) -> Option<String> {
        Some("Compute on the CPU instead: slower, the same numbers.".to_owned())
    }
}
