use lexicell_protocol::Ready;

/// Where the worker stands.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) enum WorkerState {
    /// It loads and tests the GPU.
    #[default]
    Starting,
    /// It listens.
    Ready(Box<Ready>),
    /// It is gone, and why.
    Broken(String),
}

impl WorkerState {
    /// What it said of itself.
    pub(crate) fn ready(&self) -> Option<&Ready> {
        match self {
            Self::Ready(ready) => Some(ready),
            Self::Starting | Self::Broken(_) => None,
        }
    }
}
