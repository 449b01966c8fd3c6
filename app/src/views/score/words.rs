use lexicell_protocol::{Method, View};

/// A method's name for the scientist.
pub(super) fn method_in_words(method: Method) -> &'static str {
    match method {
        Method::View(View::Text) => "Gene descriptions",
        Method::View(View::Pca) => "Expression (PCA)",
        Method::RandomVectors => "Random vectors",
        Method::ShuffledTexts => "Shuffled descriptions",
        Method::Majority => "Always the largest class",
    }
}

/// What it is there for.
pub(super) fn method_explained(method: Method) -> &'static str {
    match method {
        Method::View(View::Text) => "Cells compared by what is written about their genes.",
        Method::View(View::Pca) => {
            "The classical view: principal components of log-normalised, highly variable genes."
        }
        Method::RandomVectors => "Control: each gene has a random vector in place of its text.",
        Method::ShuffledTexts => "Control: each gene has the text of another gene.",
        Method::Majority => "Control: what a guess without looking reaches.",
    }
}

/// A name that stays, for tests.
pub(super) fn method_slug(method: Method) -> &'static str {
    match method {
        Method::View(View::Text) => "text",
        Method::View(View::Pca) => "pca",
        Method::RandomVectors => "random-vectors",
        Method::ShuffledTexts => "shuffled-texts",
        Method::Majority => "majority",
    }
}
