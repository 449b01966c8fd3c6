use super::{COMPARISONS, PAIRS, ROWS, SCORES};
use crate::{carry, error::Result, results::Results, table::Page};

/// The page of transfer without a gene in common.
pub(crate) fn page(results: &Results) -> Result<Page> {
    let (scores, comparisons) = (results.read(&SCORES)?, results.read(&COMPARISONS)?);
    let mut page = Page::new("No gene in common", PROSE);
    let names = ROWS.map(|row| row.0);
    carry::sections(&mut page, &names, &scores, (&PAIRS, &comparisons), DIFFERENCES);
    Ok(page)
}

const DIFFERENCES: &str = "Macro-F1 on the same draws, corrected 95 % interval with as many test as training cells (a wide one); bold where it leaves out 0.";

const PROSE: &str = "Written by `make ablation`. Ten draws: the cells are halved (stratified), the genes with a vector are halved at random; the reference is one half of the cells measured with one half of the genes, the query the other cells with the other genes. Each side is normalised over its own genes alone. Pooled with contrast weights `x_ig − mean_g` (or `(x_ig − mean_g) / sd_g`, standardised) over the cells of its own side, labels by kNN (cosine, k = 10) across the sides. `mean`: the shipped weighted mean of the top 500 genes, each side centred on its own mean. `head`: the same, refined by a SupCon head that the reference alone trained on views from disjoint halves of its own genes. Random vectors and PCA have nothing to carry across by construction: their figures show the level of chance. The rows `random, mean`, `shuffled, mean` and `names, mean` were added after the first results, since `text, mean` turned out best and had no control pooled alike; the last rows but one, since a level is shipped with the shipped pooling.";
