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
    works.extend(of_questions(findings));
    works.into_iter().map(str::to_owned).collect()
}

/// The works behind the answers of the Explore stage.
fn of_questions(findings: &Findings) -> Vec<&'static str> {
    let explored = &findings.explored;
    let mut works = Vec::new();
    if let Some(report) = &explored.compared {
        works.push("Rank-sum test: Wilcoxon, Biometrics Bulletin 1, 80–83 (1945); among tests of single cells: Soneson and Robinson, Nature Methods 15, 255–261 (2018).");
        if report.n_terms > 0 {
            works.push("Gene Ontology: Ashburner et al., Nature Genetics 25, 25–29 (2000).");
        }
    }
    if explored.ranked.is_some() {
        works.push("Gene set enrichment analysis: Subramanian et al., PNAS 102, 15545–15550 (2005); its small p: Lachmann, Xie and Ma’ayan, Bioinformatics 38, 2356–2357 (2022).");
    }
    let has_many_tests =
        explored.compared.is_some() || explored.asked.is_some() || explored.found.is_some();
    if has_many_tests {
        works.push("False discovery rate: Benjamini and Hochberg, Journal of the Royal Statistical Society B 57, 289–300 (1995).");
    }
    if explored.found.is_some() {
        works.push("Diffusion maps: Coifman and Lafon, Applied and Computational Harmonic Analysis 21, 5–30 (2006).");
        works.push("Diffusion pseudotime: Haghverdi et al., Nature Methods 13, 845–848 (2016).");
        works.push("PAGA: Wolf et al., Genome Biology 20, 59 (2019).");
    }
    works
}

#[cfg(test)]
mod tests {
    use super::super::explore::Explored;
    use super::super::samples::explored;
    use super::*;

    #[test]
    fn only_what_was_asked_is_cited() {
        let of = |explored| references(&Findings { explored, ..Findings::default() }).join(" ");
        let all = of(explored());
        for work in ["Wilcoxon", "Subramanian", "Benjamini", "Haghverdi", "Wolf", "Coifman"] {
            assert!(all.contains(work), "{work}");
        }
        let axis = of(Explored { fitted: explored().fitted, ..Explored::default() });
        assert_eq!(axis, "");
    }
}
