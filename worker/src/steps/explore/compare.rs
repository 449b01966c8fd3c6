//! Why two sets of cells are apart: by the texts of their genes, by expression, by GO.

use std::rc::Rc;

use lexicell_analysis::attribution::{Attributed, Attribution, Permutations};
use lexicell_analysis::markers::{Marker, MarkerTest, TieCorrection};
use lexicell_analysis::normalize::Normalized;
use lexicell_protocol::{
    CellSet, CompareReport, CompareSettings, GeneFinding, Note, NoteLevel, Output, View,
};

use super::super::{missing, pool};
use super::cells::{self, Named};
use super::terms::{self, FDR, Terms};
use super::through_head;
use crate::failure::IntoFailure;
use crate::marks;
use crate::session::{Comparison, Dataset, MappedGenes, PooledGenes, Shared};
use crate::task::{Stop, Task};

/// Units of the attribution, of some milliseconds each, between two looks at the clock.
const UNITS_PER_RUN: usize = 1;
/// Stored values of the marker test between two looks at the clock.
const VALUES_PER_RUN: usize = 1 << 16;
/// Genes shown that contribute most, and as many that are the strongest markers.
const SHOWN: usize = 200;

/// Compares two sets of cells.
pub(crate) async fn run(
    task: &Task,
    session: &Shared,
    settings: CompareSettings,
) -> Result<Output, Stop> {
    let (dataset, mapped, genes, sets, stamp) = {
        let session = session.borrow();
        let dataset = session.dataset.clone().ok_or_else(|| missing(task, "A data set"))?;
        let mapped = session.genes.clone().ok_or_else(|| missing(task, "The mapped genes"))?;
        let genes = session.pooled.clone().ok_or_else(|| missing(task, "The cells' vectors"))?;
        let wanted = [&settings.first, &settings.second];
        let sets = cells::pair(task, &session, &dataset, wanted)?;
        (dataset, mapped, genes, sets, marks::selection_stamp(&session))
    };
    let view =
        Normalized::new(&dataset.adata.x, dataset.state).map_err(|error| error.at(task.step))?;
    let attributed = attribute(task, session, &view, &genes, &sets, &settings).await?;
    let markers = markers(task, &view, &sets).await?;
    let terms = terms::of(task, &mapped, &dataset, &markers).await?;
    let findings = findings(&dataset, &markers, &attributed);
    let of = (&*dataset, &view);
    let head = through_head::finding(task, session, of, &genes, &sets, settings.seed).await?;
    let mut report = report(&dataset, &mapped, settings, &sets, &findings, &attributed, &terms);
    report.head = head;
    report.selection_stamp = stamp;
    session.borrow_mut().comparison = Some(Rc::new(Comparison {
        names: sets.map(|set| set.name),
        genes: findings,
        terms: terms.found,
        direction: attributed.direction,
    }));
    Ok(Output::Compared(Box::new(report)))
}

async fn attribute(
    task: &Task,
    session: &Shared,
    view: &Normalized<'_>,
    genes: &PooledGenes,
    sets: &[Named; 2],
    settings: &CompareSettings,
) -> Result<Attributed, Stop> {
    let pooling = pool::choice(&session.borrow().used.pool);
    let permutations = Permutations { n: settings.n_permutations as usize, seed: settings.seed };
    let groups = [&sets[0].cells[..], &sets[1].cells[..]];
    let mut attribution =
        Attribution::new(view, &genes.rows, &genes.table, pooling, groups, permutations)
            .map_err(|error| error.at(task.step))?;
    loop {
        let progress = attribution.run(UNITS_PER_RUN).map_err(|error| error.at(task.step))?;
        task.tick("parts of the difference", progress.done as u64, progress.total as u64).await?;
        if progress.is_done() {
            return attribution.finish().map_err(|error| error.at(task.step).into());
        }
    }
}

async fn markers(
    task: &Task,
    view: &Normalized<'_>,
    sets: &[Named; 2],
) -> Result<Vec<Marker>, Stop> {
    let groups = [&sets[0].cells[..], &sets[1].cells[..]];
    let mut test = MarkerTest::new(view, groups, TieCorrection::Corrected)
        .map_err(|error| error.at(task.step))?;
    loop {
        let progress = test.run(VALUES_PER_RUN).map_err(|error| error.at(task.step))?;
        task.tick("values ranked", progress.done as u64, progress.total as u64).await?;
        if progress.is_done() {
            return test.finish().map_err(|error| error.at(task.step).into());
        }
    }
}

/// Every gene of the data set, in its order.
fn findings(dataset: &Dataset, markers: &[Marker], attributed: &Attributed) -> Vec<GeneFinding> {
    let mut findings: Vec<GeneFinding> = markers
        .iter()
        .map(|marker| GeneFinding {
            name: dataset.adata.var.index[marker.gene as usize].clone(),
            contribution: None,
            contribution_p: None,
            weight: [0.0; 2],
            score: marker.score,
            p_adjusted: marker.p_adjusted,
            log2_fold_change: marker.log2_fold_change,
            mean: marker.mean,
            fraction: marker.fraction,
            auc: marker.auc,
        })
        .collect();
    for gene in &attributed.genes {
        let finding = &mut findings[gene.gene as usize];
        finding.contribution = Some(gene.value);
        finding.contribution_p = Some(gene.q).filter(|q| q.is_finite());
        finding.weight = gene.weight;
    }
    findings
}

fn report(
    dataset: &Dataset,
    mapped: &MappedGenes,
    settings: CompareSettings,
    sets: &[Named; 2],
    findings: &[GeneFinding],
    attributed: &Attributed,
    terms: &Terms,
) -> CompareReport {
    let count = |is: &dyn Fn(&GeneFinding) -> bool| {
        findings.iter().filter(|finding| is(finding)).count() as u64
    };
    let separation = attributed.separation;
    CompareReport {
        names: [sets[0].name.clone(), sets[1].name.clone()],
        n_obs: [sets[0].cells.len() as u64, sets[1].cells.len() as u64],
        n_empty: attributed.cells_without_genes.map(|n| n as u64),
        separation: attributed.total,
        separation_p: separation.map_or(f64::NAN, |separation| separation.p),
        genes: shown(findings),
        head: None,
        selection_stamp: 0,
        n_tested: findings.len() as u64,
        n_markers: count(&|finding| finding.p_adjusted <= FDR),
        n_attributed: attributed.genes.len() as u64,
        n_contributing: count(&|finding| finding.contribution_p.is_some_and(|p| p <= FDR)),
        terms: terms.found.clone(),
        n_entered: terms.n_entered,
        n_background: terms.n_background,
        n_terms: terms.n_terms,
        notes: notes(dataset, mapped, &settings),
        settings,
    }
}

/// The genes that contribute most and the strongest markers, the largest contribution first.
fn shown(findings: &[GeneFinding]) -> Vec<GeneFinding> {
    let contribution = |finding: &GeneFinding| finding.contribution.unwrap_or(0.0).abs();
    let mut is_shown = vec![false; findings.len()];
    let mut order: Vec<usize> = (0..findings.len()).collect();
    order.sort_by(|&a, &b| findings[b].score.abs().total_cmp(&findings[a].score.abs()));
    order.iter().take(SHOWN).for_each(|&gene| is_shown[gene] = true);
    order.sort_by(|&a, &b| contribution(&findings[b]).total_cmp(&contribution(&findings[a])));
    order.iter().take(SHOWN).for_each(|&gene| is_shown[gene] = true);
    order.into_iter().filter(|&gene| is_shown[gene]).map(|gene| findings[gene].clone()).collect()
}

fn notes(dataset: &Dataset, mapped: &MappedGenes, settings: &CompareSettings) -> Vec<Note> {
    let mut notes = Vec::new();
    let mut note = |level, text: &str| notes.push(Note { level, text: text.to_owned() });
    let of_text = |set: &CellSet| {
        matches!(
            set,
            CellSet::Cluster { view: View::Text | View::Refined, .. }
                | CellSet::Selected
                | CellSet::Named(_)
        )
    };
    if of_text(&settings.first) || of_text(&settings.second) {
        note(
            NoteLevel::Warning,
            "These cells were put together because their vectors are alike: that they differ from others there is no finding, and every p of this comparison is too small. The order of the genes tells what holds them together.",
        );
    }
    note(
        NoteLevel::Info,
        "Every p takes cells for independent. Cells of one donor are not: for a claim about donors or conditions use \"Two groups\" with donors as units.",
    );
    if mapped.bundle.bundle.terms().is_empty() {
        note(NoteLevel::Info, "This copy of the page has no GO annotations: no terms were tested.");
    }
    if dataset.duplicates.n_copies > 0 {
        note(NoteLevel::Info, "Some cells repeat others exactly and count each time.");
    }
    notes
}
