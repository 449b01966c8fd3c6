use crate::{
    AnalysisError,
    contrastive::{Objective, TrainOptions},
};

/// How the two heads of a joint view are trained.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct JointOptions {
    /// Settings of both heads. [`Objective::SupCon`] reads labels alone, [`Objective::NtXent`] compares
    /// the two views of each cell alone, [`Objective::Mixed`] does both; labels have most of the default,
    /// since alignment by itself tells no classes and every share of it was measured to cost some.
    pub train: TrainOptions,
    /// Neighbours that vote when the weight is chosen.
    pub neighbors: usize,
}

impl Default for JointOptions {
    fn default() -> Self {
        let objective = Objective::Mixed { supervised: 0.97 };
        Self { train: TrainOptions { objective, ..TrainOptions::default() }, neighbors: 10 }
    }
}

impl JointOptions {
    pub(super) fn check(&self) -> Result<(), AnalysisError> {
        self.train.check()?;
        if matches!(self.train.objective, Objective::TripletCrossEntropy { .. }) {
            let allowed = "SupCon, NT-Xent or both for a joint view";
            return Err(AnalysisError::setting("objective", allowed, "triplet loss"));
        }
        if self.neighbors == 0 {
            return Err(AnalysisError::setting("neighbors", "at least 1", 0));
        }
        Ok(())
    }
}
