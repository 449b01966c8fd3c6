use leptos::{ev::SubmitEvent, prelude::*};
use lexicell_protocol::{CellSet, ColorBy, Legend, SetExpression, SetReport, SetsCommand};

use crate::components::{Choice, ChoiceField, count};
use crate::state::{AppState, app_state};

/// Sets of cells with names: kept, selected, combined.
#[component]
pub(super) fn Sets() -> impl IntoView {
    let app = app_state();
    let n_selected = Memo::new(move |_| app.sets.with(|sets| sets.selection.n_selected));
    let sets = Memo::new(move |_| app.sets.with(|sets| sets.sets.clone()));
    let editing = RwSignal::new(None::<String>);
    let has_data = move || app.map.state.with(|state| state.as_ref().is_some_and(|s| s.n_obs > 0));
    view! {
        <Show when=has_data>
            <details class="card" data-testid="sets">
                <summary>{move || sets.with(|sets| if sets.is_empty() { "Sets of cells".to_owned() } else { format!("Sets of cells ({})", sets.len()) })}</summary>
                <Show when=move || { n_selected.get() > 0 } fallback=|| view! { <p class="hint">"Select cells with the lasso, or below, to keep them under a name."</p> }>
                    <Keep />
                </Show>
                <ul class="marks-list">
                    {move || sets.get().into_iter().map(|set| view! { <Row set=set editing=editing /> }).collect_view()}
                </ul>
                <Combine />
            </details>
        </Show>
    }
}

#[component]
fn Keep() -> impl IntoView {
    let app = app_state();
    let name = RwSignal::new(String::new());
    let keep = move |event: SubmitEvent| {
        event.prevent_default();
        app.tell_sets(SetsCommand::Keep(name.get_untracked()));
        name.set(String::new());
    };
    view! {
        <form class="marks-form" on:submit=keep>
            <label for="set-name">"Keep the selected cells as"</label>
            <input id="set-name" data-testid="set-name" type="text" autocomplete="off" prop:value=name on:input=move |event| name.set(event_target_value(&event)) />
            <button type="submit" class="button" data-testid="keep-set" disabled=move || name.with(|name| name.trim().is_empty())>"Keep"</button>
        </form>
    }
}

#[component]
fn Row(set: SetReport, editing: RwSignal<Option<String>>) -> impl IntoView {
    let app = app_state();
    let name = StoredValue::new(set.name);
    let n = count(set.n_obs);
    let select = move |_| {
        let set = CellSet::Named(name.get_value());
        app.tell_sets(SetsCommand::Select(SetExpression::Of(set)));
    };
    let text = RwSignal::new(name.get_value());
    let rename = move |event: SubmitEvent| {
        event.prevent_default();
        editing.set(None);
        let (from, to) = (name.get_value(), text.get_untracked());
        app.tell_sets(SetsCommand::Rename { from, to });
    };
    view! {
        <li data-testid="set-row">
            <button type="button" class="link" data-testid="select-set" title="Select these cells" on:click=select>{name.get_value()}</button>
            <span class="number">{n}</span>
            <button type="button" class="link" data-testid="rename-set" aria-label=format!("Rename {}", name.get_value()) on:click=move |_| editing.update(|own| *own = if own.is_some() { None } else { Some(name.get_value()) })>"Rename"</button>
            <button type="button" class="link" data-testid="delete-set" aria-label=format!("Delete {}", name.get_value()) on:click=move |_| app.tell_sets(SetsCommand::Delete(name.get_value()))>"Delete"</button>
            <Show when=move || editing.with(|own| own.as_ref() == Some(&name.get_value()))>
                <form class="marks-form" on:submit=rename>
                    <input data-testid="set-new-name" type="text" aria-label="New name of the set" prop:value=text on:input=move |event| text.set(event_target_value(&event)) />
                    <button type="submit" class="button" data-testid="set-rename">"Rename"</button>
                </form>
            </Show>
        </li>
    }
}

/// Selects what two sets have in common, what is in either, or in one alone.
#[component]
fn Combine() -> impl IntoView {
    let app = app_state();
    let [first, second] = [0; 2].map(|_| RwSignal::new(None::<String>));
    let operation = RwSignal::new(Some("of".to_owned()));
    // The map tells its state at every move: the options change only with what can be chosen.
    let operands = Memo::new(move |_| operands(app));
    let choices = Signal::derive(move || {
        let named = operands
            .get()
            .into_iter()
            .map(|(key, text, _)| Choice::new(Some(key.clone()), &text).keyed(&key));
        std::iter::once(Choice::new(None, "choose").keyed("")).chain(named).collect::<Vec<_>>()
    });
    let operations = Signal::stored(
        OPERATIONS.map(|(key, text)| Choice::new(Some(key.to_owned()), text).keyed(key)).to_vec(),
    );
    let is_double = move || operation.with(|own| !matches!(own.as_deref(), Some("of" | "not")));
    let expression = Memo::new(move |_| {
        let operands = operands.get();
        let find = |key: Option<String>| {
            let place = operands.iter().position(|(own, _, _)| Some(own) == key.as_ref())?;
            Some(operands[place].2.clone())
        };
        expression(operation.get().as_deref(), find(first.get())?, find(second.get()))
    });
    let select = move |_| {
        if let Some(expression) = expression.get_untracked() {
            app.tell_sets(SetsCommand::Select(expression));
        }
    };
    view! {
        <fieldset class="marks-combine">
            <legend>"Select"</legend>
            <ChoiceField testid="combine-first" label="Cells of" choices=choices value=first set=Callback::new(move |key| first.set(key)) />
            <ChoiceField testid="combine-operation" label="Which" choices=operations value=operation set=Callback::new(move |key| operation.set(key)) />
            <Show when=is_double>
                <ChoiceField testid="combine-second" label="And of" choices=choices value=second set=Callback::new(move |key| second.set(key)) />
            </Show>
            <button type="button" class="button" data-testid="combine-sets" disabled=move || expression.with(Option::is_none) on:click=select>"Select"</button>
        </fieldset>
    }
}

const OPERATIONS: [(&str, &str); 5] = [
    ("of", "these cells"),
    ("not", "all cells but these"),
    ("union", "in this set or the other"),
    ("intersection", "in both sets"),
    ("difference", "in this set, not in the other"),
];

fn expression(
    operation: Option<&str>,
    first: CellSet,
    second: Option<CellSet>,
) -> Option<SetExpression> {
    Some(match operation? {
        "of" => SetExpression::Of(first),
        "not" => SetExpression::Not(first),
        "union" => SetExpression::Union(first, second?),
        "intersection" => SetExpression::Intersection(first, second?),
        "difference" => SetExpression::Difference(first, second?),
        _ => return None,
    })
}

/// What can be combined: the selection, sets with names, the classes that colour the map.
fn operands(app: AppState) -> Vec<(String, String, CellSet)> {
    let mut all = Vec::new();
    app.sets.with(|sets| {
        if sets.selection.n_selected > 0 {
            let text = "the selected cells".to_owned();
            all.push(("selected".to_owned(), text, CellSet::Selected));
        }
        all.extend(sets.sets.iter().map(|set| {
            (format!("named:{}", set.name), set.name.clone(), CellSet::Named(set.name.clone()))
        }));
    });
    app.map.state.with(|state| {
        let Some((color, Legend::Classes(classes))) =
            state.as_ref().map(|state| (&state.color, &state.legend))
        else {
            return;
        };
        for class in classes {
            let (what, set) = match color {
                ColorBy::Obs(column) => {
                    let (column, value) = (column.clone(), class.name.clone());
                    (class.name.clone(), CellSet::Class { column, value })
                }
                ColorBy::Cluster(view) => {
                    let name = format!("cluster {}", class.name);
                    (name, CellSet::Cluster { view: *view, cluster: class.code })
                }
                _ => return,
            };
            all.push((format!("class:{}", class.name), format!("{what} (coloured)"), set));
        }
    });
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_set_is_needed_by_the_operations_that_have_two() {
        let (a, b) = (CellSet::Selected, CellSet::Named("b".to_owned()));
        for (key, _) in OPERATIONS {
            let is_single = matches!(key, "of" | "not");
            assert_eq!(expression(Some(key), a.clone(), None).is_some(), is_single);
            assert!(expression(Some(key), a.clone(), Some(b.clone())).is_some());
        }
        assert_eq!(expression(Some("xor"), a, Some(b)), None);
    }
}
