use leptos::prelude::*;
use lexicell_protocol::{ColumnReport, Split};

use crate::components::{Choice, ChoiceField, ListField};
use crate::state::app_state;

/// Points of the low-sample curve that are tried unless others are wished.
const FEW: [u32; 4] = [1, 5, 10, 50];
const N_FOLDS: u32 = 5;

/// How cells are held out, without its details.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Stratified,
    Groups,
    Few,
}

/// How cells are held out.
#[component]
pub(super) fn SplitFields() -> impl IntoView {
    let app = app_state();
    let split = Memo::new(move |_| {
        app.settings.with(|settings| settings.score.as_ref().map(|score| score.split.clone()))
    });
    let set = move |split: Split| {
        app.change(|settings| {
            if let Some(score) = &mut settings.score {
                score.split = split;
            }
        });
    };
    let groups = Memo::new(move |_| {
        let label =
            app.settings.with(|settings| settings.score.as_ref().map(|score| score.label.clone()));
        group_columns(&app.columns(), label.as_deref().unwrap_or_default())
    });
    let kinds = Signal::derive(move || {
        let mut kinds = vec![
            Choice::new(Kind::Stratified, "parts of equal mix (stratified)").keyed("stratified"),
        ];
        let is_chosen = split.with(|split| matches!(split, Some(Split::HeldOutGroups { .. })));
        if is_chosen || groups.with(|groups| !groups.is_empty()) {
            kinds.push(Choice::new(Kind::Groups, "whole groups (donors, batches)").keyed("groups"));
        }
        kinds.push(Choice::new(Kind::Few, "all but a few of each class").keyed("few"));
        kinds
    });
    let choose = Callback::new(move |kind: Kind| {
        let first = || groups.with_untracked(|groups| groups.first().cloned()).unwrap_or_default();
        let n_folds = split.with_untracked(|split| match split {
            Some(Split::StratifiedKFold { n_folds } | Split::HeldOutGroups { n_folds, .. }) => {
                *n_folds
            }
            _ => N_FOLDS,
        });
        set(match kind {
            Kind::Stratified => Split::StratifiedKFold { n_folds },
            Kind::Groups => Split::HeldOutGroups { column: first(), n_folds },
            Kind::Few => Split::FewLabels { per_class: FEW.to_vec() },
        });
    });
    view! {
        <ChoiceField
            testid="setting-split" label="What is held out"
            choices=kinds
            value=Signal::derive(move || split.with(|split| split.as_ref().map_or(Kind::Stratified, kind_of)))
            set=choose
        />
        {move || match split.get() {
            Some(Split::HeldOutGroups { column, n_folds }) => Some(view! {
                <ChoiceField
                    testid="setting-group" label="Groups"
                    hint="No group is in training and test at once: what is judged is whether labels carry over to a new one."
                    choices=Signal::derive({
                        let column = column.clone();
                        move || named(groups.get(), &column)
                    })
                    value=Signal::stored(column)
                    set=Callback::new(move |column| set(Split::HeldOutGroups { column, n_folds }))
                />
            }.into_any()),
            Some(Split::FewLabels { per_class }) => Some(view! {
                <ListField
                    testid="setting-per-class" label="Training cells of each class"
                    hint="Whole numbers with commas between; each is a point of the curve."
                    value=Signal::stored(per_class)
                    set=Callback::new(move |per_class| set(Split::FewLabels { per_class }))
                />
            }.into_any()),
            _ => None,
        }}
    }
}

fn kind_of(split: &Split) -> Kind {
    match split {
        Split::StratifiedKFold { .. } => Kind::Stratified,
        Split::HeldOutGroups { .. } => Kind::Groups,
        Split::FewLabels { .. } => Kind::Few,
    }
}

/// Columns that may name groups: at least two, and not the label itself.
fn group_columns(columns: &[ColumnReport], label: &str) -> Vec<String> {
    columns
        .iter()
        .filter(|column| column.name != label && column.n_classes.is_some_and(|n| n >= 2))
        .map(|column| column.name.clone())
        .collect()
}

/// The chosen column stays in the list, so that the worker can say what is wrong with it.
fn named(mut columns: Vec<String>, chosen: &str) -> Vec<Choice<String>> {
    if !columns.iter().any(|column| column == chosen) {
        columns.insert(0, chosen.to_owned());
    }
    columns.iter().map(|column| Choice::new(column.clone(), column)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use lexicell_protocol::ColumnKind;

    #[test]
    fn the_label_itself_is_no_group() {
        let column = |name: &str, n_classes| ColumnReport {
            name: name.to_owned(),
            kind: ColumnKind::Categorical,
            n_classes,
            n_missing: 0,
            examples: Vec::new(),
        };
        let columns = [
            column("cell_type", Some(8)),
            column("donor", Some(4)),
            column("one", Some(1)),
            column("n", None),
        ];
        assert_eq!(group_columns(&columns, "cell_type"), ["donor"]);
        let choices = named(vec!["donor".to_owned()], "cell_type");
        assert_eq!(choices.len(), 2);
    }
}
