use super::{COMPARED, COMPARISONS, LABELS, ROWS, SCORES, SIZES};
use crate::{carry, error::Result, results::Results, table::Page};

/// The page of transfer between two data sets.
pub(crate) fn page(results: &Results) -> Result<Page> {
    let (scores, comparisons) = (results.read(&SCORES)?, results.read(&COMPARISONS)?);
    let mut page = Page::new("Two data sets of one tissue", PROSE);
    let names = ROWS.map(|row| row.0);
    carry::sections(&mut page, &names, &scores, (&COMPARED, &comparisons), DIFFERENCES);
    page.section("Cells and genes", SIZES_PROSE, &results.read(&SIZES)?);
    page.section("Labels", LABELS_PROSE, &results.read(&LABELS)?);
    Ok(page)
}

const DIFFERENCES: &str = "Macro-F1 on the same draws, corrected 95 % interval with as many told as voting cells (a wide one); bold where it leaves out 0.";

const SIZES_PROSE: &str =
    "Genes that NCBI knows. Across species a mouse gene counts as its human orthologue.";

const LABELS_PROSE: &str = "The table of matched labels stands in `src/pairs/labels.rs` and was written before any result was looked at. Cells left out take part in nothing, not in means either.";

const PROSE: &str = "Written by `make ablation`. From the first set named (the reference) to the second (the query), in the classes that both have. Ten draws: a stratified half of the labelled cells of either side, so that intervals speak of these two data sets, not of others of the tissue. Labels by kNN (cosine, k = 10) across the sides, each side centred on its own mean. `contrast`: as the transfer step ships it, weights `x_ig − mean_g` on gene vectors that are whitened by the map that is fitted on the genes of the reference; `text`: a rank-weighted mean of the top 100 genes of each cell, as the map ships it; `random`, `shuffled` and `names` alike; `as embedded`: without whitening; `head`: refined by a head that the reference alone trained on views from disjoint halves of its genes. `shared genes`: what the page does beside: log1p-CP10k over all genes of a cell, PCA with 50 components of the reference on the shared genes (at most 2,000, the most variable of the reference), the query projected. Unlike in the table without a gene in common, `random` and `shuffled` know here which genes are the same on both sides (across species: which are orthologues), so they are random projections of shared expression, not chance; chance is `majority`.";
