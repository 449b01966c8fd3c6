//! GO terms whose genes gather at an end of all genes, as the last comparison orders them.

use std::collections::HashMap;
use std::rc::Rc;

use lexicell_analysis::enrichment::{
    Preranked, PrerankedTest, Reduction, TermSets, reduce_preranked,
};
use lexicell_genes::GoTerm;
use lexicell_protocol::{
    FailureKind, GeneFinding, Output, RankTermsSettings, RankedTerm, RankedTermsReport,
};

use super::super::missing;
use super::terms::{FDR, MOST_TERMS, aspect, background, propagate};
use crate::failure::IntoFailure;
use crate::session::Shared;
use crate::task::{Stop, Task};

/// Permutations between two looks at the clock.
const PERMUTATIONS_PER_RUN: usize = 8;
/// Most permutations: more would take minutes.
const MOST_PERMUTATIONS: u32 = 200_000;

/// Ranks the terms of the comparison that was made last.
pub(crate) async fn run(
    task: &Task,
    session: &Shared,
    settings: RankTermsSettings,
) -> Result<Output, Stop> {
    if !(1..=MOST_PERMUTATIONS).contains(&settings.n_permutations) {
        let text = format!(
            "Expected 1 to {MOST_PERMUTATIONS} permutations, found {}.",
            settings.n_permutations
        );
        return Err(task.failure(FailureKind::BadSetting, text).into());
    }
    let (dataset, mapped, comparison) = {
        let session = session.borrow();
        let dataset = session.dataset.clone().ok_or_else(|| missing(task, "A data set"))?;
        let mapped = session.genes.clone().ok_or_else(|| missing(task, "The mapped genes"))?;
        let comparison = session.comparison.as_ref().map(Rc::clone);
        (dataset, mapped, comparison.ok_or_else(|| missing(task, "A comparison of cells"))?)
    };
    let terms = mapped.bundle.bundle.terms();
    let is_expressed = |gene: &GeneFinding| gene.fraction.iter().any(|&share| share > 0.0);
    let expressed: Vec<bool> = comparison.genes.iter().map(is_expressed).collect();
    let background = background(&mapped, &expressed);
    if terms.is_empty() || background.columns.len() < 2 {
        let text = "No expressed gene has a GO annotation in this copy of the page: there is nothing to rank.";
        return Err(task.failure(FailureKind::MissingInput, text).into());
    }
    let parents: Vec<&[u32]> = terms.iter().map(|term| &term.parents[..]).collect();
    let sets = propagate(task, &background.terms, &parents).await?;
    let score = |&column: &u32| {
        let score = comparison.genes[column as usize].score;
        if score.is_finite() { score } else { 0.0 }
    };
    let scores: Vec<f64> = background.columns.iter().map(score).collect();
    let mut tests = ranked(task, &sets, &scores, settings).await?;
    reduce_preranked(&mut tests, Reduction { fdr: FDR, ..Reduction::default() })
        .map_err(|error| error.at(task.step))?;
    let name =
        |gene: u32| dataset.adata.var.index[background.columns[gene as usize] as usize].clone();
    let side = |first: bool| {
        let own = tests.iter().filter(move |test| (test.score > 0.0) == first);
        own.filter(|test| test.p_adjusted <= FDR)
    };
    let n_clear = [true, false].map(|first| side(first).count() as u64);
    Ok(Output::RankedTerms(Box::new(RankedTermsReport {
        settings,
        names: comparison.names.clone(),
        terms: [true, false].map(|first| findings(&side(first).collect::<Vec<_>>(), terms, &name)),
        n_ranked: background.columns.len() as u64,
        n_terms: sets.n_tested() as u64,
        n_clear,
    })))
}

async fn ranked(
    task: &Task,
    sets: &TermSets,
    scores: &[f64],
    settings: RankTermsSettings,
) -> Result<Vec<PrerankedTest>, Stop> {
    let n = settings.n_permutations as usize;
    let mut work =
        Preranked::new(sets, scores, n, settings.seed).map_err(|error| error.at(task.step))?;
    loop {
        let progress = work.run(PERMUTATIONS_PER_RUN).map_err(|error| error.at(task.step))?;
        task.tick("permutations", progress.done as u64, progress.total as u64).await?;
        if progress.is_done() {
            return work.finish().map_err(|error| error.at(task.step).into());
        }
    }
}

/// Terms that stand for themselves, with those behind them.
fn findings(
    tests: &[&PrerankedTest],
    terms: &[GoTerm],
    name: &dyn Fn(u32) -> String,
) -> Vec<RankedTerm> {
    let mut alike: HashMap<u32, Vec<String>> = HashMap::new();
    for test in tests {
        if let Some(under) = test.under {
            alike.entry(under).or_default().push(terms[test.term as usize].name.clone());
        }
    }
    let own = tests.iter().filter(|test| test.under.is_none()).take(MOST_TERMS);
    own.map(|test| {
        let term = &terms[test.term as usize];
        RankedTerm {
            id: term.id.clone(),
            name: term.name.clone(),
            aspect: aspect(term.aspect).to_owned(),
            n_term: u64::from(test.n_term),
            score: test.score,
            normalized: test.normalized,
            p: test.p,
            p_adjusted: test.p_adjusted,
            genes: test.genes.iter().map(|&gene| name(gene)).collect(),
            alike: alike.remove(&test.term).unwrap_or_default(),
        }
    })
    .collect()
}
