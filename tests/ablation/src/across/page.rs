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

const PROSE: &str = "Written by `make ablation`. Ten draws: the cells are halved (stratified), the genes with a vector are halved at random; the reference is one half of the cells measured with one half of the genes, the query the other cells with the other genes. Each side is normalised over its own genes alone. Labels by kNN (cosine, k = 10) across the sides. `text`: as shipped, a rank-weighted mean of the top 100 genes of each cell, each side centred on its own mean; gene vectors are whitened by the map that is fitted on the genes of the reference, for the query too, and so are those of `random`, `shuffled`, `names` and `GO`. `as embedded`: without whitening. `50 genes`, `200 genes`, `500 genes` and `expression` (weights): one setting apart. `contrast`: weights `x_ig − mean_g` (or `(x_ig − mean_g) / sd_g`, standardised) over the cells of its own side in place of both mean and centring: what the transfer step ships. `head`: the shipped cells refined by a SupCon head that the reference alone trained on views from disjoint halves of its own genes. Random vectors have nothing to carry across by construction: their figures show the level of chance.";
