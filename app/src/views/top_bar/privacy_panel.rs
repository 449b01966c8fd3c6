use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;

use crate::components::{Icon, IconName, Panel, bytes};
use crate::offline::{Offline, asset_bytes, keep_everything};
use crate::privacy::{Attempt, try_from_page, try_from_worker};
use crate::state::app_state;

/// What is sent: nothing; and a test of it.
#[component]
pub(super) fn PrivacyPanel() -> impl IntoView {
    let offline: RwSignal<Offline> = expect_context();
    let label = move || {
        view! {
            <Icon name=IconName::Shield />
            <span>"0 bytes sent"</span>
            <Show when=move || matches!(offline.get(), Offline::Kept | Offline::Complete)>
                <span class="badge" data-testid="offline-badge">"offline-ready"</span>
            </Show>
        }
    };
    view! {
        <Panel testid="privacy" label=label title="Your data stays here">
            <p>"Everything is computed on this machine. The page’s security policy allows it to fetch from its own address alone, and the browser enforces that for the computing part too. No cookie, no account, no statistics."</p>
            <LeakTest />
            <h3>"Without a network"</h3>
            <OfflineState />
        </Panel>
    }
}

#[component]
fn LeakTest() -> impl IntoView {
    let verdicts = RwSignal::new(None::<(Attempt, Attempt)>);
    let attempt = move |_| {
        verdicts.set(None);
        spawn_local(async move {
            let page = try_from_page().await;
            let worker = try_from_worker().await;
            verdicts.set(Some((page, worker)));
        });
    };
    let line = |place: &'static str, attempt: Attempt| {
        match attempt {
        Attempt::Blocked => view! { <li class="good"><Icon name=IconName::Check />{format!("{place}: blocked by the browser")}</li> }.into_any(),
        Attempt::NotBlocked => view! { <li class="bad"><Icon name=IconName::Warning />{format!("{place}: NOT blocked. Do not use this copy for confidential data.")}</li> }.into_any(),
    }
    };
    view! {
        <button type="button" class="button" data-testid="leak-test" on:click=attempt>"Try to send something elsewhere"</button>
        <div role="status"><ul class="verdicts" data-testid="leak-verdict">
            {move || verdicts.get().map(|(page, worker)| view! { {line("From the page", page)} {line("From the computing part", worker)} })}
        </ul></div>
    }
}

#[component]
fn OfflineState() -> impl IntoView {
    let app = app_state();
    let offline: RwSignal<Offline> = expect_context();
    let text = move || match offline.get() {
        Offline::Preparing => "The page is being kept for use without a network…",
        Offline::Kept => "What you have used so far works without a network from now on.",
        Offline::Complete => {
            "The page and all its gene descriptions, models and data are kept: it works without a network."
        }
        Offline::Incomplete => {
            "There was no room to keep all that was used: the page needs its host again next time. Free some disk space and reload the page to keep it."
        }
        Offline::Unavailable => {
            "This browser keeps nothing here (a private window, or an address without https): the page needs its host again next time."
        }
    };
    let size = move || {
        app.worker.with(|worker| worker.ready().map_or(0, |ready| asset_bytes(&ready.assets)))
    };
    let keep = move |_| {
        if let Some(assets) =
            app.worker.with_untracked(|worker| worker.ready().map(|ready| ready.assets.clone()))
        {
            keep_everything(offline, &assets);
        }
    };
    let storage = move || {
        app.worker.with(|worker| worker.ready().and_then(|ready| ready.storage.clone().err()))
    };
    view! {
        <p data-testid="offline-state">{text}</p>
        <Show when=move || matches!(offline.get(), Offline::Kept | Offline::Incomplete) && { size() > 0 }>
            <button type="button" class="button" data-testid="keep-everything" on:click=keep>{move || format!("Keep everything ({})", bytes(size()))}</button>
        </Show>
        {move || storage().map(|why| view! { <p class="hint" data-testid="storage-problem">{format!("Vectors cannot be kept between visits: {why}")}</p> })}
    }
}
