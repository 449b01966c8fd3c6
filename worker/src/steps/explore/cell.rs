//! A cell's page: its values, the genes that it is made of, its neighbours and their vote.

use lexicell_analysis::Neighbors;
use lexicell_matrix::Categorical;
use lexicell_protocol::{
    CellNeighbors, ColorBy, DescribedCell, Failure, FailureKind, Grouping, NearCell, Output, View,
};

use super::groupings;
use crate::map;
use crate::session::{Dataset, Session};

/// Genes shown.
const N_GENES: usize = 20;

/// What is known of a cell.
pub(crate) fn run(session: &Session, cell: u64, by: Option<Grouping>) -> Result<Output, Failure> {
    let dataset = session.dataset.as_ref().ok_or_else(|| {
        groupings::refused(FailureKind::MissingInput, "A data set must be there first.".to_owned())
    })?;
    let n_obs = dataset.adata.n_obs();
    let row = usize::try_from(cell).ok().filter(|&cell| cell < n_obs).ok_or_else(|| {
        let text = format!("Cell {cell}: the data set has {n_obs} cells, counted from 0.");
        groupings::refused(FailureKind::BadSetting, text)
    })?;
    let by = by.or_else(|| obvious(session));
    let classes = match &by {
        Some(by) => Some(groupings::classes(session, dataset, by)?),
        None => None,
    };
    let views = View::ALL.into_iter().filter_map(|view| {
        let neighbors = session.views.get(&view)?.neighbors.as_ref()?;
        (row < neighbors.n_rows()).then(|| near(dataset, neighbors, view, row, classes.as_ref()))
    });
    Ok(Output::Cell(Box::new(DescribedCell {
        cell: map::about(session, dataset, row),
        values: map::of_file(dataset, row),
        computed: map::computed(session, row),
        genes: map::top_genes(session, dataset, row, N_GENES),
        by: by.as_ref().map(groupings::name_of).unwrap_or_default(),
        class: classes.as_ref().and_then(|own| own.value(row)).map(str::to_owned),
        views: views.collect(),
    })))
}

/// The classes that are in sight, or the clusters of some view.
fn obvious(session: &Session) -> Option<Grouping> {
    let has_clusters =
        |view: &View| session.views.get(view).is_some_and(|view| view.clusters.is_some());
    match &session.map.color {
        ColorBy::Cluster(view) if has_clusters(view) => return Some(Grouping::Clusters(*view)),
        ColorBy::Obs(column) if session.map.coloring.is_by_class() => {
            return Some(Grouping::Column(column.clone()));
        }
        _ => {}
    }
    View::ALL.into_iter().find(has_clusters).map(Grouping::Clusters)
}

fn near(
    dataset: &Dataset,
    neighbors: &Neighbors,
    view: View,
    cell: usize,
    classes: Option<&Categorical>,
) -> CellNeighbors {
    let (rows, distances) = neighbors.row(cell);
    let class = |row: u32| classes.and_then(|own| own.value(row as usize)).map(str::to_owned);
    let neighbors: Vec<NearCell> = rows
        .iter()
        .zip(distances)
        .filter(|(row, _)| (**row as usize) < dataset.adata.n_obs())
        .map(|(&row, &distance)| NearCell {
            index: u64::from(row),
            name: dataset.adata.obs.index[row as usize].clone(),
            cosine: 1.0 - f64::from(distance),
            class: class(row),
        })
        .collect();
    let votes = votes(&neighbors);
    CellNeighbors { view, neighbors, votes }
}

/// Votes as the score counts them: of equals, the class whose cells are more similar in sum leads.
fn votes(neighbors: &[NearCell]) -> Vec<(String, u64)> {
    let mut tally: Vec<(&str, u64, f64)> = Vec::new();
    for near in neighbors {
        let Some(class) = near.class.as_deref() else { continue };
        match tally.iter_mut().find(|entry| entry.0 == class) {
            Some(entry) => (entry.1, entry.2) = (entry.1 + 1, entry.2 + near.cosine),
            None => tally.push((class, 1, near.cosine)),
        }
    }
    tally.sort_by(|a, b| b.1.cmp(&a.1).then(b.2.total_cmp(&a.2)));
    tally.into_iter().map(|(class, n, _)| (class.to_owned(), n)).collect()
}
