use leptos::prelude::*;
use lexicell_protocol::{GeneTable, PoolWeights, TextTemplate, TokenPooling};

use super::own_vectors::OwnVectors;
use crate::components::{Choice, ChoiceField, NumberField, SwitchField};
use crate::state::app_state;

/// Which text is read and how it becomes a cell's vector.
#[component]
pub(crate) fn EmbedSettings() -> impl IntoView {
    view! {
        <div class="settings" data-testid="settings-embed">
            <TextFields />
            <CellFields />
            <OwnVectors />
        </div>
    }
}

#[component]
fn TextFields() -> impl IntoView {
    let app = app_state();
    let embed = Signal::derive(move || app.settings.with(|settings| settings.embed.clone()));
    view! {
        <ChoiceField
            testid="setting-template"
            label="Text of a gene"
            choices=Signal::stored(vec![
                Choice::new(TextTemplate::Name, "symbol and name"),
                Choice::new(TextTemplate::Summary, "symbol, name and summary (default)"),
                Choice::new(TextTemplate::SummaryAndGo, "all that and GO terms"),
            ])
            value=Signal::derive(move || embed.with(|embed| embed.template))
            set=Callback::new(move |template| app.change(|settings| settings.embed.template = template))
        />
        <ChoiceField
            testid="setting-pooling"
            label="Vector of a text"
            choices=Signal::stored(vec![
                Choice::new(TokenPooling::Mean, "mean of its words (default)"),
                Choice::new(TokenPooling::Cls, "the model’s first token"),
            ])
            value=Signal::derive(move || embed.with(|embed| embed.pooling))
            set=Callback::new(move |pooling| app.change(|settings| settings.embed.pooling = pooling))
        />
        <SwitchField
            testid="setting-precomputed"
            label="Use vectors computed before"
            hint="Off: every text is read anew on this machine."
            value=Signal::derive(move || embed.with(|embed| embed.use_precomputed))
            set=Callback::new(move |wanted| app.change(|settings| settings.embed.use_precomputed = wanted))
        />
    }
}

#[component]
fn CellFields() -> impl IntoView {
    let app = app_state();
    let pool = Signal::derive(move || app.settings.with(|settings| settings.pool.clone()));
    view! {
        <NumberField
            testid="setting-top-n"
            label="Highest genes per cell"
            hint="Empty: all expressed genes."
            empty="all"
            min=1.0
            max=100_000.0
            step=1.0
            default=Some(100.0)
            value=Signal::derive(move || pool.with(|pool| pool.top_n.map(f64::from)))
            set=Callback::new(move |top_n: Option<f64>| app.change(|settings| settings.pool.top_n = top_n.map(|n| n as u32)))
        />
        <ChoiceField
            testid="setting-weights"
            label="Weighted by"
            choices=Signal::stored(vec![
                Choice::new(PoolWeights::Rank, "rank of expression (default)"),
                Choice::new(PoolWeights::Expression, "expression"),
                Choice::new(PoolWeights::Uniform, "nothing, all alike"),
            ])
            value=Signal::derive(move || pool.with(|pool| pool.weights))
            set=Callback::new(move |weights| app.change(|settings| settings.pool.weights = weights))
        />
        <ChoiceField
            testid="setting-gene-table"
            label="Gene vectors"
            choices=Signal::stored(vec![
                Choice::new(GeneTable::Whitened, "whitened (default)"),
                Choice::new(GeneTable::AsEmbedded, "as embedded"),
            ])
            value=Signal::derive(move || pool.with(|pool| pool.gene_table))
            set=Callback::new(move |table| app.change(|settings| settings.pool.gene_table = table))
        />
        <SwitchField
            testid="setting-center"
            label="Compare with the mean cell"
            hint="Subtracts what all cells share."
            value=Signal::derive(move || pool.with(|pool| pool.center))
            set=Callback::new(move |center| app.change(|settings| settings.pool.center = center))
        />
    }
}
