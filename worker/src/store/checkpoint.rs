//! The checkpoint of a training: one file, replaced as the training goes on.

use lexicell_genes::text_hash;

use super::{VectorStore, at, in_words, word};

const NAME: &str = "training.bin";
const MAGIC: &[u8; 8] = b"LEXITRN1";
/// Magic, key, length, check.
const HEADER: usize = 32;

impl VectorStore {
    /// Keeps the checkpoint of the training with that key, in place of any other.
    pub(crate) async fn keep_checkpoint(&self, key: u64, state: &[u8]) -> Result<(), String> {
        let handle = self.open_file(NAME).await?;
        let mut bytes = Vec::with_capacity(HEADER + state.len());
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&key.to_le_bytes());
        bytes.extend_from_slice(&(state.len() as u64).to_le_bytes());
        bytes.extend_from_slice(&check(state).to_le_bytes());
        bytes.extend_from_slice(state);
        let written = handle
            .write_with_u8_array_and_options(&bytes, &at(0.0))
            .and_then(|_| handle.truncate_with_f64(bytes.len() as f64))
            .and_then(|()| handle.flush());
        handle.close();
        written.map_err(|error| in_words(&error))
    }

    /// The checkpoint of the training with that key, if a sound one is kept.
    pub(crate) async fn checkpoint(&self, key: u64) -> Result<Option<Vec<u8>>, String> {
        let handle = self.open_file(NAME).await?;
        let size = handle.get_size().unwrap_or(0.0) as usize;
        let mut bytes = vec![0; size];
        let read = handle.read_with_u8_array_and_options(&mut bytes, &at(0.0));
        handle.close();
        read.map_err(|error| in_words(&error))?;
        Ok(sound(&bytes, key).map(<[u8]>::to_vec))
    }

    /// Forgets the checkpoint: the training that it belongs to is done.
    pub(crate) async fn forget_checkpoint(&self) -> Result<(), String> {
        let handle = self.open_file(NAME).await?;
        let emptied = handle.truncate_with_f64(0.0);
        handle.close();
        emptied.map_err(|error| in_words(&error))
    }
}

/// The state in a file, if the file is whole and of that training.
fn sound(bytes: &[u8], key: u64) -> Option<&[u8]> {
    let (header, state) = bytes.split_at_checked(HEADER)?;
    let is_sound = &header[..8] == MAGIC
        && word(&header[8..16]) == key
        && word(&header[16..24]) == state.len() as u64
        && word(&header[24..32]) == check(state);
    is_sound.then_some(state)
}

/// FNV-1a over the state: a file cut off by a closed tab fails it.
fn check(state: &[u8]) -> u64 {
    state.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// The key of a training: whatever decides its result.
pub(crate) fn key_of(parts: &str) -> u64 {
    text_hash(parts)
}
