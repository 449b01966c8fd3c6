//! The guided tour of the demo: an offer in the left column, and a card that points at what it speaks of.
//! The card stands beside the page and never in its way: everything else stays usable.

mod words;

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, KeyboardEvent};

use crate::components::{Icon, IconName};
use crate::state::{Stop, Tour, app_state};
use words::{text, title};

/// What the browser keeps once the offer was declined or the tour has ended.
const KEY: &str = "lexicell-tour";
const CLOSED: &str = "closed";
/// The first element of the card that takes the focus.
const HEADING: &str = "tour-heading";
const OFFER: &str = "tour-start";
/// The attribute of the page that tells the style sheet what to outline.
const MARK: &str = "data-tour";

/// Offers the tour while the demo is open.
#[component]
pub(crate) fn TourOffer() -> impl IntoView {
    let app = app_state();
    if kept() {
        app.tour.set(Tour::Closed);
    }
    let is_there = Memo::new(move |_| app.is_demo() && app.tour.get().stop().is_none());
    let is_new = move || app.tour.get() == Tour::Offered;
    let decline = move |_| {
        app.close_tour();
        keep();
        focus(OFFER);
    };
    view! {
        <Show when=move || is_there.get()>
            <div class="tour-offer" data-testid="tour-offer">
                <button type="button" class="link" id=OFFER data-testid="tour-start" on:click=move |_| app.start_tour()>"Tour of the demo in five steps"</button>
                <Show when=is_new>
                    <button type="button" class="icon-button" data-testid="tour-decline" title="No tour" aria-label="No tour" on:click=decline><Icon name=IconName::Cross /></button>
                </Show>
            </div>
        </Show>
    }
}

/// The card of the tour.
#[component]
pub(crate) fn TourCard() -> impl IntoView {
    let app = app_state();
    let stop = Memo::new(move |_| app.tour.get().stop().filter(|_| app.is_demo()));
    let is_on = Memo::new(move |_| stop.get().is_some());
    // A focus that the page loses with the card goes back to where the tour began.
    Effect::new(move |was_on: Option<bool>| {
        let is_on = is_on.get();
        match (was_on, is_on) {
            (Some(false), true) => focus(HEADING),
            (Some(true), false) => {
                keep();
                focus(OFFER);
            }
            _ => {}
        }
        is_on
    });
    Effect::new(move |_| mark(stop.get()));
    let key = move |event: KeyboardEvent| {
        if event.key() == "Escape" {
            event.prevent_default();
            app.close_tour();
        }
    };
    let heading = move || {
        stop.get()
            .map(|stop| format!("Tour {} of {}: {}", stop.number(), Stop::ALL.len(), title(stop)))
    };
    let is_last = move || stop.get() == Stop::ALL.last().copied();
    view! {
        <Show when=move || is_on.get()>
            <section class="tour" aria-labelledby=HEADING data-testid="tour" data-stop=move || stop.get().map(Stop::slug) on:keydown=key>
                <div aria-live="polite">
                    <h2 id=HEADING tabindex="-1" data-testid="tour-title">{heading}</h2>
                    <p data-testid="tour-text">{move || stop.get().map(text)}</p>
                </div>
                <div class="buttons">
                    <button type="button" class="button primary" data-testid="tour-next" on:click=move |_| app.next_stop()>{move || if is_last() { "Done" } else { "Next" }}</button>
                    <button type="button" class="button" data-testid="tour-back" disabled=move || stop.get() == Some(Stop::Map) on:click=move |_| app.last_stop()>"Back"</button>
                    <button type="button" class="button quiet" data-testid="tour-close" on:click=move |_| app.close_tour()>"Close"</button>
                </div>
            </section>
        </Show>
    }
}

/// Tells the style sheet what to outline.
fn mark(stop: Option<Stop>) {
    let Some(body) = document().body() else { return };
    // An element always takes an attribute of a valid name.
    let _ = match stop {
        Some(stop) => body.set_attribute(MARK, stop.slug()),
        None => body.remove_attribute(MARK),
    };
}

/// Moves the focus once the page has drawn what was changed.
fn focus(id: &'static str) {
    request_animation_frame(move || {
        let found = document().get_element_by_id(id);
        if let Some(element) = found.and_then(|found| found.dyn_into::<HtmlElement>().ok()) {
            let _ = element.focus();
        }
    });
}

fn kept() -> bool {
    let storage = window().local_storage().ok().flatten();
    storage.and_then(|storage| storage.get_item(KEY).ok().flatten()).as_deref() == Some(CLOSED)
}

fn keep() {
    if let Some(storage) = window().local_storage().ok().flatten() {
        // A browser that keeps nothing offers the tour again.
        let _ = storage.set_item(KEY, CLOSED);
    }
}
