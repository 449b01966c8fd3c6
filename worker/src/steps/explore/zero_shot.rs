//! The text that each cell is most like, and whether it stands out.

use lexicell_analysis::normalize::Normalized;
use lexicell_analysis::query::{ZeroShot, ZeroShotOptions};
use lexicell_matrix::{DenseMatrix, MISSING_CODE};
use lexicell_protocol::{AskSettings, View};

use super::super::missing;
use super::ask::Inputs;
use crate::failure::IntoFailure;
use crate::session::Shared;
use crate::task::{Stop, Task};

/// Units between two looks at the clock.
const UNITS_PER_RUN: usize = 1;

/// What was told of each cell.
pub(super) struct Labels {
    /// The text, the number of texts where none stands out, `MISSING_CODE` for a cell without a place.
    pub(super) codes: Vec<u32>,
    /// Cosine with the best text less its mean over cells.
    pub(super) cosine: Vec<f32>,
    pub(super) least_margin: f64,
}

/// Tells every cell's text.
pub(super) async fn tell(
    task: &Task,
    session: &Shared,
    inputs: &Inputs,
    view: &Normalized<'_>,
    queries: &DenseMatrix,
    settings: &AskSettings,
) -> Result<Labels, Stop> {
    let pooled = session.borrow().embedding(View::Text);
    let pooled = pooled.ok_or_else(|| missing(task, "The cells' vectors"))?;
    let options = ZeroShotOptions { seed: settings.seed, ..ZeroShotOptions::default() };
    let genes = (view, &inputs.genes.rows[..]);
    let table = &*inputs.genes.table;
    let mut labels = ZeroShot::new(genes, table, inputs.pooling, &pooled, queries, options)
        .map_err(|error| error.at(task.step))?;
    loop {
        let progress = labels.run(UNITS_PER_RUN).map_err(|error| error.at(task.step))?;
        task.tick("cells labelled", progress.done as u64, progress.total as u64).await?;
        if progress.is_done() {
            break;
        }
    }
    let told = labels.finish().map_err(|error| error.at(task.step))?;
    let cosine = |(cell, &code): (usize, &u32)| {
        let own = told.similarities.row(cell);
        let best = own.iter().copied().fold(f32::MIN, f32::max);
        if code == MISSING_CODE { f32::NAN } else { best }
    };
    Ok(Labels {
        cosine: told.codes.iter().enumerate().map(cosine).collect(),
        codes: told.codes,
        least_margin: told.threshold,
    })
}
