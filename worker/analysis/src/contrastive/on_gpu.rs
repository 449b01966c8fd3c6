//! The same training with the passes through the head on the GPU.

use lexicell_kernels::{
    Gpu, GpuError,
    ops::{AdamWStep, NO_GROUP},
    train::{Contrast, GpuHead, Inputs, LayerState, Linear, TermLoss},
};
use lexicell_matrix::MISSING_CODE;

use super::{
    Objective, Refined, Refiner, Training,
    adamw::{BETA_1, BETA_2, EPSILON},
    head::Layer,
    network::{Keys, Losses},
    pairs::LossSum,
    training::{NextBatch, loss_of},
};
use crate::{AnalysisError, Progress};

// A cell without a class takes no part in a supervised loss, here as there.
const _: () = assert!(NO_GROUP == MISSING_CODE);

/// Bytes of training cells that are kept on the device; more of them are sent batch by batch.
const RESIDENT_BYTES: u64 = 512 << 20;

/// Cells that a batch may have above its size: at least two of two classes each.
const SPARE_CELLS: usize = 4;

/// A [`Training`] whose passes through the head run on the GPU.
///
/// Batches, schedule, validation and early stopping are the training's own, and so are the numbers:
/// they differ from those of the CPU by the order of sums. Weights are read back at the end of each
/// epoch, losses of batches after each call of [`run`](Self::run).
pub struct GpuTraining<'a> {
    training: Training<'a>,
    head: GpuHead,
    /// The place of each cell in the head's table; `None` where batches are sent.
    places: Option<Vec<u32>>,
    /// Where the training was when its weights were read back last.
    pulled: Mark,
}

/// A place in a training.
#[derive(Debug, Clone, Copy)]
struct Mark {
    epoch: usize,
    batch: usize,
    running: (f64, usize),
    n_steps: u64,
}

/// A training that the GPU did not take: it can go on where it is.
#[derive(Debug)]
pub struct Refusal<'a> {
    /// The training, unchanged.
    pub training: Training<'a>,
    /// Why the GPU did not take it.
    pub error: AnalysisError,
}

impl<'a> GpuTraining<'a> {
    /// Whether the GPU has the kernels of an objective; the others are trained on the CPU.
    #[must_use]
    pub fn supports(objective: Objective) -> bool {
        !matches!(objective, Objective::TripletCrossEntropy { .. })
    }

    /// Brings a training, new or resumed, to the GPU.
    ///
    /// # Errors
    /// The training itself, and the reason: an objective without kernels, a device that fails the
    /// self-test of training, has too little memory or was lost.
    pub async fn new(gpu: &Gpu, training: Training<'a>) -> Result<Self, Box<Refusal<'a>>> {
        if !Self::supports(training.options.objective) {
            let allowed = "SupCon, NT-Xent or both on the GPU";
            let error = AnalysisError::setting("objective", allowed, "triplet loss");
            return Err(Box::new(Refusal { training, error }));
        }
        match start(gpu, &training).await {
            Ok((head, places)) => {
                let pulled = Mark::of(&training);
                Ok(Self { training, head, places, pulled })
            }
            Err(error) => Err(Box::new(Refusal { training, error: error.into() })),
        }
    }

    /// Does about `work` operations ([`lexicell_kernels::Pace::limit`]) and waits for them: some
    /// batches, or a part of the cells kept aside.
    ///
    /// # Errors
    /// As [`Training::run`], or the device was lost or failed; [`into_training`](Self::into_training)
    /// saves what was done before.
    pub async fn run(&mut self, work: f64) -> Result<Progress, AnalysisError> {
        if self.training.ended.is_some() {
            return Ok(self.training.progress());
        }
        if self.training.batch < self.training.plan.len() {
            self.train(work).await?;
        } else {
            self.validate().await?;
        }
        if self.training.epoch_is_done() {
            self.pull().await?;
            self.training.end_epoch();
            self.pulled = Mark::of(&self.training);
        }
        Ok(self.training.progress())
    }

    /// The training: its losses, its cells, how far it is. Its weights are those of the last epoch's
    /// end, or of the last [`pull`](Self::pull).
    #[must_use]
    pub fn training(&self) -> &Training<'a> {
        &self.training
    }

    /// Reads weights and moments back, so that [`training`](Self::training) can be saved as it is now.
    ///
    /// # Errors
    /// The device was lost or failed.
    pub async fn pull(&mut self) -> Result<(), AnalysisError> {
        let state = self.head.state().await?;
        let parameters = flatten(&state, |layer| &layer.values);
        self.training.network.parameters_mut().copy_from_slice(&parameters);
        self.training.optimizer.means = flatten(&state, |layer| &layer.first_moment);
        self.training.optimizer.squares = flatten(&state, |layer| &layer.second_moment);
        self.pulled = Mark::of(&self.training);
        Ok(())
    }

    /// Gives the GPU up: the training goes on, on the CPU, from where its weights were read back last.
    #[must_use]
    pub fn into_training(mut self) -> Training<'a> {
        let Mark { epoch, batch, running, n_steps } = self.pulled;
        if self.training.ended.is_none() {
            self.training.go_to(epoch, batch);
            self.training.running = running;
            self.training.optimizer.n_steps = n_steps;
            // Cells kept aside are judged anew.
            self.training.validation.take();
        }
        self.training
    }

    /// The centring and the head of now, for a map that moves.
    ///
    /// # Errors
    /// As [`pull`](Self::pull).
    pub async fn refiner(&self) -> Result<Refiner, AnalysisError> {
        let layers = self.head.layers().await?;
        Ok(self.training.refiner_of(&layers.iter().flat_map(numbers).collect::<Vec<f32>>()))
    }

    /// As [`Training::finish`].
    ///
    /// # Errors
    /// If batches are left to do.
    pub fn finish(self) -> Result<Refined, AnalysisError> {
        self.training.finish()
    }

    /// Submits batches of this epoch and waits for their losses.
    async fn train(&mut self, work: f64) -> Result<(), AnalysisError> {
        let objective = self.training.options.objective;
        let (mut cost, n_terms) = (0.0, terms(objective).len());
        while self.training.batch < self.training.plan.len() && (cost == 0.0 || cost < work) {
            let n_rows = self.submit()?;
            cost += self.head.step_cost(n_rows, n_terms).max(1.0);
        }
        for found in self.head.losses().await? {
            let loss = losses(objective, &found).value(objective);
            loss.map_or(Ok(()), |loss| self.training.count_loss(loss))?;
        }
        Ok(())
    }

    /// Submits one batch, and says how many rows it has.
    fn submit(&mut self) -> Result<usize, AnalysisError> {
        let training = &mut self.training;
        let NextBatch { place, learning_rate, mut views } = training.take_batch();
        let (batch, rows) = (&training.plan[place], &mut training.rows);
        let class_of = &training.partition.class_of[..];
        let mut cells = Vec::new();
        let inputs = match &self.places {
            Some(places) => {
                cells.extend(batch.iter().map(|&cell| places[cell]));
                rows.classes.clear();
                rows.classes.extend(batch.iter().map(|&cell| class_of[cell]));
                Inputs::Rows(&cells)
            }
            None => {
                let fitted = (&training.centering, class_of);
                training.inputs.gather(batch, fitted, &mut views, rows)?;
                Inputs::Given(&rows.inputs)
            }
        };
        let n_rows = rows.classes.len();
        let pairs = pairs(n_rows);
        let contrast = |(term, weight): &(Term, f64)| Contrast {
            groups: if *term == Term::Supervised { &rows.classes } else { &pairs },
            temperature: training.options.temperature as f32,
            weight: *weight as f32,
        };
        let contrasts: Vec<_> = terms(training.options.objective).iter().map(contrast).collect();
        let step = AdamWStep {
            t: u32::try_from(training.optimizer.n_steps + 1).unwrap_or(u32::MAX),
            learning_rate,
            betas: (BETA_1, BETA_2),
            epsilon: EPSILON,
            weight_decay: training.options.weight_decay,
        };
        if self.head.step(inputs, &contrasts, &step)? {
            training.optimizer.n_steps += 1;
        }
        Ok(n_rows)
    }

    /// Judges a chunk of the cells kept aside: refined on the GPU, compared on the CPU.
    async fn validate(&mut self) -> Result<(), AnalysisError> {
        let Training { inputs, partition, centering, network, options, validation, .. } =
            &mut self.training;
        let fitted = (&*centering, &partition.class_of[..]);
        if let Some(rows) = validation.unrefined_keys(inputs, fitted)? {
            let classes = rows.classes.clone();
            let rows = self.head.forward(Inputs::Given(&rows.inputs)).await?;
            validation.refined_keys = Some(Keys { rows, classes });
        }
        let rows = validation.rows(inputs, fitted)?;
        let classes = rows.classes.clone();
        let refined = self.head.forward(Inputs::Given(&rows.inputs)).await?;
        let keys = validation.refined_keys.as_ref();
        let losses = network.losses_of(loss_of(options), refined, &classes, keys);
        validation.judged(&losses);
        Ok(())
    }
}

impl Mark {
    fn of(training: &Training<'_>) -> Self {
        let Training { epoch, batch, running, .. } = *training;
        Self { epoch, batch, running, n_steps: training.optimizer.n_steps }
    }
}

/// What is compared in a part of a loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Term {
    Supervised,
    Views,
}

/// The parts of an objective and their weights; none of one that has no kernels.
fn terms(objective: Objective) -> Vec<(Term, f64)> {
    match objective {
        Objective::SupCon => vec![(Term::Supervised, 1.0)],
        Objective::NtXent => vec![(Term::Views, 1.0)],
        Objective::Mixed { supervised } => {
            vec![(Term::Supervised, supervised), (Term::Views, 1.0 - supervised)]
        }
        Objective::TripletCrossEntropy { .. } => Vec::new(),
    }
}

/// The losses of one batch, as the CPU tells them.
fn losses(objective: Objective, found: &[TermLoss]) -> Losses {
    let mut losses = Losses::default();
    for ((term, _), loss) in terms(objective).into_iter().zip(found) {
        let n = loss.n_anchors as f64;
        let sum = LossSum { sum: f64::from(loss.mean) * n, n };
        match term {
            Term::Supervised => losses.supervised = sum,
            Term::Views => losses.views = sum,
        }
    }
    losses
}

/// Rows `i` and `i + n / 2` are the views of one cell.
fn pairs(n_rows: usize) -> Vec<u32> {
    let half = (n_rows / 2).max(1);
    (0..n_rows).map(|row| (row % half) as u32).collect()
}

/// The head on the GPU, and where each cell lies in its table if it has one.
async fn start(
    gpu: &Gpu,
    training: &Training<'_>,
) -> Result<(GpuHead, Option<Vec<u32>>), GpuError> {
    let n_views = if training.inputs.views.is_some() { 2 } else { 1 };
    let n_fitted = training.partition.fitted.len();
    let capacity = n_views * n_fitted.min(training.options.batch_size + SPARE_CELLS);
    let state = states(training);
    let layers: Vec<Linear> = state.iter().map(|layer| layer.values.clone()).collect();
    let bytes = 4 * n_fitted as u64 * training.inputs.cells.n_cols() as u64;
    let mut head = None;
    if n_views == 1 && bytes <= RESIDENT_BYTES {
        let (table, places) = table(training);
        head = match GpuHead::new(gpu, &layers, &table, capacity).await {
            Ok(head) => Some((head, Some(places))),
            Err(GpuError::OutOfMemory { .. }) => None,
            Err(error) => return Err(error),
        };
    }
    let (mut head, places) = match head {
        Some(head) => head,
        None => (GpuHead::new(gpu, &layers, &[], capacity).await?, None),
    };
    head.set_state(&state)?;
    Ok((head, places))
}

/// The fitted cells, centred and of unit length, and the place of each cell among them.
fn table(training: &Training<'_>) -> (Vec<f32>, Vec<u32>) {
    let (cells, fitted) = (training.inputs.cells, &training.partition.fitted);
    let d = cells.n_cols();
    let mut table = vec![0.0; fitted.len() * d];
    let mut places = vec![0; cells.n_rows()];
    for ((row, &cell), place) in table.chunks_exact_mut(d).zip(fitted).zip(0..) {
        training.centering.centre(cells.row(cell), row);
        places[cell] = place;
    }
    (table, places)
}

/// The layers and moments of a training, as the GPU takes them.
fn states(training: &Training<'_>) -> Vec<LayerState> {
    let part = |layer: &Layer, numbers: &[f32]| Linear {
        n_in: layer.inputs,
        n_out: layer.outputs,
        weights: numbers[layer.weights.clone()].to_vec(),
        bias: numbers[layer.biases.clone()].to_vec(),
    };
    let (network, optimizer) = (&training.network, &training.optimizer);
    let state = |layer: &Layer| LayerState {
        values: part(layer, network.parameters()),
        first_moment: part(layer, &optimizer.means),
        second_moment: part(layer, &optimizer.squares),
    };
    network.shape().layers().iter().map(state).collect()
}

/// Weights and biases of a layer, in the order of a head's parameters.
fn numbers(layer: &Linear) -> impl Iterator<Item = f32> + '_ {
    layer.weights.iter().chain(&layer.bias).copied()
}

fn flatten(state: &[LayerState], part: fn(&LayerState) -> &Linear) -> Vec<f32> {
    state.iter().flat_map(|layer| numbers(part(layer))).collect()
}
