//! Labels told through the expression of shared genes.

use lexicell_analysis::normalize::Normalized;
use lexicell_analysis::transfer::{
    Acceptance, ExpressionSettings, ExpressionSide, ExpressionSpace, FEWEST_SHARED, SharedGenes,
};
use lexicell_matrix::DenseMatrix;
use lexicell_protocol::{Note, NoteLevel, TransferSettings};

use super::rehearsal::{Rehearsed, deal, voters};
use super::telling::Answer;
use super::{centre, vote};
use crate::failure::IntoFailure;
use crate::session::Reference;
use crate::task::{Stop, Task};

/// Units of the space between two looks at the clock.
const UNITS_PER_RUN: usize = 1;

/// What was told, and by how many genes.
pub(super) struct ToldByExpression {
    pub(super) answer: Answer,
    pub(super) n_genes: usize,
}

/// Tells the cells by their nearest of the reference along its components; the inner error says why it
/// cannot be done, which leaves the texts' telling as it is.
pub(super) async fn tell(
    task: &Task,
    reference: &Reference,
    query: &Normalized<'_>,
    shared: SharedGenes,
    settings: &TransferSettings,
) -> Result<Result<ToldByExpression, Note>, Stop> {
    let Some(expression) = &reference.expression else {
        return Ok(Err(note(
            NoteLevel::Info,
            "Not told through expression: the reference's was too large to keep.",
        )));
    };
    if shared.reference.len() < FEWEST_SHARED {
        return Ok(Err(note(
            NoteLevel::Info,
            "Not told through expression: too few genes are shared.",
        )));
    }
    let own =
        Normalized::new(&expression.x, expression.state).map_err(|error| error.at(task.step))?;
    match told(task, reference, &own, query, shared, settings).await {
        Ok(told) => Ok(Ok(told)),
        Err(Stop::Failed(failure)) => {
            let text = format!("Not told through expression: {}.", failure.message);
            Ok(Err(note(NoteLevel::Warning, &text)))
        }
        Err(Stop::Cancelled) => Err(Stop::Cancelled),
    }
}

async fn told(
    task: &Task,
    reference: &Reference,
    own: &Normalized<'_>,
    query: &Normalized<'_>,
    shared: SharedGenes,
    settings: &TransferSettings,
) -> Result<ToldByExpression, Stop> {
    let k = settings.k as usize;
    let rehearsed = rehearse(task, reference, own, &shared.reference, k).await?;
    let acceptance = Acceptance::calibrate(&rehearsed.told, &rehearsed.truth, settings.lost)
        .map_err(|error| error.at(task.step))?;
    let sides = [all(own), all(query)];
    let Space { cells: [seen, asked], n_genes } = space(task, sides, shared).await?;
    let told = vote(task, &seen, &reference.classes, asked, k).await?;
    Ok(ToldByExpression { answer: Answer { told, acceptance, rehearsed }, n_genes })
}

/// The same genes, one half of the reference's cells told by the other.
async fn rehearse(
    task: &Task,
    reference: &Reference,
    own: &Normalized<'_>,
    genes: &[u32],
    k: usize,
) -> Result<Rehearsed, Stop> {
    let [seen, asked] = deal(&reference.classes);
    let of = |cells: &[usize]| -> Vec<u32> {
        cells.iter().map(|&cell| reference.classes[cell]).collect()
    };
    let (classes, truth) = (of(&seen), of(&asked));
    let shared = SharedGenes { reference: genes.to_vec(), query: genes.to_vec() };
    let sides = [seen, asked].map(|cells| ExpressionSide { view: own, cells });
    let Space { cells: [seen, asked], .. } = space(task, sides, shared).await?;
    let k = voters(k, classes.len());
    let told = vote(task, &seen, &classes, asked, k).await?;
    Ok(Rehearsed { told, truth, k })
}

/// Both sides, each centred on its own mean.
struct Space {
    cells: [DenseMatrix; 2],
    n_genes: usize,
}

async fn space<'a>(
    task: &Task,
    [reference, query]: [ExpressionSide<'a>; 2],
    shared: SharedGenes,
) -> Result<Space, Stop> {
    let settings = ExpressionSettings::default();
    let mut space = ExpressionSpace::new(reference, query, shared, settings)
        .map_err(|error| error.at(task.step))?;
    loop {
        let progress = space.run(UNITS_PER_RUN).map_err(|error| error.at(task.step))?;
        task.tick("blocks", progress.done as u64, progress.total as u64).await?;
        if progress.is_done() {
            break;
        }
    }
    let cells = space.finish().map_err(|error| error.at(task.step))?;
    let n_genes = cells.n_genes;
    let cells = [centre(task, cells.reference).await?, centre(task, cells.query).await?];
    Ok(Space { cells, n_genes })
}

fn all<'a>(view: &'a Normalized<'a>) -> ExpressionSide<'a> {
    ExpressionSide { view, cells: (0..view.n_cells()).collect() }
}

fn note(level: NoteLevel, text: &str) -> Note {
    Note { level, text: text.to_owned() }
}
