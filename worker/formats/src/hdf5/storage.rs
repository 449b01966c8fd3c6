//! Our byte source as the storage that `hdf5_reader` reads from.

use std::io;
use std::sync::Arc;

use hdf5_reader::error::{Error, Result};
use hdf5_reader::{Storage, StorageBuffer};

use crate::source::ByteSource;

/// A [`ByteSource`] in the dress of an HDF5 storage.
pub(crate) struct SourceStorage(pub Arc<dyn ByteSource>);

impl Storage for SourceStorage {
    fn len(&self) -> u64 {
        self.0.len()
    }

    fn read_range(&self, offset: u64, len: usize) -> Result<StorageBuffer> {
        let end = offset.checked_add(len as u64);
        if end.is_none_or(|end| end > self.0.len()) {
            return Err(Error::Io(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                format!("{len} bytes at byte {offset}, but the file has {} bytes", self.0.len()),
            )));
        }
        let mut bytes = Vec::new();
        bytes
            .try_reserve_exact(len)
            .map_err(|_| Error::ResourceLimit(format!("{len} bytes at once")))?;
        bytes.resize(len, 0);
        self.0.read_at(offset, &mut bytes)?;
        Ok(StorageBuffer::from_vec(bytes))
    }
}
