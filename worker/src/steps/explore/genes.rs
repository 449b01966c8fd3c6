//! Expression of some genes in classes of cells.

use std::collections::HashSet;
use std::rc::Rc;

use lexicell_analysis::class_order::order_by_likeness;
use lexicell_analysis::genes_in_classes::{ClassValues, GenesInClasses};
use lexicell_analysis::hvg::HvgFit;
use lexicell_analysis::normalize::Normalized;
use lexicell_protocol::{
    ClassExpression, FailureKind, GeneChoice, GeneInClasses, GenesReport, GenesSettings, Note,
    NoteLevel, Output,
};

use super::super::missing;
use super::groupings;
use crate::failure::IntoFailure;
use crate::session::{Dataset, Session, Shared};
use crate::task::{Stop, Task};

/// Genes shown where none are named.
const N_CHOSEN: usize = 16;
/// Most genes in one answer.
const MOST_GENES: usize = 60;
/// Genes times classes above this come without densities: the message would be long.
const MOST_DENSITIES: usize = 4_000;
/// A marker's adjusted p.
const ALPHA: f64 = 0.05;
/// Stored values read between two looks at the clock.
const VALUES_PER_RUN: usize = 1 << 17;
/// Cells read for their moments between two looks at the clock.
const CELLS_PER_RUN: usize = 256;

/// Sums up the genes in every class.
pub(crate) async fn run(
    task: &Task,
    session: &Shared,
    settings: GenesSettings,
) -> Result<Output, Stop> {
    let (dataset, classes, named) = {
        let session = session.borrow();
        let dataset = session.dataset.clone().ok_or_else(|| missing(task, "A data set"))?;
        let classes = groupings::shown(&session, &dataset, &settings.by)?;
        let named = named(&session, &dataset, &settings.genes);
        (dataset, classes, named)
    };
    let view =
        Normalized::new(&dataset.adata.x, dataset.state).map_err(|error| error.at(task.step))?;
    let Named { mut genes, unknown, mut choice } = named;
    if genes.is_empty() && !settings.genes.is_empty() {
        let text = format!("No gene of the data set is called {}.", settings.genes.join(", "));
        return Err(task.failure(FailureKind::UnknownGenes, text).into());
    }
    if genes.is_empty() {
        (genes, choice) = (variable(task, &view).await?, GeneChoice::Variable);
    }
    if genes.len() > MOST_GENES {
        let text = format!("Expected at most {MOST_GENES} genes, found {}.", genes.len());
        return Err(task.failure(FailureKind::BadSetting, text).into());
    }
    let n_classes = classes.categories.len();
    let mut work = GenesInClasses::new(&view, &genes, &classes.codes, n_classes)
        .map_err(|error| error.at(task.step))?;
    loop {
        let progress = work.run(VALUES_PER_RUN).map_err(|error| error.at(task.step))?;
        task.tick("cells", progress.done as u64, progress.total as u64).await?;
        if progress.is_done() {
            break;
        }
    }
    let found = work.finish().map_err(|error| error.at(task.step))?;
    let with_density = found.len() <= MOST_DENSITIES;
    Ok(Output::Genes(Box::new(GenesReport {
        by: groupings::name_of(&settings.by),
        choice,
        unknown,
        class_order: order(&found, n_classes),
        n_missing: classes.codes.iter().filter(|code| **code as usize >= n_classes).count() as u64,
        classes: groupings::sizes(&classes),
        notes: notes(choice, with_density),
        genes: told(&dataset, &genes, found, n_classes, with_density),
        settings,
    })))
}

/// Genes of the data set by what the scientist calls them.
struct Named {
    genes: Vec<u32>,
    unknown: Vec<String>,
    choice: GeneChoice,
}

fn named(session: &Session, dataset: &Rc<Dataset>, wanted: &[String]) -> Named {
    if wanted.is_empty() {
        return Named { genes: markers(session), unknown: vec![], choice: GeneChoice::Markers };
    }
    let (mut genes, mut unknown, mut seen) = (Vec::new(), Vec::new(), HashSet::new());
    for name in wanted {
        match column_of(session, dataset, name) {
            Some(gene) if seen.insert(gene) => genes.push(gene),
            Some(_) => {}
            None => unknown.push(name.clone()),
        }
    }
    Named { genes, unknown, choice: GeneChoice::Named }
}

/// The column of a gene by its name in the data set, its symbol, an alias or an id.
fn column_of(session: &Session, dataset: &Dataset, name: &str) -> Option<u32> {
    let index = &dataset.adata.var.index;
    let own = index.iter().position(|own| own == name);
    let place = own
        .or_else(|| {
            let genes = session.genes.as_ref()?;
            let by_symbol = genes.mapping.names.iter().position(|own| own == name);
            by_symbol.or_else(|| {
                let gene = genes.bundle.index.find_one(name)?.gene;
                let mut mapped = genes.mapping.genes.iter();
                mapped.position(|own| own.is_some_and(|own| own.gene == gene))
            })
        })
        .or_else(|| index.iter().position(|own| own.eq_ignore_ascii_case(name)));
    place.map(|place| place as u32)
}

/// The strongest markers of the last comparison, those of the first set first.
fn markers(session: &Session) -> Vec<u32> {
    let Some(comparison) = &session.comparison else { return Vec::new() };
    let is_marker = |gene: &u32| {
        let gene = &comparison.genes[*gene as usize];
        gene.p_adjusted <= ALPHA && gene.score.is_finite()
    };
    let score = |gene: &u32| comparison.genes[*gene as usize].score;
    let mut genes: Vec<u32> = (0..comparison.genes.len() as u32).filter(is_marker).collect();
    genes.sort_by(|a, b| score(b).abs().total_cmp(&score(a).abs()));
    genes.truncate(N_CHOSEN);
    genes.sort_by(|a, b| score(b).total_cmp(&score(a)));
    genes
}

/// The most variable genes of the data set, as scanpy ranks them.
async fn variable(task: &Task, view: &Normalized<'_>) -> Result<Vec<u32>, Stop> {
    let cells = (0..view.n_cells()).collect();
    let mut moments = HvgFit::new(view, cells).map_err(|error| error.at(task.step))?;
    loop {
        let progress = moments.run(CELLS_PER_RUN).map_err(|error| error.at(task.step))?;
        task.tick("cells", progress.done as u64, progress.total as u64).await?;
        if progress.is_done() {
            break;
        }
    }
    let found = moments.finish(N_CHOSEN).map_err(|error| error.at(task.step))?;
    let mut genes = found.genes;
    let strength = |gene: &u32| found.dispersions_norm[*gene as usize];
    genes.sort_by(|a, b| strength(b).total_cmp(&strength(a)));
    genes.truncate(N_CHOSEN);
    Ok(genes)
}

/// Classes with like means, gene by gene, side by side.
fn order(found: &[ClassValues], n_classes: usize) -> Vec<u32> {
    let mut profiles = vec![Vec::new(); n_classes];
    for gene in found.chunks_exact(n_classes) {
        for (profile, z) in profiles.iter_mut().zip(z_scores(gene)) {
            profile.push(z);
        }
    }
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let length = |own: &[f64]| dot(own, own).sqrt().max(f64::MIN_POSITIVE);
    let pairs = profiles.iter().flat_map(|a| profiles.iter().map(move |b| (a, b)));
    let likeness: Vec<f64> = pairs.map(|(a, b)| dot(a, b) / (length(a) * length(b))).collect();
    order_by_likeness(&likeness, n_classes)
}

fn z_scores(gene: &[ClassValues]) -> Vec<f64> {
    let n = gene.len() as f64;
    let mean = gene.iter().map(|own| own.mean).sum::<f64>() / n;
    let variance = gene.iter().map(|own| (own.mean - mean).powi(2)).sum::<f64>() / n;
    let z =
        |own: &ClassValues| if variance > 0.0 { (own.mean - mean) / variance.sqrt() } else { 0.0 };
    gene.iter().map(z).collect()
}

fn told(
    dataset: &Dataset,
    genes: &[u32],
    found: Vec<ClassValues>,
    n_classes: usize,
    with_density: bool,
) -> Vec<GeneInClasses> {
    let mut found = found.into_iter();
    let told = |own: ClassValues| ClassExpression {
        mean: own.mean,
        fraction: own.fraction,
        quantiles: own.quantiles,
        whiskers: own.whiskers,
        n_outliers: own.n_outliers as u64,
        outliers: if with_density { own.outliers } else { Vec::new() },
        density: if with_density { own.density } else { Vec::new() },
    };
    genes
        .iter()
        .map(|&gene| GeneInClasses {
            name: dataset.adata.var.index[gene as usize].clone(),
            classes: found.by_ref().take(n_classes).map(told).collect(),
        })
        .collect()
}

fn notes(choice: GeneChoice, with_density: bool) -> Vec<Note> {
    let mut notes = Vec::new();
    if choice == GeneChoice::Markers {
        let text = "These genes were chosen because they differ between the sets that were compared last: that they do so in the figure is no new evidence.";
        notes.push(Note { level: NoteLevel::Info, text: text.to_owned() });
    }
    if !with_density {
        let text = "So many genes and classes come without densities and outliers: name fewer genes to see violins.";
        notes.push(Note { level: NoteLevel::Info, text: text.to_owned() });
    }
    notes
}
