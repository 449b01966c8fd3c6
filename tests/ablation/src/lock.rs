//! Files that two runs at once may not change at the same time.

use std::{
    fs::{File, TryLockError},
    path::Path,
};

use crate::error::{AblationError, Result};

/// Waits until no other run holds the lock of a name in that folder; it is given back when dropped.
pub(crate) fn lock(folder: &Path, name: &str) -> Result<File> {
    std::fs::create_dir_all(folder).map_err(AblationError::file(folder))?;
    let path = folder.join(format!("{name}.lock"));
    let file = File::create(&path).map_err(AblationError::file(&path))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            eprintln!("  another run holds {}: waiting", path.display());
            file.lock().map_err(AblationError::file(&path))?;
        }
        Err(TryLockError::Error(error)) => return Err(AblationError::file(&path)(error)),
    }
    Ok(file)
}
