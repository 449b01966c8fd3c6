use leptos::prelude::*;
use lexicell_protocol::MapCommand;

use crate::components::NumberField;
use crate::state::app_state;

const MOST: f64 = 4_294_967_295.0;

/// How neighbours, clusters and layouts are computed.
#[component]
pub(crate) fn MapSettings() -> impl IntoView {
    let app = app_state();
    let settings = app.settings;
    view! {
        <div class="settings" data-testid="settings-map">
            <NumberField
                testid="setting-neighbors" label="Neighbours of a cell" hint="Itself counted, as in scanpy." min=2.0 max=200.0 step=1.0 default=Some(15.0)
                value=Signal::derive(move || settings.with(|settings| Some(f64::from(settings.neighbors.n_neighbors))))
                set=Callback::new(move |n: Option<f64>| app.change(|settings| settings.neighbors.n_neighbors = n.unwrap_or(15.0) as u32))
            />
            <NumberField
                testid="setting-resolution" label="Cluster resolution" hint="Higher gives more clusters." min=0.01 max=20.0 step=0.1 default=Some(1.0)
                value=Signal::derive(move || settings.with(|settings| Some(settings.cluster.resolution)))
                set=Callback::new(move |value: Option<f64>| app.change(|settings| settings.cluster.resolution = value.unwrap_or(1.0)))
            />
            <NumberField
                testid="setting-min-dist" label="UMAP: least distance" min=0.0 max=3.0 step=0.05 default=Some(0.5)
                value=Signal::derive(move || settings.with(|settings| Some(settings.umap.min_dist)))
                set=Callback::new(move |value: Option<f64>| app.change(|settings| settings.umap.min_dist = value.unwrap_or(0.5)))
            />
            <NumberField
                testid="setting-spread" label="UMAP: spread" min=0.1 max=10.0 step=0.1 default=Some(1.0)
                value=Signal::derive(move || settings.with(|settings| Some(settings.umap.spread)))
                set=Callback::new(move |value: Option<f64>| app.change(|settings| settings.umap.spread = value.unwrap_or(1.0)))
            />
            <NumberField
                testid="setting-epochs" label="UMAP: epochs" hint="Empty: as umap-learn chooses by size." empty="auto" min=1.0 max=5000.0 step=1.0 default=None
                value=Signal::derive(move || settings.with(|settings| settings.umap.n_epochs.map(f64::from)))
                set=Callback::new(move |value: Option<f64>| app.change(|settings| settings.umap.n_epochs = value.map(|n| n as u32)))
            />
            <Seeds />
            <ClassicalView />
            <NumberField
                testid="setting-point-size" label="Size of a cell on the map" empty="auto" min=0.2 max=20.0 step=0.5 default=None
                value=app.map.point_size
                set=Callback::new(move |size: Option<f64>| {
                    app.map.point_size.set(size);
                    app.tell_map(MapCommand::PointSize(size.map(|size| size as f32)));
                })
            />
        </div>
    }
}

#[component]
fn Seeds() -> impl IntoView {
    let app = app_state();
    let settings = app.settings;
    view! {
        <NumberField
            testid="setting-cluster-seed" label="Seed of the clusters" min=0.0 max=MOST step=1.0 default=Some(0.0)
            value=Signal::derive(move || settings.with(|settings| Some(settings.cluster.seed as f64)))
            set=Callback::new(move |seed: Option<f64>| app.change(|settings| settings.cluster.seed = seed.unwrap_or(0.0) as u64))
        />
        <NumberField
            testid="setting-umap-seed" label="Seed of UMAP" min=0.0 max=MOST step=1.0 default=Some(0.0)
            value=Signal::derive(move || settings.with(|settings| Some(settings.umap.seed as f64)))
            set=Callback::new(move |seed: Option<f64>| app.change(|settings| settings.umap.seed = seed.unwrap_or(0.0) as u64))
        />
    }
}

#[component]
fn ClassicalView() -> impl IntoView {
    let app = app_state();
    let settings = app.settings;
    view! {
        <NumberField
            testid="setting-top-genes" label="Expression view: variable genes" min=10.0 max=50_000.0 step=1.0 default=Some(2000.0)
            value=Signal::derive(move || settings.with(|settings| Some(f64::from(settings.pca.n_top_genes))))
            set=Callback::new(move |n: Option<f64>| app.change(|settings| settings.pca.n_top_genes = n.unwrap_or(2000.0) as u32))
        />
        <NumberField
            testid="setting-comps" label="Expression view: components" min=2.0 max=500.0 step=1.0 default=Some(50.0)
            value=Signal::derive(move || settings.with(|settings| Some(f64::from(settings.pca.n_comps))))
            set=Callback::new(move |n: Option<f64>| app.change(|settings| settings.pca.n_comps = n.unwrap_or(50.0) as u32))
        />
        <NumberField
            testid="setting-pca-seed" label="Seed of PCA" min=0.0 max=MOST step=1.0 default=Some(0.0)
            value=Signal::derive(move || settings.with(|settings| Some(settings.pca.seed as f64)))
            set=Callback::new(move |seed: Option<f64>| app.change(|settings| settings.pca.seed = seed.unwrap_or(0.0) as u64))
        />
    }
}
