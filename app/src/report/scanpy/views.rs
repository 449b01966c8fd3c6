use lexicell_protocol::View;

use super::super::findings::Findings;
use super::{Script, saved_graph, saved_view};

/// Highly variable genes and principal components.
pub(super) fn pca(script: &mut Script, findings: &Findings) {
    let Some(report) = &findings.pca else { return };
    let settings = &findings.settings.pca;
    script.part(&format!(
        "The classical view: {} genes were chosen. Scores may differ by the sign of a component and by rounding.",
        report.n_genes
    ));
    script.line(format!(
        "sc.pp.highly_variable_genes(adata, flavor=\"seurat\", n_top_genes={})",
        settings.n_top_genes
    ));
    script.line(format!(
        "print(f\"variable genes: {{adata.var['highly_variable'].sum()}} chosen, {} by Lexicell\")",
        report.n_genes
    ));
    script.line("lexicell_pca = adata.obsm.get(\"X_pca\")");
    script.line(format!(
        "sc.pp.pca(adata, n_comps={}, mask_var=\"highly_variable\", random_state={})",
        report.variance_ratio.len(),
        settings.seed
    ));
    script.line("if lexicell_pca is not None:");
    script.line("    own = adata.obsm[\"X_pca\"]");
    script.line("    r = [abs(np.corrcoef(own[:, i], lexicell_pca[:, i])[0, 1]) for i in range(min(10, own.shape[1]))]");
    script.line(
        "    print(f\"PCA: least |correlation| of the first {len(r)} components {min(r):.4f}\")",
    );
}

/// Neighbours, clusters and layout of a view, where they were computed.
pub(super) fn graph(script: &mut Script, findings: &Findings, view: View) {
    let Some(map) = findings.maps.iter().find(|map| map.view == view) else { return };
    let Some(neighbors) = &map.neighbors else { return };
    let name = saved_view(view);
    neighbours(script, findings, view, neighbors.n_neighbors);
    if let Some(clusters) = &map.clusters {
        let settings = &findings.settings.cluster;
        script.note(&format!(
            "Leiden visits cells in a random order: Lexicell found {} clusters of modularity {:.3}, and clusters at\ntheir edges may differ as they do between two seeds.",
            clusters.sizes.len(),
            clusters.modularity
        ));
        script.line(format!(
            "sc.tl.leiden(adata, resolution={}, random_state={}, n_iterations=-1, flavor=\"leidenalg\",\n             neighbors_key=\"scanpy_{name}\", key_added=\"leiden_{name}_scanpy\")",
            float(settings.resolution),
            settings.seed
        ));
        script.line(format!("if \"leiden_{name}\" in adata.obs:"));
        script.line(format!(
            "    ari = adjusted_rand_score(adata.obs[\"leiden_{name}\"], adata.obs[\"leiden_{name}_scanpy\"])"
        ));
        script.line(format!(
            "    print(f\"{name}: {{adata.obs['leiden_{name}_scanpy'].nunique()}} clusters, adjusted Rand index with Lexicell's {{ari:.3f}}\")"
        ));
    }
    if map.umap.is_some() {
        layout(script, findings, name);
    }
}

fn neighbours(script: &mut Script, findings: &Findings, view: View, n_neighbors: u64) {
    let (name, prefix) = (saved_view(view), saved_graph(view));
    let is_centred = view == View::Pca || findings.settings.pool.center;
    script.part(&format!(
        "The nearest neighbours of the {name} view, by cosine{}. Lexicell's search is exact; that of scanpy\nbecomes approximate in large data sets.",
        if is_centred { " of vectors less their mean" } else { "" }
    ));
    let rows = format!("adata.obsm[\"X_{name}\"]");
    let centred = if is_centred { format!("{rows} - {rows}.mean(axis=0)") } else { rows };
    script.line(format!("adata.obsm[\"lexicell_{name}\"] = {centred}"));
    script.line(format!(
        "sc.pp.neighbors(adata, n_neighbors={n_neighbors}, use_rep=\"lexicell_{name}\", metric=\"cosine\", key_added=\"scanpy_{name}\")"
    ));
    script.line(format!("if \"{prefix}connectivities\" in adata.obsp:"));
    script.line(format!(
        "    own, lexicell = adata.obsp[\"scanpy_{name}_connectivities\"] > 0, adata.obsp[\"{prefix}connectivities\"] > 0"
    ));
    script.line(format!(
        "    print(f\"{name}: {{own.multiply(lexicell).sum() / max(own.sum(), lexicell.sum()):.1%}} of the edges are the same\")"
    ));
}

fn layout(script: &mut Script, findings: &Findings, name: &str) {
    let settings = &findings.settings.umap;
    let epochs = settings.n_epochs.map_or("None".to_owned(), |epochs| epochs.to_string());
    script.note(
        "A picture of the same graph: places differ from Lexicell's, as they do between two seeds.",
    );
    script.line(format!(
        "sc.tl.umap(adata, min_dist={}, spread={}, maxiter={epochs}, random_state={},\n           neighbors_key=\"scanpy_{name}\", key_added=\"X_umap_{name}_scanpy\")",
        float(settings.min_dist),
        float(settings.spread),
        settings.seed
    ));
}

/// A number that Python reads as a float.
fn float(value: f64) -> String {
    format!("{value:?}")
}
