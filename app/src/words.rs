//! Names and explanations of what is computed, in plain words with the field's term beside them.

use lexicell_protocol::{Method, Objective, Split, TrainingEnd, View};

/// What sort of thing a method is: the table sets them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MethodGroup {
    /// What this page is about.
    Text,
    /// What everybody uses.
    Classical,
    /// What shows whether the words matter.
    Control,
}

impl MethodGroup {
    /// The groups in the order in which they are shown.
    pub(crate) const ALL: [Self; 3] = [Self::Text, Self::Classical, Self::Control];

    /// Its name.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Text => "By gene descriptions",
            Self::Classical => "By expression (the classical view)",
            Self::Control => "Controls",
        }
    }
}

/// The group of a method.
pub(crate) fn method_group(method: Method) -> MethodGroup {
    match method {
        Method::View(View::Text | View::Refined) => MethodGroup::Text,
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
        Method::View(View::Pca) => "Expression (PCA)",
        Method::RefinedPca => "Expression (PCA), refined",
        Method::LogisticPca => "Expression, logistic regression",
        Method::RandomVectors => "Random vectors",
        Method::ShuffledTexts => "Shuffled descriptions",
        Method::NamesOnly => "Gene names only",
        Method::Majority => "Always the largest class",
    }
}

/// What it is there for.
pub(crate) fn method_explained(method: Method) -> &'static str {
    match method {
        Method::View(View::Text) => "Cells compared by what is written about their genes.",
        Method::View(View::Refined) => {
            "The same vectors after contrastive training, anew in each fold on its training cells."
        }
        Method::View(View::Pca) => {
            "The classical view: principal components of log-normalised, highly variable genes."
        }
        Method::RefinedPca => "The same training on the principal components, in the text’s place.",
        Method::LogisticPca => {
            "A linear classifier on the principal components, in place of neighbours."
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
        Method::View(View::Pca) => "pca",
        Method::RefinedPca => "refined-pca",
        Method::LogisticPca => "logistic-pca",
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
    fn every_method_has_a_name_of_its_own() {
        for words in [method_in_words, method_explained, method_slug] {
            let mut names = Method::ALL.map(words).to_vec();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), Method::ALL.len());
        }
    }

    #[test]
    fn splits_are_named_with_the_fields_term() {
        assert_eq!(
            split_in_words(&Split::FewLabels { per_class: vec![1, 5, 10] }),
            "1, 5 or 10 training cells of each class, all others held out (low-sample curve)"
        );
    }
}
