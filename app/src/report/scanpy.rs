//! A script that repeats the classical steps in scanpy, with the settings that were really used.

mod explore;
mod views;

use lexicell_protocol::{MatrixState, View};

use super::findings::Findings;

/// The script; none before data were read.
pub(super) fn script(findings: &Findings) -> Option<String> {
    let data = findings.data.as_ref()?;
    let mut script = Script::default();
    head(&mut script, findings, &saved_as(&data.files));
    let has_expression = expression(&mut script, data.state);
    if has_expression {
        views::pca(&mut script, findings);
    }
    for view in View::ALL {
        views::graph(&mut script, findings, view);
    }
    if let Some(report) = &findings.explored.found {
        explore::path(&mut script, findings, report);
    }
    // Last, since it cannot go on where cells were selected by hand.
    if has_expression && let Some(report) = &findings.explored.compared {
        explore::comparison(&mut script, report);
    }
    Some(script.text)
}

/// Lines of Python.
#[derive(Default)]
struct Script {
    text: String,
}

impl Script {
    fn line(&mut self, line: impl AsRef<str>) {
        self.text.push_str(line.as_ref());
        self.text.push('\n');
    }

    /// A comment, after a blank line.
    fn part(&mut self, words: &str) {
        self.text.push('\n');
        self.note(words);
    }

    fn note(&mut self, words: &str) {
        for line in words.lines() {
            self.line(format!("# {line}"));
        }
    }
}

fn head(script: &mut Script, findings: &Findings, file: &str) {
    script.note(&format!(
        "Repeats the classical steps of a Lexicell {} analysis ({}) in scanpy 1.11 or later, and says how\nfar both agree. Save \"Data set with results (h5ad)\" on the page and run:\n    python repeat.py {}\nThe text vectors of the cells are read from the file (obsm[\"X_text\"]): scanpy makes none.",
        one_line(&findings.version),
        one_line(&findings.date),
        one_line(file)
    ));
    script.line("import sys\n");
    script.line("import numpy as np\nimport pandas as pd\nimport scanpy as sc");
    script.line("from sklearn.metrics import adjusted_rand_score\n");
    script.line(format!(
        "adata = sc.read_h5ad(sys.argv[1] if len(sys.argv) > 1 else {})",
        quoted(file)
    ));
    if let Some(data) = &findings.data {
        script.line(format!(
            "assert adata.shape == ({}, {}), \"this is another data set\"",
            data.n_obs, data.n_vars
        ));
    }
}

/// Brings the matrix to log1p of counts per 10,000; false where that cannot be done.
fn expression(script: &mut Script, state: MatrixState) -> bool {
    match state {
        MatrixState::Counts | MatrixState::Normalized => {
            script.part("log1p of counts per 10,000, as in Lexicell.");
            script.line("sc.pp.normalize_total(adata, target_sum=1e4)");
            script.line("sc.pp.log1p(adata)");
            true
        }
        MatrixState::LogNormalized => {
            script.part("The matrix is log-normalised already: it is used as it is.");
            true
        }
        MatrixState::Scaled | MatrixState::Empty => {
            script.part("The matrix holds no expression that could be normalised: no PCA, no test of genes.");
            false
        }
    }
}

/// The name under which the page saves the data set.
fn saved_as(files: &[String]) -> String {
    let stem = files.first().and_then(|file| file.split('.').next()).unwrap_or_default();
    if stem.is_empty() { "lexicell.h5ad".to_owned() } else { format!("{stem}-lexicell.h5ad") }
}

/// A Python string; what comes from data cannot end it.
fn quoted(text: &str) -> String {
    // JSON's strings are Python's as well.
    serde_json::Value::from(text).to_string()
}

/// Text for a comment: a line break would end it.
fn one_line(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

/// What a view is called in the saved file.
fn saved_view(view: View) -> &'static str {
    match view {
        View::Text => "text",
        View::Pca => "pca",
        View::Refined => "refined",
    }
}

/// What stands before the names of its graph in `obsp`.
fn saved_graph(view: View) -> &'static str {
    match view {
        View::Text => "",
        View::Pca => "pca_",
        View::Refined => "refined_",
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{explored, findings};
    use super::*;
    use lexicell_protocol::{Backend, CellSet, NeighborsReport};

    fn whole() -> Findings {
        let mut findings = Findings { explored: explored(), ..findings() };
        findings.maps[0].neighbors =
            Some(NeighborsReport { view: View::Text, n_neighbors: 12, backend: Backend::Cpu });
        findings
    }

    #[test]
    fn the_script_repeats_what_was_run_with_its_settings() {
        let mut findings = whole();
        findings.settings.umap.n_epochs = Some(300);
        findings.settings.cluster.resolution = 0.8;
        let script = script(&findings).expect("there are data");
        for part in [
            "assert adata.shape == (700, 765)",
            "\"demo <1>-lexicell.h5ad\"",
            "sc.pp.normalize_total(adata, target_sum=1e4)",
            "flavor=\"seurat\", n_top_genes=2000",
            "n_comps=2",
            "n_neighbors=12, use_rep=\"lexicell_text\", metric=\"cosine\"",
            "resolution=0.8",
            "min_dist=0.5, spread=1.0, maxiter=300",
            "method=\"wilcoxon\", tie_correct=True",
            "n_dcs=10",
            "\"cell 7\"",
            "model=\"v1.2\"",
        ] {
            assert!(script.contains(part), "{part} is missing in:\n{script}");
        }
        assert_eq!(super::script(&Findings::default()), None);
    }

    #[test]
    fn names_of_the_data_cannot_become_code() {
        let mut findings = whole();
        findings.date = "today\nimport os".to_owned();
        if let Some(report) = &mut findings.explored.compared {
            let mut own = (**report).clone();
            own.names[0] = "a\nimport os".to_owned();
            own.settings.first =
                CellSet::Class { column: "ty\"pe".to_owned(), value: "a\\\nb".to_owned() };
            *report = own.into();
        }
        let script = script(&findings).expect("there are data");
        assert!(script.contains(r#"column("ty\"pe", "a\\\nb")"#), "{script}");
        assert!(!script.lines().any(|line| line.starts_with("import os")), "{script}");
    }

    #[test]
    fn what_was_not_run_is_not_repeated() {
        let mut findings = findings();
        findings.pca = None;
        findings.maps.clear();
        if let Some(data) = &mut findings.data {
            data.state = MatrixState::Scaled;
        }
        let script = script(&findings).expect("there are data");
        for part in ["pp.pca", "tl.", "normalize_total", "rank_genes"] {
            assert!(!script.contains(part), "{part} in:\n{script}");
        }
    }

    /// Writes the script for a run by hand: `LEXICELL_SCRIPT=path cargo test repeat_script`.
    #[test]
    fn repeat_script_is_written_where_asked() {
        let script = script(&whole()).expect("there are data");
        if let Some(path) = std::env::var_os("LEXICELL_SCRIPT") {
            std::fs::write(path, &script).expect("the path can be written");
        }
        assert!(script.lines().all(|line| !line.ends_with(' ')), "{script}");
    }
}
