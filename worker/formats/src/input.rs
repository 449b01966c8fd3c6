//! One file as the user gave it.

use std::fmt;
use std::sync::Arc;

use crate::source::{ByteSource, BytesSource};

/// A file that was dropped: its name, which is only ever shown, and its bytes.
#[derive(Clone)]
pub struct InputFile {
    /// Name without a folder.
    pub name: String,
    /// Random access to the bytes.
    pub source: Arc<dyn ByteSource>,
}

impl InputFile {
    /// A file over any source.
    #[must_use]
    pub fn new(name: impl Into<String>, source: Arc<dyn ByteSource>) -> Self {
        Self { name: name.into(), source }
    }

    /// A file whose bytes are in memory.
    #[must_use]
    pub fn from_bytes(name: impl Into<String>, bytes: Vec<u8>) -> Self {
        Self::new(name, Arc::new(BytesSource(bytes)))
    }
}

impl fmt::Debug for InputFile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "InputFile({:?}, {} bytes)", self.name, self.source.len())
    }
}
