use leptos::prelude::*;
use lexicell_protocol::ColorBy;

use crate::components::{CappedRows, count, percent};
use crate::state::{Stage, app_state};

/// What was told about the cells: how many are of each class, and a way to see them on the map.
pub(super) struct Told {
    pub(super) heading: String,
    pub(super) caption: String,
    /// The column of `obs`.
    pub(super) column: String,
    pub(super) classes: Vec<String>,
    /// Cells of each class.
    pub(super) counts: Vec<u64>,
    pub(super) n_none: u64,
}

/// Classes by how many cells were told to be of them, then the cells that are like none of them.
#[component]
pub(super) fn ToldTable(
    told: Told,
    testid: &'static str,
    more_testid: &'static str,
    show_testid: &'static str,
    /// What stands between the heading and the table.
    children: Children,
) -> impl IntoView {
    let app = app_state();
    let total = told.counts.iter().sum::<u64>() + told.n_none;
    let share = move |n: u64| percent(n as f64 / total.max(1) as f64);
    let mut rows: Vec<(String, u64)> = told.classes.into_iter().zip(told.counts).collect();
    rows.sort_by_key(|&(_, n)| std::cmp::Reverse(n));
    rows.push(("none of these".to_owned(), told.n_none));
    let n_rows = rows.len();
    let row = move |place: usize| {
        let (name, n) = rows[place].clone();
        view! { <tr><th scope="row">{name}</th><td class="number">{count(n)}</td><td class="number">{share(n)}</td></tr> }.into_any()
    };
    let column = told.column;
    let show = move |_| {
        app.color_by(ColorBy::Obs(column.clone()));
        app.stage.set(Stage::Map);
    };
    view! {
        <div class="heading-line">
            <h3>{told.heading}</h3>
            <button type="button" class="link" data-testid=show_testid on:click=show>"Show it on the map"</button>
        </div>
        {children()}
        <table data-testid=testid>
            <caption>{told.caption}</caption>
            <thead><tr><th scope="col">"Told to be"</th><th scope="col" class="number">"Cells"</th><th scope="col" class="number">"Share"</th></tr></thead>
            <CappedRows total=n_rows columns=3 testid=more_testid row=row />
        </table>
    }
}
