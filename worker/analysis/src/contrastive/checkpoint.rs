use super::{
    EpochLoss, Objective, TrainOptions, Training, TrainingEnd,
    archive::{Archive, Fnv, Values},
    course::{Best, Course},
    network::Losses,
    split::{Partition, RowSource},
};
use crate::{AnalysisError, contrastive::pairs::LossSum};

const WHAT: &str = "checkpoint of a training";
const FORMAT: &str = "lexicell training 1";

impl Training<'_> {
    /// Everything that [`resume`](Self::resume) needs beside the cells and the options.
    #[must_use]
    pub fn checkpoint(&self) -> Vec<u8> {
        let standing = Standing {
            fingerprint: self.fingerprint(),
            parameters: self.network.parameters().to_vec(),
            means: self.optimizer.means.clone(),
            squares: self.optimizer.squares.clone(),
            n_steps: self.optimizer.n_steps,
            chunk: self.validation.next,
            sums: self.validation.sums,
        };
        standing.write(FORMAT, &self.course)
    }

    /// Goes on from a checkpoint of a training of the same cells, classes and options: from there on
    /// every bit is what it would have been without the interruption, if the source of views is the
    /// same too.
    ///
    /// # Errors
    /// If the bytes are damaged, are something else, or belong to another training; then nothing is
    /// changed.
    pub fn resume(&mut self, bytes: &[u8]) -> Result<(), AnalysisError> {
        let expected = Expected {
            format: FORMAT,
            fingerprint: self.fingerprint(),
            n_parameters: self.network.parameters().len(),
            n_chunks: self.validation.progress().total,
        };
        let standing = Standing::read(bytes, &expected, &mut self.course)?;
        self.network.parameters_mut().copy_from_slice(&standing.parameters);
        (self.optimizer.means, self.optimizer.squares) = (standing.means, standing.squares);
        self.optimizer.n_steps = standing.n_steps;
        self.validation.go_to(standing.chunk, standing.sums);
        Ok(())
    }

    fn fingerprint(&self) -> u64 {
        let has_views = u64::from(self.inputs.views.is_some());
        fingerprint(&self.course.options, has_views, &self.partition, &[self.inputs.cells])
    }
}

/// What a training holds beside its course: weights with their moments, and the cells kept aside.
pub(super) struct Standing {
    pub(super) fingerprint: u64,
    pub(super) parameters: Vec<f32>,
    pub(super) means: Vec<f32>,
    pub(super) squares: Vec<f32>,
    pub(super) n_steps: u64,
    /// The chunk of cells kept aside that is next, and the losses of those before it.
    pub(super) chunk: usize,
    pub(super) sums: Losses,
}

/// What a checkpoint must agree with.
pub(super) struct Expected {
    pub(super) format: &'static str,
    pub(super) fingerprint: u64,
    pub(super) n_parameters: usize,
    pub(super) n_chunks: usize,
}

impl Standing {
    pub(super) fn write(self, format: &str, course: &Course) -> Vec<u8> {
        let mut archive = Archive::new(WHAT, format);
        let n = self.parameters.len();
        archive.set("parameters", &[n], Values::F32(self.parameters));
        archive.set("means", &[n], Values::F32(self.means));
        archive.set("squares", &[n], Values::F32(self.squares));
        let best = course.best.as_ref().map_or(&[][..], |best| &best.parameters);
        archive.set("best", &[best.len()], Values::F32(best.to_vec()));
        let losses = |loss: &EpochLoss| [loss.train, loss.validation.unwrap_or(f64::NAN)];
        let curve: Vec<f64> = course.curve.iter().flat_map(losses).collect();
        archive.set("curve", &[course.curve.len(), 2], Values::F64(curve));
        let ended = match course.ended {
            None => 0,
            Some(TrainingEnd::AllEpochs) => 1,
            Some(TrainingEnd::EarlyStop) => 2,
        };
        let state = vec![
            self.fingerprint,
            course.epoch as u64,
            course.batch as u64,
            self.chunk as u64,
            course.running.1 as u64,
            self.n_steps,
            course.best.as_ref().map_or(0, |best| best.epoch) as u64,
            ended,
        ];
        archive.set("state", &[state.len()], Values::U64(state));
        let Losses { supervised, views, classes } = self.sums;
        let mut sums = vec![course.running.0, course.best.as_ref().map_or(0.0, |best| best.loss)];
        sums.extend([supervised, views, classes].iter().flat_map(|part| [part.sum, part.n]));
        archive.set("sums", &[sums.len()], Values::F64(sums));
        archive.write()
    }

    /// Reads a checkpoint and puts the course where it was; nothing is changed where it does not fit.
    pub(super) fn read(
        bytes: &[u8],
        expected: &Expected,
        course: &mut Course,
    ) -> Result<Self, AnalysisError> {
        let mut archive = Archive::read(WHAT, expected.format, bytes)?;
        let state = archive.take_u64("state")?;
        let sums = archive.take_f64("sums")?;
        let curve = archive.take_f64("curve")?;
        let [parameters, means, squares, best] =
            ["parameters", "means", "squares", "best"].map(|name| archive.take_f32(name));
        let (parameters, means, squares, best) = (parameters?, means?, squares?, best?);
        let (&[fingerprint, ..], &[epoch, batch, chunk, n_running, n_steps, best_epoch, ended]) =
            (&state[..], state.get(1..).unwrap_or_default())
        else {
            return Err(archive.wrong("its state is incomplete"));
        };
        let &[running, best_loss, s0, n0, s1, n1, s2, n2] = &sums[..] else {
            return Err(archive.wrong("its sums are incomplete"));
        };
        if fingerprint != expected.fingerprint {
            return Err(archive.wrong("it belongs to other cells, classes or settings"));
        }
        let n = expected.n_parameters;
        let fits = |values: &[f32]| values.len() == n && values.iter().all(|x| x.is_finite());
        let [epoch, batch, chunk, n_running, best_epoch] =
            [epoch, batch, chunk, n_running, best_epoch]
                .map(|x| usize::try_from(x).unwrap_or(usize::MAX));
        let (curve, odd) = curve.as_chunks::<2>();
        let sound = [&parameters, &means, &squares].iter().all(|values| fits(values))
            && (best.is_empty() || fits(&best))
            && odd.is_empty()
            && epoch < course.options.epochs
            && curve.len() == epoch + usize::from(ended > 0)
            && batch <= course.n_batches()
            && chunk <= expected.n_chunks
            && ended <= 2;
        if !sound {
            return Err(archive.wrong("its parts contradict each other"));
        }
        course.running = (running, n_running);
        course.curve = (1..)
            .zip(curve)
            .map(|(epoch, &[train, validation])| EpochLoss {
                epoch,
                train,
                validation: (!validation.is_nan()).then_some(validation),
            })
            .collect();
        course.best = (!best.is_empty()).then_some(Best {
            epoch: best_epoch,
            loss: best_loss,
            parameters: best,
        });
        course.ended = match ended {
            0 => None,
            1 => Some(TrainingEnd::AllEpochs),
            _ => Some(TrainingEnd::EarlyStop),
        };
        course.go_to(epoch, batch);
        let part = |sum, n| LossSum { sum, n };
        let sums = Losses { supervised: part(s0, n0), views: part(s1, n1), classes: part(s2, n2) };
        Ok(Self { fingerprint, parameters, means, squares, n_steps, chunk, sums })
    }
}

/// A hash of the options, the training cells in every view, and their classes.
pub(super) fn fingerprint(
    options: &TrainOptions,
    further: u64,
    partition: &Partition,
    sides: &[&dyn RowSource],
) -> u64 {
    let (kind, number) = match options.objective {
        Objective::SupCon => (0u64, 0.0),
        Objective::NtXent => (1, 0.0),
        Objective::Mixed { supervised } => (2, supervised),
        Objective::TripletCrossEntropy { margin } => (3, margin),
    };
    let mut hash = Fnv::default();
    let sizes = [
        kind,
        options.hidden.map_or(0, |width| width as u64),
        options.dim as u64,
        options.batch_size as u64,
        options.epochs as u64,
        options.patience as u64,
        options.seed,
        further,
    ];
    let numbers = [
        number,
        options.temperature,
        options.learning_rate,
        options.weight_decay,
        options.validation_share,
    ];
    for word in sizes.into_iter().chain(numbers.map(f64::to_bits)) {
        hash.add(&word.to_le_bytes());
    }
    for (part, cells) in [(0u8, &partition.fitted), (1, &partition.validation)] {
        hash.add(&[part]);
        for &cell in cells {
            hash.add(&(cell as u64).to_le_bytes());
            hash.add(&partition.class_of[cell].to_le_bytes());
            sides.iter().for_each(|side| hash.add_words(side.row_of(cell)));
        }
    }
    hash.0
}
