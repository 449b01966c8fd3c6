use super::JointTraining;
use crate::{
    AnalysisError,
    contrastive::checkpoint::{Expected, Standing, fingerprint},
};

const FORMAT: &str = "lexicell joint training 1";

impl JointTraining<'_> {
    /// Everything that [`resume`](Self::resume) needs beside the cells and the options.
    #[must_use]
    pub fn checkpoint(&self) -> Vec<u8> {
        let [text, expression] = &self.optimizers;
        let standing = Standing {
            fingerprint: self.fingerprint(),
            parameters: self.network.parameters(),
            means: [&text.means[..], &expression.means].concat(),
            squares: [&text.squares[..], &expression.squares].concat(),
            n_steps: text.n_steps,
            chunk: self.validation.next,
            sums: self.validation.sums,
        };
        standing.write(FORMAT, &self.course)
    }

    /// Goes on from a checkpoint of a training of the same cells, classes and options: from there on
    /// every bit is what it would have been without the interruption. A choice of the weight that was
    /// under way begins again.
    ///
    /// # Errors
    /// If the bytes are damaged, are something else, or belong to another training; then nothing is
    /// changed.
    pub fn resume(&mut self, bytes: &[u8]) -> Result<(), AnalysisError> {
        let n_text = self.network.text.parameters().len();
        let expected = Expected {
            format: FORMAT,
            fingerprint: self.fingerprint(),
            n_parameters: n_text + self.network.expression.parameters().len(),
            n_chunks: self.validation.progress().total,
        };
        let standing = Standing::read(bytes, &expected, &mut self.course)?;
        let (text, expression) = standing.parameters.split_at(n_text);
        self.network.text.parameters_mut().copy_from_slice(text);
        self.network.expression.parameters_mut().copy_from_slice(expression);
        let [means, squares] = [&standing.means, &standing.squares].map(|all| all.split_at(n_text));
        let moments = [(means.0, squares.0), (means.1, squares.1)];
        for (optimizer, (means, squares)) in self.optimizers.iter_mut().zip(moments) {
            optimizer.means.copy_from_slice(means);
            optimizer.squares.copy_from_slice(squares);
            optimizer.n_steps = standing.n_steps;
        }
        self.validation.go_to(standing.chunk, standing.sums);
        (self.weighing, self.weight) = (None, None);
        Ok(())
    }

    fn fingerprint(&self) -> u64 {
        let [text, expression] = &self.cells.sides();
        let further = self.neighbors as u64;
        fingerprint(&self.course.options, further, &self.partition, &[text, expression])
    }
}
