use leptos::prelude::*;

use crate::components::{Icon, IconName};
use crate::state::{WorkerState, app_state};

/// Says that the computing thread is gone, and starts it again.
#[component]
pub(crate) fn WorkerGone() -> impl IntoView {
    let app = app_state();
    let why = move || {
        app.worker.with(|worker| match worker {
            WorkerState::Broken(why) => Some(why.clone()),
            WorkerState::Starting | WorkerState::Ready(_) => None,
        })
    };
    move || {
        why().map(|why| {
            view! {
                <section class="failure" role="alert" data-testid="worker-gone">
                    <h2><Icon name=IconName::Warning />"The computing part stopped"</h2>
                    <p data-testid="worker-gone-reason">{why}</p>
                    <p>"Nothing was sent anywhere. Often there was too little memory: close other tabs, or take fewer cells."</p>
                    <div class="buttons">
                        <button type="button" class="button primary" data-testid="worker-restart" on:click=move |_| app.start_over()>"Start again"</button>
                    </div>
                </section>
            }
        })
    }
}
