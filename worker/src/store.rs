//! What is kept between visits in the Origin Private File System: vectors of texts, and the
//! checkpoint of a training.
//!
//! Vectors: one file per encoder and token pooling: a header, then records of text hash (u64), CRC-like check
//! (u64) and vector (f32 × d), appended as they are computed. A record cut off by a closed tab fails
//! its check and is overwritten.

mod checkpoint;

pub(crate) use checkpoint::key_of;

use std::collections::HashMap;

use js_sys::{Object, Reflect};
use lexicell_genes::text_hash;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    FileSystemDirectoryHandle, FileSystemFileHandle, FileSystemGetFileOptions,
    FileSystemReadWriteOptions, FileSystemSyncAccessHandle,
};

use crate::transfer::scope;

const MAGIC: &[u8; 8] = b"LEXIVEC1";
const HEADER: usize = 16;

/// The folder that holds the files.
pub(crate) struct VectorStore {
    folder: FileSystemDirectoryHandle,
}

/// The open file of one encoder. Closing is by drop.
pub(crate) struct StoreFile {
    handle: FileSystemSyncAccessHandle,
    dim: usize,
    end: f64,
    places: HashMap<u64, f64>,
}

impl VectorStore {
    /// Opens the browser's private file system.
    pub(crate) async fn open() -> Result<Self, String> {
        let storage = scope().navigator().storage();
        if !Reflect::has(&storage, &"getDirectory".into()).unwrap_or(false) {
            return Err("this browser has no private file system".into());
        }
        let root =
            JsFuture::from(storage.get_directory()).await.map_err(|error| in_words(&error))?;
        Ok(Self { folder: root.unchecked_into() })
    }

    /// Opens the file of one encoder, made if need be.
    pub(crate) async fn file(&self, key: &str, dim: usize) -> Result<StoreFile, String> {
        let handle = self.open_file(&format!("vectors-{key}.bin")).await?;
        StoreFile::read(handle, dim).map_err(|error| in_words(&error))
    }

    async fn open_file(&self, name: &str) -> Result<FileSystemSyncAccessHandle, String> {
        let options = FileSystemGetFileOptions::new();
        options.set_create(true);
        let file: FileSystemFileHandle =
            JsFuture::from(self.folder.get_file_handle_with_options(name, &options))
                .await
                .map_err(|error| in_words(&error))?
                .unchecked_into();
        Ok(JsFuture::from(file.create_sync_access_handle())
            .await
            .map_err(|error| in_words(&error))?
            .unchecked_into())
    }
}

impl StoreFile {
    fn read(handle: FileSystemSyncAccessHandle, dim: usize) -> Result<Self, JsValue> {
        let mut file = Self { handle, dim, end: HEADER as f64, places: HashMap::new() };
        let mut header = [0; HEADER];
        header[..8].copy_from_slice(MAGIC);
        header[8..16].copy_from_slice(&(dim as u64).to_le_bytes());
        let mut found = [0; HEADER];
        file.handle.read_with_u8_array_and_options(&mut found, &at(0.0))?;
        if found != header {
            file.handle.truncate_with_f64(0.0)?;
            file.handle.write_with_u8_array_and_options(&header, &at(0.0))?;
            return Ok(file);
        }
        file.index()?;
        Ok(file)
    }

    /// Notes the place of every sound record, in reads of about a megabyte.
    fn index(&mut self) -> Result<(), JsValue> {
        let size = self.handle.get_size()?;
        let record = self.record_bytes();
        let mut bytes = vec![0; record * (1usize << 20).div_ceil(record)];
        while self.end + record as f64 <= size {
            let n_read =
                self.handle.read_with_u8_array_and_options(&mut bytes, &at(self.end))? as usize;
            let mut sound = 0;
            for record_bytes in bytes[..n_read].chunks_exact(record) {
                let (hash, check) = (word(&record_bytes[..8]), word(&record_bytes[8..16]));
                if check != checksum(hash, &record_bytes[16..]) {
                    return Ok(());
                }
                self.places.insert(hash, self.end);
                self.end += record as f64;
                sound += 1;
            }
            if sound == 0 {
                break;
            }
        }
        Ok(())
    }

    /// Reads the vector of a text, if it is kept.
    pub(crate) fn get(&self, hash: u64, out: &mut [f32]) -> bool {
        let Some(&place) = self.places.get(&hash) else { return false };
        let bytes: &mut [u8] = bytemuck::cast_slice_mut(out);
        let n_bytes = bytes.len();
        self.handle
            .read_with_u8_array_and_options(bytes, &at(place + 16.0))
            .is_ok_and(|read| read as usize == n_bytes)
    }

    /// Keeps vectors: safe on disk when this returns.
    pub(crate) fn append(&mut self, hashes: &[u64], vectors: &[f32]) -> Result<(), String> {
        let mut bytes = Vec::with_capacity(hashes.len() * self.record_bytes());
        for (&hash, vector) in hashes.iter().zip(vectors.chunks_exact(self.dim)) {
            let values: &[u8] = bytemuck::cast_slice(vector);
            bytes.extend_from_slice(&hash.to_le_bytes());
            bytes.extend_from_slice(&checksum(hash, values).to_le_bytes());
            bytes.extend_from_slice(values);
        }
        self.handle
            .write_with_u8_array_and_options(&bytes, &at(self.end))
            .map_err(|error| in_words(&error))?;
        self.handle.flush().map_err(|error| in_words(&error))?;
        for &hash in hashes {
            self.places.insert(hash, self.end);
            self.end += self.record_bytes() as f64;
        }
        Ok(())
    }

    fn record_bytes(&self) -> usize {
        16 + self.dim * 4
    }
}

impl Drop for StoreFile {
    fn drop(&mut self) {
        self.handle.close();
    }
}

fn at(place: f64) -> FileSystemReadWriteOptions {
    let options = FileSystemReadWriteOptions::new();
    options.set_at(place);
    options
}

fn word(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte))
}

/// The text's hash is part of the check, so that a record cannot answer for another text.
fn checksum(hash: u64, values: &[u8]) -> u64 {
    values.chunks(8).fold(hash ^ 0x9e37_79b9_7f4a_7c15, |sum, chunk| {
        (sum ^ word(chunk)).wrapping_mul(0x0100_0000_01b3).rotate_left(29)
    })
}

/// Name of the file for an encoder.
pub(crate) fn key(model_hash: &str, pooling: &str) -> String {
    format!("{:016x}", text_hash(&format!("{model_hash}/{pooling}")))
}

fn in_words(error: &JsValue) -> String {
    let part = |name: &str| {
        Reflect::get(error.unchecked_ref::<Object>(), &name.into())
            .ok()
            .and_then(|part| part.as_string())
    };
    match (part("name"), part("message")) {
        (Some(name), Some(message)) if name == "QuotaExceededError" => {
            format!("the disk space that the browser allows is used up ({message})")
        }
        (Some(name), _) if name == "NoModificationAllowedError" => {
            "another tab of this page keeps vectors at the moment".into()
        }
        (_, Some(message)) => message,
        _ => "the browser refused".into(),
    }
}
