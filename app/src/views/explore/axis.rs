//! Two groups of types, donors or samples, and where all the others lie between them.

mod assign;
mod report;

use leptos::prelude::*;
use lexicell_protocol::View;

use super::columns::{column_choices, missing_step, view_choices, view_of};
use super::more::Chance;
use super::start::Start;
use crate::components::ChoiceField;
use crate::state::{ASSIGNMENTS, AppState, Inquiry, Task, app_state};
use crate::words::view_slug;
use assign::Assign;

/// Which values are of which group, and the answer.
#[component]
pub(super) fn Axis() -> impl IntoView {
    let app = app_state();
    let form = app.explore.axis;
    let obstacle = Signal::derive(move || {
        missing_step(app, task_of(form.with(|form| form.view)))
            .or_else(|| form.with(|form| form.settings().err().map(str::to_owned)))
    });
    let choose_column = move |column: Option<String>| {
        if let Some(column) = &column {
            app.look_up_classes(column);
        }
        form.update(|form| {
            form.column = column;
            form.groups = Default::default();
        });
    };
    view! {
        <section>
            <h2>"Between two groups"</h2>
            <p class="muted">"Name the values of a column that belong to each of two groups, such as resilient and vulnerable types, or samples of two conditions. The axis runs from the mean of one group to the mean of the other; every cell has a place on it, those of unnamed values too."</p>
            <ChoiceField
                testid="axis-view" label="In the space of"
                choices=Signal::derive(move || view_choices(|view| has_space(app, view)))
                value=Signal::derive(move || Some(view_slug(form.with(|form| form.view)).to_owned()))
                set=Callback::new(move |slug| form.update(|form| form.view = view_of(slug)))
            />
            <ChoiceField
                testid="axis-column" label="Values of"
                hint="The values are what is tested: types, donors or samples. Many cells of few donors stay few donors."
                choices=Signal::derive(move || column_choices(app, "choose a column"))
                value=Signal::derive(move || form.with(|form| form.column.clone()))
                set=Callback::new(choose_column)
            />
            <Assign />
            <Chance
                label="Assignments tried" default=ASSIGNMENTS most=1_000_000.0
                hint="Values change groups at random so often, unless there are few enough ways to try them all."
                n=Signal::derive(move || form.with(|form| form.n_permutations))
                set_n=Callback::new(move |n| form.update(|form| form.n_permutations = n))
                seed=Signal::derive(move || form.with(|form| form.seed))
                set_seed=Callback::new(move |seed| form.update(|form| form.seed = seed))
            />
            <Start inquiry=Inquiry::Axis label="Find the axis" obstacle=obstacle />
        </section>
        {move || app.explore.fitted.get().map(|report| report::report(app, report))}
    }
}

/// The step that gives a view its vectors.
fn task_of(view: View) -> Task {
    match view {
        View::Text => Task::PoolCells,
        View::Pca => Task::Pca,
        View::Refined => Task::Refine,
    }
}

fn has_space(app: AppState, view: View) -> bool {
    app.steps.has_result(task_of(view))
}
