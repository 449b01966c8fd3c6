//! What cells can be grouped by: columns of classes, and clusters.

use leptos::prelude::*;
use lexicell_protocol::View;

use super::columns::{class_columns, clusters_in_words};
use crate::components::{Choice, ChoiceField};
use crate::state::{AppState, Source, app_state};

/// One of the columns of classes or clusterings.
#[component]
pub(crate) fn GroupingField(
    testid: &'static str,
    label: &'static str,
    /// What stands for none of them.
    none: &'static str,
    value: Signal<Option<Source>>,
    set: Callback<Option<Source>>,
) -> impl IntoView {
    let app = app_state();
    view! {
        <ChoiceField
            testid=testid label=label
            choices=Signal::derive(move || choices(app, none))
            value=Signal::derive(move || value.with(|value| value.as_ref().map(Source::key)))
            set=Callback::new(move |key: Option<String>| set.run(key.and_then(|key| Source::of_key(&key))))
        />
    }
}

fn choices(app: AppState, none: &str) -> Vec<Choice<Option<String>>> {
    let choice = |source: Source, text: &str| {
        let key = source.key();
        Choice::new(Some(key.clone()), text).keyed(&key)
    };
    let mut choices = vec![Choice::new(None, none).keyed("")];
    choices.extend(
        class_columns(app).into_iter().map(|name| choice(Source::Column(name.clone()), &name)),
    );
    let has_clusters =
        |view: &View| app.steps.view(*view).clusters.with(|own| own.latest().is_some());
    let views = View::ALL.into_iter().filter(has_clusters);
    choices.extend(views.map(|view| choice(Source::Clusters(view), clusters_in_words(view))));
    choices
}
