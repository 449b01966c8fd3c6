use leptos::prelude::*;

use super::{data, embed, explore, genes, map, refine, score, worker_gone::WorkerGone};
use crate::components::FailureCard;
use crate::state::{Stage, app_state};

/// The middle of the page: the map, or the chosen stage's report over it.
#[component]
pub(crate) fn StageView() -> impl IntoView {
    let app = app_state();
    let stage = move || app.stage.get();
    let is_landing = Memo::new(move |_| !app.has_data());
    let report = move || match stage() {
        _ if is_landing.get() => Some(view! { <data::Landing /> }.into_any()),
        Stage::Data => Some(view! { <data::DataReport /> }.into_any()),
        Stage::Genes => Some(view! { <genes::GenesReport /> }.into_any()),
        Stage::Embed => Some(view! { <embed::EmbedReport /> }.into_any()),
        Stage::Map => None,
        Stage::Refine => Some(view! { <refine::RefineReport /> }.into_any()),
        Stage::Score => Some(view! { <score::ScoreReport /> }.into_any()),
        Stage::Explore => Some(view! { <explore::Explore /> }.into_any()),
    };
    view! {
        <main class="stage-view" id="stage" tabindex="-1" data-testid="stage-view" data-stage=move || stage().slug()>
            <div class="alerts">
                <WorkerGone />
                {move || app.failure.get().map(|(task, failure)| view! { <FailureCard task=task failure=failure /> })}
            </div>
            <div class="layers">
                // The map stays: a canvas that was handed to the worker cannot be made again for nothing.
                <div class="map-layer" class:covered=move || is_landing.get() || stage() != Stage::Map>
                    <map::MapView />
                </div>
                {move || report().map(|report| view! { <div class="report-layer" data-testid="report">{report}</div> })}
                <Show when=move || stage() != Stage::Map>
                    <map::GenePanel />
                </Show>
            </div>
        </main>
    }
}
