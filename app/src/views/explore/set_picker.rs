use leptos::prelude::*;
use lexicell_protocol::View;
use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;

use super::columns::{class_columns, classes_of, clusters_in_words, examples_of};
use crate::components::{Choice, ChoiceField, count};
use crate::plot::cut;
use crate::state::{AppState, Pick, Source, app_state};

/// Picks a set of cells: a class of a column, a cluster, or what is selected on the map.
#[component]
pub(super) fn SetPicker(
    source_testid: &'static str,
    class_testid: &'static str,
    label: &'static str,
    /// Whether all other cells are offered too.
    offers_rest: bool,
    /// Whether the cells most like a text that was asked about are.
    #[prop(optional)]
    offers_likes: bool,
    #[prop(into)] value: Signal<Pick>,
    set: Callback<Pick>,
) -> impl IntoView {
    let app = app_state();
    let choices = Signal::derive(move || sources(app, offers_rest, offers_likes));
    let take = move |key: Option<String>| {
        let source = key.as_deref().and_then(Source::of_key);
        if let Some(Source::Column(column)) = &source {
            app.look_up_classes(column);
        }
        set.run(Pick { source, class: None });
    };
    let source = Memo::new(move |_| value.with(|pick| pick.source.clone()));
    let class = move || {
        let source = source.get().filter(Source::has_classes)?;
        Some(view! { <ClassField testid=class_testid source=source value=value set=set /> })
    };
    view! {
        <fieldset class="set-picker">
            <legend>{label}</legend>
            <ChoiceField
                testid=source_testid label="Cells of"
                choices=choices
                value=Signal::derive(move || source.with(|source| source.as_ref().map(Source::key)))
                set=Callback::new(take)
            />
            {class}
        </fieldset>
    }
}

/// The class of a source: from a list, or typed where there are too many.
#[component]
fn ClassField(
    testid: &'static str,
    source: Source,
    value: Signal<Pick>,
    set: Callback<Pick>,
) -> impl IntoView {
    let app = app_state();
    let own = source.clone();
    let classes = Memo::new(move |_| classes_of(app, &own));
    let class = Signal::derive(move || value.with(|pick| pick.class.clone()));
    let choose = move |class: Option<String>| {
        let source = value.with_untracked(|pick| pick.source.clone());
        set.run(Pick { source, class });
    };
    let choices = Signal::derive(move || {
        let known = classes.get().unwrap_or_default();
        let named = known.into_iter().map(|(name, n)| {
            Choice::new(Some(name.clone()), &format!("{name} ({} cells)", count(n))).keyed(&name)
        });
        std::iter::once(Choice::new(None, "choose").keyed("")).chain(named).collect::<Vec<_>>()
    });
    let typed = move |event: web_sys::Event| {
        let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
        if let Some(input) = input {
            choose(Some(input.value()).filter(|text| !text.trim().is_empty()));
        }
    };
    let examples = match &source {
        Source::Column(column) => examples_of(app, column),
        _ => Vec::new(),
    };
    move || {
        match classes.with(|classes| classes.as_ref().map(Vec::is_empty)) {
        None => view! { <p class="hint">"Its values are being read…"</p> }.into_any(),
        Some(false) => {
            view! { <ChoiceField testid=testid label="Which" choices=choices value=class set=Callback::new(choose) /> }
                .into_any()
        }
        Some(true) => {
            let hint = format!("Too many values to list. Some of them: {}.", examples.join(", "));
            view! {
                <div class="field choice">
                    <label for=testid>"Which"</label>
                    <input id=testid data-testid=testid type="text" autocomplete="off" prop:value=move || class.get().unwrap_or_default() on:change=typed aria-describedby=format!("{testid}-hint") />
                    <p class="hint" id=format!("{testid}-hint")>{hint}</p>
                </div>
            }
            .into_any()
        }
    }
    }
}

/// The texts of the answer that holds, with their columns of likeness.
fn likes(app: AppState) -> Vec<(String, String)> {
    app.explore
        .answered
        .with(|report| {
            let report = report.as_ref()?;
            let names = report.texts.iter().map(|(name, _)| name.clone());
            Some(report.columns.iter().cloned().zip(names).collect())
        })
        .unwrap_or_default()
}

/// Where cells can be picked from.
fn sources(app: AppState, offers_rest: bool, offers_likes: bool) -> Vec<Choice<Option<String>>> {
    let choice = |source: Source, text: &str| {
        let key = source.key();
        Choice::new(Some(key.clone()), text).keyed(&key)
    };
    let mut choices = vec![Choice::new(None, "choose").keyed("")];
    if offers_rest {
        choices.push(choice(Source::Rest, "all other cells"));
    }
    for name in class_columns(app) {
        choices.push(choice(Source::Column(name.clone()), &format!("column “{name}”")));
    }
    for view in View::ALL {
        if app.steps.view(view).clusters.with(|clusters| clusters.latest().is_some()) {
            choices.push(choice(Source::Clusters(view), clusters_in_words(view)));
        }
    }
    if app.sets.with(|sets| !sets.sets.is_empty()) {
        choices.push(choice(Source::Named, "sets with names"));
    }
    if offers_likes {
        choices.extend(likes(app).into_iter().map(|(column, name)| {
            choice(Source::Like(column), &format!("the 1\u{202f}% most like “{}”", cut(&name, 60)))
        }));
    }
    let n = app.map.state.with(|state| state.as_ref().map_or(0, |state| state.n_selected));
    let text = match n {
        0 => "selected on the map (none yet)".to_owned(),
        n => format!("selected on the map ({} cells)", count(n)),
    };
    choices.push(choice(Source::Selected, &text));
    choices
}
