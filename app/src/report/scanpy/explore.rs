use lexicell_protocol::{CellSet, CompareReport, PathReport};

use super::super::findings::Findings;
use super::{Script, one_line, quoted, saved_graph, saved_view};

/// Genes whose scores are printed.
const N_PRINTED: usize = 10;

/// The test of the genes of the last comparison.
pub(super) fn comparison(script: &mut Script, report: &CompareReport) {
    let [first, second] = report.names.each_ref().map(|name| one_line(name));
    script.part(&format!(
        "{first} against {second}: Wilcoxon rank-sum with correction for ties, as in Lexicell."
    ));
    let settings = &report.settings;
    let is_selected = |set: &CellSet| *set == CellSet::Selected;
    if is_selected(&settings.first) || is_selected(&settings.second) {
        script.note("The file marks the cells that were selected when it was saved: save it with the same selection.");
        script.line("if \"selected\" not in adata.obs:");
        script.line("    sys.exit(\"The selected cells are not marked: see the comment here.\")");
    }
    script.line("\n\ndef column(name, value):");
    script.line("    return (adata.obs[name].astype(str) == value).to_numpy()\n\n");
    let [one, other] = match (&settings.first, &settings.second) {
        (CellSet::Rest, own) => ["~second".to_owned(), cells(own)],
        (own, CellSet::Rest) => [cells(own), "~first".to_owned()],
        (own, other) => [cells(own), cells(other)],
    };
    let mut lines = [format!("first = {one}"), format!("second = {other}")];
    if settings.first == CellSet::Rest {
        lines.reverse();
    }
    lines.iter().for_each(|line| script.line(line));
    script.line(format!(
        "assert (first.sum(), second.sum()) == ({}, {}), \"these are other cells\"",
        report.n_obs[0], report.n_obs[1]
    ));
    script.line("pair = adata[first | second].copy()");
    script.line("pair.obs[\"set\"] = pd.Categorical(np.where(first[first | second], \"first\", \"second\"))");
    script.line("sc.tl.rank_genes_groups(pair, \"set\", groups=[\"first\"], reference=\"second\", method=\"wilcoxon\", tie_correct=True, use_raw=False)");
    script.line("genes = sc.get.rank_genes_groups_df(pair, group=\"first\").set_index(\"names\")");
    script.line(format!("print(genes.head({N_PRINTED}))"));
    held_against(script, report);
    script
        .note("The parts of the distance by text and the GO terms have no counterpart in scanpy.");
}

/// Holds the strongest scores against those of Lexicell.
fn held_against(script: &mut Script, report: &CompareReport) {
    let mut genes: Vec<_> = report.genes.iter().filter(|gene| gene.score.is_finite()).collect();
    genes.sort_by(|a, b| b.score.abs().total_cmp(&a.score.abs()));
    let scores: Vec<String> = genes
        .iter()
        .take(N_PRINTED)
        .map(|gene| format!("{}: {:?}", quoted(&gene.name), gene.score))
        .collect();
    if scores.is_empty() {
        return;
    }
    script.line(format!("lexicell = {{{}}}", scores.join(", ")));
    script.line(
        "gap = max(abs(genes.loc[name, \"scores\"] - score) for name, score in lexicell.items())",
    );
    script.line("print(f\"Wilcoxon: greatest difference of the strongest scores {gap:.2g}\")");
}

fn cells(set: &CellSet) -> String {
    match set {
        CellSet::Class { column, value } => {
            format!("column({}, {})", quoted(column), quoted(value))
        }
        CellSet::Cluster { view, cluster } => {
            format!("column(\"leiden_{}\", \"{cluster}\")", saved_view(*view))
        }
        CellSet::Like(column) => {
            let column = quoted(column);
            format!(
                "(adata.obs[{column}].rank(ascending=False, method=\"first\") <= max(3, np.ceil(adata.obs[{column}].count() / 100))).to_numpy()"
            )
        }
        CellSet::Named(name) => marked(&format!("set_{name}")),
        CellSet::Selected | CellSet::Rest => marked("selected"),
    }
}

/// Cells that a column of True and False marks.
fn marked(column: &str) -> String {
    format!("adata.obs[{}].astype(bool).to_numpy()", quoted(column))
}

/// Pseudotime and the graph of the classes, on the graph that Lexicell saved.
pub(super) fn path(script: &mut Script, findings: &Findings, report: &PathReport) {
    let settings = &report.settings;
    let (name, prefix) = (saved_view(settings.view), saved_graph(settings.view));
    let by = settings.by.clone().unwrap_or_else(|| format!("leiden_{name}"));
    let n_neighbors = findings
        .maps
        .iter()
        .find(|map| map.view == settings.view)
        .and_then(|map| map.neighbors.as_ref())
        .map_or(u64::from(findings.settings.neighbors.n_neighbors), |report| report.n_neighbors);
    script.part("The path, on the very graph that Lexicell saved. Its root was the medoid of the cells named.");
    script.line("adata.uns[\"lexicell_graph\"] = {");
    script.line(format!("    \"connectivities_key\": \"{prefix}connectivities\", \"distances_key\": \"{prefix}distances\","));
    script.line(format!(
        "    \"params\": {{\"n_neighbors\": {n_neighbors}, \"method\": \"umap\", \"use_rep\": \"X_{name}\"}},\n}}"
    ));
    script.line(format!(
        "sc.tl.diffmap(adata, n_comps={}, neighbors_key=\"lexicell_graph\")",
        report.eigenvalues.len()
    ));
    script.line(format!(
        "adata.uns[\"iroot\"] = int(np.flatnonzero(adata.obs_names == {})[0])",
        quoted(&report.root)
    ));
    script.line(format!(
        "sc.tl.dpt(adata, n_dcs={}, neighbors_key=\"lexicell_graph\")",
        settings.n_dcs
    ));
    let column = quoted(&report.column);
    script.line(format!("if {column} in adata.obs:"));
    script.line(format!("    time = pd.DataFrame({{\"own\": adata.obs[\"dpt_pseudotime\"], \"lexicell\": adata.obs[{column}]}})"));
    script.line("    time = time.replace(np.inf, np.nan).dropna()");
    script.line("    print(f\"pseudotime: Spearman correlation with Lexicell's {time.corr('spearman').iloc[0, 1]:.5f}\")");
    let by = quoted(&by);
    script.line(format!("adata.obs[{by}] = adata.obs[{by}].astype(str).astype(\"category\")"));
    script.line(format!(
        "sc.tl.paga(adata, groups={by}, neighbors_key=\"lexicell_graph\", model=\"v1.2\")"
    ));
    script.line("names = list(adata.obs[".to_owned() + &by + "].cat.categories)");
    script.line("ties = adata.uns[\"paga\"][\"connectivities\"].toarray()");
    let name = |place: u32| report.classes.get(place as usize).map(|class| quoted(&class.name));
    let edges: Vec<String> = report
        .edges
        .iter()
        .filter_map(|&(a, b, tie, _)| Some(format!("    ({}, {}, {tie:?}),", name(a)?, name(b)?)))
        .collect();
    if !edges.is_empty() {
        script.line(format!("lexicell = [\n{}\n]", edges.join("\n")));
        script.line(
            "gap = max(abs(ties[names.index(a), names.index(b)] - tie) for a, b, tie in lexicell)",
        );
        script.line("print(f\"PAGA: greatest difference of a connectivity {gap:.2g}\")");
    }
}
