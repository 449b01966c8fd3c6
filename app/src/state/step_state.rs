use lexicell_protocol::{Failure, Progress};

/// Where a step stands, with what came out of it.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) enum StepState<T> {
    /// Not asked for yet.
    #[default]
    Idle,
    /// At work.
    Running(Running<T>),
    /// Done, and true to its inputs and settings.
    Ready(T),
    /// Done, but its inputs or settings have changed since.
    Stale(T),
    /// Could not be done.
    Failed(Failure),
}

/// A step at work.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Running<T> {
    /// How far it is, once it has said so.
    pub(crate) progress: Option<Progress>,
    /// What stood before: it comes back where the run is cancelled.
    before: Box<StepState<T>>,
}

/// Where a step stands, without what came out of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    Idle,
    Running,
    Ready,
    Stale,
    Failed,
}

impl<T> StepState<T> {
    /// Where the step stands.
    pub(crate) fn phase(&self) -> Phase {
        match self {
            Self::Idle => Phase::Idle,
            Self::Running(_) => Phase::Running,
            Self::Ready(_) => Phase::Ready,
            Self::Stale(_) => Phase::Stale,
            Self::Failed(_) => Phase::Failed,
        }
    }

    /// The latest result, be it of an earlier run.
    pub(crate) fn latest(&self) -> Option<&T> {
        match self {
            Self::Ready(result) | Self::Stale(result) => Some(result),
            Self::Running(running) => running.before.latest(),
            Self::Idle | Self::Failed(_) => None,
        }
    }

    /// How far a running step is.
    pub(crate) fn progress(&self) -> Option<&Progress> {
        match self {
            Self::Running(running) => running.progress.as_ref(),
            _ => None,
        }
    }

    /// The step begins.
    pub(crate) fn begin(&mut self) {
        let before = match std::mem::take(self) {
            Self::Running(running) => running.before,
            Self::Failed(_) => Box::new(Self::Idle),
            settled => Box::new(settled),
        };
        *self = Self::Running(Running { progress: None, before });
    }

    /// The step goes on.
    pub(crate) fn advance(&mut self, progress: Progress) {
        if let Self::Running(running) = self {
            running.progress = Some(progress);
        }
    }

    /// The step was cancelled: what stood before stands again.
    pub(crate) fn restore(&mut self) {
        if let Self::Running(running) = std::mem::take(self) {
            *self = *running.before;
        }
    }

    /// An input or a setting changed.
    pub(crate) fn spoil(&mut self) {
        *self = match std::mem::take(self) {
            Self::Ready(result) => Self::Stale(result),
            Self::Running(mut running) => {
                running.before.spoil();
                Self::Running(running)
            }
            other => other,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lexicell_protocol::{FailureKind, RequestId, Step};

    fn progress(done: u64) -> Progress {
        let unit = "cells".to_owned();
        Progress {
            id: RequestId(1),
            step: Step::PoolCells,
            unit,
            done,
            total: 10,
            seconds_left: None,
        }
    }

    fn failure() -> Failure {
        let message = "too small".to_owned();
        Failure {
            step: Step::Score,
            kind: FailureKind::UnfitLabels,
            message,
            remedy: None,
            causes: vec![],
        }
    }

    #[test]
    fn a_cancelled_run_leaves_what_stood_before() {
        for before in [StepState::Idle, StepState::Ready(7), StepState::Stale(7)] {
            let mut state = before.clone();
            state.begin();
            state.advance(progress(3));
            assert_eq!(state.progress().map(|progress| progress.done), Some(3));
            state.restore();
            assert_eq!(state, before);
        }
    }

    #[test]
    fn a_failure_does_not_come_back_when_the_next_run_is_cancelled() {
        let mut state: StepState<u8> = StepState::Failed(failure());
        state.begin();
        state.restore();
        assert_eq!(state, StepState::Idle);
    }

    #[test]
    fn the_earlier_result_stays_in_sight_during_a_run() {
        let mut state = StepState::Ready(7);
        state.begin();
        assert_eq!((state.phase(), state.latest()), (Phase::Running, Some(&7)));
    }

    #[test]
    fn a_result_spoilt_during_its_run_is_stale_after_a_cancellation() {
        let mut state = StepState::Ready(7);
        state.begin();
        state.spoil();
        state.restore();
        assert_eq!(state, StepState::Stale(7));
    }

    #[test]
    fn progress_of_a_step_that_does_not_run_is_ignored() {
        let mut state = StepState::Ready(7);
        state.advance(progress(3));
        assert_eq!(state, StepState::Ready(7));
    }
}
