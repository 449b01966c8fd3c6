//! Our byte source as the storage that `hdf5_reader` reads from.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use hdf5_reader::error::{Error, Result};
use hdf5_reader::{Storage, StorageBuffer};

use crate::source::ByteSource;

/// Reads up to this long are remembered: nodes of indexes, heaps, headers.
const SMALL_READ: usize = 16 << 10;
/// Bytes that one of the two generations of remembered reads may hold.
const GENERATION_BYTES: usize = 8 << 20;

/// A [`ByteSource`] in the dress of an HDF5 storage.
///
/// A window into a chunked data set walks the whole index of its chunks, whose nodes lie all over the
/// file: they are remembered, or every window would fetch hundreds of pages again.
pub(crate) struct SourceStorage {
    source: Arc<dyn ByteSource>,
    small: Mutex<Generations>,
}

impl SourceStorage {
    /// Reads from a source.
    pub(crate) fn new(source: Arc<dyn ByteSource>) -> Self {
        Self { source, small: Mutex::new(Generations::default()) }
    }

    fn read(&self, offset: u64, len: usize) -> Result<StorageBuffer> {
        let mut bytes = Vec::new();
        bytes
            .try_reserve_exact(len)
            .map_err(|_| Error::ResourceLimit(format!("{len} bytes at once")))?;
        bytes.resize(len, 0);
        self.source.read_at(offset, &mut bytes)?;
        Ok(StorageBuffer::from_vec(bytes))
    }
}

impl Storage for SourceStorage {
    fn len(&self) -> u64 {
        self.source.len()
    }

    fn read_range(&self, offset: u64, len: usize) -> Result<StorageBuffer> {
        let end = offset.checked_add(len as u64);
        if end.is_none_or(|end| end > self.source.len()) {
            return Err(Error::Io(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                format!(
                    "{len} bytes at byte {offset}, but the file has {} bytes",
                    self.source.len()
                ),
            )));
        }
        if len > SMALL_READ {
            return self.read(offset, len);
        }
        let mut small = self.small.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = small.get((offset, len)) {
            return Ok(known);
        }
        let read = self.read(offset, len)?;
        small.insert((offset, len), read.clone());
        Ok(read)
    }
}

/// Remembered reads: when the young are full they become old, and the old are forgotten.
#[derive(Default)]
struct Generations {
    young: HashMap<(u64, usize), StorageBuffer>,
    old: HashMap<(u64, usize), StorageBuffer>,
    young_bytes: usize,
}

impl Generations {
    fn get(&mut self, key: (u64, usize)) -> Option<StorageBuffer> {
        if let Some(known) = self.young.get(&key) {
            return Some(known.clone());
        }
        let known = self.old.remove(&key)?;
        self.insert(key, known.clone());
        Some(known)
    }

    fn insert(&mut self, key: (u64, usize), read: StorageBuffer) {
        // What the map itself takes for an entry counts too.
        let bytes = key.1 + 128;
        if self.young_bytes + bytes > GENERATION_BYTES {
            self.old = std::mem::take(&mut self.young);
            self.young_bytes = 0;
        }
        self.young_bytes += bytes;
        self.young.insert(key, read);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::BytesSource;
    use std::sync::atomic::{AtomicUsize, Ordering};

    struct Counted(BytesSource, AtomicUsize);

    impl ByteSource for Counted {
        fn len(&self) -> u64 {
            self.0.len()
        }

        fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
            self.1.fetch_add(1, Ordering::Relaxed);
            self.0.read_at(offset, buffer)
        }
    }

    #[test]
    fn what_is_read_again_and_again_is_remembered() {
        let source = Arc::new(Counted(BytesSource(vec![7; 64 << 20]), AtomicUsize::new(0)));
        let storage = SourceStorage::new(source.clone());
        let mut reads = 0;
        for pass in 0..4000_u64 {
            assert_eq!(storage.read_range(5, 3000).map(|read| read.len()).ok(), Some(3000));
            assert!(storage.read_range(pass * 16_000, 16_000).is_ok());
            reads += 1;
        }
        assert_eq!(source.1.load(Ordering::Relaxed), reads + 1);
        assert!(storage.read_range(64 << 20, 1).is_err());
        assert!(storage.read_range(u64::MAX, 2).is_err());
    }
}
