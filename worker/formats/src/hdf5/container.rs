//! An open HDF5 file and its groups, with errors that name the file and the object.

use std::sync::Arc;

use hdf5_reader::error::Error;
use hdf5_reader::{Hdf5File, OpenOptions};

use super::attributes::Attributes;
use super::dataset::Dataset;
use super::filters::{self, MAX_CHUNK_BYTES};
use super::storage::SourceStorage;
use crate::error::{FormatError, Place};
use crate::input::InputFile;

/// Largest single read, against sizes that only a damaged file states.
pub(crate) const MAX_READ_BYTES: usize = 512 << 20;
/// More cells or genes than this are refused: their names alone would fill a browser's memory.
pub(crate) const MAX_ROWS: u64 = 32 << 20;
/// Decoded chunks that are kept, for windows that end inside a chunk.
const CHUNK_CACHE_BYTES: usize = 32 << 20;
const MAX_HEADER_BYTES: usize = 16 << 20;
/// An open HDF5 file.
pub(crate) struct Container {
    pub(crate) file: InputFile,
    pub(crate) hdf5: Hdf5File,
}

/// A group of an HDF5 file.
#[derive(Clone)]
pub(crate) struct Group {
    pub(crate) container: Arc<Container>,
    /// Path from the root, `/` for the root itself.
    pub(crate) path: String,
    inner: hdf5_reader::group::Group,
}

/// What a name in a group stands for.
#[derive(Clone)]
pub(crate) enum Node {
    Group(Group),
    Dataset(Dataset),
}

impl Container {
    /// Opens a file and checks that it is as long as it says.
    pub(crate) fn open(file: &InputFile) -> Result<Arc<Self>, FormatError> {
        let options = OpenOptions::default()
            .with_filter_registry(filters::registry())
            .with_chunk_cache_bytes(CHUNK_CACHE_BYTES)
            .with_max_chunk_bytes(MAX_CHUNK_BYTES)
            .with_max_read_bytes(MAX_READ_BYTES)
            .with_max_object_header_bytes(MAX_HEADER_BYTES);
        let storage = Arc::new(SourceStorage::new(Arc::clone(&file.source)));
        let hdf5 = Hdf5File::from_storage_with_options(storage, options)
            .map_err(|error| failure(file, "superblock", &error))?;
        let (length, stated) = (file.source.len(), hdf5.superblock().eof_address);
        if stated != u64::MAX && stated > length {
            return Err(FormatError::Truncated {
                file: file.name.clone(),
                place: Place::Byte(length),
                expected: format!("{stated} bytes, as the HDF5 superblock says"),
                found: format!("{length} bytes"),
            });
        }
        Ok(Arc::new(Self { file: file.clone(), hdf5 }))
    }

    /// The root group.
    pub(crate) fn root(self: &Arc<Self>) -> Result<Group, FormatError> {
        let inner = self.hdf5.root_group().map_err(|error| self.failure("/", &error))?;
        Ok(Group { container: Arc::clone(self), path: "/".to_owned(), inner })
    }

    /// Refuses more cells or genes than a browser can hold the names of.
    pub(crate) fn check_rows(
        &self,
        path: &str,
        n_obs: u64,
        n_vars: u64,
    ) -> Result<(), FormatError> {
        if n_obs.max(n_vars) <= MAX_ROWS {
            return Ok(());
        }
        Err(FormatError::TooLarge {
            file: self.file.name.clone(),
            place: Place::Object(path.to_owned()),
            needed: format!("room for {n_obs} × {n_vars} names"),
            limit: format!("at most {MAX_ROWS} cells or genes can be opened"),
            remedy: "Take a sample of the cells first.".to_owned(),
        })
    }

    /// An error of the HDF5 reader at an object.
    pub(crate) fn failure(&self, path: &str, error: &Error) -> FormatError {
        failure(&self.file, path, error)
    }

    /// The file contradicts itself at an object.
    pub(crate) fn damaged(
        &self,
        path: &str,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> FormatError {
        FormatError::Damaged {
            file: self.file.name.clone(),
            place: Place::Object(path.to_owned()),
            expected: expected.into(),
            found: found.into(),
        }
    }
}

impl Group {
    /// What `name` stands for, `None` if nothing.
    pub(crate) fn child(&self, name: &str) -> Result<Option<Node>, FormatError> {
        let path = self.path_of(name);
        let container = Arc::clone(&self.container);
        match self.inner.dataset(name) {
            Ok(inner) => {
                return Ok(Some(Node::Dataset(Dataset::new(container, path, inner))));
            }
            Err(Error::DatasetNotFound(_)) => {}
            Err(error) => return Err(self.container.failure(&path, &error)),
        }
        match self.inner.group(name) {
            Ok(inner) => Ok(Some(Node::Group(Self { container, path, inner }))),
            Err(Error::GroupNotFound(_)) => Ok(None),
            Err(error) => Err(self.container.failure(&path, &error)),
        }
    }

    /// The group `name`, `None` if there is none of that name or it is a data set.
    pub(crate) fn group(&self, name: &str) -> Result<Option<Self>, FormatError> {
        Ok(match self.child(name)? {
            Some(Node::Group(group)) => Some(group),
            _ => None,
        })
    }

    /// The data set `name`, `None` if there is none of that name or it is a group.
    pub(crate) fn dataset(&self, name: &str) -> Result<Option<Dataset>, FormatError> {
        Ok(match self.child(name)? {
            Some(Node::Dataset(dataset)) => Some(dataset),
            _ => None,
        })
    }

    /// The data set `name`, which the format demands.
    pub(crate) fn demand(&self, name: &str) -> Result<Dataset, FormatError> {
        self.dataset(name)?
            .ok_or_else(|| self.container.damaged(&self.path_of(name), "a data set", "none"))
    }

    /// Names of the groups and data sets in it.
    pub(crate) fn names(&self) -> Result<Vec<String>, FormatError> {
        let (mut groups, datasets) = self
            .inner
            .member_names()
            .map_err(|error| self.container.failure(&self.path, &error))?;
        groups.extend(datasets);
        Ok(groups)
    }

    /// The attributes, none where they cannot be read.
    pub(crate) fn attributes(&self) -> Attributes {
        Attributes::new(self.inner.attributes().unwrap_or_default())
    }

    /// The path of a child.
    pub(crate) fn path_of(&self, name: &str) -> String {
        format!("{}/{name}", self.path.trim_end_matches('/'))
    }
}

fn failure(file: &InputFile, path: &str, error: &Error) -> FormatError {
    let place = Place::Object(path.to_owned());
    let name = file.name.clone();
    let unsupported = |found: String| FormatError::Unsupported {
        file: name.clone(),
        place: place.clone(),
        expected: "an HDF5 encoding that is known here".to_owned(),
        found,
        remedy: "Write the file again with a current anndata or h5py.".to_owned(),
    };
    match error {
        Error::Context { source, .. } => failure(file, path, source),
        Error::Io(error) => FormatError::from_io(file, place, error),
        Error::UnsupportedFilter(found) | Error::UnsupportedEncoding(found) => {
            unsupported(found.clone())
        }
        Error::UnsupportedSuperblockVersion(_)
        | Error::UnsupportedDatatypeClass(_)
        | Error::UnsupportedLayoutClass(_)
        | Error::UnsupportedLayoutVersion(_)
        | Error::UnsupportedLinkType(_)
        | Error::UnsupportedChunkIndexType(_) => unsupported(error.to_string()),
        Error::ResourceLimit(found) => FormatError::TooLarge {
            file: name,
            place,
            needed: found.clone(),
            limit: format!("one part may take {} MiB", MAX_READ_BYTES >> 20),
            remedy: "If the file should not be that large, it is damaged: fetch it again."
                .to_owned(),
        },
        other => FormatError::Damaged {
            file: name,
            place,
            expected: "valid HDF5".to_owned(),
            found: other.to_string(),
        },
    }
}
