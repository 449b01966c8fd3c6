mod explore;

use lexicell_protocol::{
    GeneTable, MatrixState, Method, PoolWeights, RefineReport, RefineSettings, RefineSpace,
    ScoreReport, ScoreSettings, Species, TextTemplate, TokenPooling, TransferReport, View,
};

use super::findings::Findings;
use crate::components::{count, figure, mean_sd, percent};
use crate::words::{
    joint_objective_in_words, listed, method_in_clause, objective_in_full, per_class_in_words,
    refined_in_words, split_in_words,
};

/// A methods paragraph, made of what was really run; the caveats follow it separately.
pub(super) fn paragraph(findings: &Findings) -> String {
    let parts = [
        data(findings),
        genes(findings),
        vectors(findings),
        expression(findings),
        maps(findings),
        findings.refine.as_ref().map(refinement),
        findings.score.as_ref().map(|report| score(report, findings.refine.as_ref())),
        findings.told.as_ref().map(transfer),
        explore::sentences(&findings.explored),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn data(findings: &Findings) -> Option<String> {
    let data = findings.data.as_ref()?;
    let matrix = data.matrices.get(data.chosen).map_or("X", |matrix| matrix.name.as_str());
    let state = match data.state {
        MatrixState::Counts => "raw counts, scaled to 10,000 per cell and log-transformed (log1p)",
        MatrixState::LogNormalized => "log-normalised values as in the file",
        MatrixState::Normalized => {
            "normalised values of the file, scaled to 10,000 per cell and log-transformed (log1p)"
        }
        MatrixState::Scaled => "scaled values",
        MatrixState::Empty => "no values",
    };
    Some(format!(
        "{} cells and {} genes ({}; matrix {matrix}: {state}) were analysed with Lexicell {} in a web browser, on the user’s own machine.",
        count(data.n_obs),
        count(data.n_vars),
        data.files.join(", "),
        findings.version
    ))
}

fn genes(findings: &Findings) -> Option<String> {
    let genes = findings.genes.as_ref()?;
    let species = match genes.species {
        Species::Human => "human",
        Species::Mouse => "mouse",
    };
    Some(format!(
        "{} of {} genes, which hold {} of all counts, were mapped to {species} NCBI Gene records ({}).",
        count(genes.n_mapped),
        count(genes.n_genes),
        percent(genes.mapped_share),
        genes.source.trim_end_matches('.')
    ))
}

fn vectors(findings: &Findings) -> Option<String> {
    let (embed, pool) = (findings.embed.as_ref()?, findings.pool.as_ref()?);
    let settings = &findings.settings;
    let template = match settings.embed.template {
        TextTemplate::Name => "symbol and full name",
        TextTemplate::Summary => "symbol, full name and NCBI’s summary where there is one",
        TextTemplate::SummaryAndGo => {
            "symbol, full name, NCBI’s summary where there is one, and GO terms"
        }
    };
    let pooling = match settings.embed.pooling {
        TokenPooling::Mean => "mean of the token vectors",
        TokenPooling::Cls => "vector of the first token",
    };
    let from_table = findings
        .vectors
        .as_ref()
        .filter(|_| embed.n_computed == 0 && embed.n_from_table == 0 && embed.n_from_cache == 0);
    let read = if from_table.is_some() {
        format!("Vectors of {} genes were taken from {}", count(embed.n_genes), embed.encoder)
    } else {
        format!(
            "The text of each of {} genes ({template}) was embedded by {} ({pooling})",
            count(embed.n_genes),
            embed.encoder
        )
    };
    let weights = match settings.pool.weights {
        PoolWeights::Expression => "weighted by log-normalised expression",
        PoolWeights::Uniform => "unweighted",
        PoolWeights::Rank => "weighted by the rank of their expression within the cell",
    };
    let top = match settings.pool.top_n {
        Some(n) => format!("its {} highest expressed genes with a vector", count(u64::from(n))),
        None => "all its expressed genes with a vector".to_owned(),
    };
    let centring =
        if settings.pool.center { "; the mean cell was subtracted before comparison" } else { "" };
    let whitened = match settings.pool.gene_table {
        GeneTable::Whitened => {
            " The vectors were whitened over these genes (Cholesky, covariance shrunk to a multiple of the identity by d / (n + d))."
        }
        GeneTable::AsEmbedded => "",
    };
    Some(format!(
        "{read}, {} dimensions, SHA-256 {}.{whitened} A cell’s vector is the mean of the vectors of {top}, {weights}{centring} ({} cells, cosine similarity).",
        embed.dim,
        short(&embed.encoder_hash),
        count(pool.n_obs),
    ))
}

fn expression(findings: &Findings) -> Option<String> {
    let pca = findings.pca.as_ref()?;
    Some(format!(
        "For the classical view, {} principal components of {} highly variable genes were computed.",
        pca.variance_ratio.len(),
        count(pca.n_genes)
    ))
}

fn maps(findings: &Findings) -> Option<String> {
    let refine = findings.refine.as_ref();
    let views: Vec<String> =
        findings.maps.iter().map(|map| refined_in_words(map.view, refine).to_owned()).collect();
    if views.is_empty() {
        return None;
    }
    let settings = &findings.settings;
    Some(format!(
        "Cells were clustered by the Leiden algorithm (resolution {}, seed {}) on the graph of {} nearest neighbours and laid out by UMAP (min_dist {}, spread {}, seed {}) for display, by {}.",
        settings.cluster.resolution,
        settings.cluster.seed,
        settings.neighbors.n_neighbors,
        settings.umap.min_dist,
        settings.umap.spread,
        settings.umap.seed,
        listed(&views, "and by"),
    ))
}

/// How a head is trained on one view, as a clause.
fn training(settings: &RefineSettings) -> String {
    let views = if settings.objective.needs_views() {
        let halves = if settings.augment.disjoint_genes {
            ", from disjoint halves of the genes"
        } else {
            ""
        };
        format!(
            "; two views of each cell by leaving out {} of its genes and keeping {} of its counts{halves}",
            percent(settings.augment.gene_dropout),
            percent(settings.augment.count_share)
        )
    } else {
        String::new()
    };
    format!(
        "a projection head with {} was trained by {} (temperature {}{views}) {}",
        layers(settings),
        objective_in_full(settings.objective),
        settings.temperature,
        schedule(settings)
    )
}

/// How the heads of a joint view are trained, as a clause.
fn joint_training(settings: &RefineSettings) -> String {
    format!(
        "two projection heads, one on the vectors made of gene descriptions and one on the principal components, each with {}, were trained together by {} (temperature {}) {}",
        layers(settings),
        joint_objective_in_words(settings.joint_labels),
        settings.temperature,
        schedule(settings)
    )
}

/// Which weight of the text is chosen.
const CHOSEN_WEIGHT: &str = "the least of 0, 0.1, …, 1 whose macro-F1 on the cells kept aside lay within one standard error of the highest (Breiman et al. 1984)";

fn layers(settings: &RefineSettings) -> String {
    let head = match settings.hidden {
        Some(width) => format!("one hidden layer of {width} units (ReLU)"),
        None => "no hidden layer (linear)".to_owned(),
    };
    format!("{head} and {} outputs of unit length", settings.dim)
}

fn schedule(settings: &RefineSettings) -> String {
    format!(
        "with AdamW (learning rate {} on a cosine schedule, weight decay {}, batches of {}, at most {} epochs, early stopping after {} epochs without a lower loss on {} of the training cells; seed {})",
        settings.learning_rate,
        settings.weight_decay,
        settings.batch_size,
        settings.epochs,
        settings.patience,
        percent(settings.validation_share),
        settings.seed,
    )
}

fn refinement(report: &RefineReport) -> String {
    let settings = &report.settings;
    let label = match (&settings.label, settings.needs_labels()) {
        (Some(label), true) => format!(" on the labels “{label}”"),
        _ => " without labels".to_owned(),
    };
    let (learnt, kept) = match report.text_weight {
        None => (training(settings), "the head"),
        Some(_) => (joint_training(settings), "the heads"),
    };
    format!(
        "To refine the space, {learnt}{label}: {} cells trained, {} were kept aside for early stopping, and {kept} of epoch {} of {} {} kept.{}",
        count(report.n_train),
        count(report.n_validation),
        report.best_epoch,
        report.curve.last().map_or(0, |loss| loss.epoch),
        if report.text_weight.is_some() { "were" } else { "was" },
        report.text_weight.map_or_else(String::new, |weight| weighing(report, weight)),
    )
}

/// How the two parts of a cell are put together.
fn weighing(report: &RefineReport, weight: f64) -> String {
    let why = if !report.settings.needs_labels() {
        "without labels nothing could choose another"
    } else if report.n_validation == 0 {
        "no cells were kept aside to choose another"
    } else {
        CHOSEN_WEIGHT
    };
    format!(
        " Cells were compared by the weighted mean of their cosines in both parts, in which the text had the weight {}: {why}.",
        figure(weight, 1)
    )
}

fn score(report: &ScoreReport, refined: Option<&RefineReport>) -> String {
    let settings = &report.settings;
    let mut methods: Vec<Method> = Vec::new();
    for score in &report.scores {
        if !methods.contains(&score.method) {
            methods.push(score.method);
        }
    }
    let names: Vec<&str> = methods.iter().map(|&method| method_in_clause(method)).collect();
    let repeats = match settings.repeats {
        0 | 1 => format!("drawn once (seed {})", settings.seed),
        n => format!(
            "drawn {n} times (seeds {} to {})",
            settings.seed,
            settings.seed + u64::from(n) - 1
        ),
    };
    let trained = heads(&methods, settings, refined);
    let classifier = if methods.contains(&Method::LogisticPca) {
        " (by the classifier itself for logistic regression)"
    } else {
        ""
    };
    let compared = if report.comparisons.is_empty() {
        ""
    } else {
        " Macro-F1 was compared between methods on the same folds by the corrected resampled t-test (Nadeau and Bengio 2003)."
    };
    format!(
        "The labels “{}” ({} classes, {} cells) of held-out cells were told by the majority of their {} nearest training cells{classifier}. Split: {}, {repeats}; exact copies of a cell stayed on one side. All that is fitted (centring, variable genes, PCA, classifiers, heads) was fitted on training cells only. Compared were: {}.{trained} Figures are mean ± standard deviation over held-out parts.{compared}{}",
        settings.label,
        report.classes.len(),
        count(report.n_obs),
        settings.k,
        split_in_words(&settings.split),
        names.join("; "),
        results(report),
    )
}

/// How the heads of the score were trained, as far as it is not said already.
fn heads(methods: &[Method], score: &ScoreSettings, refined: Option<&RefineReport>) -> String {
    let settings = &score.refine;
    let has_one = methods
        .iter()
        .any(|method| matches!(method, Method::View(View::Refined) | Method::RefinedPca));
    let mut text = String::new();
    if has_one {
        text.push_str(&if is_same_training(refined, settings, RefineSpace::Text) {
            " For refined views such a head was trained anew in each fold on its training cells alone.".to_owned()
        } else {
            format!(
                " For refined views, {}, anew in each fold on its training cells alone.",
                training(settings)
            )
        });
    }
    if methods.contains(&Method::Joint) {
        text.push_str(&if is_same_training(refined, settings, RefineSpace::Joint) {
            " For the joint view such heads were trained, and the weight of the text was chosen, anew in each fold on its training cells alone.".to_owned()
        } else {
            format!(
                " For the joint view, {}, anew in each fold on its training cells alone, and so was the weight of the text in the mean of the cosines chosen: {CHOSEN_WEIGHT}.",
                joint_training(settings)
            )
        });
    }
    text
}

/// Whether the heads of the score are trained as those that are described already.
fn is_same_training(
    refined: Option<&RefineReport>,
    settings: &RefineSettings,
    space: RefineSpace,
) -> bool {
    refined.is_some_and(|report| {
        let label = settings.label.clone();
        let own = RefineSettings { space, label: label.clone(), ..settings.clone() };
        RefineSettings { label, ..report.settings.clone() } == own
    })
}

/// What came out, in a sentence; the point with most labels where there is a curve.
fn results(report: &ScoreReport) -> String {
    let last = report.scores.iter().filter_map(|score| score.per_class_trained).max();
    let items: Vec<String> = report
        .scores
        .iter()
        .filter(|score| score.per_class_trained == last)
        .map(|score| format!("{} {}", method_in_clause(score.method), mean_sd(score.macro_f1)))
        .collect();
    if items.is_empty() {
        return String::new();
    }
    let at = last.map_or(String::new(), |n| format!(" {}", per_class_in_words(&[n])));
    format!(" Macro-F1{at}: {}.", items.join("; "))
}

fn short(hash: &str) -> String {
    hash.chars().take(12).collect()
}

fn transfer(report: &TransferReport) -> String {
    let reference = &report.reference;
    let orthologues =
        if report.through_orthologues { ", mouse genes as their human orthologues" } else { "" };
    let expression = match &report.expression {
        Some(_) => format!(
            " Beside that they were told by the nearest cells along the reference’s principal components of {} shared genes.",
            count(report.n_genes_compared)
        ),
        None => String::new(),
    };
    format!(
        "The labels “{}” of {} ({} cells) were carried over by the majority of the {} nearest of its cells (cosine similarity). Each cell was compared by the sum over its genes of their vectors, whitened over the reference’s genes and weighted by log-normalised expression minus the mean of its own data set; {} genes were shared{orthologues}.{expression} Cells below a least share of the votes or a least mean cosine, which {} of the cells told rightly in a rehearsal within the reference miss, were given no label.",
        reference.label,
        reference.name,
        count(reference.n_obs),
        report.settings.k,
        count(report.n_shared),
        percent(report.settings.lost)
    )
}

#[cfg(test)]
mod tests {
    use super::super::references::references;
    use super::super::samples::{findings, told};
    use super::*;

    #[test]
    fn the_paragraph_states_what_was_run() {
        let text = paragraph(&findings());
        for part in [
            "700 cells and 765 genes",
            "raw counts, scaled to 10,000",
            "97.0 % of all counts",
            "its 100 highest expressed genes",
            "whitened over these genes",
            "weighted by the rank of their expression",
            "SupCon, weight 0.50",
            "two views of each cell",
            "the head of epoch 2 of 3 was kept",
            "nearest training cells",
            "5 parts with the same mix of classes (stratified k-fold)",
            "drawn once (seed 0)",
            "Compared were: gene descriptions; random vectors.",
            "Macro-F1: gene descriptions 0.800 ± 0.020; random vectors 0.600 ± 0.020.",
        ] {
            assert!(text.contains(part), "{part:?} is missing in: {text}");
        }
    }

    #[test]
    fn what_was_not_run_is_not_stated() {
        let mut findings = findings();
        findings.refine = None;
        findings.pca = None;
        findings.maps.clear();
        if let Some(score) = &mut findings.score {
            score.comparisons.clear();
        }
        let text = paragraph(&findings);
        for part in ["projection head", "principal components", "UMAP", "Leiden", "Nadeau"] {
            assert!(!text.contains(part), "{part:?} in: {text}");
        }
        assert_eq!(paragraph(&Findings::default()), "");
        let works = references(&findings).join(" ");
        assert!(works.contains("GenePT") && !works.contains("Leiden") && !works.contains("Khosla"));
    }

    #[test]
    fn labels_carried_over_are_described_with_their_reference() {
        let text = paragraph(&Findings { told: Some(told()), ..findings() });
        for part in [
            "The labels “cell_type” of reference.h5ad (2\u{202f}600 cells)",
            "whitened over the reference’s genes",
            "700 genes were shared, mouse genes as their human orthologues.",
            "principal components of 512 shared genes",
            "5.0 % of",
        ] {
            assert!(text.contains(part), "{part:?} is missing in: {text}");
        }
        let report = TransferReport { expression: None, through_orthologues: false, ..told() };
        let text = paragraph(&Findings { told: Some(report), ..Findings::default() });
        assert!(!text.contains("orthologues") && !text.contains("principal components"), "{text}");
    }

    #[test]
    fn heads_of_the_score_are_described_where_they_were_trained() {
        let mut findings = findings();
        findings.refine = None;
        if let Some(score) = &mut findings.score {
            let mut refined = score.scores[0].clone();
            refined.method = Method::View(View::Refined);
            score.scores.push(refined);
        }
        assert!(paragraph(&findings).contains("anew in each fold on its training cells alone"));
    }

    #[test]
    fn a_joint_view_is_described_with_its_weight_and_cited() {
        let mut findings = findings();
        if let Some(refine) = &mut findings.refine {
            refine.settings.space = RefineSpace::Joint;
            refine.text_weight = Some(0.3);
        }
        let text = paragraph(&findings);
        for part in [
            "two projection heads",
            "InfoNCE, weight 0.03",
            "within one standard error of the highest",
            "and the heads of epoch 2 of 3 were kept",
            "the text had the weight 0.3",
        ] {
            assert!(text.contains(part), "{part:?} is missing in: {text}");
        }
        assert!(references(&findings).join(" ").contains("2103.00020"));
        if let Some(refine) = &mut findings.refine {
            refine.settings.joint_labels = 0.0;
            refine.text_weight = Some(0.5);
        }
        let text = paragraph(&findings);
        assert!(
            text.contains("nothing could choose another") && !text.contains("Breiman"),
            "{text}"
        );
    }

    #[test]
    fn the_joint_view_of_the_score_is_described_once() {
        let mut findings = findings();
        if let Some(score) = &mut findings.score {
            let mut joint = score.scores[0].clone();
            joint.method = Method::Joint;
            score.scores.push(joint);
        }
        let text = paragraph(&findings);
        assert!(text.contains("For the joint view, two projection heads"), "{text}");
        if let (Some(refine), Some(score)) = (&mut findings.refine, &findings.score) {
            refine.settings =
                RefineSettings { space: RefineSpace::Joint, ..score.settings.refine.clone() };
            refine.text_weight = Some(0.3);
        }
        let text = paragraph(&findings);
        assert!(text.contains("For the joint view such heads were trained"), "{text}");
        assert_eq!(text.matches("two projection heads").count(), 1, "{text}");
    }
}
