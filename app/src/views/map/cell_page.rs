use leptos::prelude::*;
use lexicell_protocol::{CellNeighbors, DescribedCell, NearCell};

use crate::components::{GeneLink, Icon, IconName, count, figure, percent};
use crate::state::{AppState, CellPage, Source, app_state};
use crate::views::GroupingField;
use crate::words::view_in_words;

/// All that is known of one cell: its values, its genes, its neighbours and their vote.
#[component]
pub(super) fn CellPanel() -> impl IntoView {
    let app = app_state();
    let page = app.explore.figures.cell;
    let contents = move || match page.get() {
        CellPage::Closed => None,
        CellPage::Loading(_) => Some(view! { <p class="muted">"Looking it up…"</p> }.into_any()),
        CellPage::Unknown(why) => {
            Some(view! { <p data-testid="cell-unknown">{why}</p> }.into_any())
        }
        CellPage::Open(cell) => Some(about(app, *cell)),
    };
    move || {
        contents().map(|contents| {
            view! {
                <section class="card" aria-label="About the cell" data-testid="cell-page">
                    <div class="heading-line">
                        <h2>"About this cell"</h2>
                        <button type="button" class="icon-button" data-testid="cell-page-close" aria-label="Close the cell’s page" on:click=move |_| page.set(CellPage::Closed)><Icon name=IconName::Cross /></button>
                    </div>
                    {contents}
                </section>
            }
        })
    }
}

fn about(app: AppState, cell: DescribedCell) -> AnyView {
    let figures = app.explore.figures;
    let index = cell.cell.index;
    let choose = move |by: Option<Source>| {
        figures.cell_by.set(by);
        app.show_cell(index);
    };
    let by = cell.by.clone();
    let own = cell.class.clone();
    let none = if by.is_empty() { "nothing" } else { "what colours the map, or clusters" };
    let views = cell.views.into_iter().map(|view| neighbors(app, &by, own.as_deref(), view));
    let views: Vec<AnyView> = views.collect();
    let has_views = !views.is_empty();
    let genes = cell
        .genes
        .into_iter()
        .map(|(name, share)| view! { <li data-testid="cell-gene"><GeneLink name=name /><span class="number">{percent(share)}</span></li> })
        .collect::<Vec<_>>();
    let has_genes = !genes.is_empty();
    view! {
        <h3 data-testid="cell-name">{cell.cell.name}</h3>
        <GroupingField testid="cell-by" label="Neighbours vote by" none=none value=figures.cell_by.into() set=Callback::new(choose) />
        {(!has_views).then(|| view! { <p class="hint">"No neighbours are computed yet."</p> })}
        {views}
        {has_genes.then(|| view! { <h3>"Genes that weigh most in its text"</h3> })}
        <ul class="weights">{genes}</ul>
        {values("cell-computed", "Computed here", cell.computed)}
        {values("cell-values", "Its values in the file", cell.values)}
    }
    .into_any()
}

/// Values under a heading that opens; none of them where there are none.
fn values(testid: &'static str, title: &str, values: Vec<(String, String)>) -> AnyView {
    if values.is_empty() {
        return ().into_any();
    }
    let title = format!("{title} ({})", values.len());
    let lines = values
        .into_iter()
        .map(|(name, value)| view! { <div><dt>{name}</dt><dd>{value}</dd></div> })
        .collect::<Vec<_>>();
    view! { <details><summary data-testid=testid>{title}</summary><dl class="values">{lines}</dl></details> }
        .into_any()
}

fn neighbors(app: AppState, by: &str, own: Option<&str>, view: CellNeighbors) -> AnyView {
    let words = verdict(by, own, &view);
    let title = format!("Nearest by {}", view_in_words(view.view));
    let votes = view
        .votes
        .iter()
        .map(|(class, n)| view! { <li><span>{class.clone()}</span><span class="number">{count(*n)}</span></li> })
        .collect::<Vec<_>>();
    let rows = view.neighbors.into_iter().map(|near| row(app, near)).collect::<Vec<_>>();
    view! {
        <div data-testid="cell-view">
            <h3>{title}</h3>
            <p data-testid="cell-vote">{words}</p>
            <ul class="weights" data-testid="cell-votes">{votes}</ul>
            <details>
                <summary data-testid="cell-neighbors">{format!("The {} neighbours", rows.len())}</summary>
                <table>
                    <thead><tr><th scope="col">"Cell"</th><th scope="col" class="number">"Cosine"</th><th scope="col">"Class"</th></tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </details>
        </div>
    }
    .into_any()
}

fn row(app: AppState, near: NearCell) -> AnyView {
    let index = near.index;
    view! {
        <tr>
            <th scope="row"><button type="button" class="link" data-testid="cell-neighbor" title="Open this cell’s page" on:click=move |_| app.show_cell(index)>{near.name}</button></th>
            <td class="number">{figure(near.cosine, 3)}</td>
            <td>{near.class.unwrap_or_else(|| "–".to_owned())}</td>
        </tr>
    }
    .into_any()
}

/// What the neighbours say, and how sure they are.
fn verdict(by: &str, own: Option<&str>, view: &CellNeighbors) -> String {
    let total: u64 = view.votes.iter().map(|(_, n)| n).sum();
    let Some((class, n)) = view.votes.first() else {
        return "No neighbour has a class to vote with.".to_owned();
    };
    let agrees = match own {
        Some(own) if own == class => " It is one itself.".to_owned(),
        Some(own) => format!(" It is labelled {own}."),
        None => String::new(),
    };
    let lead = format!(
        "{} of {} neighbours vote {class} ({})",
        n,
        total,
        percent(*n as f64 / total.max(1) as f64)
    );
    format!("{lead} by {by}.{agrees}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use lexicell_protocol::View;

    #[test]
    fn the_vote_is_told_with_its_share_and_what_the_cell_is_called() {
        let mut view = CellNeighbors {
            view: View::Text,
            neighbors: vec![],
            votes: vec![("B".to_owned(), 3), ("T".to_owned(), 1)],
        };
        let words = verdict("type", Some("T"), &view);
        assert_eq!(words, "3 of 4 neighbours vote B (75.0 %) by type. It is labelled T.");
        assert!(verdict("type", Some("B"), &view).ends_with("It is one itself."));
        view.votes.clear();
        assert!(verdict("type", None, &view).contains("No neighbour"));
    }
}
