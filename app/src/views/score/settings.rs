use leptos::prelude::*;
use lexicell_protocol::{ColumnReport, ScoreSettings as Settings};

use crate::components::{Choice, ChoiceField, NumberField};
use crate::state::{app_state, is_scorable};

/// Which column labels the cells, and how they are judged.
#[component]
pub(crate) fn ScoreSettings() -> impl IntoView {
    let app = app_state();
    let score = Signal::derive(move || app.settings.with(|settings| settings.score.clone()));
    let change = move |change: fn(&mut Settings, f64), value: Option<f64>| {
        app.change(|settings| {
            if let (Some(score), Some(value)) = (&mut settings.score, value) {
                change(score, value);
            }
        });
    };
    view! {
        <div class="settings" data-testid="settings-score">
            <ChoiceField
                testid="setting-label"
                label="Label"
                hint="The column that says what each cell is."
                choices=Signal::derive(move || app.steps.open.with(|open| labels(open.latest().map_or(&[][..], |report| &report.obs_columns))))
                value=Signal::derive(move || score.with(|score| score.as_ref().map(|score| score.label.clone())))
                set=Callback::new(move |label| app.choose_label(label))
            />
            <Show when=move || score.with(Option::is_some)>
                <NumberField
                    testid="setting-k" label="Neighbours that vote" min=1.0 max=100.0 step=1.0 default=Some(10.0)
                    value=Signal::derive(move || score.with(|score| score.as_ref().map(|score| f64::from(score.k))))
                    set=Callback::new(move |k| change(|score, k| score.k = k as u32, k))
                />
                <NumberField
                    testid="setting-folds" label="Parts to hold out in turn" min=2.0 max=20.0 step=1.0 default=Some(5.0)
                    hint="Each part is told by the cells of all others."
                    value=Signal::derive(move || score.with(|score| score.as_ref().map(|score| f64::from(score.n_folds))))
                    set=Callback::new(move |n| change(|score, n| score.n_folds = n as u32, n))
                />
                <NumberField
                    testid="setting-score-seed" label="Seed of the split" min=0.0 max=4_294_967_295.0 step=1.0 default=Some(0.0)
                    value=Signal::derive(move || score.with(|score| score.as_ref().map(|score| score.seed as f64)))
                    set=Callback::new(move |seed| change(|score, seed| score.seed = seed as u64, seed))
                />
            </Show>
        </div>
    }
}

/// Columns that can be scored; the number of classes helps to choose.
fn labels(columns: &[ColumnReport]) -> Vec<Choice<Option<String>>> {
    let none = Choice::new(None, "none");
    // A column with one class is offered too: the failure says what is wrong with it.
    let fit = columns.iter().filter(|column| is_scorable(column) || column.n_classes == Some(1));
    let named = fit.map(|column| {
        let classes = column.n_classes.unwrap_or(0);
        Choice::new(
            Some(column.name.clone()),
            &format!(
                "{} ({classes} {})",
                column.name,
                if classes == 1 { "class" } else { "classes" }
            ),
        )
        .keyed(&column.name)
    });
    std::iter::once(none).chain(named).collect()
}
