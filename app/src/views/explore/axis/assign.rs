use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;

use crate::components::{CappedRows, count};
use crate::state::{AppState, Classes, app_state};

/// Puts each value of the column into one of the groups, or into none.
#[component]
pub(super) fn Assign() -> impl IntoView {
    let app = app_state();
    let form = app.explore.axis;
    let column = Memo::new(move |_| form.with(|form| form.column.clone()));
    let classes =
        Memo::new(move |_| column.with(|column| app.explore.classes_of(column.as_ref()?)));
    move || {
        column.with(Option::is_some).then(|| match classes.get() {
            None => view! { <p class="hint">"Its values are being read…"</p> }.into_any(),
            Some(classes) if classes.is_empty() => {
                view! { <p class="hint" data-testid="axis-too-many">"This column has too many values to form groups of."</p> }.into_any()
            }
            Some(classes) => table(app, classes),
        })
    }
}

fn table(app: AppState, classes: Classes) -> AnyView {
    let form = app.explore.axis;
    let total = classes.len();
    let name = move |group: usize| form.with(|form| form.name(group));
    let counts = move || {
        let [first, second] = form.with(|form| [form.groups[0].len(), form.groups[1].len()]);
        format!(
            "{first} of {}, {second} of {}, {} in neither group.",
            name(0),
            name(1),
            total.saturating_sub(first + second)
        )
    };
    let row = move |place: usize| {
        let (unit, n) = &classes[place];
        unit_row(app, place, unit, *n)
    };
    view! {
        <div class="pair">
            {name_field(app, 0, "axis-first-name", "Name of the first group")}
            {name_field(app, 1, "axis-second-name", "Name of the second group")}
        </div>
        <div class="scroll" tabindex="0" role="region" aria-label="Groups">
            <table data-testid="axis-groups">
                <caption>{counts}</caption>
                <thead><tr><th scope="col">"Value"</th><th scope="col" class="number">"Cells"</th><th scope="col">"Group"</th></tr></thead>
                <CappedRows total=total columns=3 testid="axis-groups-more" row=row />
            </table>
        </div>
    }
    .into_any()
}

fn name_field(app: AppState, group: usize, testid: &'static str, label: &'static str) -> AnyView {
    let form = app.explore.axis;
    let write = move |event: web_sys::Event| {
        let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
        if let Some(input) = input {
            form.update(|form| form.names[group] = input.value());
        }
    };
    view! {
        <div class="field choice">
            <label for=testid>{label}</label>
            <input id=testid data-testid=testid type="text" autocomplete="off" maxlength="60" prop:value=move || form.with(|form| form.names[group].clone()) on:input=write />
        </div>
    }
    .into_any()
}

fn unit_row(app: AppState, place: usize, unit: &str, n: u64) -> AnyView {
    let form = app.explore.axis;
    let unit = StoredValue::new(unit.to_owned());
    let of_unit = move || unit.with_value(|unit| form.with(|form| form.group_of(unit)));
    let radio = move |group: Option<usize>| {
        let text = move || match group {
            Some(group) => form.with(|form| form.name(group)),
            None => "neither".to_owned(),
        };
        let slug = match group {
            Some(0) => "first",
            Some(_) => "second",
            None => "neither",
        };
        let choose = move |_| {
            unit.with_value(|unit| form.update(|form| form.assign(unit, group)));
        };
        view! {
            <label class="radio">
                <input type="radio" name=format!("axis-unit-{place}") data-testid=format!("axis-{slug}-{place}") prop:checked=move || of_unit() == group on:change=choose />
                <span>{text}</span>
            </label>
        }
    };
    let name = unit.get_value();
    let choices = [Some(0), Some(1), None].map(radio).into_iter().collect_view();
    view! {
        <tr data-testid="axis-unit">
            <th scope="row">{name.clone()}</th>
            <td class="number">{count(n)}</td>
            <td><div class="radios" role="radiogroup" aria-label=format!("Group of {name}")>{choices}</div></td>
        </tr>
    }
    .into_any()
}
