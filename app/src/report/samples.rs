//! Findings for tests of the report.

use lexicell_protocol::{
    AskReport, AskSettings, Backend, CellPooling, ClusterReport, Comparison, EmbedReport,
    EpochLoss, LoadReport, MappingReport, MatrixState, Method, PcaReport, ReferenceReport,
    RefineReport, RefineSettings, Rehearsed, ScoreReport, ScoreSettings, Settings, Species,
    Telling, TermFinding, TracedText, TrainingEnd, TransferReport, TransferSettings, UmapReport,
    View, ViewQuality, ZeroShot,
};

use super::explore::Explored;
use super::findings::{Findings, MapFindings};
use crate::plot::samples::{
    axis_report, compare_report, likenesses, method_score, path_report, ranked_terms,
};

/// A comparison of gene descriptions with that baseline.
pub(super) fn comparison(baseline: Method, difference: f64, low: f64, high: f64) -> Comparison {
    let method = Method::View(View::Text);
    Comparison { method, baseline, per_class_trained: None, difference, low, high, p: 0.01 }
}

/// A small analysis with a refinement and a quick score.
pub(super) fn findings() -> Findings {
    let settings = Settings { score: Some(ScoreSettings::new("cell_type")), ..Settings::default() };
    Findings {
        version: "0.1.0".to_owned(),
        date: "2026-11-21 15:02 UTC".to_owned(),
        data: Some(data()),
        genes: Some(genes()),
        embed: Some(embed()),
        pool: Some(CellPooling {
            n_obs: 700,
            dim: 384,
            median_genes: 180,
            n_empty: 0,
            backend: Backend::Cpu,
            notes: Vec::new(),
        }),
        pca: Some(PcaReport { n_genes: 700, variance_ratio: vec![0.2, 0.1] }),
        maps: vec![MapFindings {
            view: View::Text,
            neighbors: None,
            clusters: Some(ClusterReport {
                view: View::Text,
                sizes: vec![400, 300],
                modularity: 0.7,
            }),
            umap: Some(UmapReport {
                view: View::Text,
                n_epochs: 500,
                trustworthiness: 0.93,
                n_trustworthiness: 700,
            }),
        }],
        refine: Some(refine()),
        score: Some(score(&settings)),
        settings,
        ..Findings::default()
    }
}

fn data() -> LoadReport {
    LoadReport {
        files: vec!["demo <1>.h5ad".to_owned()],
        file_bytes: 1_000_000,
        format: "AnnData 0.8 or later (HDF5)".to_owned(),
        n_obs: 700,
        n_vars: 765,
        nnz: 100_000,
        matrices: Vec::new(),
        chosen: 0,
        why: "It holds raw counts.".to_owned(),
        state: MatrixState::Counts,
        transposed: None,
        obs_columns: Vec::new(),
        var_columns: Vec::new(),
        first_genes: Vec::new(),
        first_cells: Vec::new(),
        notes: Vec::new(),
        dropped: Vec::new(),
        n_duplicate_cells: 0,
        bytes: 1,
    }
}

fn genes() -> MappingReport {
    MappingReport {
        species: Species::Human,
        species_evidence: String::new(),
        column: "index".to_owned(),
        n_genes: 765,
        n_mapped: 750,
        mapped_share: 0.97,
        routes: Vec::new(),
        texts: Vec::new(),
        unmapped: Vec::new(),
        duplicates: Vec::new(),
        source: "NCBI Gene, 2021-07-08".to_owned(),
        notes: Vec::new(),
    }
}

fn embed() -> EmbedReport {
    EmbedReport {
        encoder: "all-MiniLM-L6-v2".to_owned(),
        encoder_hash: "ab".repeat(32),
        dim: 384,
        n_genes: 750,
        n_from_table: 750,
        n_from_cache: 0,
        n_computed: 0,
        n_tokens: 0,
        backend: Backend::Cpu,
        n_truncated: 0,
        notes: Vec::new(),
    }
}

/// A refinement of the gene descriptions.
pub(crate) fn refine() -> RefineReport {
    let loss = |epoch, validation| EpochLoss { epoch, train: 3.0, validation: Some(validation) };
    let quality = |view, silhouette| ViewQuality {
        view,
        n_obs: 105,
        silhouette: Some(silhouette),
        purity: Some(0.8),
    };
    RefineReport {
        settings: RefineSettings {
            label: Some("cell_type".to_owned()),
            ..RefineSettings::default()
        },
        n_train: 595,
        n_validation: 105,
        n_unlabeled: 0,
        classes: vec!["B <cell>".to_owned(), "T".to_owned(), "NK".to_owned()],
        curve: vec![loss(1, 3.5), loss(2, 3.1), loss(3, 3.2)],
        best_epoch: 2,
        ended: TrainingEnd::EarlyStop,
        text_weight: None,
        quality: vec![quality(View::Text, 0.1), quality(View::Refined, 0.4)],
        backend: Backend::Cpu,
        notes: Vec::new(),
    }
}

/// Labels of a reference told in two ways.
pub(super) fn told() -> TransferReport {
    let rehearsed = Rehearsed { n_obs: 1300, k: 15, accuracy: 0.6, majority: 0.3 };
    let telling = |column: &str| Telling {
        column: column.to_owned(),
        counts: vec![400, 200],
        n_none: 100,
        least_confidence: 0.5,
        least_similarity: 0.2,
        rehearsed,
    };
    TransferReport {
        settings: TransferSettings::default(),
        n_shared: 700,
        n_reference_only: 12_000,
        n_query_only: 65,
        through_orthologues: true,
        text: telling("transferred_label"),
        expression: Some(telling("transferred_label_expression")),
        fewest_shared: 16,
        n_genes_compared: 512,
        n_told_by_both: 500,
        n_agreeing: 450,
        notes: Vec::new(),
        reference: ReferenceReport {
            name: "reference.h5ad".to_owned(),
            label: "cell_type".to_owned(),
            n_obs: 2600,
            n_genes: 12_700,
            classes: vec!["B <cell>".to_owned(), "T".to_owned()],
            bytes: 1,
            rehearsed,
            notes: Vec::new(),
        },
    }
}

fn score(settings: &Settings) -> ScoreReport {
    ScoreReport {
        settings: settings.score.clone().unwrap_or_else(|| ScoreSettings::new("cell_type")),
        n_obs: 100,
        n_unlabeled: 0,
        classes: vec!["B <cell>".to_owned(), "T".to_owned(), "NK".to_owned()],
        class_order: vec![2, 0, 1],
        scores: vec![
            method_score(Method::View(View::Text), 0.8),
            method_score(Method::RandomVectors, 0.6),
        ],
        comparisons: vec![comparison(Method::RandomVectors, 0.2, 0.1, 0.3)],
        verdict: "Text does better than random vectors.".to_owned(),
        notes: Vec::new(),
    }
}

/// An answer to each question.
pub(super) fn explored() -> Explored {
    let mut compared = compare_report();
    compared.terms[0] = vec![TermFinding {
        id: "GO:0003823".to_owned(),
        name: "antigen binding".to_owned(),
        aspect: "function".to_owned(),
        n_term: 20,
        n_hits: 9,
        fold: 6.5,
        p_adjusted: 1e-4,
        genes: vec!["MS4A1".to_owned()],
        alike: Vec::new(),
    }];
    let traced = TracedText {
        name: "MS4A1".to_owned(),
        contribution: 0.2,
        sentences: vec![("It presents antigen.".to_owned(), 0.1)],
    };
    Explored {
        compared: Some(compared.into()),
        is_earlier: false,
        ranked: Some(ranked_terms().into()),
        traced: vec![traced],
        asked: Some(asked().into()),
        fitted: Some(axis_report().into()),
        groups: ["hardy".to_owned(), "frail".to_owned()],
        found: Some(path_report().into()),
    }
}

/// Two types told from their texts.
fn asked() -> AskReport {
    let text = |name: &str, definition: &str| (name.to_owned(), format!("{name}: {definition}"));
    AskReport {
        settings: AskSettings { text: String::new(), by: None, n_permutations: 1000, seed: 3 },
        texts: vec![text("B cell receptor", "binds <antigen>"), text("T", "kills")],
        from: "1 of the 2 texts is a type of the Cell Ontology (release 2024-08-16, CC BY 4.0)."
            .to_owned(),
        ids: vec![String::new(), "CL:0000084".to_owned()],
        columns: vec!["like B cell receptor".to_owned(), "like T".to_owned()],
        by: "clusters".to_owned(),
        classes: vec![likenesses(), likenesses()],
        genes: vec![vec![("CD79A".to_owned(), 0.6)], Vec::new()],
        labels: Some(ZeroShot {
            column: "label_by_text".to_owned(),
            counts: vec![30, 50],
            n_unsure: 20,
            least_margin: 0.012,
            against: None,
        }),
        notes: Vec::new(),
    }
}
