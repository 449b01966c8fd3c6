use leptos::prelude::*;
use lexicell_protocol::{Layout, MapCommand};

use super::gestures::Gestures;
use crate::components::{Choice, ChoiceField, Icon, IconName};
use crate::state::{Tool, app_state};

/// Tools that lie on the map.
#[component]
pub(super) fn Toolbar(gestures: Gestures) -> impl IntoView {
    let app = app_state();
    let zoom = move |factor: f32| gestures.zoom(factor);
    let tool = move |wanted: Tool, name: IconName, label: &'static str, testid: &'static str| {
        view! {
            <button type="button" class="tool" data-testid=testid title=label aria-label=label aria-pressed=move || (app.map.tool.get() == wanted).to_string() on:click=move |_| app.map.tool.set(wanted)>
                <Icon name=name />
            </button>
        }
    };
    view! {
        <div class="toolbar" role="toolbar" aria-label="Map tools" data-testid="map-toolbar">
            {tool(Tool::Move, IconName::Move, "Move the map", "tool-move")}
            {tool(Tool::Lasso, IconName::Lasso, "Lasso: select cells (or hold Shift and drag)", "tool-lasso")}
            <span class="divider" aria-hidden="true"></span>
            <button type="button" class="tool" data-testid="zoom-in" title="Zoom in" aria-label="Zoom in" on:click=move |_| zoom(1.4)><Icon name=IconName::Plus /></button>
            <button type="button" class="tool" data-testid="zoom-out" title="Zoom out" aria-label="Zoom out" on:click=move |_| zoom(1.0 / 1.4)><Icon name=IconName::Minus /></button>
            <button type="button" class="tool" data-testid="zoom-fit" title="Show everything" aria-label="Show everything" on:click=move |_| app.tell_map(MapCommand::Fit)><Icon name=IconName::Fit /></button>
        </div>
    }
}

/// Which layouts are drawn: one, or two side by side.
#[component]
pub(super) fn LayoutSelect() -> impl IntoView {
    let app = app_state();
    let layouts = Memo::new(move |_| {
        app.map
            .state
            .with(|state| state.as_ref().map(|state| state.layouts.clone()).unwrap_or_default())
    });
    let current = Memo::new(move |_| {
        app.map.state.with(|state| state.as_ref().and_then(|state| state.layout))
    });
    let choices = Signal::derive(move || {
        layouts
            .get()
            .into_iter()
            .map(|(layout, text)| Choice::new(Some(layout), &text))
            .collect::<Vec<_>>()
    });
    let show = Callback::new(move |layout: Option<Layout>| {
        if let Some(layout) = layout {
            app.tell_map(MapCommand::Show(layout));
        }
    });
    let beside = Memo::new(move |_| {
        app.map.state.with(|state| state.as_ref().and_then(|state| state.beside))
    });
    let others = Signal::derive(move || {
        let named =
            layouts.get().into_iter().map(|(layout, text)| Choice::new(Some(layout), &text));
        std::iter::once(Choice::new(None, "nothing")).chain(named).collect::<Vec<_>>()
    });
    let compare = Callback::new(move |layout| app.tell_map(MapCommand::Compare(layout)));
    view! {
        <Show when=move || layouts.with(|layouts| !layouts.is_empty())>
            <ChoiceField testid="layout-select" label="Layout" choices=choices value=current set=show />
        </Show>
        <Show when=move || layouts.with(|layouts| layouts.len() > 1)>
            <ChoiceField testid="beside-select" label="Beside it" choices=others value=beside set=compare />
        </Show>
    }
}
