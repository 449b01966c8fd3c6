use leptos::prelude::*;
use lexicell_protocol::{ColorBy, ColumnKind, MapCommand, Palette, View};

use crate::components::{Choice, ChoiceField};
use crate::state::{AppState, app_state};

/// What colours the cells.
#[component]
pub(super) fn ColorSelect() -> impl IntoView {
    let app = app_state();
    let current = Memo::new(move |_| {
        app.map
            .state
            .with(|state| state.as_ref().map_or(ColorBy::None, |state| state.color.clone()))
    });
    let palette = Memo::new(move |_| {
        app.map
            .state
            .with(|state| state.as_ref().map_or_else(Default::default, |state| state.palette))
    });
    view! {
        <ChoiceField
            testid="color-select"
            label="Colour by"
            choices=Signal::derive(move || choices(app, current.get()))
            value=current
            set=Callback::new(move |color| app.color_by(color))
        />
        <ChoiceField
            testid="palette-select"
            label="Colours"
            choices=Signal::stored(palettes())
            value=palette
            set=Callback::new(move |palette| app.tell_map(MapCommand::Palette(palette)))
        />
    }
}

/// Each is told apart with any common colour blindness.
fn palettes() -> Vec<Choice<Palette>> {
    vec![
        Choice::new(Palette::OkabeIto, "Okabe–Ito, viridis").keyed("okabe-ito"),
        Choice::new(Palette::TolMuted, "Tol muted, cividis").keyed("tol-muted"),
        Choice::new(Palette::TolBright, "Tol bright, magma").keyed("tol-bright"),
    ]
}

fn choices(app: AppState, current: ColorBy) -> Vec<Choice<ColorBy>> {
    let mut choices = vec![Choice::new(ColorBy::None, "nothing")];
    for (view, text) in [
        (View::Text, "clusters by text"),
        (View::Pca, "clusters by expression"),
        (View::Refined, "clusters, refined"),
    ] {
        if app.steps.view(view).clusters.with(|clusters| clusters.latest().is_some()) {
            choices.push(Choice::new(ColorBy::Cluster(view), text));
        }
    }
    app.steps.open.with(|open| {
        let columns = open.latest().map_or(&[][..], |report| &report.obs_columns);
        // Free text with a value of its own for each cell colours nothing.
        let fit = columns
            .iter()
            .filter(|column| column.kind != ColumnKind::Text || column.n_classes.is_some());
        choices
            .extend(fit.map(|column| Choice::new(ColorBy::Obs(column.name.clone()), &column.name)));
    });
    for column in app.labelings() {
        choices.push(Choice::new(ColorBy::Obs(column.clone()), &format!("{column} (by hand)")));
    }
    if let Some(column) =
        app.training.applied.with(|told| told.as_ref().map(|told| told.column.clone()))
    {
        choices
            .push(Choice::new(ColorBy::Obs(column.clone()), &format!("{column} (told by a head)")));
    }
    for column in app.explore.columns() {
        if choices.iter().all(|choice| choice.value != ColorBy::Obs(column.clone())) {
            choices
                .push(Choice::new(ColorBy::Obs(column.clone()), &format!("{column} (explored)")));
        }
    }
    if let ColorBy::Gene(name) = &current {
        choices.push(Choice::new(current.clone(), &format!("gene {name}")));
    } else if choices.iter().all(|choice| choice.value != current) {
        let text = match &current {
            ColorBy::Obs(name) => name.clone(),
            _ => "clusters".to_owned(),
        };
        choices.push(Choice::new(current, &text));
    }
    choices
}
