use leptos::prelude::*;
use lexicell_protocol::{
    ColumnReport, JOINT_LABELS, Objective, RefineSettings as Settings, RefineSpace,
};

use super::settings_more::MoreFields;
use crate::components::{Choice, ChoiceField, NumberField};
use crate::state::{app_state, is_scorable};
use crate::words::{joint_objective_in_words, space_in_words};

/// Weight of the labels in a sum of both losses, unless another is wished.
const HALF: f64 = 0.5;
/// Margin of the triplets, unless another is wished.
const MARGIN: f64 = 0.2;

/// An objective without its numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    SupCon,
    NtXent,
    Mixed,
    Triplet,
}

/// What the refinement learns from, and how; the few settings that matter stand in front.
#[component]
pub(crate) fn RefineSettings() -> impl IntoView {
    let app = app_state();
    let refine = Memo::new(move |_| app.settings.with(|settings| settings.refine.clone()));
    let change =
        move |change: &dyn Fn(&mut Settings)| app.change(|settings| change(&mut settings.refine));
    view! {
        <div class="settings" data-testid="settings-refine">
            <ChoiceField
                testid="setting-refine-space" label="What is refined"
                hint="The joint view brings both into one space; cells kept aside choose how much the text counts."
                choices=Signal::stored(vec![
                    Choice::new(RefineSpace::Text, space_in_words(RefineSpace::Text)).keyed("text"),
                    Choice::new(RefineSpace::Joint, space_in_words(RefineSpace::Joint)).keyed("joint"),
                ])
                value=Signal::derive(move || refine.with(|refine| refine.space))
                set=Callback::new(move |space| change(&|refine| refine.space = space))
            />
            <ChoiceField
                testid="setting-refine-label" label="Learn from"
                hint="The column that says what each cell is. Cells alike in it are drawn together."
                choices=Signal::derive(move || labels(&app.columns()))
                value=Signal::derive(move || refine.with(|refine| refine.label.clone()))
                set=Callback::new(move |label: Option<String>| change(&|refine| refine.label.clone_from(&label)))
            />
            <Objectives refine=refine />
            <NumberField
                testid="setting-refine-epochs" label="Most epochs" hint="Passes over the training cells. It ends earlier where it no longer helps." min=1.0 max=10_000.0 step=1.0 default=Some(100.0)
                value=Signal::derive(move || refine.with(|refine| Some(f64::from(refine.epochs))))
                set=Callback::new(move |n: Option<f64>| change(&|refine| refine.epochs = n.unwrap_or(100.0) as u32))
            />
            <NumberField
                testid="setting-refine-seed" label="Seed of the training" min=0.0 max=4_294_967_295.0 step=1.0 default=Some(0.0)
                value=Signal::derive(move || refine.with(|refine| Some(refine.seed as f64)))
                set=Callback::new(move |seed: Option<f64>| change(&|refine| refine.seed = seed.unwrap_or(0.0) as u64))
            />
            <MoreFields refine=refine />
        </div>
    }
}

/// What training minimises, in the space that is refined.
#[component]
fn Objectives(refine: Memo<Settings>) -> impl IntoView {
    let is_joint = move || refine.with(|refine| refine.space == RefineSpace::Joint);
    move || {
        if is_joint() {
            view! { <JointLabels refine=refine /> }.into_any()
        } else {
            view! { <TextObjective refine=refine /> }.into_any()
        }
    }
}

/// How much the labels count in the joint view.
#[component]
fn JointLabels(refine: Memo<Settings>) -> impl IntoView {
    let app = app_state();
    let words = move || {
        let loss = refine.with(|refine| joint_objective_in_words(refine.joint_labels));
        format!("In the joint view: {loss}. It is trained on the CPU.")
    };
    view! {
        <NumberField
            testid="setting-joint-labels" label="Weight of the labels" hint="0: without labels." min=0.0 max=1.0 step=0.01 default=Some(JOINT_LABELS)
            value=Signal::derive(move || refine.with(|refine| Some(refine.joint_labels)))
            set=Callback::new(move |weight: Option<f64>| app.change(|settings| settings.refine.joint_labels = weight.unwrap_or(JOINT_LABELS)))
        />
        <p class="hint" data-testid="joint-objective">{words}</p>
    }
}

#[component]
fn TextObjective(refine: Memo<Settings>) -> impl IntoView {
    let app = app_state();
    let kind = Memo::new(move |_| refine.with(|refine| kind_of(refine.objective)));
    let set = move |objective| app.change(|settings| settings.refine.objective = objective);
    view! {
        <ChoiceField
            testid="setting-objective" label="Objective"
            hint="SupCon draws cells of a class together; NT-Xent draws two views of the same cell together."
            choices=Signal::stored(vec![
                Choice::new(Kind::Mixed, "both (SupCon + NT-Xent, default)").keyed("mixed"),
                Choice::new(Kind::SupCon, "classes together (SupCon)").keyed("supcon"),
                Choice::new(Kind::NtXent, "without labels (NT-Xent)").keyed("ntxent"),
                Choice::new(Kind::Triplet, "triplets and cross-entropy").keyed("triplet"),
            ])
            value=kind
            set=Callback::new(move |kind| set(objective_of(kind)))
        />
        <Show when=move || kind.get() == Kind::Mixed>
            <NumberField
                testid="setting-supervised" label="Weight of the labels" min=0.0 max=1.0 step=0.05 default=Some(HALF)
                value=Signal::derive(move || refine.with(|refine| match refine.objective { Objective::Mixed { supervised } => Some(supervised), _ => None }))
                set=Callback::new(move |weight: Option<f64>| set(Objective::Mixed { supervised: weight.unwrap_or(HALF) }))
            />
        </Show>
        <Show when=move || kind.get() == Kind::Triplet>
            <NumberField
                testid="setting-margin" label="Margin of the triplets" min=0.0 max=2.0 step=0.05 default=Some(MARGIN)
                value=Signal::derive(move || refine.with(|refine| match refine.objective { Objective::TripletCrossEntropy { margin } => Some(margin), _ => None }))
                set=Callback::new(move |margin: Option<f64>| set(Objective::TripletCrossEntropy { margin: margin.unwrap_or(MARGIN) }))
            />
        </Show>
    }
}

fn kind_of(objective: Objective) -> Kind {
    match objective {
        Objective::SupCon => Kind::SupCon,
        Objective::NtXent => Kind::NtXent,
        Objective::Mixed { .. } => Kind::Mixed,
        Objective::TripletCrossEntropy { .. } => Kind::Triplet,
    }
}

fn objective_of(kind: Kind) -> Objective {
    match kind {
        Kind::SupCon => Objective::SupCon,
        Kind::NtXent => Objective::NtXent,
        Kind::Mixed => Objective::Mixed { supervised: HALF },
        Kind::Triplet => Objective::TripletCrossEntropy { margin: MARGIN },
    }
}

/// Columns that can teach.
fn labels(columns: &[ColumnReport]) -> Vec<Choice<Option<String>>> {
    let named = columns.iter().filter(|column| is_scorable(column)).map(|column| {
        let text = format!("{} ({} classes)", column.name, column.n_classes.unwrap_or(0));
        Choice::new(Some(column.name.clone()), &text).keyed(&column.name)
    });
    std::iter::once(Choice::new(None, "none")).chain(named).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_objective_can_be_chosen_and_recognised() {
        for kind in [Kind::SupCon, Kind::NtXent, Kind::Mixed, Kind::Triplet] {
            assert_eq!(kind_of(objective_of(kind)), kind);
        }
    }
}
