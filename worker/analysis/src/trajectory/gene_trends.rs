use std::ops::Range;

use super::{TimeBins, Trend};
use crate::{AnalysisError, Progress, false_discovery::benjamini_hochberg, normalize::Normalized};

/// Values that are turned from cells to genes at once, 8 bytes each.
const BLOCK: usize = 4 << 20;
/// What it takes to find a block's genes in a cell, in stored values read.
const SEARCH: usize = 8;

/// The trend of one gene, in log1p-CP10k.
#[derive(Debug, Clone, PartialEq)]
pub struct GeneTrend {
    /// Column of the gene in the expression matrix.
    pub gene: u32,
    /// Cells of the path that express it.
    pub n_expressing: usize,
    /// Means, errors and correlation.
    pub trend: Trend,
    /// p value after Benjamini & Hochberg (1995), over all genes that have one.
    pub q_value: Option<f64>,
}

/// Trends of all genes along a path, to be driven with [`run`](Self::run).
///
/// Genes are gathered block by block from the rows of the cells, so that the whole matrix is never
/// turned at once.
#[derive(Debug)]
pub struct GeneTrends<'a> {
    expression: &'a Normalized<'a>,
    bins: &'a TimeBins,
    stage: Stage,
    /// The next place on the path.
    place: usize,
    /// Stored values of each gene on the path.
    counts: Vec<usize>,
    /// Genes of the block at work, and where the values of each end among `entries`.
    genes: Range<usize>,
    ends: Vec<usize>,
    /// Values of the block, gene after gene, with their places.
    entries: Vec<(f32, u32)>,
    trends: Vec<GeneTrend>,
    done: usize,
    total: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Count,
    Gather,
    Evaluate,
}

impl<'a> GeneTrends<'a> {
    /// Prepares the trends of all genes.
    ///
    /// # Errors
    /// If the path has a cell that the matrix has not.
    pub fn new(expression: &'a Normalized<'a>, bins: &'a TimeBins) -> Result<Self, AnalysisError> {
        let len = expression.n_cells();
        let mut n_values = 0;
        for &cell in bins.cells() {
            let index = cell as usize;
            if index >= len {
                let what = "cells of the path";
                return Err(AnalysisError::IndexOutOfRange { what, index, len });
            }
            n_values += expression.stored_row(index).0.len();
        }
        let n_genes = expression.n_genes();
        Ok(Self {
            expression,
            bins,
            stage: Stage::Count,
            place: 0,
            counts: vec![0; n_genes],
            genes: 0..0,
            ends: Vec::new(),
            entries: Vec::new(),
            trends: Vec::with_capacity(n_genes),
            done: 0,
            // Every value is counted, gathered and evaluated; the 1 closes a matrix without genes, too.
            total: 3 * n_values + n_genes + 1,
        })
    }

    /// Goes on until some `limit` stored values were read; a million take up to 40 ms on one native
    /// core.
    ///
    /// # Errors
    /// None today.
    pub fn run(&mut self, limit: usize) -> Result<Progress, AnalysisError> {
        let mut budget = limit.max(1);
        while budget > 0 && self.done < self.total {
            let spent = match self.stage {
                Stage::Count => self.count(),
                Stage::Gather => self.gather(),
                Stage::Evaluate => self.evaluate(),
            };
            budget = budget.saturating_sub(spent);
        }
        Ok(Progress { done: self.done, total: self.total })
    }

    /// The trends, gene by gene.
    ///
    /// # Errors
    /// If they are taken before they are finished.
    pub fn finish(mut self) -> Result<Vec<GeneTrend>, AnalysisError> {
        if self.done < self.total {
            let message = "the trends are taken before they are finished";
            return Err(AnalysisError::OutOfTurn { step: "trends", message });
        }
        let p_values: Vec<f64> = self.trends.iter().filter_map(|gene| gene.trend.p_value).collect();
        let tested = self.trends.iter_mut().filter(|gene| gene.trend.p_value.is_some());
        for (gene, q_value) in tested.zip(benjamini_hochberg(&p_values)) {
            gene.q_value = Some(q_value);
        }
        Ok(self.trends)
    }

    /// Counts the values of one cell.
    fn count(&mut self) -> usize {
        let genes = self.expression.stored_row(self.bins.cells()[self.place] as usize).0;
        genes.iter().for_each(|&gene| self.counts[gene as usize] += 1);
        self.done += genes.len();
        self.place += 1;
        if self.place == self.bins.cells().len() {
            self.next_block();
        }
        genes.len() + 1
    }

    /// Takes as many genes as fit in a block.
    fn next_block(&mut self) {
        let first = self.genes.end;
        let (mut last, mut size) = (first, 0);
        self.ends.clear();
        while last < self.counts.len() && (last == first || size + self.counts[last] <= BLOCK) {
            // A start that moves to the end as values come in.
            self.ends.push(size);
            size += self.counts[last];
            last += 1;
        }
        self.genes = first..last;
        self.entries.clear();
        self.entries.resize(size, (0.0, 0));
        self.place = 0;
        self.stage = Stage::Gather;
        if self.genes.is_empty() {
            self.done += 1;
        }
    }

    /// Takes the values of the block's genes from one cell.
    fn gather(&mut self) -> usize {
        let cell = self.bins.cells()[self.place] as usize;
        let (genes, values) = self.expression.stored_row(cell);
        let from = genes.partition_point(|&gene| (gene as usize) < self.genes.start);
        let to = from + genes[from..].partition_point(|&gene| (gene as usize) < self.genes.end);
        for (&gene, &stored) in genes[from..to].iter().zip(&values[from..to]) {
            let value = self.expression.value(cell, stored);
            if value > 0.0 {
                let end = &mut self.ends[gene as usize - self.genes.start];
                self.entries[*end] = (value, self.place as u32);
                *end += 1;
            }
        }
        self.done += to - from;
        self.place += 1;
        if self.place == self.bins.cells().len() {
            self.place = 0;
            self.stage = Stage::Evaluate;
        }
        to - from + SEARCH
    }

    /// Evaluates one gene of the block; `place` counts the values of those before it.
    fn evaluate(&mut self) -> usize {
        let gene = self.trends.len();
        let size = self.counts[gene];
        let entries = &mut self.entries[self.place..self.ends[gene - self.genes.start]];
        let n_expressing = entries.len();
        let trend = self.bins.trend_of(entries);
        self.trends.push(GeneTrend { gene: gene as u32, n_expressing, trend, q_value: None });
        self.place += size;
        self.done += size + 1;
        if self.trends.len() == self.genes.end {
            self.next_block();
        }
        // Sorting a value takes longer than reading one.
        4 * size + self.bins.times().len() + 1
    }
}
