//! An open HDF5 file, its groups and data sets, with errors that name the file and the object.

use std::sync::Arc;

use hdf5_reader::error::Error;
use hdf5_reader::messages::HdfMessage;
use hdf5_reader::messages::layout::DataLayout;
use hdf5_reader::{
    Attribute, Datatype, H5Type, Hdf5File, OpenOptions, SliceInfo, SliceInfoElem, StorageBuffer,
};

use super::filters::{self, MAX_CHUNK_BYTES};
use super::numbers::{self, Any, Number};
use super::storage::SourceStorage;
use super::text;
use crate::error::{FormatError, Place};
use crate::input::InputFile;

/// Largest single read, against sizes that only a damaged file states.
const MAX_READ_BYTES: usize = 512 << 20;
/// More cells or genes than this are refused: their names alone would fill a browser's memory.
pub(crate) const MAX_ROWS: u64 = 32 << 20;
/// Decoded chunks that are kept, for windows that end inside a chunk.
const CHUNK_CACHE_BYTES: usize = 32 << 20;
const MAX_HEADER_BYTES: usize = 16 << 20;
/// gzip cannot shrink by more than 1032, so a data set that claims more than this was never written.
const MAX_RATIO: u64 = 1100;

/// An open HDF5 file.
pub(crate) struct Container {
    pub(crate) file: InputFile,
    hdf5: Hdf5File,
}

/// A group of an HDF5 file.
#[derive(Clone)]
pub(crate) struct Group {
    pub(crate) container: Arc<Container>,
    /// Path from the root, `/` for the root itself.
    pub(crate) path: String,
    inner: hdf5_reader::group::Group,
}

/// A data set of an HDF5 file.
#[derive(Clone)]
pub(crate) struct Dataset {
    pub(crate) container: Arc<Container>,
    /// Path from the root.
    pub(crate) path: String,
    inner: Arc<hdf5_reader::Dataset>,
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
                let inner = Arc::new(inner);
                return Ok(Some(Node::Dataset(Dataset { container, path, inner })));
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
        Attributes(self.inner.attributes().unwrap_or_default())
    }

    /// The path of a child.
    pub(crate) fn path_of(&self, name: &str) -> String {
        format!("{}/{name}", self.path.trim_end_matches('/'))
    }
}

impl Dataset {
    /// Its dimensions; none for a scalar.
    pub(crate) fn shape(&self) -> &[u64] {
        self.inner.shape()
    }

    /// Its length along one axis; 1 for a scalar, also accepted as `[n, 1]`.
    pub(crate) fn len(&self) -> u64 {
        self.shape().iter().fold(1, |product: u64, &length| product.saturating_mul(length))
    }

    /// Whether it is a list: one axis, or more of which all but one have length 1.
    pub(crate) fn is_list(&self) -> bool {
        !self.shape().is_empty() && self.shape().iter().filter(|&&length| length != 1).count() <= 1
    }

    /// Its type in the file.
    pub(crate) fn dtype(&self) -> &Datatype {
        self.inner.dtype()
    }

    /// Its chunk dimensions, one for each axis; `None` where it is stored in one piece.
    pub(crate) fn chunks(&self) -> Option<Vec<u32>> {
        self.inner.chunks().filter(|chunks| chunks.len() == self.shape().len())
    }

    /// The attributes.
    pub(crate) fn attributes(&self) -> Attributes {
        Attributes(self.inner.attributes())
    }

    /// Refuses what can never be read: unknown filters, and sizes that the file cannot hold.
    pub(crate) fn check(&self) -> Result<(), FormatError> {
        if let Some(id) = self.unsupported_filter()? {
            return Err(FormatError::UnsupportedFilter {
                file: self.container.file.name.clone(),
                place: Place::Object(self.path.clone()),
                filter: filters::name(id),
                remedy: "In Python: adata = anndata.read_h5ad(file), then adata.write_h5ad(file, compression='gzip')."
                    .to_owned(),
            });
        }
        let element = hdf5_reader::dtype_element_size(self.dtype()).unwrap_or(1) as u64;
        let (claimed, held) =
            (self.len().saturating_mul(element), self.container.file.source.len());
        if claimed / MAX_RATIO > held {
            let expected = format!("no more data than {held} bytes can hold");
            return Err(self.container.damaged(
                &self.path,
                expected,
                format!("{} values", self.len()),
            ));
        }
        Ok(())
    }

    fn unsupported_filter(&self) -> Result<Option<u16>, FormatError> {
        let header = self.container.hdf5.get_or_parse_header(self.inner.address());
        let header = header.map_err(|error| self.container.failure(&self.path, &error))?;
        let filters = header.messages.iter().filter_map(|message| match message {
            HdfMessage::FilterPipeline(pipeline) => Some(&pipeline.filters),
            _ => None,
        });
        Ok(filters.flatten().map(|filter| filter.id).find(|&id| !filters::is_supported(id)))
    }

    /// Reads a stretch of a list.
    pub(crate) fn stretch<T: Number>(&self, start: u64, end: u64) -> Result<Vec<T>, FormatError> {
        if start >= end {
            return Ok(Vec::new());
        }
        let long = self.shape().iter().position(|&length| length != 1).unwrap_or(0);
        let axis = |at: usize| if at == long { (start, end) } else { (0, 1) };
        self.block(&(0..self.shape().len()).map(axis).collect::<Vec<_>>())
    }

    /// Reads a block, given by its start and end along each axis, in row-major order.
    pub(crate) fn block<T: Number>(&self, ranges: &[(u64, u64)]) -> Result<Vec<T>, FormatError> {
        if let Some(raw) = self.piece(ranges)? {
            return numbers::decode(&raw, self.dtype())
                .map_err(|error| self.container.failure(&self.path, &error));
        }
        let selections = ranges
            .iter()
            .map(|&(start, end)| SliceInfoElem::Slice { start, end, step: 1 })
            .collect();
        let array = self.inner.read_slice::<Any<T>>(&SliceInfo { selections });
        let array = array.map_err(|error| self.container.failure(&self.path, &error))?;
        Ok(array.into_raw_vec_and_offset().0.into_iter().map(|Any(value)| value).collect())
    }

    /// The bytes of a block that lies in one piece in the file, `None` if it does not.
    ///
    /// The reader's own way counts a data set's bytes in `usize`, which on wasm32 ends at 4 GiB.
    fn piece(&self, ranges: &[(u64, u64)]) -> Result<Option<StorageBuffer>, FormatError> {
        let shape = self.shape();
        let Some((&(start, end), inner)) = ranges.split_first() else { return Ok(None) };
        let whole =
            inner.iter().zip(shape.iter().skip(1)).all(|(&range, &length)| range == (0, length));
        if !whole || ranges.len() != shape.len() || end > shape[0] || start >= end {
            return Ok(None);
        }
        let header = self.container.hdf5.get_or_parse_header(self.inner.address());
        let header = header.map_err(|error| self.container.failure(&self.path, &error))?;
        let is_external = |message: &HdfMessage| matches!(message, HdfMessage::ExternalFiles(_));
        let layout = header.messages.iter().find_map(|message| match message {
            HdfMessage::DataLayout(layout) => Some(&layout.layout),
            _ => None,
        });
        let Some(&DataLayout::Contiguous { address, size }) = layout else { return Ok(None) };
        if address == u64::MAX || size == 0 || header.messages.iter().any(is_external) {
            return Ok(None);
        }
        let row = shape[1..]
            .iter()
            .fold(self.element_bytes() as u64, |bytes, &length| bytes.saturating_mul(length));
        let (from, to) = (start.saturating_mul(row), end.saturating_mul(row));
        let length = usize::try_from(to - from)
            .ok()
            .filter(|&length| to <= size && length <= MAX_READ_BYTES);
        let Some(length) = length else { return Ok(None) };
        let read = self.container.hdf5.storage().read_range(address.saturating_add(from), length);
        read.map(Some).map_err(|error| self.container.failure(&self.path, &error))
    }

    /// Reads all numbers, in row-major order.
    pub(crate) fn numbers<T: Number>(&self) -> Result<Vec<T>, FormatError> {
        self.check()?;
        self.check_room(size_of::<T>())?;
        if self.len() == 0 {
            return Ok(Vec::new());
        }
        if !numbers::is_numeric(self.dtype()) {
            return Err(self.wrong_type("numbers"));
        }
        numbers::decode(&self.bytes()?, self.dtype())
            .map_err(|error| self.container.failure(&self.path, &error))
    }

    /// Reads all texts, in row-major order.
    pub(crate) fn texts(&self) -> Result<Vec<String>, FormatError> {
        self.check()?;
        self.check_room(size_of::<String>() / 2)?;
        if self.len() == 0 {
            return Ok(Vec::new());
        }
        if !text::is_text(self.dtype()) {
            return Err(self.wrong_type("text"));
        }
        text::decode(self, &self.bytes()?, self.dtype())
    }

    /// Reads the first texts of a list.
    pub(crate) fn first_texts(&self, count: u64) -> Result<Vec<String>, FormatError> {
        self.check()?;
        if !self.is_list() || !text::is_text(self.dtype()) {
            return Err(self.wrong_type("a list of text"));
        }
        let axis =
            |&length: &u64| SliceInfoElem::Slice { start: 0, end: length.min(count), step: 1 };
        let selections = self.shape().iter().map(axis).collect();
        let array = self.inner.read_slice::<Stored>(&SliceInfo { selections });
        let array = array.map_err(|error| self.container.failure(&self.path, &error))?;
        let raw: Vec<u8> = array.into_iter().flat_map(|Stored(bytes)| bytes).collect();
        text::decode(self, &raw, self.dtype())
    }

    /// Refuses to decode into more memory than one read may take.
    fn check_room(&self, element: usize) -> Result<(), FormatError> {
        let needed = self.len().saturating_mul(element as u64);
        if needed <= 2 * MAX_READ_BYTES as u64 {
            return Ok(());
        }
        Err(self
            .container
            .failure(&self.path, &Error::ResourceLimit(format!("{} MiB", needed >> 20))))
    }

    /// Reads all bytes as stored.
    pub(crate) fn bytes(&self) -> Result<Vec<u8>, FormatError> {
        self.inner.read_raw_bytes().map_err(|error| self.container.failure(&self.path, &error))
    }

    /// Bytes of one stored element.
    pub(crate) fn element_bytes(&self) -> usize {
        self.inner.raw_element_size().unwrap_or(0)
    }

    /// Bytes of one reference to variable-length data.
    pub(crate) fn reference_bytes(&self) -> usize {
        self.inner.vlen_reference_size()
    }

    /// The bytes that a variable-length reference points to.
    pub(crate) fn resolve(&self, reference: &[u8]) -> Result<Vec<u8>, FormatError> {
        self.inner
            .resolve_vlen_reference_bytes(reference, 1)
            .map_err(|error| self.container.failure(&self.path, &error))
    }

    /// The data set holds something else than was expected.
    pub(crate) fn wrong_type(&self, expected: &str) -> FormatError {
        self.container.damaged(&self.path, expected, numbers::name(self.dtype()))
    }
}

/// One element as it is stored.
#[derive(Clone)]
struct Stored(Vec<u8>);

impl H5Type for Stored {
    fn hdf5_type() -> Datatype {
        Datatype::Opaque { size: 1, tag: String::new() }
    }

    fn from_bytes(bytes: &[u8], _: &Datatype) -> Result<Self, Error> {
        Ok(Self(bytes.to_vec()))
    }

    fn element_size(dtype: &Datatype) -> usize {
        hdf5_reader::dtype_element_size(dtype).unwrap_or(0)
    }
}

/// The attributes of a group or data set.
pub(crate) struct Attributes(Vec<Attribute>);

impl Attributes {
    /// Whether there is an attribute of that name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|attribute| attribute.name == name)
    }

    /// A text attribute.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        let attribute = self.0.iter().find(|attribute| attribute.name == name)?;
        attribute.read_string().ok().or_else(|| attribute.read_strings().ok()?.into_iter().next())
    }

    /// An attribute that lists texts.
    pub(crate) fn texts(&self, name: &str) -> Option<Vec<String>> {
        self.0.iter().find(|attribute| attribute.name == name)?.read_strings().ok()
    }

    /// An attribute that lists whole numbers.
    pub(crate) fn whole(&self, name: &str) -> Option<Vec<i64>> {
        let attribute = self.0.iter().find(|attribute| attribute.name == name)?;
        let values = attribute.read_1d::<Any<i64>>().ok()?;
        Some(values.into_iter().map(|Any(value)| value).collect())
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
