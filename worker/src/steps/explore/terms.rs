//! GO terms among the genes that are higher in one of two sets of cells.

use std::collections::{HashMap, HashSet};

use lexicell_analysis::enrichment::{
    Reduction, TERM_SIZES, TermPropagation, TermSets, TermTest, over_representation, reduce,
};
use lexicell_analysis::markers::Marker;
use lexicell_genes::{GoAspect, GoTerm};
use lexicell_protocol::TermFinding;

use crate::failure::IntoFailure;
use crate::session::{Dataset, MappedGenes};
use crate::task::{Stop, Task};

/// An adjusted p up to this is taken for no chance.
pub(super) const FDR: f64 = 0.05;
/// Most genes of a set that are asked about: the strongest.
const MOST_GENES: usize = 300;
/// Fewest genes that can be asked about.
const FEWEST_GENES: usize = 3;
/// Most terms shown of a set.
pub(super) const MOST_TERMS: usize = 50;
/// Genes handed to their terms between two looks at the clock.
const GENES_PER_RUN: usize = 256;

/// What GO says of both sets.
#[derive(Default)]
pub(super) struct Terms {
    pub(super) found: [Vec<TermFinding>; 2],
    pub(super) n_entered: [u64; 2],
    pub(super) n_background: u64,
    pub(super) n_terms: u64,
}

/// Genes that can be asked about: expressed, mapped, annotated, each once.
pub(super) struct Background<'a> {
    /// Column of the expression matrix.
    pub(super) columns: Vec<u32>,
    pub(super) terms: Vec<&'a [u32]>,
}

/// Tests the terms of the genes that are higher in the first set, and of those higher in the second.
pub(super) async fn of(
    task: &Task,
    genes: &MappedGenes,
    dataset: &Dataset,
    markers: &[Marker],
) -> Result<Terms, Stop> {
    let terms = genes.bundle.bundle.terms();
    let is_expressed = |marker: &Marker| marker.fraction.iter().any(|&share| share > 0.0);
    let expressed: Vec<bool> = markers.iter().map(is_expressed).collect();
    let background = background(genes, &expressed);
    if terms.is_empty() || background.columns.len() < 2 {
        return Ok(Terms::default());
    }
    let parents: Vec<&[u32]> = terms.iter().map(|term| &term.parents[..]).collect();
    let sets = propagate(task, &background.terms, &parents).await?;
    let mut result = Terms {
        n_background: background.columns.len() as u64,
        n_terms: sets.n_tested() as u64,
        ..Terms::default()
    };
    for (side, found) in result.found.iter_mut().enumerate() {
        let selected = selected(&background, markers, side == 0);
        result.n_entered[side] = selected.len() as u64;
        if selected.len() < FEWEST_GENES {
            continue;
        }
        let mut tests =
            over_representation(&sets, &selected).map_err(|error| error.at(task.step))?;
        task.breathe().await?;
        reduce(&mut tests, Reduction { fdr: FDR, ..Reduction::default() })
            .map_err(|error| error.at(task.step))?;
        task.breathe().await?;
        *found = findings(&tests, terms, |gene| {
            dataset.adata.var.index[background.columns[gene as usize] as usize].clone()
        });
    }
    Ok(result)
}

/// The background among the genes of the data set, of which these are expressed.
pub(super) fn background<'a>(genes: &'a MappedGenes, expressed: &[bool]) -> Background<'a> {
    let bundle = &genes.bundle.bundle;
    let (mut columns, mut terms) = (Vec::new(), Vec::new());
    let mut seen = HashSet::new();
    for (column, _) in expressed.iter().enumerate().filter(|(_, is_expressed)| **is_expressed) {
        let Some(mapped) = genes.mapping.genes[column] else { continue };
        let own = bundle.go_terms_of(mapped.gene);
        if !own.is_empty() && seen.insert(mapped.gene) {
            columns.push(column as u32);
            terms.push(own);
        }
    }
    Background { columns, terms }
}

/// The genes of each term, those of its descendants among them.
pub(super) async fn propagate(
    task: &Task,
    terms: &[&[u32]],
    parents: &[&[u32]],
) -> Result<TermSets, Stop> {
    let mut propagation =
        TermPropagation::new(terms, parents, TERM_SIZES).map_err(|error| error.at(task.step))?;
    loop {
        let progress = propagation.run(GENES_PER_RUN).map_err(|error| error.at(task.step))?;
        task.tick("genes with GO terms", progress.done as u64, progress.total as u64).await?;
        if progress.is_done() {
            return propagation.finish().map_err(|error| error.at(task.step).into());
        }
    }
}

/// The strongest genes of a side, as places among the background.
fn selected(background: &Background<'_>, markers: &[Marker], first: bool) -> Vec<u32> {
    let score = |place: &u32| {
        let score = markers[background.columns[*place as usize] as usize].score;
        if first { score } else { -score }
    };
    let stands_out = |place: &u32| {
        score(place) > 0.0
            && markers[background.columns[*place as usize] as usize].p_adjusted <= FDR
    };
    let mut places: Vec<u32> = (0..background.columns.len() as u32).filter(stands_out).collect();
    places.sort_by(|a, b| score(b).total_cmp(&score(a)));
    places.truncate(MOST_GENES);
    places.sort_unstable();
    places
}

/// Terms that stand for themselves, with those behind them.
fn findings(
    tests: &[TermTest],
    terms: &[GoTerm],
    name: impl Fn(u32) -> String,
) -> Vec<TermFinding> {
    let mut alike: HashMap<u32, Vec<String>> = HashMap::new();
    for test in tests {
        if let Some(under) = test.under {
            alike.entry(under).or_default().push(terms[test.term as usize].name.clone());
        }
    }
    let own = tests.iter().filter(|test| test.under.is_none() && test.p_adjusted <= FDR);
    own.take(MOST_TERMS)
        .map(|test| {
            let term = &terms[test.term as usize];
            TermFinding {
                id: term.id.clone(),
                name: term.name.clone(),
                aspect: aspect(term.aspect).to_owned(),
                n_term: u64::from(test.n_term),
                n_hits: u64::from(test.n_hits),
                fold: test.fold,
                p_adjusted: test.p_adjusted,
                genes: test.genes.iter().map(|&gene| name(gene)).collect(),
                alike: alike.remove(&test.term).unwrap_or_default(),
            }
        })
        .collect()
}

pub(super) fn aspect(aspect: GoAspect) -> &'static str {
    match aspect {
        GoAspect::Process => "process",
        GoAspect::Function => "function",
        GoAspect::Component => "component",
    }
}
