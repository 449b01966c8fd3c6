use leptos::prelude::*;
use lexicell_protocol::{ColumnReport, Method, ScoreSettings as Settings, Split};

use super::method_choice::MethodChoice;
use super::split_fields::SplitFields;
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
    let is_few = move || {
        score.with(|score| {
            score.as_ref().is_some_and(|score| matches!(score.split, Split::FewLabels { .. }))
        })
    };
    view! {
        <div class="settings" data-testid="settings-score">
            <ChoiceField
                testid="setting-label"
                label="Label"
                hint="The column that says what each cell is."
                choices=Signal::derive(move || labels(&app.columns()))
                value=Signal::derive(move || score.with(|score| score.as_ref().map(|score| score.label.clone())))
                set=Callback::new(move |label| app.choose_label(label))
            />
            <Show when=move || score.with(Option::is_some)>
                <Presets />
                <SplitFields />
                <NumberField
                    testid="setting-k" label="Neighbours that vote" min=1.0 max=100.0 step=1.0 default=Some(10.0)
                    value=Signal::derive(move || score.with(|score| score.as_ref().map(|score| f64::from(score.k))))
                    set=Callback::new(move |k| change(|score, k| score.k = k as u32, k))
                />
                <Show when=move || !is_few()>
                    <NumberField
                        testid="setting-folds" label="Parts to hold out in turn" min=2.0 max=20.0 step=1.0 default=Some(5.0)
                        hint="Each part is told by the cells of all others."
                        value=Signal::derive(move || score.with(|score| score.as_ref().and_then(|score| n_folds(&score.split))))
                        set=Callback::new(move |n| change(|score, n| set_folds(&mut score.split, n as u32), n))
                    />
                </Show>
                <NumberField
                    testid="setting-repeats" label="Draws of the split" min=1.0 max=50.0 step=1.0 default=Some(1.0)
                    hint="Each with a seed of its own; at least 5 to publish."
                    value=Signal::derive(move || score.with(|score| score.as_ref().map(|score| f64::from(score.repeats))))
                    set=Callback::new(move |n| change(|score, n| score.repeats = n as u32, n))
                />
                <NumberField
                    testid="setting-score-seed" label="Seed of the split" min=0.0 max=4_294_967_295.0 step=1.0 default=Some(0.0)
                    value=Signal::derive(move || score.with(|score| score.as_ref().map(|score| score.seed as f64)))
                    set=Callback::new(move |seed| change(|score, seed| score.seed = seed as u64, seed))
                />
                <MethodChoice />
            </Show>
        </div>
    }
}

/// The quick protocol, or the one to publish.
#[component]
fn Presets() -> impl IntoView {
    let app = app_state();
    let is = move |test: fn(&Settings) -> bool| {
        app.settings.with(|settings| settings.score.as_ref().is_some_and(test)).to_string()
    };
    let set = move |change: fn(Settings) -> Settings| {
        app.change(|settings| settings.score = settings.score.take().map(change));
    };
    view! {
        <div class="presets" role="group" aria-label="Protocol">
            <button type="button" class="button" data-testid="preset-quick" aria-pressed=move || is(is_quick) on:click=move |_| set(quick)>"Quick"</button>
            <button type="button" class="button" data-testid="preset-full" aria-pressed=move || is(is_full) on:click=move |_| set(Settings::full)>"Full (to publish)"</button>
            <p class="hint">"Quick takes seconds and starts by itself. Full judges every method on five draws of the split and trains anew in each fold: minutes to hours."</p>
        </div>
    }
}

fn quick(settings: Settings) -> Settings {
    Settings { repeats: 1, methods: Method::QUICK.to_vec(), ..settings }
}

fn is_quick(settings: &Settings) -> bool {
    *settings == quick(settings.clone())
}

fn is_full(settings: &Settings) -> bool {
    *settings == settings.clone().full()
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

fn n_folds(split: &Split) -> Option<f64> {
    match split {
        Split::StratifiedKFold { n_folds } | Split::HeldOutGroups { n_folds, .. } => {
            Some(f64::from(*n_folds))
        }
        Split::FewLabels { .. } => None,
    }
}

fn set_folds(split: &mut Split, n: u32) {
    match split {
        Split::StratifiedKFold { n_folds } | Split::HeldOutGroups { n_folds, .. } => *n_folds = n,
        Split::FewLabels { .. } => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_protocol_is_quick_or_full_or_neither() {
        let new = Settings::new("cell_type");
        assert!(is_quick(&new) && !is_full(&new));
        let full = new.clone().full();
        assert!(is_full(&full) && !is_quick(&full));
        assert!(is_quick(&quick(full)));
        let own = Settings { repeats: 3, ..new };
        assert!(!is_quick(&own) && !is_full(&own));
    }
}
