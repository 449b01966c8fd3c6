use leptos::{ev::SubmitEvent, prelude::*};
use lexicell_protocol::{
    CellSet, ColorBy, ColumnKind, LabelCommand, LabelSource, LabelingReport, SetExpression,
    SetsCommand, View,
};

use crate::components::{Choice, ChoiceField, count};
use crate::state::{AppState, app_state};
use crate::words::view_slug;

/// What a labelling is called unless another name is wished.
const NAME: &str = "cell_type_by_hand";

/// Labels by hand: begun as a copy, then named, merged, split.
#[component]
pub(super) fn Labelings() -> impl IntoView {
    let app = app_state();
    let labelings = Memo::new(move |_| app.sets.with(|sets| sets.labelings.clone()));
    let has_data = move || app.map.state.with(|state| state.as_ref().is_some_and(|s| s.n_obs > 0));
    view! {
        <Show when=has_data>
            <details class="card" data-testid="labelings">
                <summary>"Label by hand"</summary>
                <p class="hint">"A column of your own beside those of the file: saved with the cells, and offered wherever columns are."</p>
                {move || labelings.get().into_iter().map(|own| view! { <Labeling own=own /> }).collect_view()}
                <Begin />
            </details>
        </Show>
    }
}

fn tell(app: AppState, command: LabelCommand) {
    app.tell_sets(SetsCommand::Label(command));
}

#[component]
fn Begin() -> impl IntoView {
    let app = app_state();
    let source = RwSignal::new(Some("nothing".to_owned()));
    let name = RwSignal::new(None::<String>);
    let shown = Memo::new(move |_| name.get().unwrap_or_else(|| free_name(app)));
    let choices = Signal::derive(move || {
        let named = sources(app);
        named
            .into_iter()
            .map(|(key, text, _)| Choice::new(Some(key.clone()), &text).keyed(&key))
            .collect::<Vec<_>>()
    });
    let begin = move |event: SubmitEvent| {
        event.prevent_default();
        let key = source.get_untracked();
        let found =
            untrack(|| sources(app)).into_iter().find(|(own, ..)| Some(own) == key.as_ref());
        if let Some((_, _, from)) = found {
            tell(app, LabelCommand::Create { column: shown.get_untracked(), from });
            name.set(None);
        }
    };
    view! {
        <form class="marks-form" on:submit=begin>
            <ChoiceField testid="labeling-source" label="A copy of" choices=choices value=source set=Callback::new(move |key| source.set(key)) />
            <label for="labeling-name">"As the column"</label>
            <input id="labeling-name" data-testid="labeling-name" type="text" autocomplete="off" spellcheck="false" prop:value=shown on:input=move |event| name.set(Some(event_target_value(&event))) />
            <button type="submit" class="button" data-testid="begin-labeling" disabled=move || shown.with(|name| name.trim().is_empty())>"Copy as a labelling"</button>
        </form>
    }
}

#[component]
fn Labeling(own: LabelingReport) -> impl IntoView {
    let app = app_state();
    let column = StoredValue::new(own.column);
    let text = RwSignal::new(String::new());
    let n_selected = Memo::new(move |_| app.sets.with(|sets| sets.selection.n_selected));
    let assign = move |class: Option<String>| {
        tell(app, LabelCommand::Assign { column: column.get_value(), class });
    };
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        assign(Some(text.get_untracked()));
    };
    let names = own.classes.iter().map(|(name, _)| view! { <option value=name.clone()></option> });
    let names = names.collect_view();
    let list = format!("classes-of-{}", column.get_value().replace(char::is_whitespace, "-"));
    let id = format!("new-{list}");
    let rows =
        own.classes.into_iter().map(|(name, n)| view! { <Class column=column name=name n=n /> });
    view! {
        <section data-testid="labeling" aria-label=column.get_value()>
            <div class="heading-line">
                <h3>{column.get_value()}</h3>
                <button type="button" class="link" data-testid="color-by-labeling" on:click=move |_| app.color_by(ColorBy::Obs(column.get_value()))>"Show"</button>
                <button type="button" class="link" data-testid="delete-labeling" aria-label=format!("Delete {}", column.get_value()) on:click=move |_| tell(app, LabelCommand::Delete { column: column.get_value() })>"Delete"</button>
            </div>
            <ul class="marks-list">{rows.collect_view()}</ul>
            {(own.n_missing > 0).then(|| view! { <p class="hint" data-testid="n-unlabelled">{format!("{} cells without a label", count(own.n_missing))}</p> })}
            <form class="marks-form" on:submit=submit>
                <label for=id.clone()>{move || format!("Label the {} selected cells", count(n_selected.get()))}</label>
                <input id=id list=list.clone() data-testid="assign-class" type="text" autocomplete="off" placeholder="class, new or not" prop:value=text on:input=move |event| text.set(event_target_value(&event)) />
                <datalist id=list>{names}</datalist>
                <button type="submit" class="button" data-testid="assign-label" disabled=move || n_selected.get() == 0 || text.with(|text| text.trim().is_empty())>"Label"</button>
                <button type="button" class="button" data-testid="clear-label" disabled=move || n_selected.get() == 0 on:click=move |_| assign(None)>"Clear their label"</button>
            </form>
        </section>
    }
}

/// A class: a click selects its cells; another class's name makes both one.
#[component]
fn Class(column: StoredValue<String>, name: String, n: u64) -> impl IntoView {
    let app = app_state();
    let class = StoredValue::new(name);
    let select = move |_| {
        let set = CellSet::Class { column: column.get_value(), value: class.get_value() };
        app.tell_sets(SetsCommand::Select(SetExpression::Of(set)));
    };
    let rename = move |event: web_sys::Event| {
        let (from, to) = (class.get_value(), event_target_value(&event));
        if to.trim() != from && !to.trim().is_empty() {
            tell(app, LabelCommand::RenameClass { column: column.get_value(), from, to });
        }
    };
    view! {
        <li data-testid="class-row">
            <input data-testid="class-name" type="text" autocomplete="off" aria-label=format!("Name of {}", class.get_value()) title="The name of another class makes both one" prop:value=class.get_value() on:change=rename />
            <span class="number">{count(n)}</span>
            <button type="button" class="link" data-testid="select-class" aria-label=format!("Select the cells of {}", class.get_value()) on:click=select>"Select"</button>
        </li>
    }
}

/// What a labelling can begin with: key, words, source.
fn sources(app: AppState) -> Vec<(String, String, LabelSource)> {
    let mut all =
        vec![("nothing".to_owned(), "nothing: no labels yet".to_owned(), LabelSource::Nothing)];
    for (view, text) in [
        (View::Text, "clusters by text"),
        (View::Pca, "clusters by expression"),
        (View::Refined, "clusters, refined"),
    ] {
        if app.steps.view(view).clusters.with(|clusters| clusters.latest().is_some()) {
            let key = format!("clusters:{}", view_slug(view));
            all.push((key, text.to_owned(), LabelSource::Clusters(view)));
        }
    }
    let is_fit = |kind: ColumnKind| kind != ColumnKind::Float;
    let own = app.columns().into_iter().filter(|own| own.n_classes.is_some() && is_fit(own.kind));
    let told = app.training.applied.with(|told| told.as_ref().map(|told| told.column.clone()));
    let names = own.map(|own| own.name).chain(told).chain(app.explore.label_column());
    for name in names {
        let text = format!("column “{name}”");
        all.push((format!("column:{name}"), text, LabelSource::Column(name)));
    }
    all
}

/// The usual name, numbered where it is taken.
fn free_name(app: AppState) -> String {
    let columns = app.columns();
    let is_free = |name: &String| columns.iter().all(|own| own.name != *name);
    let numbered = (2..).map(|n| format!("{NAME}_{n}"));
    std::iter::once(NAME.to_owned()).chain(numbered).find(is_free).unwrap_or_default()
}
