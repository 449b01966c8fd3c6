use leptos::prelude::*;
use lexicell_protocol::{Legend, LegendClass};

use super::brush::Brush;
use crate::components::{count, figure};
use crate::state::app_state;

/// What the colours mean; a click on a class brings it out.
#[component]
pub(super) fn LegendList() -> impl IntoView {
    let app = app_state();
    let legend = Memo::new(move |_| {
        app.map.state.with(|state| state.as_ref().map(|state| state.legend.clone()))
    });
    let contents = move || match legend.get() {
        None | Some(Legend::Plain) => ().into_any(),
        Some(Legend::Classes(classes)) => view! { <Classes classes=classes /> }.into_any(),
        Some(Legend::Scale { low, high, unit, colors, bins, n_missing }) => view! {
            <Scale low=low high=high unit=unit colors=colors n_missing=n_missing />
            <Brush low=low high=high bins=bins />
        }
        .into_any(),
    };
    let is_scale = move || legend.with(|legend| matches!(legend, Some(Legend::Scale { .. })));
    view! { <section class="legend" class:first=is_scale aria-label="Legend" data-testid="legend">{contents}</section> }
}

#[component]
fn Classes(classes: Vec<LegendClass>) -> impl IntoView {
    let app = app_state();
    let n = classes.len();
    let is_any = move || app.map.highlighted.with(|codes| !codes.is_empty());
    let line = move |class: LegendClass| {
        let code = class.code;
        let is_strong = move || app.map.highlighted.with(|codes| codes.contains(&code));
        view! {
            <li>
                <button
                    type="button"
                    class="legend-class"
                    class:faint=move || is_any() && !is_strong()
                    data-testid="legend-class"
                    aria-pressed=move || is_strong().to_string()
                    on:click=move |_| app.toggle_highlight(code)
                >
                    <span class="swatch" style:background-color=class.color></span>
                    <span class="legend-name">{class.name}</span>
                    <span class="number">{count(class.n_obs)}</span>
                </button>
            </li>
        }
    };
    view! {
        <div class="heading-line">
            <h2>{format!("{n} {}", if n == 1 { "class" } else { "classes" })}</h2>
            <Show when=is_any>
                <button type="button" class="link" data-testid="legend-all" on:click=move |_| app.clear_highlight()>"Show all"</button>
            </Show>
        </div>
        <ul class="legend-classes">{classes.into_iter().map(line).collect_view()}</ul>
    }
}

#[component]
fn Scale(low: f64, high: f64, unit: String, colors: Vec<String>, n_missing: u64) -> impl IntoView {
    let last = colors.len().saturating_sub(1).max(1) as f64;
    let stops = colors
        .into_iter()
        .enumerate()
        .map(|(place, color)| view! { <stop offset=place as f64 / last stop-color=color /> })
        .collect_view();
    let (low, high) = (figure(low, 2), figure(high, 2));
    view! {
        <h2>{unit.clone()}</h2>
        <svg class="scale" viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label=format!("Colours from {low} to {high} {unit}")>
            <defs><linearGradient id="legend-scale">{stops}</linearGradient></defs>
            <rect width="100" height="8" rx="1" fill="url(#legend-scale)" />
        </svg>
        <p class="scale-ends"><span>{low.clone()}</span><span>{high.clone()}</span></p>
        {(n_missing > 0).then(|| view! { <p class="hint">{format!("{} cells without a value are grey.", count(n_missing))}</p> })}
    }
}
