//! Columns and clusters by which cells can be grouped.

use leptos::prelude::*;
use lexicell_protocol::View;

use crate::components::Choice;
use crate::state::{AppState, Classes, Phase, Pick, Source, Task, is_scorable};
use crate::words::view_slug;

/// The columns whose values are classes: the file's own, then those that were told here.
pub(super) fn class_columns(app: AppState) -> Vec<String> {
    let mut names = app.steps.open.with(|open| {
        let columns = open.latest().map_or(&[][..], |report| &report.obs_columns);
        let fit = columns.iter().filter(|column| is_scorable(column));
        fit.map(|column| column.name.clone()).collect::<Vec<_>>()
    });
    let by_head =
        app.training.applied.with(|told| told.as_ref().map(|report| report.column.clone()));
    let by_reference = app.transfer.told.with(|told| {
        let report = told.as_ref()?;
        let through_expression = report.expression.as_ref().map(|telling| telling.column.clone());
        Some([Some(report.text.column.clone()), through_expression])
    });
    let told = by_reference.into_iter().flatten().chain([by_head, app.explore.label_column()]);
    for name in app.labelings().into_iter().chain(told.flatten()) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// The columns as choices, after one for none of them.
pub(super) fn column_choices(app: AppState, none: &str) -> Vec<Choice<Option<String>>> {
    let named = class_columns(app)
        .into_iter()
        .map(|name| Choice::new(Some(name.clone()), &name).keyed(&name));
    std::iter::once(Choice::new(None, none).keyed("")).chain(named).collect()
}

/// What clusters of a view are called.
pub(super) fn clusters_in_words(view: View) -> &'static str {
    match view {
        View::Text => "clusters by text",
        View::Pca => "clusters by expression",
        View::Refined => "clusters, refined",
    }
}

/// The views that a step has a result in, as choices.
pub(super) fn view_choices(is_there: impl Fn(View) -> bool) -> Vec<Choice<Option<String>>> {
    let there = View::ALL.into_iter().filter(|&view| view == View::Text || is_there(view));
    there
        .map(|view| {
            let slug = view_slug(view);
            Choice::new(Some(slug.to_owned()), crate::words::view_in_words(view)).keyed(slug)
        })
        .collect()
}

/// The view of that slug.
pub(super) fn view_of(slug: Option<String>) -> View {
    View::ALL
        .into_iter()
        .find(|&view| slug.as_deref() == Some(view_slug(view)))
        .unwrap_or(View::Text)
}

/// The classes of a source with their cells: none while they are not known, no class where there are
/// too many to be listed.
pub(super) fn classes_of(app: AppState, source: &Source) -> Option<Classes> {
    match source {
        Source::Column(column) => {
            let by_hand = app.sets.with(|sets| {
                let own = sets.labelings.iter().find(|own| own.column == *column);
                own.map(|own| own.classes.clone())
            });
            by_hand.or_else(|| app.explore.classes_of(column))
        }
        Source::Named => Some(
            app.sets
                .with(|sets| sets.sets.iter().map(|set| (set.name.clone(), set.n_obs)).collect()),
        ),
        Source::Clusters(view) => app.steps.view(*view).clusters.with(|clusters| {
            let sizes = clusters.latest().map_or(&[][..], |report| &report.sizes);
            Some(sizes.iter().enumerate().map(|(place, &n)| (place.to_string(), n)).collect())
        }),
        Source::Like(_) | Source::Selected | Source::Rest => Some(Vec::new()),
    }
}

/// A few values of a column, for one that is typed.
pub(super) fn examples_of(app: AppState, column: &str) -> Vec<String> {
    app.steps.open.with(|open| {
        let columns = open.latest().map_or(&[][..], |report| &report.obs_columns);
        let own = columns.iter().find(|own| own.name == column);
        own.map(|own| own.examples.clone()).unwrap_or_default()
    })
}

/// What a question cannot do without, in words, while it is not there.
pub(super) fn missing_step(app: AppState, task: Task) -> Option<String> {
    let what = match task {
        Task::PoolCells => "the cells’ vectors (stage Embed)",
        Task::Pca => "the principal components (stage Map)",
        Task::Refine => "a trained refinement (stage Refine)",
        Task::Neighbors(View::Refined) => {
            "the nearest neighbours of the refined view (stage Refine)"
        }
        Task::Neighbors(_) => "the nearest neighbours of this view (stage Map)",
        _ => "the data",
    };
    match app.steps.phase(task) {
        Phase::Ready => None,
        Phase::Running => Some(format!("This needs {what}, which are being computed.")),
        Phase::Stale => Some(format!("This needs {what}, which are out of date.")),
        Phase::Idle | Phase::Failed => Some(format!("This needs {what} first.")),
    }
}

/// That cells must be selected first, where a set is those selected.
pub(super) fn missing_selection(app: AppState, pick: &Pick) -> Option<String> {
    let is_selected = pick.source == Some(Source::Selected);
    let n = app.map.state.with(|state| state.as_ref().map_or(0, |state| state.n_selected));
    (is_selected && n == 0).then(|| "Select cells on the map first, with the lasso.".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_is_found_by_its_slug_and_the_text_stands_in() {
        for view in View::ALL {
            assert_eq!(view_of(Some(view_slug(view).to_owned())), view);
        }
        assert_eq!(view_of(None), View::Text);
        assert_eq!(view_choices(|view| view == View::Pca).len(), 2);
    }
}
