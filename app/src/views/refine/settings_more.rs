use leptos::prelude::*;
use lexicell_protocol::RefineSettings as Settings;

use crate::components::{NumberField, SwitchField};
use crate::state::app_state;

/// The settings that a first training leaves alone.
#[component]
pub(super) fn MoreFields(refine: Memo<Settings>) -> impl IntoView {
    view! {
        <details class="more">
            <summary data-testid="refine-more">"More"</summary>
            <div class="more-fields">
                <Head refine=refine />
                <Steps refine=refine />
                <Views refine=refine />
            </div>
        </details>
    }
}

/// Reads one number of the settings.
fn read(refine: Memo<Settings>, of: fn(&Settings) -> f64) -> Signal<Option<f64>> {
    Signal::derive(move || refine.with(|refine| Some(of(refine))))
}

/// Writes one number of the settings; an empty field brings the default back.
fn write(set: fn(&mut Settings, f64), default: f64) -> Callback<Option<f64>> {
    let app = app_state();
    Callback::new(move |value: Option<f64>| {
        app.change(|settings| set(&mut settings.refine, value.unwrap_or(default)));
    })
}

#[component]
fn Head(refine: Memo<Settings>) -> impl IntoView {
    let app = app_state();
    view! {
        <NumberField
            testid="setting-hidden" label="Hidden layer of the head" hint="Empty: none, the head is linear." empty="none" min=1.0 max=8192.0 step=1.0 default=Some(256.0)
            value=Signal::derive(move || refine.with(|refine| refine.hidden.map(f64::from)))
            set=Callback::new(move |width: Option<f64>| app.change(|settings| settings.refine.hidden = width.map(|width| width as u32)))
        />
        <NumberField
            testid="setting-refine-dim" label="Length of a refined vector" min=2.0 max=4096.0 step=1.0 default=Some(128.0)
            value=read(refine, |refine| f64::from(refine.dim))
            set=write(|refine, n| refine.dim = n as u32, 128.0)
        />
        <NumberField
            testid="setting-temperature" label="Temperature" hint="Lower: nearer neighbours weigh more." min=0.001 max=10.0 step=0.01 default=Some(0.1)
            value=read(refine, |refine| refine.temperature)
            set=write(|refine, value| refine.temperature = value, 0.1)
        />
    }
}

#[component]
fn Steps(refine: Memo<Settings>) -> impl IntoView {
    view! {
        <NumberField
            testid="setting-batch" label="Cells in a batch" min=2.0 max=65_536.0 step=1.0 default=Some(512.0)
            value=read(refine, |refine| f64::from(refine.batch_size))
            set=write(|refine, n| refine.batch_size = n as u32, 512.0)
        />
        <NumberField
            testid="setting-patience" label="Patience" hint="Epochs without a lower loss before it ends." min=1.0 max=10_000.0 step=1.0 default=Some(10.0)
            value=read(refine, |refine| f64::from(refine.patience))
            set=write(|refine, n| refine.patience = n as u32, 10.0)
        />
        <NumberField
            testid="setting-learning-rate" label="Learning rate" hint="The highest of a cosine schedule." min=0.000_001 max=1.0 step=0.000_1 default=Some(0.001)
            value=read(refine, |refine| refine.learning_rate)
            set=write(|refine, value| refine.learning_rate = value, 0.001)
        />
        <NumberField
            testid="setting-decay" label="Weight decay" min=0.0 max=1.0 step=0.000_1 default=Some(0.000_1)
            value=read(refine, |refine| refine.weight_decay)
            set=write(|refine, value| refine.weight_decay = value, 0.000_1)
        />
        <NumberField
            testid="setting-validation" label="Share kept aside" hint="Cells that train nothing and say when to stop (validation)." min=0.0 max=0.5 step=0.05 default=Some(0.15)
            value=read(refine, |refine| refine.validation_share)
            set=write(|refine, value| refine.validation_share = value, 0.15)
        />
    }
}

/// How a second view of a cell is made, where the objective compares views.
#[component]
fn Views(refine: Memo<Settings>) -> impl IntoView {
    let app = app_state();
    let needs_views = move || refine.with(Settings::needs_views);
    view! {
        <Show when=needs_views>
            <NumberField
                testid="setting-gene-dropout" label="View of a cell: genes left out" hint="Share, 0 to 1." min=0.0 max=0.95 step=0.05 default=Some(0.2)
                value=read(refine, |refine| refine.augment.gene_dropout)
                set=write(|refine, value| refine.augment.gene_dropout = value, 0.2)
            />
            <NumberField
                testid="setting-count-share" label="View of a cell: counts kept" hint="Share, 0 to 1." min=0.05 max=1.0 step=0.05 default=Some(0.8)
                value=read(refine, |refine| refine.augment.count_share)
                set=write(|refine, value| refine.augment.count_share = value, 0.8)
            />
            <SwitchField
                testid="setting-disjoint" label="Views from two halves of the genes"
                hint="The space learns not to depend on which genes were measured."
                value=Signal::derive(move || refine.with(|refine| refine.augment.disjoint_genes))
                set=Callback::new(move |wanted| app.change(|settings| settings.refine.augment.disjoint_genes = wanted))
            />
        </Show>
    }
}
