use crate::state::Stop;

/// What a stop is about.
pub(super) fn title(stop: Stop) -> &'static str {
    match stop {
        Stop::Map => "what near means",
        Stop::Score => "the score and its controls",
        Stop::Compare => "why B cells are apart",
        Stop::Ask => "ask in words",
        Stop::Privacy => "nothing leaves this machine",
    }
}

/// What a stop says, and what it does not.
pub(super) fn text(stop: Stop) -> &'static str {
    match stop {
        Stop::Map => {
            "Each point is a cell. Points are near where NCBI’s descriptions of the cells’ strongest genes are alike. Near neighbours mean something; the distance between far islands, their size and their place do not."
        }
        Stop::Score => {
            "Cells that were held out are told from their nearest neighbours, by text and by expression. Look at the controls first: random vectors and shuffled descriptions keep all but the meaning. Only what the text does better than they is owed to the words."
        }
        Stop::Compare => {
            "B cells against all others are prepared: press the button outlined here to compare them. Each gene’s part of the distance by text is exact, beside it stands its expression. It says which words hold these cells apart, not why the cells differ."
        }
        Stop::Ask => {
            "A sentence about B cells is prepared; write your own, or one type in each line to tell types without labels. The model ranks the classes by likeness and says what chance would give. It knows what was written of genes, and nothing of these cells."
        }
        Stop::Privacy => {
            "All of this was computed on this machine. The browser itself forbids this page to reach any other, and the panel outlined above can test that. Open your own data set in the left column: it stays here, too."
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stop_outlines_something() {
        let root = std::path::PathBuf::from(
            std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"),
        );
        let style =
            std::fs::read_to_string(root.join("../style/map.css")).expect("the style is there");
        for stop in Stop::ALL {
            assert!(
                style.contains(&format!("[data-tour=\"{}\"] [data-testid=", stop.slug())),
                "{stop:?}"
            );
            assert!(!title(stop).is_empty() && text(stop).len() > 100);
        }
    }
}
