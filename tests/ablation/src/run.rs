//! What every measurement of a run has at hand.

use lexicell_genes::Template;

use crate::{
    case::Case, error::Result, genes::Bundles, results::Results, spaces::GeneTable,
    vectors::Vectors,
};

/// Assets, machine and results of a run.
pub(crate) struct Run<'a> {
    pub(crate) bundles: &'a Bundles,
    pub(crate) vectors: &'a Vectors,
    pub(crate) results: &'a Results,
    /// Rounds at once.
    pub(crate) threads: usize,
    /// Whether what stands in the tables is left as it is.
    pub(crate) only_missing: bool,
}

impl Run<'_> {
    /// The vectors of a set's genes under a template.
    pub(crate) fn table(&self, case: &Case, template: &Template) -> Result<GeneTable> {
        case.table(self.bundles, self.vectors, template)
    }
}
