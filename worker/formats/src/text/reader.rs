use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;

use crate::source::ByteSource;

/// Bytes fetched at once: a read of a browser's file costs about the same up to this size.
const WINDOW: usize = 1 << 20;

/// A [`ByteSource`] as a stream, read in windows of 1 MiB.
pub(crate) struct SourceReader {
    source: Arc<dyn ByteSource>,
    window: Vec<u8>,
    window_start: u64,
    at: u64,
}

impl SourceReader {
    pub(crate) fn new(source: Arc<dyn ByteSource>) -> Self {
        Self { source, window: Vec::new(), window_start: 0, at: 0 }
    }

    /// Bytes handed out, or where the last seek led.
    pub(crate) fn position(&self) -> u64 {
        self.at
    }

    fn window_rest(&self) -> &[u8] {
        let start = self.at.checked_sub(self.window_start).and_then(|at| usize::try_from(at).ok());
        start.and_then(|start| self.window.get(start..)).unwrap_or(&[])
    }
}

impl Read for SourceReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.window_rest().is_empty() {
            let left = self.source.len().saturating_sub(self.at);
            self.window.resize(left.min(WINDOW as u64) as usize, 0);
            self.window_start = self.at;
            if let Err(error) = self.source.read_at(self.at, &mut self.window) {
                self.window.clear();
                return Err(error);
            }
        }
        let rest = self.window_rest();
        let length = rest.len().min(buffer.len());
        buffer[..length].copy_from_slice(&rest[..length]);
        self.at += length as u64;
        Ok(length)
    }
}

impl Seek for SourceReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(offset) => Some(offset),
            SeekFrom::End(offset) => self.source.len().checked_add_signed(offset),
            SeekFrom::Current(offset) => self.at.checked_add_signed(offset),
        };
        self.at = target.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.at)
    }
}
