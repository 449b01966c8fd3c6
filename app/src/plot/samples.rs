//! Scores and answers for tests of figures, of words and of the report.

use lexicell_protocol::{
    AxisReport, AxisSettings, AxisUnit, CellSet, ClassExpression, ClassLikeness, ClassScore,
    CompareReport, CompareSettings, CrosstabReport, CrosstabSettings, FoldScore, GeneChoice,
    GeneFinding, GeneInClasses, GeneTrend, GenesReport, GenesSettings, Grouping, MeanSd, Method,
    MethodScore, PathClass, PathReport, PathSettings, RankTermsSettings, RankedTerm,
    RankedTermsReport, ReliabilityBin, View,
};

/// A gene that nothing names.
pub(crate) fn gene(name: &str) -> GeneFinding {
    GeneFinding {
        name: name.to_owned(),
        contribution: None,
        contribution_p: None,
        weight: [0.0, 0.0],
        score: 0.0,
        p_adjusted: 1.0,
        log2_fold_change: 0.0,
        mean: [0.0, 0.0],
        fraction: [0.0, 0.0],
        auc: 0.5,
    }
}

/// Two sets that are apart by one gene that both name, and one each that text or expression names.
pub(crate) fn compare_report() -> CompareReport {
    let genes = vec![
        GeneFinding {
            contribution: Some(0.2),
            contribution_p: Some(0.01),
            p_adjusted: 1e-9,
            score: 20.0,
            log2_fold_change: 5.0,
            ..gene("MS4A1")
        },
        GeneFinding { contribution: Some(0.1), contribution_p: Some(0.02), ..gene("<TEXT>") },
        GeneFinding { p_adjusted: 1e-4, score: -9.0, log2_fold_change: -3.0, ..gene("CD3E") },
        GeneFinding { contribution: Some(-0.01), log2_fold_change: f64::NAN, ..gene("ACTB") },
    ];
    CompareReport {
        settings: CompareSettings::against_rest(CellSet::Selected),
        selection_stamp: 7,
        names: ["B <cell>".to_owned(), "the rest".to_owned()],
        n_obs: [60, 40],
        n_empty: [0, 0],
        separation: 0.4,
        separation_p: 0.005,
        genes,
        head: None,
        n_tested: 4,
        n_markers: 2,
        n_attributed: 3,
        n_contributing: 2,
        terms: [Vec::new(), Vec::new()],
        n_entered: [1, 1],
        n_background: 4,
        n_terms: 0,
        notes: Vec::new(),
    }
}

/// A term at the end of the first set, and none at the other.
pub(crate) fn ranked_terms() -> RankedTermsReport {
    let term = RankedTerm {
        id: "GO:0003823".to_owned(),
        name: "antigen binding".to_owned(),
        aspect: "function".to_owned(),
        n_term: 20,
        score: 0.71,
        normalized: 2.4,
        p: 2e-4,
        p_adjusted: 0.01,
        genes: vec!["MS4A1".to_owned(), "CD79A".to_owned()],
        alike: vec!["<antibody> binding".to_owned()],
    };
    RankedTermsReport {
        settings: RankTermsSettings::default(),
        names: compare_report().names,
        terms: [vec![term], Vec::new()],
        n_ranked: 4,
        n_terms: 30,
        n_clear: [2, 0],
    }
}

/// Classes of which the first is clearly like a text.
pub(crate) fn likenesses() -> Vec<ClassLikeness> {
    let class = |name: &str, cosine, p_adjusted| ClassLikeness {
        name: name.to_owned(),
        n_obs: 10,
        cosine,
        z: 1.0,
        p_adjusted,
    };
    vec![class("B <cell>", 0.4, 0.01), class("T", 0.1, 0.6), class("none", f64::NAN, 1.0)]
}

/// Three types on an axis, one of them in no group.
pub(crate) fn axis_report() -> AxisReport {
    let unit = |name: &str, group, mean: f64| AxisUnit {
        name: name.to_owned(),
        group,
        n_obs: 20,
        mean,
        sd: 0.2,
        quartiles: [mean - 0.1, mean, mean + 0.1],
        left_out: group.map(|_| mean * 0.8),
        left_out_cosine: group.map(|_| 0.9),
    };
    let own = |name: &str| vec![name.to_owned()];
    AxisReport {
        settings: AxisSettings {
            view: View::Text,
            column: "type".to_owned(),
            first: own("M1 <alpha>"),
            second: own("W3"),
            n_permutations: 100,
            seed: 0,
        },
        column: "axis".to_owned(),
        units: vec![
            unit("M1 <alpha>", Some(0), 1.0),
            unit("N", None, 0.2),
            unit("W3", Some(1), -1.0),
        ],
        p: Some(0.5),
        least_p: 0.33,
        n_assignments: 3,
        is_exact: true,
        notes: Vec::new(),
    }
}

/// A path over three classes, the last of which is apart.
pub(crate) fn path_report() -> PathReport {
    let class =
        |name: &str, median, place| PathClass { name: name.to_owned(), n_obs: 30, median, place };
    let bins = vec![(0.0, 0.1, 0.02), (0.5, 0.6, 0.05), (1.0, 1.4, 0.1)];
    PathReport {
        settings: PathSettings {
            view: View::Text,
            root: CellSet::Selected,
            n_dcs: 10,
            by: None,
            genes: Vec::new(),
            to: None,
        },
        selection_stamp: 7,
        column: "pseudotime".to_owned(),
        root: "cell 7".to_owned(),
        n_unreached: 30,
        eigenvalues: vec![1.0, 0.9],
        by: "clusters".to_owned(),
        classes: vec![
            class("<0>", Some(0.0), Some([0.0, 0.0])),
            class("1", Some(0.6), Some([4.0, 2.0])),
            class("2", None, Some([9.0, -3.0])),
        ],
        edges: vec![(0, 1, 0.8, true), (1, 2, 0.05, false), (0, 9, 1.0, true)],
        along: vec![0, 1],
        n_followed: 60,
        trends: vec![
            GeneTrend { name: "<G>".to_owned(), spearman: 0.8, p_adjusted: 1e-6, bins },
            GeneTrend { name: "H".to_owned(), spearman: -0.1, p_adjusted: 0.4, bins: vec![] },
        ],
        n_tested: 2,
        notes: Vec::new(),
    }
}

/// A score with that mean in every metric, of three classes.
pub(crate) fn method_score(method: Method, mean: f64) -> MethodScore {
    let value = MeanSd { mean, sd: 0.02 };
    let class = |name: &str, f1: f64, support: u64| ClassScore {
        name: name.to_owned(),
        precision: f1,
        recall: f1,
        f1,
        support,
    };
    let fold = |fold| FoldScore {
        repeat: 0,
        fold,
        n_train: 80,
        n_test: 20,
        accuracy: mean,
        balanced_accuracy: mean,
        macro_f1: mean,
        weighted_f1: mean,
    };
    MethodScore {
        method,
        per_class_trained: None,
        accuracy: value,
        balanced_accuracy: value,
        macro_f1: value,
        weighted_f1: value,
        per_class: vec![class("B <cell>", mean, 60), class("T", mean, 32), class("NK", mean, 8)],
        folds: (0..5).map(fold).collect(),
        reliability: vec![
            ReliabilityBin { confidence: 0.55, accuracy: 0.5, n_obs: 20 },
            ReliabilityBin { confidence: 0.95, accuracy: 0.97, n_obs: 80 },
        ],
        confusion: vec![50, 6, 4, 3, 28, 1, 2, 1, 5],
    }
}

/// A gene and its expression in two classes, the second of which hardly has any.
pub(crate) fn genes_report() -> GenesReport {
    let class = |mean, fraction, quantiles, density: &[f32]| ClassExpression {
        mean,
        fraction,
        quantiles,
        whiskers: [quantiles[0], quantiles[4]],
        n_outliers: 0,
        outliers: vec![],
        density: density.to_vec(),
    };
    let gene = |name: &str, classes| GeneInClasses { name: name.to_owned(), classes };
    let spread = class(1.2, 0.9, [0.0, 0.5, 1.0, 1.5, 3.0], &[0.2, 0.9, 0.1]);
    GenesReport {
        settings: GenesSettings { genes: vec![], by: Grouping::Column("type".to_owned()) },
        by: "type".to_owned(),
        choice: GeneChoice::Named,
        unknown: vec![],
        classes: vec![("B".to_owned(), 12), ("T".to_owned(), 8)],
        class_order: vec![1, 0],
        n_missing: 0,
        genes: vec![
            gene("<G>", vec![spread.clone(), class(0.0, 0.0, [0.0; 5], &[])]),
            gene("H", vec![spread.clone(), spread]),
        ],
        notes: vec![],
    }
}

/// Two groupings of twenty cells.
pub(crate) fn crosstab_report() -> CrosstabReport {
    let own = |names: [&str; 2], n: [u64; 2]| {
        names.iter().zip(n).map(|(name, n)| ((*name).to_owned(), n)).collect()
    };
    let by = |name: &str| Grouping::Column(name.to_owned());
    CrosstabReport {
        settings: CrosstabSettings { first: by("type"), second: by("cluster") },
        names: ["type".to_owned(), "cluster".to_owned()],
        classes: [own(["<B>", "T"], [12, 8]), own(["0", "1"], [15, 5])],
        counts: vec![12, 0, 3, 5],
        order: [vec![0, 1], vec![0, 1]],
        n_obs: 20,
        n_missing: 1,
        adjusted_rand: 0.5,
        mutual_information: 0.4,
    }
}
