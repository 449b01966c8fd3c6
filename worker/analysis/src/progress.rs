/// How far a resumable computation has come; `done == total` exactly when it is finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Units of work done.
    pub done: usize,
    /// Units of work in all; an estimate where the solver stops by itself.
    pub total: usize,
}

impl Progress {
    /// Whether nothing is left to do.
    #[must_use]
    pub fn is_done(self) -> bool {
        self.done >= self.total
    }
}
