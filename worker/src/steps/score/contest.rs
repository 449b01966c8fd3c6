//! Drives the methods through the rounds of the plan and enters what they tell.

use std::collections::BTreeSet;

use lexicell_analysis::AnalysisError;
use lexicell_analysis::classify::Told;
use lexicell_analysis::contrastive::joint::JointOptions;
use lexicell_analysis::contrastive::{Augment, ComponentViews, TrainOptions, ViewSource};
use lexicell_analysis::evaluation::{Approach, PcaSource, RoundCells, RoundPca, Trial};
use lexicell_analysis::score::{Ledger, Score};
use lexicell_analysis::split::Round;
use lexicell_matrix::DenseMatrix;
use lexicell_protocol::{Method, Note, View};

use super::inputs::Inputs;
use super::on_gpu::Trainer;
use super::{report, warning};
use crate::failure::IntoFailure;
use crate::session::{Dataset, Shared};
use crate::task::{Stop, Task};

/// Units of a trial between two looks at the clock.
const UNITS_PER_RUN: usize = 1;

/// What a method reads, before the PCA of a round is fitted.
#[derive(Clone, Copy)]
pub(super) enum Entrant<'a> {
    Embedding(&'a DenseMatrix),
    Refined {
        cells: &'a DenseMatrix,
        views: Option<&'a dyn ViewSource>,
        options: TrainOptions,
    },
    Joint {
        text: &'a DenseMatrix,
        options: JointOptions,
    },
    Pca,
    /// With how views of the cells are made, where the objective compares them.
    RefinedPca {
        augment: Option<Augment>,
        options: TrainOptions,
    },
    LogisticPca,
    Majority,
}

impl<'a> Entrant<'a> {
    fn needs_pca(self) -> bool {
        matches!(self, Self::Joint { .. } | Self::Pca | Self::RefinedPca { .. } | Self::LogisticPca)
    }

    /// Views of the cells along the components of a round.
    fn component_views(
        self,
        pca: &'a RoundCells,
        dataset: &'a Dataset,
    ) -> Result<Option<ComponentViews<'a>>, AnalysisError> {
        let Self::RefinedPca { augment: Some(augment), .. } = self else { return Ok(None) };
        pca.views((&dataset.adata.x, dataset.state), augment).map(Some)
    }

    fn approach(
        self,
        pca: Option<&'a RoundCells>,
        component_views: Option<&'a ComponentViews<'a>>,
    ) -> Option<Approach<'a>> {
        Some(match self {
            Self::Embedding(cells) => Approach::Embedding(cells),
            Self::Refined { cells, views, options } => Approach::Refined { cells, views, options },
            Self::Joint { text, options } => Approach::Joint { text, cells: pca?, options },
            Self::Pca => Approach::Pca(pca?),
            Self::RefinedPca { options, .. } => Approach::RefinedPca {
                cells: pca?,
                views: component_views.map(|views| views as &dyn ViewSource),
                options,
            },
            Self::LogisticPca => Approach::LogisticPca(pca?),
            Self::Majority => Approach::Majority,
        })
    }
}

/// The methods' ledgers, and how far the rounds are.
pub(super) struct Contest<'a> {
    task: &'a Task,
    inputs: &'a Inputs,
    k: usize,
    ledgers: Vec<(Method, Ledger<'a>)>,
    /// Methods left out at a point of the low-sample curve, or altogether, and why.
    left_out: Vec<(Method, Option<usize>, String)>,
    trainer: Trainer<'a>,
    done: u64,
    total: u64,
}

impl<'a> Contest<'a> {
    pub(super) fn new(
        task: &'a Task,
        session: &'a Shared,
        inputs: &'a Inputs,
        k: usize,
        methods: &[Method],
    ) -> Self {
        let reads_pca = |method: &&Method| {
            matches!(
                method,
                Method::View(View::Pca) | Method::Joint | Method::RefinedPca | Method::LogisticPca
            )
        };
        let n_fits = usize::from(methods.iter().any(|method| reads_pca(&method)));
        let total = (inputs.plan.rounds.len() * (methods.len() + n_fits)) as u64;
        let (ledgers, left_out) = (Vec::new(), Vec::new());
        let trainer = Trainer::new(task, session);
        Self { task, inputs, k, ledgers, left_out, trainer, done: 0, total }
    }

    /// Judges some methods in every round; they share the PCA of a round.
    pub(super) async fn run(
        &mut self,
        entrants: &[(Method, Entrant<'_>)],
        source: PcaSource<'_>,
    ) -> Result<(), Stop> {
        let inputs = self.inputs;
        let mut ledgers: Vec<(Method, Ledger<'a>)> = entrants
            .iter()
            .map(|&(method, _)| (method, Ledger::new(&inputs.labels, &inputs.plan)))
            .collect();
        let needs_pca = entrants.iter().any(|(_, entrant)| entrant.needs_pca());
        for round in &inputs.plan.rounds {
            let pca = if needs_pca { Some(self.components(source, round).await?) } else { None };
            for (&(method, entrant), (_, ledger)) in entrants.iter().zip(&mut ledgers) {
                let begun = self.done;
                let told = match &pca {
                    Some(Err(error)) if entrant.needs_pca() => Err(error.clone()),
                    fitted => {
                        let cells = fitted.as_ref().and_then(|cells| cells.as_ref().ok());
                        let views = cells
                            .and_then(|cells| {
                                entrant.component_views(cells, &inputs.dataset).transpose()
                            })
                            .transpose()
                            .map_err(|error| error.at(self.task.step))?;
                        self.tell(method, entrant.approach(cells, views.as_ref()), round).await?
                    }
                };
                self.done = begun + 1;
                match told {
                    Ok(told) => {
                        ledger.enter(round, &told).map_err(|error| error.at(self.task.step))?;
                    }
                    Err(error) => self.leave_out(method, round, &error)?,
                }
            }
        }
        self.ledgers.append(&mut ledgers);
        Ok(())
    }

    /// The scores in the order of `methods`, and what must be said of them.
    pub(super) fn finish(self, methods: &[Method]) -> (Vec<(Method, Score)>, Vec<Note>) {
        let Self { ledgers, left_out, trainer, .. } = self;
        let is_out = |method: Method, point: Option<usize>| {
            left_out.iter().any(|(out, at, _)| *out == method && *at == point)
        };
        let mut scores: Vec<(Method, Score)> = Vec::new();
        for (method, ledger) in ledgers {
            let whole = ledger.finish().into_iter();
            let whole = whole.filter(|score| !is_out(method, score.per_class_trained));
            scores.extend(whole.map(|score| (method, score)));
        }
        let place = |method: Method| methods.iter().position(|&other| other == method);
        scores.sort_by_key(|(method, score)| (score.per_class_trained, place(*method)));
        let mut texts = BTreeSet::new();
        for (method, point, reason) in &left_out {
            let at = point
                .map_or_else(String::new, |n| format!(" with {n} training cells of each class"));
            texts.insert(format!("{} left out{at}: {reason}.", report::name(*method)));
        }
        let notes = texts.into_iter().map(warning).chain(trainer.note());
        (scores, notes.collect())
    }

    /// The PCA of a round; the inner error is that of its training cells.
    async fn components(
        &mut self,
        source: PcaSource<'_>,
        round: &Round,
    ) -> Result<Result<RoundCells, AnalysisError>, Stop> {
        let mut pca = match RoundPca::new(source, round) {
            Ok(pca) => pca,
            Err(error) => return Ok(Err(error)),
        };
        loop {
            let progress = match pca.run(UNITS_PER_RUN) {
                Ok(progress) => progress,
                Err(error) => return Ok(Err(error)),
            };
            self.tick(progress).await?;
            if progress.is_done() {
                self.done += 1;
                return Ok(pca.finish());
            }
        }
    }

    /// What a method tells in a round; the inner error is that of its training cells.
    async fn tell(
        &mut self,
        method: Method,
        approach: Option<Approach<'_>>,
        round: &Round,
    ) -> Result<Result<Told, AnalysisError>, Stop> {
        let Some(approach) = approach else {
            let text = format!("{} was judged without its PCA.", report::name(method));
            return Err(self.task.failure(lexicell_protocol::FailureKind::Bug, text).into());
        };
        let mut trial = match Trial::new(approach, &self.inputs.labels, round, self.k) {
            Ok(trial) => trial,
            Err(error) => return Ok(Err(error)),
        };
        loop {
            let progress = match trial.run(UNITS_PER_RUN) {
                Ok(progress) => progress,
                Err(error) => return Ok(Err(error)),
            };
            self.tick(progress).await?;
            if progress.is_done() {
                return Ok(trial.finish());
            }
            if let Some(training) = self.trainer.takes(&mut trial) {
                let at = (self.done, self.total);
                match self.trainer.train(training, at).await? {
                    Ok(training) => trial.return_training(training),
                    Err(error) => return Ok(Err(error)),
                }
            }
        }
    }

    /// A method whose training cells do not suffice is left out at that point of the low-sample curve;
    /// a training that cannot be done, wherever it was tried. Any other error ends the step.
    fn leave_out(
        &mut self,
        method: Method,
        round: &Round,
        error: &AnalysisError,
    ) -> Result<(), Stop> {
        let trains =
            matches!(method, Method::View(View::Refined) | Method::Joint | Method::RefinedPca);
        let wrong_setting = matches!(error, AnalysisError::Setting { .. });
        if wrong_setting || !(trains || round.per_class.is_some()) {
            return Err(error.clone().at(self.task.step).into());
        }
        self.left_out.push((method, round.per_class, error.to_string()));
        Ok(())
    }

    async fn tick(&self, progress: lexicell_analysis::Progress) -> Result<(), Stop> {
        let ended = u64::from(progress.is_done());
        self.task.tick("rounds", self.done + ended, self.total).await
    }
}
