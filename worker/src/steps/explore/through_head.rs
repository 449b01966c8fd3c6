//! The genes behind a difference in the refined space, followed back through the trained head.

use lexicell_analysis::attribution::{Paths, RefinedAttributed, RefinedAttribution};
use lexicell_analysis::normalize::Normalized;
use lexicell_protocol::{HeadFinding, HeadPart, RefineSpace, View};

use super::super::pool;
use super::cells::Named;
use crate::failure::IntoFailure;
use crate::session::{Dataset, Learned, PooledGenes, Shared};
use crate::task::{Stop, Task};

/// Units of work, of some milliseconds each, between two looks at the clock.
const UNITS_PER_RUN: usize = 1;
/// Genes shown.
const SHOWN: usize = 30;

/// What the head makes of the difference; nothing where no head was trained on these cells.
pub(super) async fn finding(
    task: &Task,
    session: &Shared,
    (dataset, view): (&Dataset, &Normalized<'_>),
    genes: &PooledGenes,
    sets: &[Named; 2],
    seed: u64,
) -> Result<Option<HeadFinding>, Stop> {
    let (head, refined, pooling) = {
        let session = session.borrow();
        let is_joint = session.used.refine.space == RefineSpace::Joint;
        let refined = session.embedding(View::Refined).filter(|_| !is_joint);
        (session.head.clone(), refined, pool::choice(&session.used.pool))
    };
    let (Some(head), Some(refined)) = (head, refined) else { return Ok(None) };
    let Learned::Head { refiner, .. } = &head.learned else { return Ok(None) };
    // A head that was opened from a file did not make the refined cells that are here.
    if head.whitening != genes.whitening || pool::choice(&head.pooling) != pooling {
        return Ok(None);
    }
    let groups = [&sets[0].cells[..], &sets[1].cells[..]];
    let paths = Paths { seed, ..Paths::default() };
    let made = RefinedAttribution::new(
        (view, &genes.rows),
        &genes.table,
        pooling,
        (refiner, &refined),
        groups,
        paths,
    );
    let mut attribution = made.map_err(|error| error.at(task.step))?;
    loop {
        let progress = attribution.run(UNITS_PER_RUN).map_err(|error| error.at(task.step))?;
        task.tick("ways through the head", progress.done as u64, progress.total as u64).await?;
        if progress.is_done() {
            break;
        }
    }
    let found = attribution.finish().map_err(|error| error.at(task.step))?;
    Ok(Some(told(dataset, &found)))
}

fn told(dataset: &Dataset, found: &RefinedAttributed) -> HeadFinding {
    let part = |gene: &lexicell_analysis::attribution::RefinedContribution| HeadPart {
        name: dataset.adata.var.index[gene.gene as usize].clone(),
        integrated: gene.integrated,
        gradient: gene.gradient,
    };
    HeadFinding {
        separation: found.total,
        integrated_error: found.integrated_error(),
        gradient_error: found.gradient_error(),
        genes: found.genes.iter().take(SHOWN).map(part).collect(),
    }
}
