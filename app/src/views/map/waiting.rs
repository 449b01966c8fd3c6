use leptos::prelude::*;
use lexicell_protocol::View;

use crate::components::ProgressBar;
use crate::state::{Phase, Task, app_state};

/// What happens while there is no map yet.
#[component]
pub(super) fn Waiting() -> impl IntoView {
    let app = app_state();
    let has_layout = Memo::new(move |_| {
        app.map.state.with(|state| {
            state.as_ref().is_some_and(|state| state.layout.is_some() && state.n_obs > 0)
        })
    });
    let running = Memo::new(move |_| app.activity.get().task());
    let progress = Signal::derive(move || running.get().and_then(|task| app.steps.progress(task)));
    let before_map = [
        Task::Open,
        Task::MapGenes,
        Task::EmbedGenes,
        Task::PoolCells,
        Task::Neighbors(View::Text),
        Task::Cluster(View::Text),
        Task::Umap(View::Text),
    ];
    let steps = move || {
        before_map
            .map(|task| {
                let phase = Memo::new(move |_| app.steps.phase(task));
                view! { <li class:done=move || phase.get() == Phase::Ready class:running=move || phase.get() == Phase::Running>{task.title()}</li> }
            })
            .into_iter()
            .collect_view()
    };
    view! {
        <Show when=move || !has_layout.get()>
            <div class="map-waiting" data-testid="map-waiting">
                <h2>{move || running.get().map_or("The map is not there yet", Task::title)}</h2>
                <Show when=move || running.get().is_some()>
                    <ProgressBar progress=progress testid="map-progress" />
                </Show>
                <ol>{steps()}</ol>
            </div>
        </Show>
    }
}
