use leptos::prelude::*;
use lexicell_protocol::{ClusterReport, ColorBy, MapCommand, UmapReport, View};

use crate::components::{CappedRows, count, figure};
use crate::plot::Scree;
use crate::state::{Pick, Source, app_state};
use crate::words::view_slug;

/// Clusters and the quality of the map, for the view that is shown.
#[component]
pub(super) fn Clusters() -> impl IntoView {
    let app = app_state();
    let of_view = move |view: View, title: &'static str| {
        let steps = app.steps.view(view);
        move || {
            let clusters = steps.clusters.with(|clusters| clusters.latest().cloned());
            let umap = steps.umap.with(|umap| umap.latest().cloned());
            (clusters.is_some() || umap.is_some()).then(|| {
                view! {
                    <details class="card" data-testid=format!("clusters-{}", view_slug(view))>
                        <summary>{title}</summary>
                        {umap.map(quality)}
                        {clusters.map(|report| table(app, report))}
                        {(view == View::Pca).then(|| app.steps.pca.with(|pca| pca.latest().map(|report| view! { <Scree variance_ratio=report.variance_ratio.clone() /> })))}
                    </details>
                }
            })
        }
    };
    view! {
        {of_view(View::Text, "Clusters and map by text")}
        {of_view(View::Pca, "Clusters and map by expression")}
        {of_view(View::Refined, "Clusters and map, refined")}
    }
}

fn quality(report: UmapReport) -> impl IntoView {
    view! {
        <p class="hint">
            "Trustworthiness "
            <strong data-testid="trustworthiness">{figure(report.trustworthiness, 3)}</strong>
            {format!(" on {} cells, {} epochs: how well the map keeps each cell’s neighbours; 1 is perfect.", count(report.n_trustworthiness), count(report.n_epochs))}
        </p>
    }
}

fn table(app: crate::state::AppState, report: ClusterReport) -> impl IntoView {
    let view = report.view;
    let sizes = report.sizes;
    let n_cells: u64 = sizes.iter().sum();
    let total = sizes.len();
    let row = move |place: usize| {
        let n = sizes[place];
        let show = move |_| {
            app.color_by(ColorBy::Cluster(view));
            app.map.highlighted.set(vec![place as u32]);
            app.tell_map(MapCommand::Highlight(vec![place as u32]));
        };
        let explain = move |_| {
            let cluster = Pick::class(Source::Clusters(view), place.to_string());
            app.explain(cluster, Pick::whole(Source::Rest));
        };
        view! {
            <tr>
                <td><button type="button" class="link" data-testid="cluster-row" title="Bring this cluster out on the map" on:click=show>{place.to_string()}</button></td>
                <td class="number">{count(n)}</td>
                <td class="number">{crate::components::percent(n as f64 / n_cells.max(1) as f64)}</td>
                <td><button type="button" class="link" data-testid="explain-cluster" aria-label=format!("Why is cluster {place} apart?") title="Compare this cluster with all other cells" on:click=explain>"Why?"</button></td>
            </tr>
        }
        .into_any()
    };
    view! {
        <p class="hint">{format!("Modularity {}", figure(report.modularity, 3))}</p>
        <table>
            <thead><tr><th scope="col">"Cluster"</th><th scope="col" class="number">"Cells"</th><th scope="col" class="number">"Share"</th><th scope="col"><span class="spoken">"Why it is apart"</span></th></tr></thead>
            <CappedRows total=total columns=4 testid="clusters-more" row=row />
        </table>
    }
}
