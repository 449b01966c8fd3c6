use lexicell_kernels::{ops::NO_GROUP, train::TermLoss};
use lexicell_matrix::MISSING_CODE;

use crate::contrastive::{Objective, network::Losses, pairs::LossSum};

// A cell without a class takes no part in a supervised loss, here as there.
const _: () = assert!(NO_GROUP == MISSING_CODE);

/// What is compared in a part of a loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Term {
    Supervised,
    Views,
}

/// The parts of an objective and their weights; none of one that has no kernels.
pub(super) fn terms(objective: Objective) -> Vec<(Term, f64)> {
    match objective {
        Objective::SupCon => vec![(Term::Supervised, 1.0)],
        Objective::NtXent => vec![(Term::Views, 1.0)],
        Objective::Mixed { supervised } => {
            vec![(Term::Supervised, supervised), (Term::Views, 1.0 - supervised)]
        }
        Objective::TripletCrossEntropy { .. } => Vec::new(),
    }
}

/// The losses of one batch, as the CPU tells them.
pub(super) fn losses(objective: Objective, found: &[TermLoss]) -> Losses {
    let mut losses = Losses::default();
    for ((term, _), loss) in terms(objective).into_iter().zip(found) {
        let n = loss.n_anchors as f64;
        let sum = LossSum { sum: f64::from(loss.mean) * n, n };
        match term {
            Term::Supervised => losses.supervised = sum,
            Term::Views => losses.views = sum,
        }
    }
    losses
}

/// Rows `i` and `i + n / 2` are the views of one cell.
pub(super) fn pairs(n_rows: usize) -> Vec<u32> {
    let half = (n_rows / 2).max(1);
    (0..n_rows).map(|row| (row % half) as u32).collect()
}
