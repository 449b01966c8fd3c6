//! Values of neighbouring genes, gathered from rows.

use std::ops::Range;

use super::{Moments, STEP};
use crate::{AnalysisError, normalize::Normalized};

/// Values that a block holds at the most, 4 bytes each; a gene that has more is a block by itself.
const BLOCK_VALUES: usize = 4 << 20;

/// The cells of both sets, in the order of the matrix.
#[derive(Debug)]
pub(super) struct Cells<'a> {
    view: &'a Normalized<'a>,
    /// Row, and 0 or 1 for its set.
    cells: Vec<(u32, u8)>,
    n: [usize; 2],
    n_values: usize,
    /// How far each cell's row was copied.
    copied: Vec<u32>,
    counted: usize,
    gathered: usize,
}

impl<'a> Cells<'a> {
    pub(super) fn new(
        view: &'a Normalized<'a>,
        groups: [&[u32]; 2],
    ) -> Result<Self, AnalysisError> {
        const STEPS: [&str; 2] =
            ["a marker test, in its first set,", "a marker test, in its second set,"];
        let mut sets: Vec<Option<u8>> = vec![None; view.n_cells()];
        for (set, group) in groups.into_iter().enumerate() {
            if group.len() < 2 {
                let (step, found) = (STEPS[set], group.len());
                return Err(AnalysisError::TooFewCells { step, needed: 2, found });
            }
            for &cell in group {
                let (index, len) = (cell as usize, view.n_cells());
                let Some(place) = sets.get_mut(index) else {
                    return Err(AnalysisError::IndexOutOfRange { what: STEP, index, len });
                };
                if place.replace(set as u8).is_some() {
                    return Err(AnalysisError::CellTwice { step: STEP, cell: index });
                }
            }
        }
        let cells: Vec<(u32, u8)> =
            (0..).zip(sets).filter_map(|(cell, set)| Some((cell, set?))).collect();
        let n_values = cells.iter().map(|&(cell, _)| view.stored_row(cell as usize).0.len()).sum();
        let (n, copied) = (groups.map(<[u32]>::len), vec![0; cells.len()]);
        Ok(Self { view, cells, n, n_values, copied, counted: 0, gathered: 0 })
    }

    pub(super) fn view(&self) -> &'a Normalized<'a> {
        self.view
    }

    pub(super) fn len(&self) -> usize {
        self.cells.len()
    }

    /// Cells of each set.
    pub(super) fn n(&self) -> [usize; 2] {
        self.n
    }

    /// Stored values of all cells.
    pub(super) fn n_values(&self) -> usize {
        self.n_values
    }

    /// Row and set.
    pub(super) fn get(&self, at: usize) -> (usize, usize) {
        let (cell, set) = self.cells[at];
        (cell as usize, usize::from(set))
    }

    /// The next cell whose values are not counted yet.
    pub(super) fn next_to_count(&mut self) -> Option<usize> {
        next(&mut self.counted, self.cells.len())
    }

    /// The next cell that the block has nothing from yet.
    pub(super) fn next_to_gather(&mut self) -> Option<usize> {
        next(&mut self.gathered, self.cells.len())
    }

    /// Starts anew with the first cell, for the next block.
    pub(super) fn rewind(&mut self) {
        self.gathered = 0;
    }

    /// Copies what the cell has of the block's genes; how many values that were.
    ///
    /// Blocks follow each other along the genes, so a row is read on from where the last one ended.
    pub(super) fn copy(&mut self, at: usize, block: &mut Block) -> usize {
        let (cell, set) = self.get(at);
        let (genes, values) = self.view.stored_row(cell);
        let from = self.copied[at] as usize;
        let mut read = 0;
        for (&gene, &stored) in genes[from..].iter().zip(&values[from..]) {
            if gene as usize >= block.genes.end {
                break;
            }
            block.push(gene as usize, self.view.value(cell, stored), set);
            read += 1;
        }
        self.copied[at] += read as u32;
        read
    }
}

fn next(counter: &mut usize, len: usize) -> Option<usize> {
    let at = *counter;
    (at < len).then(|| {
        *counter += 1;
        at
    })
}

/// Neighbouring genes and their values above 0 in the cells of both sets.
#[derive(Debug, Default)]
pub(super) struct Block {
    genes: Range<usize>,
    /// Where each gene's values start.
    starts: Vec<usize>,
    /// How many values each gene got.
    filled: Vec<usize>,
    /// Positive numbers keep their order as bits and leave the sign bit free: here it is the lowest one,
    /// and tells the set.
    keys: Vec<u32>,
}

impl Block {
    pub(super) fn is_empty(&self) -> bool {
        self.genes.is_empty()
    }

    /// Makes room for the genes from `first` on; how many they are.
    pub(super) fn open(&mut self, first: usize, genes: &[Moments]) -> usize {
        let (mut end, mut size) = (first, 0);
        self.starts.clear();
        while end < genes.len() && (end == first || size + genes[end].stored <= BLOCK_VALUES) {
            self.starts.push(size);
            size += genes[end].stored;
            end += 1;
        }
        self.genes = first..end;
        self.filled.clear();
        self.filled.resize(end - first, 0);
        self.keys.resize(size, 0);
        end - first
    }

    pub(super) fn close(&mut self) {
        self.genes = 0..0;
    }

    pub(super) fn is_last(&self, gene: usize) -> bool {
        gene + 1 == self.genes.end
    }

    /// The keys of a gene's values above 0, rising.
    pub(super) fn sorted(&mut self, gene: usize) -> &[u32] {
        let at = gene - self.genes.start;
        let keys = &mut self.keys[self.starts[at]..][..self.filled[at]];
        keys.sort_unstable();
        keys
    }

    fn push(&mut self, gene: usize, value: f32, set: usize) {
        if value > 0.0 {
            let at = gene - self.genes.start;
            self.keys[self.starts[at] + self.filled[at]] = value.to_bits() << 1 | set as u32;
            self.filled[at] += 1;
        }
    }
}
