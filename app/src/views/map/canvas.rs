use leptos::{html, prelude::*};
use lexicell_protocol::MapCommand;
use wasm_bindgen::prelude::*;
use web_sys::{HtmlCanvasElement, ResizeObserver};

use super::gestures::Gestures;
use crate::components::{Handed, device_size, hand_to_worker};
use crate::state::{AppState, app_state};
use crate::theme::Theme;

/// The canvas that the worker draws on, and the gestures on it.
#[component]
pub(super) fn MapCanvas(gestures: Gestures) -> impl IntoView {
    let app = app_state();
    let theme: Theme = expect_context();
    let canvas = NodeRef::<html::Canvas>::new();
    hand_to_worker(
        canvas,
        |Handed { width, height, scale, dark }| MapCommand::Attach { width, height, scale, dark },
        move |canvas| watch_size(app, gestures, canvas),
    );
    Effect::new(move |before: Option<bool>| {
        let dark = theme.is_dark();
        if before.is_some_and(|before| before != dark) {
            app.tell_map(MapCommand::Theme { dark });
        }
        dark
    });
    let label = move || {
        app.map.state.with(|state| {
            state.as_ref().map_or("Map of the cells".to_owned(), |state| {
                format!(
                    "Map of {} cells. The legend and the tables hold what it shows.",
                    state.n_obs
                )
            })
        })
    };
    view! {
        <canvas
            node_ref=canvas
            class="map-canvas"
            class:lasso=move || gestures.is_lasso()
            data-testid="map-canvas"
            data-renderer=move || app.map.state.with(|state| state.as_ref().map(|state| format!("{:?}", state.renderer)))
            tabindex="0"
            role="img"
            aria-label=label
            aria-describedby="map-keys"
            on:pointerdown=move |event| gestures.down(&event)
            on:pointermove=move |event| gestures.moved(&event)
            on:pointerup=move |event| gestures.up(&event)
            on:pointercancel=move |_| gestures.stop()
            on:pointerleave=move |_| gestures.left()
            on:wheel=move |event| gestures.wheel(&event)
            on:keydown=move |event| gestures.key(&event)
            on:dblclick=move |event| gestures.double(&event)
        />
        <p class="spoken" id="map-keys">"Arrow keys move the map, plus and minus zoom, 0 shows everything, L turns the lasso on or off, Control and Z takes the last change of a selection, set or label back."</p>
    }
}

fn watch_size(app: AppState, gestures: Gestures, canvas: &HtmlCanvasElement) {
    let element = canvas.clone();
    let last = std::cell::Cell::new(device_size(canvas));
    gestures.set_size(canvas);
    let resized = Closure::<dyn FnMut()>::new(move || {
        let now = device_size(&element);
        if now == last.get() {
            return;
        }
        last.set(now);
        gestures.set_size(&element);
        let (width, height, scale) = now;
        app.tell_map(MapCommand::Resize { width, height, scale });
    });
    if let Ok(observer) = ResizeObserver::new(resized.as_ref().unchecked_ref()) {
        observer.observe(canvas);
        let observer = StoredValue::new_local((observer, resized));
        on_cleanup(move || {
            observer.try_update_value(|(observer, _)| observer.disconnect());
        });
    }
}
