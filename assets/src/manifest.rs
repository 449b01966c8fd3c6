//! The manifest: each asset with its alternatives in order, checksums, licence and origin.

use serde::Deserialize;

use crate::{AssetError, Result};

const BUILT_IN: &str = include_str!("../manifest.json");

/// What can be fetched, and from where.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Files that bundles are built from.
    pub files: Vec<FileEntry>,
    /// Encoder models.
    pub models: Vec<ModelEntry>,
    /// Data sets to try.
    pub demos: Vec<DemoEntry>,
}

/// A file with its sources.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileEntry {
    /// How the program names it.
    pub id: String,
    /// Terms of use.
    pub licence: String,
    /// Who made it.
    pub origin: String,
    /// Where to get it, in order.
    pub alternatives: Vec<Alternative>,
}

/// One place to get a file from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alternative {
    /// The place.
    pub from: Place,
    /// SHA-256 of the file; absent where its owner changes it daily, or where apt has verified the
    /// package by the archive's signature.
    pub sha256: Option<String>,
    /// Keep only the rows of these taxonomy ids, first column of a gzipped table.
    #[serde(default)]
    pub only_tax_ids: Vec<u32>,
}

/// A place on the network.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Place {
    /// A download.
    Url(String),
    /// A file inside a wheel; `!` leads into a zip inside it.
    Pypi {
        /// `name==version`
        package: String,
        /// `folder/file` or `folder/archive.zip!file`
        member: String,
    },
    /// A file inside a Debian package.
    Debian {
        /// The package's name.
        package: String,
        /// Its path, without the leading slash.
        member: String,
    },
}

impl Place {
    /// The place in words.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Place::Url(url) => url.clone(),
            Place::Pypi { package, .. } => format!("PyPI {package}"),
            Place::Debian { package, .. } => format!("Debian {package}"),
        }
    }
}

/// An encoder model with the files of its folder.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelEntry {
    /// `all-MiniLM-L6-v2`
    pub id: String,
    /// Its name for the page.
    pub name: String,
    /// Terms of use.
    pub licence: String,
    /// Who made it.
    pub origin: String,
    /// Whether `build` includes it unless told otherwise.
    #[serde(default)]
    pub default: bool,
    /// Its files.
    pub files: Vec<ModelFileEntry>,
}

/// A file of a model folder.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelFileEntry {
    /// Its path in the folder, `1_Pooling/config.json`.
    pub path: String,
    /// Where to get it, in order.
    pub alternatives: Vec<Alternative>,
}

/// A data set to try.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DemoEntry {
    /// How the program names it.
    pub id: String,
    /// Its name for the page.
    pub title: String,
    /// A sentence about it.
    pub description: String,
    /// The name under which it is opened.
    pub file_name: String,
    /// Terms of use.
    pub licence: String,
    /// Who made it.
    pub origin: String,
    /// The `obs` column with the labels.
    pub label_column: String,
    /// `human` or `mouse`.
    pub species: String,
    /// Where to get it, in order.
    pub alternatives: Vec<Alternative>,
}

impl Manifest {
    /// The manifest that this program was built with.
    ///
    /// # Errors
    /// As [`Manifest::parse`].
    pub fn built_in() -> Result<Self> {
        Self::parse(BUILT_IN)
    }

    /// Reads a manifest.
    ///
    /// # Errors
    /// JSON of another form, an asset without alternatives, a checksum that is none.
    pub fn parse(json: &str) -> Result<Self> {
        let manifest: Self = serde_json::from_str(json)
            .map_err(|error| AssetError::Manifest { detail: error.to_string() })?;
        let files = manifest.files.iter().map(|file| (file.id.clone(), &file.alternatives));
        let demos = manifest.demos.iter().map(|demo| (demo.id.clone(), &demo.alternatives));
        let models = manifest.models.iter().flat_map(|model| {
            model
                .files
                .iter()
                .map(|file| (format!("{}/{}", model.id, file.path), &file.alternatives))
        });
        for (id, alternatives) in files.chain(demos).chain(models) {
            if alternatives.is_empty() {
                return Err(AssetError::Manifest { detail: format!("{id} has no alternatives") });
            }
            for hash in alternatives.iter().filter_map(|alternative| alternative.sha256.as_deref())
            {
                if hash.len() != 64
                    || !hash.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
                {
                    return Err(AssetError::Manifest {
                        detail: format!("{id}: {hash:?} is no SHA-256"),
                    });
                }
            }
        }
        Ok(manifest)
    }

    /// The file of this id.
    ///
    /// # Errors
    /// An id that the manifest does not list.
    pub fn file(&self, id: &str) -> Result<&FileEntry> {
        self.files
            .iter()
            .find(|file| file.id == id)
            .ok_or_else(|| AssetError::Manifest { detail: format!("no file {id:?}") })
    }

    /// The model of this id.
    ///
    /// # Errors
    /// An id that the manifest does not list, with those that it does.
    pub fn model(&self, id: &str) -> Result<&ModelEntry> {
        self.models.iter().find(|model| model.id == id).ok_or_else(|| {
            let known: Vec<_> = self.models.iter().map(|model| model.id.as_str()).collect();
            AssetError::Manifest { detail: format!("no model {id:?}; known: {}", known.join(", ")) }
        })
    }
}
