use super::{TimeBins, Trend};
use crate::{AnalysisError, Progress, normalize::Normalized};

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
#[derive(Debug)]
pub struct GeneTrends<'a> {
    expression: &'a Normalized<'a>,
    bins: &'a TimeBins,
    trends: Vec<GeneTrend>,
}

impl<'a> GeneTrends<'a> {
    /// Prepares the trends of all genes.
    ///
    /// # Errors
    /// If the path has a cell that the matrix has not.
    pub fn new(
        expression: &'a Normalized<'a>,
        bins: &'a TimeBins,
    ) -> Result<Self, AnalysisError> {
        Ok(Self { expression, bins, trends: Vec::new() })
    }

    /// Goes on until some `limit` stored values were read.
    ///
    /// # Errors
    /// None today.
    pub fn run(&mut self, limit: usize) -> Result<Progress, AnalysisError> {
        let _ = limit;
        todo!()
    }

    /// The trends, gene by gene.
    ///
    /// # Errors
    /// If they are taken before they are finished.
    pub fn finish(self) -> Result<Vec<GeneTrend>, AnalysisError> {
        todo!()
    }
}
