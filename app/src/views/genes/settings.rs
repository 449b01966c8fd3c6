use leptos::prelude::*;
use lexicell_protocol::Species;

use crate::components::{Choice, ChoiceField};
use crate::state::app_state;

/// The species, and which names of the genes count.
#[component]
pub(crate) fn GeneSettings() -> impl IntoView {
    let app = app_state();
    let genes = Signal::derive(move || app.settings.with(|settings| settings.genes.clone()));
    view! {
        <div class="settings" data-testid="settings-genes">
            <ChoiceField
                testid="setting-species"
                label="Species"
                choices=Signal::stored(vec![
                    Choice::new(None, "detect"),
                    Choice::new(Some(Species::Human), "human"),
                    Choice::new(Some(Species::Mouse), "mouse"),
                ])
                value=Signal::derive(move || genes.with(|genes| genes.species))
                set=Callback::new(move |species| app.change(|settings| settings.genes.species = species))
            />
            <ChoiceField
                testid="setting-gene-column"
                label="Gene names from"
                hint="The column that names most genes is taken."
                choices=Signal::derive(move || columns(app.steps.open.with(|open| open.latest().map(|report| report.var_columns.clone()).unwrap_or_default())))
                value=Signal::derive(move || genes.with(|genes| genes.column.clone()))
                set=Callback::new(move |column| app.change(|settings| settings.genes.column = column))
            />
        </div>
    }
}

fn columns(names: Vec<String>) -> Vec<Choice<Option<String>>> {
    let named = names.into_iter().map(|name| Choice::new(Some(name.clone()), &name));
    std::iter::once(Choice::new(None, "the best column")).chain(named).collect()
}
