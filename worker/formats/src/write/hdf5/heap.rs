//! Global heap collections, where strings of any length live.

use std::collections::HashMap;
use std::io;

/// libhdf5 refuses smaller collections.
const LEAST_BYTES: usize = 4096;
const WANTED_BYTES: usize = 64 << 10;
const HEADER_BYTES: usize = 16;

/// The collection that takes the strings of attributes; equal strings are stored once.
#[derive(Default)]
pub(super) struct AttributeHeap {
    known: HashMap<String, [u8; 16]>,
    address: u64,
    capacity: usize,
    open: Option<Collection>,
}

impl AttributeHeap {
    pub(super) fn find(&self, text: &str) -> Option<[u8; 16]> {
        self.known.get(text).copied()
    }

    pub(super) fn fits(&self, text: &str) -> bool {
        self.open
            .as_ref()
            .is_some_and(|open| open.bytes.len() + object_bytes(text) <= self.capacity)
    }

    /// Size of a collection that has place for the text.
    pub(super) fn collection_for(text: &str) -> usize {
        (HEADER_BYTES + object_bytes(text)).max(LEAST_BYTES)
    }

    pub(super) fn open(&mut self, address: u64, capacity: usize) {
        self.address = address;
        self.capacity = capacity;
        self.open = Some(Collection::new());
    }

    pub(super) fn push(&mut self, text: &str) -> [u8; 16] {
        let index = self.open.get_or_insert_with(Collection::new).push(text);
        let reference = reference(text, self.address, index);
        self.known.insert(text.to_owned(), reference);
        reference
    }

    pub(super) fn close(&mut self) -> Option<(u64, Vec<u8>)> {
        Some((self.address, self.open.take()?.finish(self.capacity)))
    }
}

/// Packs strings into collections, hands each to `append`, and gives the references.
pub(super) fn write_strings<'a>(
    strings: impl Iterator<Item = &'a str>,
    mut append: impl FnMut(Vec<u8>) -> io::Result<u64>,
) -> io::Result<Vec<u8>> {
    let mut references = Vec::new();
    let mut waiting: Vec<(&str, u16)> = Vec::new();
    let mut collection = Collection::new();
    let mut flush = |collection: &mut Collection, waiting: &mut Vec<(&str, u16)>| {
        if waiting.is_empty() {
            return io::Result::Ok(());
        }
        let address = append(std::mem::replace(collection, Collection::new()).finish(0))?;
        for (text, index) in waiting.drain(..) {
            references.extend(reference(text, address, index));
        }
        Ok(())
    };
    for text in strings {
        if collection.bytes.len() + object_bytes(text) > WANTED_BYTES {
            flush(&mut collection, &mut waiting)?;
        }
        waiting.push((text, collection.push(text)));
    }
    flush(&mut collection, &mut waiting)?;
    Ok(references)
}

struct Collection {
    bytes: Vec<u8>,
    count: u16,
}

impl Collection {
    fn new() -> Self {
        Self { bytes: b"GCOL\x01\0\0\0\0\0\0\0\0\0\0\0".to_vec(), count: 0 }
    }

    /// An empty string takes no place: its reference is null.
    fn push(&mut self, text: &str) -> u16 {
        if text.is_empty() {
            return 0;
        }
        self.count += 1;
        self.bytes.extend(self.count.to_le_bytes());
        self.bytes.extend([0; 6]);
        self.bytes.extend((text.len() as u64).to_le_bytes());
        self.bytes.extend(text.as_bytes());
        self.bytes.resize(self.bytes.len().next_multiple_of(8), 0);
        self.count
    }

    /// Closes the collection with an object 0 that spans the free space.
    fn finish(mut self, capacity: usize) -> Vec<u8> {
        let size = self.bytes.len().max(capacity).max(LEAST_BYTES);
        let free = size - self.bytes.len();
        if free >= HEADER_BYTES {
            self.bytes.extend([0; 8]);
            self.bytes.extend((free as u64).to_le_bytes());
        }
        self.bytes.resize(size, 0);
        self.bytes[8..16].copy_from_slice(&(size as u64).to_le_bytes());
        self.bytes
    }
}

fn object_bytes(text: &str) -> usize {
    HEADER_BYTES + text.len().next_multiple_of(8)
}

fn reference(text: &str, address: u64, index: u16) -> [u8; 16] {
    let mut bytes = [0; 16];
    if !text.is_empty() {
        bytes[..4].copy_from_slice(&(text.len() as u32).to_le_bytes());
        bytes[4..12].copy_from_slice(&address.to_le_bytes());
        bytes[12..].copy_from_slice(&u32::from(index).to_le_bytes());
    }
    bytes
}
