//! A data set of an HDF5 file: its shape and type, and reading all or a block of it.

use std::sync::Arc;

use hdf5_reader::error::Error;
use hdf5_reader::messages::HdfMessage;
use hdf5_reader::messages::layout::DataLayout;
use hdf5_reader::{Datatype, H5Type, SliceInfo, SliceInfoElem, StorageBuffer};

use super::attributes::Attributes;
use super::container::{Container, MAX_READ_BYTES};
use super::numbers::{self, Any, Number};
use super::{filters, text};
use crate::error::{FormatError, Place};

/// gzip cannot shrink by more than 1032, so a data set that claims more than this was never written.
const MAX_RATIO: u64 = 1100;

/// A data set of an HDF5 file.
#[derive(Clone)]
pub(crate) struct Dataset {
    pub(crate) container: Arc<Container>,
    /// Path from the root.
    pub(crate) path: String,
    inner: Arc<hdf5_reader::Dataset>,
}

impl Dataset {
    /// A data set of the reader, with its place.
    pub(crate) fn new(
        container: Arc<Container>,
        path: String,
        inner: hdf5_reader::Dataset,
    ) -> Self {
        Self { container, path, inner: Arc::new(inner) }
    }

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
        Attributes::new(self.inner.attributes())
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
