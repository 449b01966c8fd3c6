//! One data set: its chunks as they come, then the tree that finds them, then its header.

use std::io::{self, Seek, Write};

use flate2::Compression;
use flate2::write::ZlibEncoder;

use super::messages::{self, Attribute, DEFLATE_LEVEL, Kind};
use super::{Hdf5File, UNDEFINED};

/// Elements that a chunk holds at most (or one row, where that is longer).
const CHUNK_ELEMENTS: u64 = 1 << 16;
/// Smaller data sets are stored in one piece, without a filter.
const SMALL_BYTES: u64 = 4096;
/// Children of a tree node: libhdf5's default, as a superblock of version 2 names no other.
const NODE_CHILDREN: usize = 64;

/// A data set that is being written, chunk after chunk along its first axis.
pub(in super::super) struct DatasetWriter {
    kind: Kind,
    shape: Vec<u64>,
    chunk_rows: u64,
    chunks: Vec<(u64, u32)>,
    attributes: Vec<(&'static str, Attribute)>,
}

impl DatasetWriter {
    /// Shape: empty for a scalar, else rows first.
    pub(in super::super) fn new(
        kind: Kind,
        shape: Vec<u64>,
        attributes: Vec<(&'static str, Attribute)>,
    ) -> Self {
        let row: u64 = shape.iter().skip(1).product();
        let rows = shape.first().copied().unwrap_or(1);
        let chunk_rows = if row * rows * kind.size() as u64 <= SMALL_BYTES {
            rows
        } else {
            (CHUNK_ELEMENTS / row.max(1)).clamp(1, rows.max(1))
        };
        Self { kind, shape, chunk_rows, chunks: Vec::new(), attributes }
    }

    /// Rows that the next call of [`Self::append`] must bring (fewer at the end).
    pub(in super::super) fn chunk_rows(&self) -> u64 {
        self.chunk_rows
    }

    /// Writes the next chunk: `chunk_rows` rows in little-endian bytes, or what is left of them.
    pub(in super::super) fn append<W: Write + Seek>(
        &mut self,
        file: &mut Hdf5File<W>,
        mut bytes: Vec<u8>,
    ) -> io::Result<()> {
        if self.is_small() {
            let address = if bytes.is_empty() { UNDEFINED } else { file.append(&bytes)? };
            self.chunks.push((address, bytes.len() as u32));
            return Ok(());
        }
        let row: u64 = self.shape.iter().skip(1).product();
        bytes.resize((self.chunk_rows * row) as usize * self.kind.size(), 0);
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::new(DEFLATE_LEVEL));
        encoder.write_all(&shuffle(&bytes, self.kind.size()))?;
        let packed = encoder.finish()?;
        let address = file.append(&packed)?;
        self.chunks.push((address, packed.len() as u32));
        Ok(())
    }

    /// Writes the tree and the header, and gives the data set's address.
    pub(in super::super) fn finish<W: Write + Seek>(
        self,
        file: &mut Hdf5File<W>,
    ) -> io::Result<u64> {
        let size = self.kind.size();
        let mut list = vec![
            messages::dataspace(&self.shape),
            messages::datatype(self.kind),
            messages::fill_value(),
        ];
        if self.is_small() {
            let (address, bytes) = self.chunks.first().copied().unwrap_or((UNDEFINED, 0));
            list.push(messages::contiguous(address, bytes.into()));
        } else {
            let tree = self.tree(file)?;
            let mut chunk = self.shape.clone();
            chunk[0] = self.chunk_rows;
            list.push(messages::chunked(tree, &chunk, size));
            list.push(messages::filters(size));
        }
        file.add_attributes(&self.attributes, &mut list)?;
        file.object_header(&list)
    }

    fn is_small(&self) -> bool {
        self.shape.iter().product::<u64>() * self.kind.size() as u64 <= SMALL_BYTES
    }

    /// Version 1 B-tree over the chunks, leaves first; gives the root's address.
    fn tree<W: Write + Seek>(&self, file: &mut Hdf5File<W>) -> io::Result<u64> {
        let mut children: Vec<(Vec<u8>, u64)> = (0_u64..)
            .zip(&self.chunks)
            .map(|(at, &(address, size))| (self.key(size, at), address))
            .collect();
        let last = self.key(0, self.chunks.len() as u64);
        for level in 0_u8.. {
            let node_bytes = self.node_bytes() as u64;
            let first = file.at.next_multiple_of(8);
            let count = children.len().div_ceil(NODE_CHILDREN) as u64;
            let mut parents = Vec::new();
            for (at, group) in (0_u64..).zip(children.chunks(NODE_CHILDREN)) {
                let left = if at == 0 { UNDEFINED } else { first + (at - 1) * node_bytes };
                let right = if at + 1 == count { UNDEFINED } else { first + (at + 1) * node_bytes };
                let end =
                    children.get((at as usize + 1) * NODE_CHILDREN).map_or(&last, |next| &next.0);
                let node = self.node(level, [left, right], group, end);
                parents.push((group[0].0.clone(), file.append(&node)?));
            }
            if let [(_, root)] = parents[..] {
                return Ok(root);
            }
            children = parents;
        }
        Ok(UNDEFINED)
    }

    fn node(&self, level: u8, siblings: [u64; 2], group: &[(Vec<u8>, u64)], end: &[u8]) -> Vec<u8> {
        let mut node = b"TREE\x01".to_vec();
        node.push(level);
        node.extend((group.len() as u16).to_le_bytes());
        node.extend(siblings.iter().flat_map(|address| address.to_le_bytes()));
        for (key, address) in group {
            node.extend(key);
            node.extend(address.to_le_bytes());
        }
        node.extend(end);
        node.resize(self.node_bytes(), 0);
        node
    }

    /// Nodes have their full size on disk, however few children they have.
    fn node_bytes(&self) -> usize {
        24 + NODE_CHILDREN * 8 + (NODE_CHILDREN + 1) * (8 + 8 * (self.shape.len() + 1))
    }

    fn key(&self, size: u32, chunk: u64) -> Vec<u8> {
        let mut key = size.to_le_bytes().to_vec();
        key.extend([0; 4]);
        key.extend((chunk * self.chunk_rows).to_le_bytes());
        key.resize(8 + 8 * (self.shape.len() + 1), 0);
        key
    }
}

/// All first bytes of the elements, then all second bytes, and so on.
fn shuffle(bytes: &[u8], size: usize) -> Vec<u8> {
    let count = bytes.len() / size;
    let mut shuffled = Vec::with_capacity(bytes.len());
    for byte in 0..size {
        shuffled.extend((0..count).map(|at| bytes[at * size + byte]));
    }
    shuffled
}
