//! A small HDF5 encoder that streams: groups, attributes, and chunked, shuffled, deflated data sets.
//!
//! It writes superblock version 2 and object headers version 2 with compact links and version 1
//! chunk trees, all of which HDF5 1.8 and later read ("HDF5 File Format Specification" 3.0). Only
//! addresses are kept in memory. `hdf5-writer` 0.12 would need the whole encoded file there, and
//! `hdf5-pure` 0.47 a second copy of every data set.

mod chunks;
mod heap;
mod messages;

use std::io::{self, Seek, SeekFrom, Write};

pub(super) use chunks::DatasetWriter;
use heap::AttributeHeap;
pub(super) use messages::{Attribute, Kind};

const SUPERBLOCK_BYTES: u64 = 48;
const UNDEFINED: u64 = u64::MAX;

/// A file that is being written.
pub(super) struct Hdf5File<W> {
    out: W,
    at: u64,
    heap: AttributeHeap,
}

/// A group that is being filled; its header is written when it is complete.
#[derive(Debug, Default)]
pub(super) struct Group {
    pub links: Vec<(String, u64)>,
    pub attributes: Vec<(&'static str, Attribute)>,
}

impl<W: Write + Seek> Hdf5File<W> {
    /// Starts a file at the beginning of `out`.
    pub(super) fn create(mut out: W) -> io::Result<Self> {
        out.seek(SeekFrom::Start(0))?;
        out.write_all(&[0; SUPERBLOCK_BYTES as usize])?;
        Ok(Self { out, at: SUPERBLOCK_BYTES, heap: AttributeHeap::default() })
    }

    /// Bytes written so far.
    pub(super) fn position(&self) -> u64 {
        self.at
    }

    /// Writes a group's header and gives its address.
    pub(super) fn group(&mut self, group: &Group) -> io::Result<u64> {
        let mut list = vec![messages::link_info(), messages::group_info()];
        for (name, address) in &group.links {
            list.push(messages::link(name, *address));
        }
        self.add_attributes(&group.attributes, &mut list)?;
        self.object_header(&list)
    }

    /// Writes the superblock and gives the sink back.
    pub(super) fn finish(mut self, root: u64) -> io::Result<W> {
        self.flush_heap()?;
        let mut block = b"\x89HDF\r\n\x1a\n".to_vec();
        block.extend([2, 8, 8, 0]);
        for value in [0, UNDEFINED, self.at, root] {
            block.extend(value.to_le_bytes());
        }
        block.extend(hdf5_core::jenkins_lookup3(&block).to_le_bytes());
        self.out.seek(SeekFrom::Start(0))?;
        self.out.write_all(&block)?;
        self.out.seek(SeekFrom::Start(self.at))?;
        self.out.flush()?;
        Ok(self.out)
    }

    /// Writes strings into global heaps and gives their 16-byte references, one after the other.
    pub(super) fn strings<'a>(
        &mut self,
        strings: impl Iterator<Item = &'a str>,
    ) -> io::Result<Vec<u8>> {
        heap::write_strings(strings, |collection| self.append(&collection))
    }

    /// Writes bytes at the end, aligned to 8, and gives their address.
    fn append(&mut self, bytes: &[u8]) -> io::Result<u64> {
        let padding = self.at.next_multiple_of(8) - self.at;
        self.out.write_all(&[0; 8][..padding as usize])?;
        let address = self.at + padding;
        self.out.write_all(bytes)?;
        self.at = address + bytes.len() as u64;
        Ok(address)
    }

    fn object_header(&mut self, list: &[messages::Message]) -> io::Result<u64> {
        let mut body = Vec::new();
        for (kind, bytes) in list {
            let length = u16::try_from(bytes.len()).map_err(|_| too_long(bytes.len()))?;
            body.push(*kind);
            body.extend(length.to_le_bytes());
            body.push(0);
            body.extend(bytes);
        }
        let length = u32::try_from(body.len()).map_err(|_| too_long(body.len()))?;
        let mut header = b"OHDR\x02\x02".to_vec();
        header.extend(length.to_le_bytes());
        header.extend(body);
        header.extend(hdf5_core::jenkins_lookup3(&header).to_le_bytes());
        self.append(&header)
    }

    fn add_attributes(
        &mut self,
        attributes: &[(&'static str, Attribute)],
        list: &mut Vec<messages::Message>,
    ) -> io::Result<()> {
        for (name, attribute) in attributes {
            let mut data = Vec::new();
            for text in attribute.texts() {
                data.extend(self.attribute_string(text)?);
            }
            if data.is_empty() {
                data = attribute.plain();
            }
            list.push(messages::attribute(name, attribute, &data));
        }
        Ok(())
    }

    fn attribute_string(&mut self, text: &str) -> io::Result<[u8; 16]> {
        if let Some(reference) = self.heap.find(text) {
            return Ok(reference);
        }
        if !self.heap.fits(text) {
            self.flush_heap()?;
            // The place is taken now and filled when the collection is full or the file complete.
            let bytes = AttributeHeap::collection_for(text);
            let address = self.append(&vec![0; bytes])?;
            self.heap.open(address, bytes);
        }
        Ok(self.heap.push(text))
    }

    fn flush_heap(&mut self) -> io::Result<()> {
        if let Some((address, bytes)) = self.heap.close() {
            self.out.seek(SeekFrom::Start(address))?;
            self.out.write_all(&bytes)?;
            self.out.seek(SeekFrom::Start(self.at))?;
        }
        Ok(())
    }
}

fn too_long(bytes: usize) -> io::Error {
    let text = format!(
        "a header of {bytes} bytes, where HDF5 allows 65535 (about 4000 columns in one table)"
    );
    io::Error::new(io::ErrorKind::InvalidInput, text)
}
