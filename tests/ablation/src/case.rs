//! One data set, ready to be measured.

use lexicell_analysis::{
    duplicates::Duplicates,
    evaluation::PcaSource,
    normalize::Normalized,
    split::{Plan, PlanSettings, Scheme},
};
use lexicell_genes::Template;

use crate::{
    data::DataSet,
    error::Result,
    genes::{Bundles, MappedGenes},
    spaces::GeneTable,
    vectors::Vectors,
};

/// Draws of every split.
pub(crate) const DRAWS: usize = 5;
/// Stratified folds, and most folds of groups.
pub(crate) const FOLDS: usize = 5;
/// Training cells of each class on the low-sample curve.
pub(crate) const FEW: [usize; 4] = [1, 5, 10, 50];

/// A data set with the genes that it expresses.
pub(crate) struct Case {
    pub(crate) set: DataSet,
    pub(crate) genes: MappedGenes,
}

impl Case {
    /// The vectors of the set's genes under a template.
    pub(crate) fn table(
        &self,
        bundles: &Bundles,
        vectors: &Vectors,
        template: &Template,
    ) -> Result<GeneTable> {
        let texts = self.genes.texts(bundles, template);
        Ok(GeneTable { table: vectors.table(&texts)?, rows: texts.of_gene })
    }

    /// Expression as log1p-CP10k.
    pub(crate) fn view(&self) -> Result<Normalized<'_>> {
        Ok(Normalized::new(&self.set.x, self.set.state)?)
    }

    /// The rounds of a way of holding out, drawn before anything is fitted.
    pub(crate) fn plan(
        &self,
        scheme: Scheme<'_>,
        repeats: usize,
        unusable: &[u32],
    ) -> Result<Plan> {
        let duplicates: Option<&Duplicates> = Some(&self.set.duplicates);
        let labels = &self.set.labels;
        Ok(Plan::new(&PlanSettings { labels, scheme, repeats, seed: 0, duplicates, unusable })?)
    }

    /// The classical view, as the page has it.
    pub(crate) fn pca<'a>(&self, expression: &'a Normalized<'a>) -> PcaSource<'a> {
        PcaSource { expression, n_top_genes: 2000, n_components: 50, seed: 0 }
    }
}
