use lexicell_protocol::{GeneTable, Method};

use super::findings::Findings;

/// The works to cite for what was run.
pub(super) fn references(findings: &Findings) -> Vec<String> {
    let mut works = Vec::new();
    if findings.pool.is_some() {
        works.push("Weighted average of gene description embeddings: arXiv 2505.07896; Chen and Zou, GenePT (2023).");
    }
    let is_whitened = findings.settings.pool.gene_table == GeneTable::Whitened;
    if findings.told.is_some() || (findings.pool.is_some() && is_whitened) {
        works.push(
            "Cholesky whitening: Kessy, Lewin and Strimmer, The American Statistician 72, 309–314 (2018).",
        );
    }
    if findings.maps.iter().any(|map| map.clusters.is_some()) {
        works.push("Leiden: Traag, Waltman and van Eck, Scientific Reports 9, 5233 (2019).");
    }
    if findings.maps.iter().any(|map| map.umap.is_some()) {
        works.push("UMAP: McInnes, Healy and Melville, arXiv 1802.03426 (2018).");
    }
    let trains = findings.refine.is_some()
        || findings.score.as_ref().is_some_and(|score| crate::state::trains(&score.settings));
    if trains {
        works.push("Contrastive refinement of cell embeddings: arXiv 2509.23543; supervised contrastive loss: Khosla et al., arXiv 2004.11362 (2020).");
    }
    let is_joint = findings.refine.as_ref().is_some_and(|report| report.text_weight.is_some())
        || findings
            .score
            .as_ref()
            .is_some_and(|report| report.scores.iter().any(|score| score.method == Method::Joint));
    if is_joint {
        works.push("Joint view: alignment of a gene-text view with an expression view by InfoNCE, arXiv 2606.13007; symmetric InfoNCE: Radford et al., arXiv 2103.00020 (2021); one-standard-error rule: Breiman et al., Classification and Regression Trees (1984).");
    }
    if findings.score.as_ref().is_some_and(|score| !score.comparisons.is_empty()) {
        works.push(
            "Corrected resampled t-test: Nadeau and Bengio, Machine Learning 52, 239–281 (2003).",
        );
    }
    works.into_iter().map(str::to_owned).collect()
}
