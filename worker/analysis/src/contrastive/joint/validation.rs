use super::{
    PairedCells,
    network::{JointBatch, JointNetwork},
};
use crate::{
    Progress,
    centering::Centering,
    contrastive::{
        TrainOptions,
        network::{Keys, Loss, Losses},
        split::{Partition, RowSource},
        validation::{Aside, aside},
    },
};

/// Cells of a batch in both views, centred and of unit length.
#[derive(Debug, Clone, Default)]
pub(super) struct JointRows {
    text: Vec<f32>,
    expression: Vec<f32>,
    classes: Vec<u32>,
}

impl JointRows {
    pub(super) fn gather(
        &mut self,
        paired: &PairedCells<'_>,
        cells: &[usize],
        centerings: &[Centering; 2],
        class_of: &[u32],
    ) {
        let rooms = [&mut self.text, &mut self.expression];
        for ((side, centering), room) in paired.sides().iter().zip(centerings).zip(rooms) {
            let width = side.n_cols();
            room.resize(cells.len() * width, 0.0);
            for (&cell, out) in cells.iter().zip(room.chunks_exact_mut(width)) {
                centering.centre(side.row_of(cell), out);
            }
        }
        self.classes.clear();
        self.classes.extend(cells.iter().map(|&cell| class_of[cell]));
    }

    pub(super) fn batch(&self) -> JointBatch<'_, f32> {
        JointBatch { text: &self.text, expression: &self.expression, classes: &self.classes }
    }
}

/// The loss of the cells kept aside in both views, chunk by chunk, as
/// [`Validation`](crate::contrastive::validation::Validation) has it for one.
#[derive(Debug, Clone)]
pub(super) struct JointValidation {
    aside: Aside,
    rows: JointRows,
    /// The keys as the heads of this epoch refine them.
    keys: Option<[Keys<f32>; 2]>,
    /// The chunk that is next.
    pub(super) next: usize,
    /// The losses of the chunks before it.
    pub(super) sums: Losses,
}

impl JointValidation {
    pub(super) fn new(partition: &Partition, options: &TrainOptions) -> Self {
        let aside = aside(partition, options);
        let (rows, sums) = (JointRows::default(), Losses::default());
        Self { aside, rows, keys: None, next: 0, sums }
    }

    /// Chunks done and in all.
    pub(super) fn progress(&self) -> Progress {
        Progress { done: self.next, total: self.aside.chunks.len() }
    }

    /// Does one chunk.
    pub(super) fn step(
        &mut self,
        paired: &PairedCells<'_>,
        (centerings, class_of): (&[Centering; 2], &[u32]),
        network: &mut JointNetwork<f32>,
        loss: Loss,
    ) {
        if !self.aside.keys.is_empty() && self.keys.is_none() {
            self.rows.gather(paired, &self.aside.keys, centerings, class_of);
            let JointRows { text, expression, classes } = &self.rows;
            let keys = |rows: &[f32]| Keys { rows: rows.to_vec(), classes: classes.clone() };
            self.keys = Some([
                keys(network.text.refine(text)),
                keys(network.expression.refine(expression)),
            ]);
        }
        self.rows.gather(paired, &self.aside.chunks[self.next], centerings, class_of);
        self.sums.add(&network.losses(loss, &self.rows.batch(), self.keys.as_ref()));
        self.next += 1;
    }

    /// Puts the work before a chunk, with the losses of those before it.
    pub(super) fn go_to(&mut self, chunk: usize, sums: Losses) {
        (self.next, self.sums, self.keys) = (chunk, sums, None);
    }

    /// The losses of all chunks, to start again.
    pub(super) fn take(&mut self) -> Losses {
        (self.next, self.keys) = (0, None);
        std::mem::take(&mut self.sums)
    }
}
