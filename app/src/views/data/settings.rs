use leptos::prelude::*;
use lexicell_protocol::{LoadReport, MatrixState};

use super::words::state_in_words;
use crate::components::{Choice, ChoiceField, SwitchField};
use crate::state::app_state;

/// What to read, where the scientist wants it otherwise.
#[component]
pub(crate) fn DataSettings() -> impl IntoView {
    let app = app_state();
    let load = Signal::derive(move || app.settings.with(|settings| settings.load.clone()));
    let is_open_question = move || {
        app.steps.open.with(|open| open.latest().is_some_and(|report| report.transposed.is_some()))
    };
    view! {
        <Show when=move || app.has_data()>
            <div class="settings" data-testid="settings-data">
                <ChoiceField
                    testid="setting-matrix"
                    label="Matrix"
                    hint="Raw counts serve best."
                    choices=Signal::derive(move || app.steps.open.with(|open| open.latest().map(matrices).unwrap_or_default()))
                    value=Signal::derive(move || load.with(|load| load.matrix))
                    set=Callback::new(move |matrix| app.change(|settings| settings.load.matrix = matrix))
                />
                <ChoiceField
                    testid="setting-state"
                    label="Its values are"
                    hint="Decides whether they are normalised before use."
                    choices=Signal::derive(move || app.steps.open.with(|open| states(open.latest())))
                    value=Signal::derive(move || load.with(|load| load.state))
                    set=Callback::new(move |state| app.change(|settings| settings.load.state = state))
                />
                <Show when=is_open_question>
                    <ChoiceField
                        testid="setting-transpose"
                        label="Rows are"
                        hint="A table does not say which way round it is."
                        choices=Signal::stored(vec![
                            Choice::new(None, "as detected"),
                            Choice::new(Some(false), "cells"),
                            Choice::new(Some(true), "genes"),
                        ])
                        value=Signal::derive(move || load.with(|load| load.transpose))
                        set=Callback::new(move |transpose| app.change(|settings| settings.load.transpose = transpose))
                    />
                </Show>
                <SwitchField
                    testid="setting-other-features"
                    label="Keep features that are no genes"
                    hint="Antibodies, guides, hashtags."
                    value=Signal::derive(move || load.with(|load| load.keep_other_features))
                    set=Callback::new(move |keep| app.change(|settings| settings.load.keep_other_features = keep))
                />
            </div>
        </Show>
    }
}

fn matrices(report: &LoadReport) -> Vec<Choice<Option<usize>>> {
    let chosen = report.matrices.get(report.chosen).map_or("", |matrix| matrix.name.as_str());
    let all = report.matrices.iter().enumerate();
    let named = all.map(|(place, matrix)| {
        Choice::new(Some(place), &format!("{} ({})", matrix.name, state_in_words(matrix.state)))
    });
    std::iter::once(Choice::new(None, &format!("the best: {chosen}"))).chain(named).collect()
}

fn states(report: Option<&LoadReport>) -> Vec<Choice<Option<MatrixState>>> {
    let detected = report.map_or("", |report| state_in_words(report.state));
    let known = [
        MatrixState::Counts,
        MatrixState::LogNormalized,
        MatrixState::Normalized,
        MatrixState::Scaled,
    ];
    let named = known.map(|state| Choice::new(Some(state), state_in_words(state)));
    std::iter::once(Choice::new(None, &format!("as detected: {detected}"))).chain(named).collect()
}
