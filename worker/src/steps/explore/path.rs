//! The path of the cells from a root: pseudotime, the graph of the classes, genes that change.

use lexicell_analysis::Neighbors;
use lexicell_analysis::normalize::Normalized;
use lexicell_analysis::trajectory::{
    self, DiffusionMap, DiffusionSpace, GeneTrends, N_COMPS, PagaGraph, TimeBins,
};
use lexicell_matrix::{Categorical, CsrMatrix, MISSING_CODE};
use lexicell_protocol::{
    CellSet, FailureKind, GeneTrend, Note, NoteLevel, Output, PathClass, PathReport, PathSettings,
    Step, View,
};
use std::rc::Rc;

use super::super::{free_column, missing};
use super::cells;
use crate::failure::IntoFailure;
use crate::map::{self, ClassGraph};
use crate::marks;
use crate::session::{Dataset, Measured, Shared};
use crate::task::{Stop, Task};

/// The column of `obs` that holds the place on the path.
const COLUMN: &str = "pseudotime";
/// Rows visited by the eigensolver between two looks at the clock.
const ROWS_PER_RUN: usize = 50_000;
/// Stored values read between two looks at the clock.
const VALUES_PER_RUN: usize = 1 << 17;
/// Bins of a trend.
const BINS: usize = 20;
/// Genes shown with a trend.
const SHOWN: usize = 100;
/// An edge of the graph below this is not drawn (scanpy's figures: 0.01).
const LEAST_EDGE: f64 = 0.01;
/// Seed of the eigensolver, whose result does not depend on it.
const SEED: u64 = 0;

/// What a path reads.
struct Inputs {
    dataset: Rc<Dataset>,
    graph: Rc<CsrMatrix>,
    neighbors: Rc<Neighbors>,
    layout: Option<Rc<Vec<[f32; 2]>>>,
    root: cells::Named,
    by: String,
    classes: Categorical,
    /// The classes that the root's cells and the end lie in.
    ends: Option<(u32, u32)>,
}

/// Follows the cells from the root.
pub(crate) async fn run(
    task: &Task,
    session: &Shared,
    settings: PathSettings,
) -> Result<Output, Stop> {
    let inputs = Inputs::collect(task, session, &settings)?;
    let selection_stamp = marks::selection_stamp(&session.borrow());
    let space = diffuse(task, &inputs.graph).await?;
    let n_dcs = (settings.n_dcs as usize).clamp(2, space.n_comps());
    let root = trajectory::medoid(&space, &inputs.root.cells, n_dcs)
        .map_err(|error| error.at(task.step))?;
    let times = trajectory::pseudotime(&space, root, n_dcs).map_err(|error| error.at(task.step))?;
    task.breathe().await?;
    let graph = graph(task, &inputs)?;
    let along =
        inputs.ends.and_then(|(from, to)| trajectory::path(&graph, from, to)).unwrap_or_default();
    let followed = followed(&inputs, &times, &along);
    let (trends, n_tested) = trends(task, &inputs.dataset, &times, &followed, &settings).await?;
    let column = free_column(&session.borrow(), COLUMN);
    let report = PathReport {
        selection_stamp,
        column: column.clone(),
        root: inputs.dataset.adata.obs.index[root].clone(),
        n_unreached: times.iter().filter(|time| !time.is_finite()).count() as u64,
        eigenvalues: space.eigenvalues.clone(),
        by: inputs.by.clone(),
        classes: classes(&inputs, &times),
        edges: edges(&graph),
        n_followed: followed.len() as u64,
        notes: notes(&inputs.root, &settings, &space, &along, n_tested),
        along,
        trends,
        n_tested,
        settings,
    };
    let is_reached = |time: &f64| if time.is_finite() { *time as f32 } else { f32::NAN };
    let mut own = session.borrow_mut();
    own.class_graph = Some(Rc::new(class_graph(inputs.classes, &report)));
    own.measure(Measured {
        column,
        unit: "pseudotime from the root".to_owned(),
        values: times.iter().map(is_reached).collect(),
        rests_on: Step::Neighbors,
    });
    drop(own);
    map::refresh(session);
    Ok(Output::Path(Box::new(report)))
}

impl Inputs {
    fn collect(task: &Task, session: &Shared, settings: &PathSettings) -> Result<Self, Stop> {
        let session = session.borrow();
        let dataset = session.dataset.clone().ok_or_else(|| missing(task, "A data set"))?;
        let state = session.views.get(&settings.view);
        let found = state.and_then(|state| Some((state.graph.clone()?, state.neighbors.clone()?)));
        let (graph, neighbors) =
            found.ok_or_else(|| missing(task, "The nearest neighbours of that view"))?;
        let root = cells::named(task, &session, &dataset, &settings.root)?;
        if root.cells.is_empty() {
            let text =
                format!("{}: the path must begin at some cell, and there is none.", root.name);
            return Err(task.failure(FailureKind::BadSetting, text).into());
        }
        let (by, classes) = match &settings.by {
            Some(column) => (column.clone(), cells::classes(task, &session, &dataset, column)?),
            None => ("clusters".to_owned(), cells::clusters(task, &session, settings.view)?),
        };
        let ends = match &settings.to {
            Some(to) => Some((most(&classes, &root.cells), place_of(task, &classes, &by, to)?)),
            None => None,
        };
        let layout = state.and_then(|state| state.umap.clone());
        Ok(Self { dataset, graph, neighbors, layout, root, by, classes, ends })
    }
}

fn place_of(task: &Task, classes: &Categorical, by: &str, name: &str) -> Result<u32, Stop> {
    let place = classes.categories.iter().position(|own| own == name);
    place.map(|place| place as u32).ok_or_else(|| {
        let text = format!("{name:?}: the path cannot end there, {by} has no such class.");
        task.failure(FailureKind::BadSetting, text).into()
    })
}

/// The class that most of the cells have.
fn most(classes: &Categorical, cells: &[u32]) -> u32 {
    let mut counts = vec![0usize; classes.categories.len()];
    for &cell in cells {
        if let Some(count) = counts.get_mut(classes.codes[cell as usize] as usize) {
            *count += 1;
        }
    }
    let places = counts.iter().enumerate().rev();
    places.max_by_key(|(_, count)| **count).map_or(0, |(place, _)| place as u32)
}

async fn diffuse(task: &Task, graph: &CsrMatrix) -> Result<DiffusionSpace, Stop> {
    let n_comps = N_COMPS.min(graph.n_rows().saturating_sub(1));
    let mut map = DiffusionMap::new(graph, n_comps, SEED).map_err(|error| error.at(task.step))?;
    loop {
        let progress = map.run(ROWS_PER_RUN).map_err(|error| error.at(task.step))?;
        task.tick("rows of the diffusion map", progress.done as u64, progress.total as u64).await?;
        if progress.is_done() {
            return map.finish().map_err(|error| error.at(task.step).into());
        }
    }
}

fn graph(task: &Task, inputs: &Inputs) -> Result<PagaGraph, Stop> {
    let distances = inputs.neighbors.to_distances().map_err(|error| error.at(task.step))?;
    let n_classes = inputs.classes.categories.len();
    trajectory::paga(&distances, &inputs.classes.codes, n_classes)
        .map_err(|error| error.at(task.step).into())
}

/// Cells of the classes along the way, or all that the path reaches.
fn followed(inputs: &Inputs, times: &[f64], along: &[u32]) -> Vec<u32> {
    let is_along = |cell: usize| along.is_empty() || along.contains(&inputs.classes.codes[cell]);
    let cells = (0..times.len()).filter(|&cell| times[cell].is_finite() && is_along(cell));
    cells.map(|cell| cell as u32).collect()
}

async fn trends(
    task: &Task,
    dataset: &Dataset,
    times: &[f64],
    cells: &[u32],
    settings: &PathSettings,
) -> Result<(Vec<GeneTrend>, u64), Stop> {
    let bins = TimeBins::new(times, cells, BINS.min(cells.len()).max(1))
        .map_err(|error| error.at(task.step))?;
    let view =
        Normalized::new(&dataset.adata.x, dataset.state).map_err(|error| error.at(task.step))?;
    let mut trends = GeneTrends::new(&view, &bins).map_err(|error| error.at(task.step))?;
    loop {
        let progress = trends.run(VALUES_PER_RUN).map_err(|error| error.at(task.step))?;
        task.tick("values along the path", progress.done as u64, progress.total as u64).await?;
        if progress.is_done() {
            break;
        }
    }
    let all = trends.finish().map_err(|error| error.at(task.step))?;
    let n_tested = all.iter().filter(|gene| gene.q_value.is_some()).count() as u64;
    let name = |gene: u32| &dataset.adata.var.index[gene as usize];
    let mut wanted: Vec<_> = all
        .iter()
        .filter(|gene| {
            gene.trend.correlation.is_some()
                && (settings.genes.is_empty() || settings.genes.contains(name(gene.gene)))
        })
        .collect();
    let strength = |gene: &trajectory::GeneTrend| gene.trend.correlation.unwrap_or(0.0).abs();
    wanted.sort_by(|a, b| strength(b).total_cmp(&strength(a)));
    let shown = wanted.into_iter().take(SHOWN).map(|gene| GeneTrend {
        name: name(gene.gene).clone(),
        spearman: gene.trend.correlation.unwrap_or(0.0),
        p_adjusted: gene.q_value.unwrap_or(1.0),
        bins: bins
            .times()
            .iter()
            .zip(gene.trend.mean.iter().zip(&gene.trend.standard_error))
            .map(|(&time, (&mean, &error))| (time, mean, error))
            .collect(),
    });
    Ok((shown.collect(), n_tested))
}

fn classes(inputs: &Inputs, times: &[f64]) -> Vec<PathClass> {
    let mut cells: Vec<Vec<usize>> = vec![Vec::new(); inputs.classes.categories.len()];
    for (cell, &code) in inputs.classes.codes.iter().enumerate() {
        if code != MISSING_CODE {
            cells[code as usize].push(cell);
        }
    }
    let class = |(name, cells): (&String, Vec<usize>)| {
        let reached = cells.iter().map(|&cell| times[cell]).filter(|time| time.is_finite());
        let along = |axis: usize| {
            let layout = inputs.layout.as_ref()?;
            median(cells.iter().map(|&cell| f64::from(layout[cell][axis])).collect())
        };
        PathClass {
            name: name.clone(),
            n_obs: cells.len() as u64,
            median: median(reached.collect()),
            place: along(0).zip(along(1)).map(|(x, y)| [x as f32, y as f32]),
        }
    };
    inputs.classes.categories.iter().zip(cells).map(class).collect()
}

/// What the map draws of it.
fn class_graph(classes: Categorical, report: &PathReport) -> ClassGraph {
    let told = |class: &PathClass| (class.name.clone(), class.n_obs, class.median.is_some());
    ClassGraph {
        view: report.settings.view,
        codes: classes.codes,
        classes: report.classes.iter().map(told).collect(),
        edges: report.edges.clone(),
        along: report.along.clone(),
    }
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    let middle = values.len() / 2;
    (!values.is_empty()).then(|| *values.select_nth_unstable_by(middle, f64::total_cmp).1)
}

fn edges(graph: &PagaGraph) -> Vec<(u32, u32, f64, bool)> {
    let n = graph.n_groups as u32;
    let is_in_tree = |a: u32, b: u32| graph.tree.iter().any(|&(from, to, _)| (from, to) == (a, b));
    let pairs = (0..n).flat_map(|a| (a + 1..n).map(move |b| (a, b)));
    pairs
        .map(|(a, b)| (a, b, graph.connectivity(a, b), is_in_tree(a, b)))
        .filter(|&(_, _, strength, is_in_tree)| is_in_tree || strength >= LEAST_EDGE)
        .collect()
}

fn notes(
    root: &cells::Named,
    settings: &PathSettings,
    space: &DiffusionSpace,
    along: &[u32],
    n_tested: u64,
) -> Vec<Note> {
    let mut notes = Vec::new();
    let mut note = |level, text: String| notes.push(Note { level, text });
    if let CellSet::Like(_) = settings.root {
        note(
            NoteLevel::Info,
            format!(
                "The root is the middle (medoid) of {} cells, {}: the hundredth with the highest cosine. The one highest cell alone would often be a poor cell that is high by chance.",
                root.cells.len(),
                root.name
            ),
        );
    }
    if space.n_parts > 1 {
        note(
            NoteLevel::Warning,
            format!(
                "The neighbours fall into {} parts without an edge between them: cells outside the root's part have no pseudotime.",
                space.n_parts
            ),
        );
    }
    if settings.to.is_some() && along.is_empty() {
        note(
            NoteLevel::Warning,
            "No edge joins the root's class to the end: the trends follow all cells that the path reaches.".to_owned(),
        );
    }
    note(
        NoteLevel::Info,
        format!(
            "Pseudotime orders cells by how alike they are, from the root that was chosen: it knows no clock and no direction of its own. The {n_tested} tests of genes take cells for independent and the order for given, though it was made from the same cells: take their p for a ranking."
        ),
    );
    if settings.view == View::Refined {
        note(
            NoteLevel::Warning,
            "Refined cells were drawn apart by their labels: a path between classes may be cut there.".to_owned(),
        );
    }
    notes
}
