use super::{
    EpochLoss, Objective, Training, TrainingEnd,
    archive::{Archive, Fnv, Values},
    course::Best,
    network::Losses,
};
use crate::{AnalysisError, contrastive::pairs::LossSum};

const WHAT: &str = "checkpoint of a training";
const FORMAT: &str = "lexicell training 1";

impl Training<'_> {
    /// Everything that [`resume`](Self::resume) needs beside the cells and the options.
    #[must_use]
    pub fn checkpoint(&self) -> Vec<u8> {
        let mut archive = Archive::new(WHAT, FORMAT);
        let floats = |values: &[f32]| Values::F32(values.to_vec());
        let parameters = self.network.parameters();
        archive.set("parameters", &[parameters.len()], floats(parameters));
        archive.set("means", &[parameters.len()], floats(&self.optimizer.means));
        archive.set("squares", &[parameters.len()], floats(&self.optimizer.squares));
        let best = self.course.best.as_ref().map_or(&[][..], |best| &best.parameters);
        archive.set("best", &[best.len()], floats(best));
        let losses = |loss: &EpochLoss| [loss.train, loss.validation.unwrap_or(f64::NAN)];
        let curve: Vec<f64> = self.course.curve.iter().flat_map(losses).collect();
        archive.set("curve", &[self.course.curve.len(), 2], Values::F64(curve));
        let ended = match self.course.ended {
            None => 0,
            Some(TrainingEnd::AllEpochs) => 1,
            Some(TrainingEnd::EarlyStop) => 2,
        };
        let state = vec![
            self.fingerprint(),
            self.course.epoch as u64,
            self.course.batch as u64,
            self.validation.next as u64,
            self.course.running.1 as u64,
            self.optimizer.n_steps,
            self.course.best.as_ref().map_or(0, |best| best.epoch) as u64,
            ended,
        ];
        archive.set("state", &[state.len()], Values::U64(state));
        let Losses { supervised, views, classes } = self.validation.sums;
        let mut sums =
            vec![self.course.running.0, self.course.best.as_ref().map_or(0.0, |best| best.loss)];
        sums.extend([supervised, views, classes].iter().flat_map(|part| [part.sum, part.n]));
        archive.set("sums", &[sums.len()], Values::F64(sums));
        archive.write()
    }

    /// Goes on from a checkpoint of a training of the same cells, classes and options: from there on
    /// every bit is what it would have been without the interruption, if the source of views is the
    /// same too.
    ///
    /// # Errors
    /// If the bytes are damaged, are something else, or belong to another training; then nothing is
    /// changed.
    pub fn resume(&mut self, bytes: &[u8]) -> Result<(), AnalysisError> {
        let mut archive = Archive::read(WHAT, FORMAT, bytes)?;
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
        if fingerprint != self.fingerprint() {
            return Err(archive.wrong("it belongs to other cells, classes or settings"));
        }
        let n = self.network.parameters().len();
        let fits = |values: &[f32]| values.len() == n && values.iter().all(|x| x.is_finite());
        let [epoch, batch, chunk, n_running, best_epoch] =
            [epoch, batch, chunk, n_running, best_epoch]
                .map(|x| usize::try_from(x).unwrap_or(usize::MAX));
        let (curve, odd) = curve.as_chunks::<2>();
        let sound = [&parameters, &means, &squares].iter().all(|values| fits(values))
            && (best.is_empty() || fits(&best))
            && odd.is_empty()
            && epoch < self.course.options.epochs
            && curve.len() == epoch + usize::from(ended > 0)
            && batch <= self.course.n_batches()
            && chunk <= self.validation.progress().total
            && ended <= 2;
        if !sound {
            return Err(archive.wrong("its parts contradict each other"));
        }
        self.network.parameters_mut().copy_from_slice(&parameters);
        (self.optimizer.means, self.optimizer.squares) = (means, squares);
        self.optimizer.n_steps = n_steps;
        self.course.running = (running, n_running);
        self.course.curve = (1..)
            .zip(curve)
            .map(|(epoch, &[train, validation])| EpochLoss {
                epoch,
                train,
                validation: (!validation.is_nan()).then_some(validation),
            })
            .collect();
        self.course.best = (!best.is_empty()).then_some(Best {
            epoch: best_epoch,
            loss: best_loss,
            parameters: best,
        });
        self.course.ended = match ended {
            0 => None,
            1 => Some(TrainingEnd::AllEpochs),
            _ => Some(TrainingEnd::EarlyStop),
        };
        let part = |sum, n| LossSum { sum, n };
        let sums = Losses { supervised: part(s0, n0), views: part(s1, n1), classes: part(s2, n2) };
        self.validation.go_to(chunk, sums);
        self.course.go_to(epoch, batch);
        Ok(())
    }

    /// A hash of the options, the training cells and their classes.
    fn fingerprint(&self) -> u64 {
        let options = &self.course.options;
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
            u64::from(self.inputs.views.is_some()),
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
        for (part, cells) in [(0u8, &self.partition.fitted), (1, &self.partition.validation)] {
            hash.add(&[part]);
            for &cell in cells {
                hash.add(&(cell as u64).to_le_bytes());
                hash.add(&self.partition.class_of[cell].to_le_bytes());
                hash.add_words(self.inputs.cells.row(cell));
            }
        }
        hash.0
    }
}
