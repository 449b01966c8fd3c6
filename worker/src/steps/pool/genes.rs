//! Gene vectors as cells average them: as embedded, or whitened.

use std::rc::Rc;

use lexicell_analysis::AnalysisError;
use lexicell_analysis::whitening::{Whitening, WhiteningFit};
use lexicell_matrix::DenseMatrix;
use lexicell_protocol::GeneTable;

use super::super::rows_of;
use crate::failure::IntoFailure;
use crate::session::{GeneVectors, PooledGenes};
use crate::task::{Stop, Task};

/// Units of the fit, of some milliseconds each, between two looks at the clock.
const UNITS_PER_RUN: usize = 1;
/// Genes whitened between two looks at the clock.
const GENES_PER_RUN: usize = 128;

impl PooledGenes {
    /// Whether they are what settings ask for.
    pub(super) fn is(&self, wanted: GeneTable) -> bool {
        self.whitening.is_some() == (wanted == GeneTable::Whitened)
    }
}

/// The vectors of the open data set as settings ask for them.
pub(crate) async fn pooled(
    task: &Task,
    vectors: &GeneVectors,
    wanted: GeneTable,
) -> Result<PooledGenes, Stop> {
    let (rows, table) = (vectors.rows.clone(), Rc::clone(&vectors.table));
    match wanted {
        // Without a single vector there is nothing to whiten: pooling says what is wrong.
        GeneTable::Whitened if table.n_rows() > 0 => whitened(task, rows, &table).await,
        GeneTable::Whitened | GeneTable::AsEmbedded => {
            Ok(PooledGenes { rows, table, whitening: None })
        }
    }
}

/// Vectors whitened by the map that is fitted on themselves.
pub(crate) async fn whitened(
    task: &Task,
    rows: Vec<Option<u32>>,
    table: &DenseMatrix,
) -> Result<PooledGenes, Stop> {
    let whitening = Rc::new(fit(task, table).await?);
    let table = Rc::new(apply(task, table, &whitening).await?);
    Ok(PooledGenes { rows, table, whitening: Some(whitening) })
}

/// Vectors that went through the map of other cells' genes, so that both are comparable.
pub(crate) async fn mapped(
    task: &Task,
    vectors: &GeneVectors,
    whitening: Option<&Rc<Whitening>>,
) -> Result<PooledGenes, Stop> {
    let table = match whitening {
        Some(whitening) => Rc::new(apply(task, &vectors.table, whitening).await?),
        None => Rc::clone(&vectors.table),
    };
    Ok(PooledGenes { rows: vectors.rows.clone(), table, whitening: whitening.cloned() })
}

/// The map that a part of the genes would be whitened by, if they were measured alone.
pub(crate) async fn map_of_part(
    task: &Task,
    table: &DenseMatrix,
    rows: &[Option<u32>],
    wanted: GeneTable,
) -> Result<Option<Rc<Whitening>>, Stop> {
    if wanted == GeneTable::AsEmbedded {
        return Ok(None);
    }
    let mut own: Vec<usize> = rows.iter().flatten().map(|&row| row as usize).collect();
    own.sort_unstable();
    own.dedup();
    Ok(Some(Rc::new(fit(task, &rows_of(task, table, &own)?).await?)))
}

async fn fit(task: &Task, table: &DenseMatrix) -> Result<Whitening, Stop> {
    let refuse = |error: AnalysisError| {
        let mut failure = error.at(task.step);
        failure.remedy =
            Some("Choose the genes' vectors \"as embedded\", or map more genes.".to_owned());
        Stop::Failed(failure)
    };
    let mut fit = WhiteningFit::new(table, None).map_err(refuse)?;
    loop {
        let progress = fit.run(UNITS_PER_RUN).map_err(refuse)?;
        task.tick("blocks of gene vectors", progress.done as u64, progress.total as u64).await?;
        if progress.is_done() {
            return fit.finish().map_err(refuse);
        }
    }
}

async fn apply(
    task: &Task,
    table: &DenseMatrix,
    whitening: &Whitening,
) -> Result<DenseMatrix, Stop> {
    let n = table.n_rows();
    let mut white = Vec::with_capacity(n * table.n_cols());
    for first in (0..n).step_by(GENES_PER_RUN) {
        let rows = whitening.apply(table, first, GENES_PER_RUN);
        white.append(&mut rows.map_err(|error| error.at(task.step))?.into_data());
        task.tick("gene vectors", (first + GENES_PER_RUN).min(n) as u64, n as u64).await?;
    }
    let white = DenseMatrix::try_new(n, table.n_cols(), white);
    white.map_err(|error| AnalysisError::from(error).at(task.step).into())
}
