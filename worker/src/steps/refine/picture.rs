//! The cells as the training moves them, drawn between two epochs.

use lexicell_analysis::plane::MovingPlane;
use lexicell_analysis::rng::SplitMix64;
use lexicell_matrix::DenseMatrix;
use lexicell_protocol::ColorBy;

use super::inputs::Inputs;
use super::{CELLS_PER_RUN, Place};
use crate::failure::IntoFailure;
use crate::map;
use crate::session::{Session, Shared};
use crate::task::{Stop, Task};
use crate::transfer::now;

/// Most cells drawn: enough to see the classes part, few enough not to hold up the training.
const MOST_CELLS: usize = 4000;
/// Shortest time between two pictures, in milliseconds.
const PAUSE_MILLIS: f64 = 250.0;
/// A picture may take one part in so many of the training's time.
const SHARE: f64 = 8.0;

/// A picture that follows the training.
pub(super) struct Picture<'a> {
    task: &'a Task,
    session: &'a Shared,
    cells: Vec<usize>,
    colors: Vec<[u8; 4]>,
    plane: MovingPlane,
    due: f64,
}

impl<'a> Picture<'a> {
    pub(super) fn new(
        task: &'a Task,
        session: &'a Shared,
        inputs: &Inputs,
        label: Option<&str>,
    ) -> Self {
        let mut cells = inputs.usable.clone();
        SplitMix64::new(0).shuffle(&mut cells);
        cells.truncate(MOST_CELLS);
        let colors = colors(&session.borrow(), label, &cells);
        Self { task, session, cells, colors, plane: MovingPlane::default(), due: 0.0 }
    }

    /// Whether it is time for another one, and anybody looks.
    pub(super) fn is_due(&self) -> bool {
        now() >= self.due && self.session.borrow().map.training.is_attached()
    }

    /// Draws the cells where the training puts them now.
    pub(super) async fn draw(&mut self, place: &Place<'_>) -> Result<(), Stop> {
        let began = now();
        let mut values = Vec::new();
        for cells in self.cells.chunks(CELLS_PER_RUN) {
            let part = place(cells).map_err(|error| error.at(self.task.step))?;
            values.extend_from_slice(part.data());
            self.task.breathe().await?;
        }
        let n = self.cells.len();
        let refined = DenseMatrix::try_new(n, values.len() / n.max(1), values);
        // A head with a single output has no plane to be seen in: then nothing is drawn.
        if let Some(places) = refined.ok().and_then(|refined| self.plane.place(&refined).ok()) {
            self.session.borrow_mut().map.training.show(places, &self.colors);
        }
        self.due = now() + PAUSE_MILLIS.max(SHARE * (now() - began));
        Ok(())
    }
}

/// The cells' colours: by the labels that train, or as in the map where there are none.
fn colors(session: &Session, label: Option<&str>, cells: &[usize]) -> Vec<[u8; 4]> {
    let n = session.dataset.as_ref().map_or(0, |dataset| dataset.adata.n_obs());
    let by_label =
        label.and_then(|label| map::coloring(session, &ColorBy::Obs(label.to_owned())).ok());
    let all = by_label.as_ref().unwrap_or(&session.map.coloring).paint(n, &[], &[]).0;
    cells.iter().map(|&cell| all[cell]).collect()
}
