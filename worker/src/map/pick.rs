//! What is under the pointer, and what a lasso catches.

use std::collections::BTreeMap;

use lexicell_analysis::normalize::Normalized;
use lexicell_analysis::pool::PoolJob;
use lexicell_matrix::{Column, CsrMatrix};
use lexicell_protocol::{ColorBy, LassoReport, Legend, PickedCell, View};
use lexicell_scatter::is_inside;

use super::Map;
use super::beside::{Side, offset, side_of};
use crate::session::{Dataset, Session};
use crate::steps::pool_choice;

/// How far from the pointer a cell may lie, in CSS pixels beyond its radius.
const REACH: f32 = 6.0;
/// Columns shown of a picked cell.
const N_VALUES: usize = 6;
/// Genes shown of a picked cell.
const N_GENES: usize = 6;

/// The cell under a screen place.
pub(crate) fn pick(session: &Session, screen: [f32; 2]) -> Option<PickedCell> {
    let dataset = session.dataset.as_ref()?;
    let map = &session.map;
    let cell = cell_at(map, screen).filter(|&cell| cell < dataset.adata.n_obs())?;
    let mut places = places(map, cell);
    if places.len() > 1 && side_of(screen, map.viewport).0 == Side::Right {
        places.swap(0, 1);
    }
    let _ = places.first()?;
    Some(placed(session, dataset, cell, &places))
}

/// A cell as the pointer would find it, wherever it is drawn.
pub(crate) fn about(session: &Session, dataset: &Dataset, cell: usize) -> PickedCell {
    placed(session, dataset, cell, &places(&session.map, cell))
}

fn placed(session: &Session, dataset: &Dataset, cell: usize, places: &[[f32; 2]]) -> PickedCell {
    let [x, y] = places.first().copied().unwrap_or_default();
    PickedCell {
        index: cell as u64,
        name: dataset.adata.obs.index[cell].clone(),
        values: values(session, dataset, cell, N_VALUES),
        top_genes: top_genes(session, dataset, cell, N_GENES),
        x,
        y,
        twin: places.get(1).filter(|[x, _]| x.is_finite()).map(|&[x, y]| (x, y)),
    }
}

/// The cell near a screen place, in the half that it lies in.
fn cell_at(map: &Map, screen: [f32; 2]) -> Option<usize> {
    let (grid, positions, camera, pane, place) = match &map.beside {
        None => (&map.grid, &map.points.positions, map.camera, map.viewport, screen),
        Some(beside) => match side_of(screen, map.viewport) {
            (Side::Left, place) => {
                (&map.grid, &map.points.positions, map.camera, map.pane(), place)
            }
            (Side::Right, place) => {
                (&beside.grid, &beside.positions, beside.camera, map.pane(), place)
            }
        },
    };
    let reach = (map.points.radius + REACH) / camera.zoom;
    grid.nearest(positions, camera.to_data(place, pane), reach)
}

/// Where a cell is drawn, in CSS pixels: at the left, and at the right where there are two halves.
fn places(map: &Map, cell: usize) -> Vec<[f32; 2]> {
    let shown = map.points.positions.get(cell);
    let left = shown.map(|&position| map.camera.to_screen(position, map.pane()));
    let right = map
        .beside
        .as_ref()
        .and_then(|beside| Some(beside.to_screen(*beside.positions.get(cell)?, map.viewport)));
    left.into_iter().chain(right).collect()
}

/// Values of a cell: its clusters and labels by hand, the column in sight, other columns of the file.
fn values(session: &Session, dataset: &Dataset, cell: usize, most: usize) -> Vec<(String, String)> {
    let (mut values, told) = (marked(session, cell), told(session, cell));
    let shown = |name: &str| matches!(&session.map.color, ColorBy::Obs(own) if own == name);
    let all = told.into_iter().filter(|(name, _)| shown(name)).chain(of_file(dataset, cell));
    let (first, rest): (Vec<_>, Vec<_>) = all.partition(|(name, _)| shown(name));
    values.extend(first.into_iter().chain(rest));
    values.truncate(most);
    values
}

/// Values of a cell in the file.
pub(crate) fn of_file(dataset: &Dataset, cell: usize) -> Vec<(String, String)> {
    let columns = dataset.adata.obs.columns().iter();
    columns.map(|(name, column)| (name.clone(), value_of(column, cell))).collect()
}

/// What was computed of a cell or labelled on this page.
pub(crate) fn computed(session: &Session, cell: usize) -> Vec<(String, String)> {
    let mut values = marked(session, cell);
    values.extend(told(session, cell));
    values
}

/// Its clusters and its labels by hand.
fn marked(session: &Session, cell: usize) -> Vec<(String, String)> {
    let mut values = Vec::new();
    for (view, name) in [
        (View::Text, "cluster (text)"),
        (View::Pca, "cluster (expression)"),
        (View::Refined, "cluster (refined)"),
    ] {
        if let Some(clusters) = session.views.get(&view).and_then(|view| view.clusters.as_ref()) {
            values.push((name.to_owned(), clusters[cell].to_string()));
        }
    }
    for own in &session.marks.now().labelings {
        let label = own.classes.value(cell).unwrap_or("missing");
        values.push((own.column.clone(), label.to_owned()));
    }
    values
}

/// Labels that were told and values that were measured.
fn told(session: &Session, cell: usize) -> Vec<(String, String)> {
    let number = |value: Option<&f32>| match value {
        Some(value) if value.is_finite() => format!("{value:.4}"),
        _ => "missing".to_owned(),
    };
    let mut values = Vec::new();
    for own in &session.told {
        let label = own.classes.value(cell).unwrap_or("missing");
        values.push((own.column.clone(), label.to_owned()));
        if !own.similarity.is_empty() {
            values.push((format!("{}, cosine", own.column), number(own.similarity.get(cell))));
        }
    }
    let measured = session.measured.iter();
    values.extend(measured.map(|own| (own.column.clone(), number(own.values.get(cell)))));
    values
}

fn value_of(column: &Column, cell: usize) -> String {
    let missing = || "missing".to_owned();
    match column {
        Column::Categorical(values) => values.value(cell).map_or_else(missing, str::to_owned),
        Column::Float(values) if values[cell].is_nan() => missing(),
        Column::Float(values) => format!("{:.4}", values[cell]),
        Column::Integer(values) => values[cell].map_or_else(missing, |value| value.to_string()),
        Column::Boolean(values) => values[cell].map_or_else(missing, |value| value.to_string()),
        Column::Text(values) => values[cell].clone().unwrap_or_else(missing),
    }
}

/// Genes with the largest weight in the cell's average, with their share of it.
pub(crate) fn top_genes(
    session: &Session,
    dataset: &Dataset,
    cell: usize,
    most: usize,
) -> Vec<(String, f64)> {
    let Some(vectors) = &session.vectors else { return Vec::new() };
    // The pointer asks often: one row is normalised, not the matrix.
    let (genes, stored) = dataset.adata.x.row(cell);
    let row = CsrMatrix::try_new(
        1,
        dataset.adata.n_vars(),
        vec![0, genes.len()],
        genes.to_vec(),
        stored.to_vec(),
    )
    .ok();
    let normalized = row.as_ref().and_then(|row| Normalized::new(row, dataset.state).ok());
    let settings = pool_choice(&session.used.pool);
    let job = normalized.as_ref().and_then(|normalized| {
        PoolJob::new(normalized, &vectors.rows, vectors.table.n_rows(), settings).ok()
    });
    let mut genes = job.map_or_else(Vec::new, |job| job.genes_of(0));
    let total: f64 = genes.iter().map(|(_, weight)| f64::from(*weight)).sum();
    genes.sort_by(|a, b| b.1.total_cmp(&a.1));
    let share = |(gene, weight): (u32, f32)| {
        (dataset.adata.var.index[gene as usize].clone(), f64::from(weight) / total)
    };
    genes.into_iter().take(most).map(share).collect()
}

/// The cells within a polygon of screen places, ascending; none in an empty one.
pub(crate) fn within(map: &Map, polygon: &[f32]) -> Vec<u32> {
    // A lasso lies in the half that it began in; what it catches is selected in both.
    let side = match polygon {
        [x, y, ..] if map.beside.is_some() => side_of([*x, *y], map.viewport).0,
        _ => Side::Left,
    };
    let (positions, camera, left) = match (&map.beside, side) {
        (Some(beside), Side::Right) => (&beside.positions, beside.camera, offset(map.viewport)),
        _ => (&map.points.positions, map.camera, 0.0),
    };
    let pane = map.pane();
    let corners: Vec<[f32; 2]> = polygon
        .chunks_exact(2)
        .map(|corner| camera.to_data([corner[0] - left, corner[1]], pane))
        .collect();
    let inside = |(_, position): &(usize, &[f32; 2])| is_inside(&corners, **position);
    positions.iter().enumerate().filter(inside).map(|(cell, _)| cell as u32).collect()
}

/// The selected cells by the classes that colour the map.
pub(crate) fn caught(session: &Session) -> LassoReport {
    let selected = &session.marks.now().selected;
    let mut classes = Vec::new();
    if let Legend::Classes(legend) = &session.map.coloring.legend {
        let mut counts: BTreeMap<u32, u64> = BTreeMap::new();
        for code in selected.iter().filter_map(|&cell| session.map.coloring.code(cell as usize)) {
            *counts.entry(code).or_default() += 1;
        }
        for class in legend {
            if let Some(&n) = counts.get(&class.code) {
                classes.push((class.name.clone(), n, class.n_obs));
            }
        }
    }
    classes.sort_by_key(|(_, caught, _)| std::cmp::Reverse(*caught));
    LassoReport { n_selected: selected.len() as u64, classes }
}
