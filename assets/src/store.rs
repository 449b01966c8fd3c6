//! Files that are either complete or absent, and their hashes.

use std::{
    fs,
    io::{Read, Write},
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

use crate::{AssetError, Result};

/// A file under another name until it is complete; dropped unfinished, it disappears.
#[derive(Debug)]
pub struct PendingFile {
    target: PathBuf,
    temporary: PathBuf,
    file: Option<fs::File>,
    hasher: Sha256,
    bytes: u64,
}

impl PendingFile {
    /// Starts a file that will be `target`; its folders are made.
    ///
    /// # Errors
    /// A folder or file that cannot be made.
    pub fn create(target: &Path) -> Result<Self> {
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder).map_err(AssetError::file(folder))?;
        }
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        let temporary = target.with_file_name(format!(".{name}.{}.part", std::process::id()));
        let file = fs::File::create(&temporary).map_err(AssetError::file(&temporary))?;
        Ok(Self {
            target: target.to_owned(),
            temporary,
            file: Some(file),
            hasher: Sha256::new(),
            bytes: 0,
        })
    }

    /// How many bytes were written.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Gives the file its name and returns its SHA-256; with another hash than `expected` it disappears.
    ///
    /// # Errors
    /// A wrong hash, or a file that cannot be written.
    pub fn finish(mut self, expected: Option<&str>, what: &str) -> Result<String> {
        let found = hex(&std::mem::take(&mut self.hasher).finalize());
        if let Some(expected) = expected
            && expected != found
        {
            return Err(AssetError::Checksum {
                what: what.to_owned(),
                expected: expected.to_owned(),
                found,
            });
        }
        if let Some(file) = self.file.take() {
            file.sync_all().map_err(AssetError::file(&self.temporary))?;
        }
        fs::rename(&self.temporary, &self.target).map_err(AssetError::file(&self.target))?;
        Ok(found)
    }
}

impl Write for PendingFile {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let Some(file) = &mut self.file else { return Ok(0) };
        let written = file.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.as_mut().map_or(Ok(()), std::io::Write::flush)
    }
}

impl Drop for PendingFile {
    fn drop(&mut self) {
        // After `finish` the name is gone and there is nothing to remove.
        let _ = fs::remove_file(&self.temporary);
    }
}

/// A folder that disappears with its owner.
#[derive(Debug)]
pub struct TemporaryFolder(PathBuf);

impl TemporaryFolder {
    /// A new folder inside `parent`.
    ///
    /// # Errors
    /// A folder that cannot be made.
    pub fn inside(parent: &Path, name: &str) -> Result<Self> {
        let path = parent.join(format!(".{name}.{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).map_err(AssetError::file(&path))?;
        Ok(Self(path))
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Writes a whole file, or nothing.
///
/// # Errors
/// A file that cannot be written.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut pending = PendingFile::create(path)?;
    pending.write_all(bytes).map_err(AssetError::file(path))?;
    pending.finish(None, "").map(drop)
}

/// Reads a whole file.
///
/// # Errors
/// A file that cannot be read.
pub fn read_whole(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(AssetError::file(path))
}

/// The SHA-256 of bytes, hexadecimal.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// The SHA-256 of a file, hexadecimal.
///
/// # Errors
/// A file that cannot be read.
pub fn sha256_of_file(path: &Path) -> Result<String> {
    let mut file = fs::File::open(path).map_err(AssetError::file(path))?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        let n = file.read(&mut buffer).map_err(AssetError::file(path))?;
        if n == 0 {
            return Ok(hex(&hasher.finalize()));
        }
        hasher.update(&buffer[..n]);
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
