//! Names and explanations of what is computed, in plain words with the field's term beside them.

mod explore;
mod meanings;

use lexicell_protocol::{
    Method, Objective, RefineReport, RefineSettings, RefineSpace, Split, TrainingEnd, View,
};

use crate::components::figure;
pub(crate) use explore::{
    NamedBy, Order, OrderBy, arranged, axis_p_in_words, genes_in_words, id_of, is_clear_p,
    loss_in_words, named_by, separation_in_words, share_of, signed_percent, strength,
};
pub(crate) use meanings::{ASK, AXIS, DATA, EMBED, GENES, MAP, Meaning, PATH, REFINE, SCORE};

/// What sort of thing a method is: the table sets them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MethodGroup {
    /// What this page is about.
    Text,
    /// What everybody uses.
    Classical,
    /// Both in one space.
    Joint,
    /// What shows whether the words matter.
    Control,
}

impl MethodGroup {
    /// The groups in the order in which they are shown.
    pub(crate) const ALL: [Self; 4] = [Self::Text, Self::Classical, Self::Joint, Self::Control];

    /// Its name.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Text => "By gene descriptions",
            Self::Classical => "By expression (the classical view)",
            Self::Joint => "By both together",
            Self::Control => "Controls",
        }
    }
}

/// The group of a method.
pub(crate) fn method_group(method: Method) -> MethodGroup {
    match method {
        Method::View(View::Text | View::Refined) | Method::DroppedVectors => MethodGroup::Text,
        Method::Joint => MethodGroup::Joint,
        Method::View(View::Pca) | Method::RefinedPca | Method::LogisticPca => {
            MethodGroup::Classical
        }
        Method::RandomVectors | Method::ShuffledTexts | Method::NamesOnly | Method::Majority => {
            MethodGroup::Control
        }
    }
}

/// A method's name for the scientist.
pub(crate) fn method_in_words(method: Method) -> &'static str {
    match method {
        Method::View(View::Text) => "Gene descriptions",
        Method::View(View::Refined) => "Gene descriptions, refined",
        Method::Joint => "Joint view",
        Method::View(View::Pca) => "Expression (PCA)",
        Method::RefinedPca => "Expression (PCA), refined",
        Method::LogisticPca => "Expression, logistic regression",
        Method::DroppedVectors => "Dropped gene vectors",
        Method::RandomVectors => "Random vectors",
        Method::ShuffledTexts => "Shuffled descriptions",
        Method::NamesOnly => "Gene names only",
        Method::Majority => "Always the largest class",
    }
}

/// The name within a sentence.
pub(crate) fn method_in_clause(method: Method) -> &'static str {
    match method {
        Method::View(View::Text) => "gene descriptions",
        Method::View(View::Refined) => "refined gene descriptions",
        Method::Joint => "the joint view of gene descriptions and expression",
        Method::View(View::Pca) => "PCA of expression",
        Method::RefinedPca => "refined PCA of expression",
        Method::LogisticPca => "logistic regression on PCA of expression",
        Method::DroppedVectors => "the dropped gene vectors",
        Method::RandomVectors => "random vectors",
        Method::ShuffledTexts => "shuffled descriptions",
        Method::NamesOnly => "gene names only",
        Method::Majority => "the most frequent class",
    }
}

/// `with 1 training cell of each class`, `with 5 or 10 training cells of each class`.
pub(crate) fn per_class_in_words(points: &[u32]) -> String {
    let cells = if points == [1] { "cell" } else { "cells" };
    let numbers: Vec<String> = points.iter().map(ToString::to_string).collect();
    format!("with {} training {cells} of each class", listed(&numbers, "or"))
}

/// What it is there for.
pub(crate) fn method_explained(method: Method) -> &'static str {
    match method {
        Method::View(View::Text) => "Cells compared by what is written about their genes.",
        Method::View(View::Refined) => {
            "The same vectors after contrastive training, anew in each fold on its training cells."
        }
        Method::Joint => {
            "Gene descriptions and principal components in one space, by two heads trained together anew in each fold; training cells kept aside choose how much the text counts."
        }
        Method::View(View::Pca) => {
            "The classical view: principal components of log-normalised, highly variable genes."
        }
        Method::RefinedPca => "The same training on the principal components, in the text’s place.",
        Method::LogisticPca => {
            "A linear classifier on the principal components, in place of neighbours."
        }
        Method::DroppedVectors => {
            "Cells made of the vector table that was dropped last, beside the encoder in use."
        }
        Method::RandomVectors => "Control: each gene has a random vector in place of its text.",
        Method::ShuffledTexts => "Control: each gene has the text of another gene.",
        Method::NamesOnly => "Control: each gene’s symbol and name, without its description.",
        Method::Majority => "Control: what a guess without looking reaches.",
    }
}

/// A name that stays, for tests.
pub(crate) fn method_slug(method: Method) -> &'static str {
    match method {
        Method::View(View::Text) => "text",
        Method::View(View::Refined) => "refined",
        Method::Joint => "joint",
        Method::View(View::Pca) => "pca",
        Method::RefinedPca => "refined-pca",
        Method::LogisticPca => "logistic-pca",
        Method::DroppedVectors => "dropped-vectors",
        Method::RandomVectors => "random-vectors",
        Method::ShuffledTexts => "shuffled-texts",
        Method::NamesOnly => "names-only",
        Method::Majority => "majority",
    }
}

/// A view's name.
pub(crate) fn view_in_words(view: View) -> &'static str {
    match view {
        View::Text => "gene descriptions",
        View::Pca => "expression (PCA)",
        View::Refined => "gene descriptions, refined",
    }
}

/// A view's name where it is known what was refined.
pub(crate) fn refined_in_words(view: View, refine: Option<&RefineReport>) -> &'static str {
    match view {
        View::Refined if refine.is_some_and(|report| report.text_weight.is_some()) => {
            "gene descriptions and expression, refined (joint view)"
        }
        _ => view_in_words(view),
    }
}

/// A name of a view that stays, for tests.
pub(crate) fn view_slug(view: View) -> &'static str {
    match view {
        View::Text => "text",
        View::Pca => "pca",
        View::Refined => "refined",
    }
}

/// An objective's name, with the field's term.
pub(crate) fn objective_in_words(objective: Objective) -> &'static str {
    match objective {
        Objective::SupCon => "supervised contrastive loss (SupCon)",
        Objective::NtXent => {
            "contrastive loss between two views of a cell, without labels (NT-Xent)"
        }
        Objective::Mixed { .. } => "weighted sum of SupCon and NT-Xent",
        Objective::TripletCrossEntropy { .. } => "triplet loss with cross-entropy",
    }
}

/// The same with the weights of its parts, for who repeats it.
pub(crate) fn objective_in_full(objective: Objective) -> String {
    let Objective::Mixed { supervised } = objective else {
        return objective_in_words(objective).to_owned();
    };
    format!(
        "the weighted sum of supervised contrastive loss (SupCon, weight {}) and contrastive loss between two views of a cell (NT-Xent, weight {})",
        figure(supervised, 2),
        figure(1.0 - supervised, 2)
    )
}

/// What is refined.
pub(crate) fn space_in_words(space: RefineSpace) -> &'static str {
    match space {
        RefineSpace::Text => "Gene descriptions",
        RefineSpace::Joint => "Gene descriptions and expression together (joint view)",
    }
}

/// What a training minimises, in the space that it refines.
pub(crate) fn training_in_words(settings: &RefineSettings) -> String {
    match settings.space {
        RefineSpace::Text => objective_in_words(settings.objective).to_owned(),
        RefineSpace::Joint => joint_objective_in_words(settings.joint_labels),
    }
}

/// The loss of a joint view, with the shares of its parts.
pub(crate) fn joint_objective_in_words(labels: f64) -> String {
    match labels {
        share if share <= 0.0 => {
            "contrastive loss between the two views of a cell, without labels (InfoNCE)".to_owned()
        }
        share if share >= 1.0 => "supervised contrastive loss (SupCon) within each view".to_owned(),
        share => format!(
            "supervised contrastive loss within each view (SupCon, weight {}) and contrastive loss between the two views of a cell (InfoNCE, weight {})",
            figure(share, 2),
            figure(1.0 - share, 2)
        ),
    }
}

/// How much the text counts in a joint view, and who says so.
pub(crate) fn text_weight_in_words(report: &RefineReport) -> Option<String> {
    let weight = report.text_weight?;
    let text = figure(weight, 1);
    Some(if !report.settings.needs_labels() {
        format!("Without labels nothing can choose: the text has {text} of the weight.")
    } else if report.n_validation == 0 {
        format!("No cells were kept aside to choose it: the text has {text} of the weight.")
    } else if weight == 0.0 {
        "The validation cells gave the text 0 of the weight: expression alone serves best, and the text is left out of this space.".to_owned()
    } else {
        format!("The validation cells gave the text {text} of the weight; expression has the rest.")
    })
}

/// Why a training ended.
pub(crate) fn end_in_words(end: TrainingEnd) -> &'static str {
    match end {
        TrainingEnd::AllEpochs => "All epochs were run.",
        TrainingEnd::EarlyStop => {
            "The loss of the cells kept aside no longer fell (early stopping)."
        }
    }
}

/// How cells are held out, in a clause.
pub(crate) fn split_in_words(split: &Split) -> String {
    match split {
        Split::StratifiedKFold { n_folds } => {
            format!("{n_folds} parts with the same mix of classes (stratified k-fold)")
        }
        Split::HeldOutGroups { column, n_folds } => {
            format!("whole groups of “{column}”, in at most {n_folds} parts (group k-fold)")
        }
        Split::FewLabels { per_class } => format!(
            "{} training cells of each class, all others held out (low-sample curve)",
            listed(&per_class.iter().map(ToString::to_string).collect::<Vec<_>>(), "or"),
        ),
    }
}

/// The sentences of a text, line by line: a full stop before a capital ends one, one within a number
/// does not.
pub(crate) fn sentences(text: &str) -> Vec<String> {
    let mut sentences = Vec::new();
    for line in text.lines() {
        let mut rest = line.trim();
        while let Some(end) = end_of_sentence(rest) {
            sentences.push(rest[..end].trim().to_owned());
            rest = rest[end..].trim_start();
        }
        if !rest.is_empty() {
            sentences.push(rest.to_owned());
        }
    }
    sentences
}

fn end_of_sentence(text: &str) -> Option<usize> {
    text.match_indices(". ")
        .map(|(at, _)| at + 1)
        .find(|&end| text[end..].trim_start().chars().next().is_some_and(char::is_uppercase))
}

/// `a, b and c`.
pub(crate) fn listed(items: &[String], last: &str) -> String {
    match items {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., end] => format!("{} {last} {end}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weight_of_the_text_is_told_with_its_reason() {
        let mut report = crate::report::refine_sample();
        assert_eq!(text_weight_in_words(&report), None);
        let mut words = |weight, n_validation| {
            (report.text_weight, report.n_validation) = (Some(weight), n_validation);
            text_weight_in_words(&report).expect("words")
        };
        assert!(words(0.3, 100).contains("gave the text 0.3 of the weight"));
        assert!(words(0.0, 100).contains("expression alone serves best"));
        assert!(words(0.0, 0).starts_with("No cells were kept aside"));
        report.settings.space = RefineSpace::Joint;
        report.settings.joint_labels = 0.0;
        report.text_weight = Some(0.5);
        assert!(text_weight_in_words(&report).expect("words").starts_with("Without labels"));
    }

    #[test]
    fn the_loss_of_a_joint_view_names_its_parts() {
        let words = joint_objective_in_words(0.97);
        assert!(words.contains("weight 0.97") && words.contains("weight 0.03"), "{words}");
        assert!(joint_objective_in_words(0.0).contains("without labels"));
        let alone = joint_objective_in_words(1.0);
        assert!(!alone.contains("InfoNCE"));
        let settings = RefineSettings { space: RefineSpace::Joint, ..RefineSettings::default() };
        assert_eq!(training_in_words(&settings), words);
    }

    #[test]
    fn every_method_has_a_name_of_its_own() {
        for words in [method_in_words, method_in_clause, method_explained, method_slug] {
            let mut names = Method::ALL.map(words).to_vec();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), Method::ALL.len());
        }
    }

    #[test]
    fn a_text_falls_into_its_sentences() {
        let text = "Text is better (0.613 against 0.591, +0.02). Refined text is not.\nWith 5 cells: none.";
        let expected = [
            "Text is better (0.613 against 0.591, +0.02).",
            "Refined text is not.",
            "With 5 cells: none.",
        ];
        assert_eq!(sentences(text), expected);
        assert_eq!(sentences(""), Vec::<String>::new());
    }

    #[test]
    fn one_cell_is_one_cell() {
        assert_eq!(per_class_in_words(&[1]), "with 1 training cell of each class");
        assert_eq!(per_class_in_words(&[1, 5, 10]), "with 1, 5 or 10 training cells of each class");
    }

    #[test]
    fn splits_are_named_with_the_fields_term() {
        assert_eq!(
            split_in_words(&Split::FewLabels { per_class: vec![1, 5, 10] }),
            "1, 5 or 10 training cells of each class, all others held out (low-sample curve)"
        );
    }
}
