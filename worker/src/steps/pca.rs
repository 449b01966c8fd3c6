//! PCA of log-normalised highly variable genes: the classical view.

use std::rc::Rc;

use lexicell_analysis::hvg::HvgFit;
use lexicell_analysis::normalize::Normalized;
use lexicell_analysis::pca::PcaFit;
use lexicell_protocol::{Output, PcaReport, PcaSettings, Step, View};

use super::{announce, missing};
use crate::failure::IntoFailure;
use crate::map;
use crate::session::Shared;
use crate::task::{Stop, Task};

/// Cells read between two looks at the clock.
const CELLS_PER_RUN: usize = 256;

/// Finds the principal components of the open data set.
pub(crate) async fn run(
    task: &Task,
    session: &Shared,
    settings: PcaSettings,
) -> Result<Output, Stop> {
    let dataset = session.borrow().dataset.clone().ok_or_else(|| missing(task, "A data set"))?;
    let normalized =
        Normalized::new(&dataset.adata.x, dataset.state).map_err(|error| error.at(task.step))?;
    let cells: Vec<usize> = (0..dataset.adata.n_obs()).collect();
    let mut moments =
        HvgFit::new(&normalized, cells.clone()).map_err(|error| error.at(task.step))?;
    loop {
        let progress = moments.run(CELLS_PER_RUN).map_err(|error| error.at(task.step))?;
        task.tick("cells", progress.done as u64, progress.total as u64).await?;
        if progress.is_done() {
            break;
        }
    }
    let genes =
        moments.finish(settings.n_top_genes as usize).map_err(|error| error.at(task.step))?.genes;
    let mut fit =
        PcaFit::new(&normalized, cells.clone(), &genes, settings.n_comps as usize, settings.seed)
            .map_err(|error| error.at(task.step))?;
    loop {
        let progress = fit.run(1).map_err(|error| error.at(task.step))?;
        task.tick("blocks", progress.done as u64, progress.total as u64).await?;
        if progress.is_done() {
            break;
        }
    }
    let model = fit.finish().map_err(|error| error.at(task.step))?;
    let components = model.transform(&normalized, &cells).map_err(|error| error.at(task.step))?;
    let report = PcaReport {
        n_genes: genes.len() as u64,
        variance_ratio: model.explained_variance_ratio.clone(),
    };
    let lost = {
        let mut session = session.borrow_mut();
        session.used.pca = settings;
        session.view(View::Pca).embedding = Some(Rc::new(components));
        session.invalidate(Step::Pca, Some(View::Pca))
    };
    announce(lost);
    map::refresh(session);
    Ok(Output::Pca(Box::new(report)))
}
