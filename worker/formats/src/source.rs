//! Where bytes come from: a trait for random access, and a page cache in front of it.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

/// Random access to the bytes of one file, which never has to be in memory whole.
pub trait ByteSource: Send + Sync {
    /// Length of the file in bytes.
    fn len(&self) -> u64;

    /// Whether the file has no byte.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Fills `buffer` from `offset`.
    ///
    /// # Errors
    /// `UnexpectedEof` past the end; otherwise whatever the host says (file changed, unreadable).
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()>;
}

/// Bytes that are in memory already: members of an archive, tests.
#[derive(Debug, Clone, Default)]
pub struct BytesSource(pub Vec<u8>);

impl ByteSource for BytesSource {
    fn len(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        let start = usize::try_from(offset).map_err(|_| past_the_end())?;
        let end = start.checked_add(buffer.len()).ok_or_else(past_the_end)?;
        buffer.copy_from_slice(self.0.get(start..end).ok_or_else(past_the_end)?);
        Ok(())
    }
}

/// Bytes of one page of a [`PagedSource`]: a read costs the same up to about this size in browsers.
pub const PAGE_BYTES: usize = 1 << 20;
/// How many pages a [`PagedSource`] keeps.
pub const PAGE_COUNT: usize = 32;

/// A source behind a cache of 32 pages of 1 MiB, the least recently used replaced first.
///
/// Reads of a page or more go past the cache, so that bulk data does not drive out metadata.
pub struct PagedSource {
    inner: Arc<dyn ByteSource>,
    cache: Mutex<PageCache>,
}

impl PagedSource {
    /// Puts a page cache in front of a source.
    #[must_use]
    pub fn new(inner: Arc<dyn ByteSource>) -> Self {
        Self { inner, cache: Mutex::new(PageCache::default()) }
    }

    fn page(&self, number: u64) -> io::Result<Arc<Vec<u8>>> {
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(page) = cache.get(number) {
            return Ok(page);
        }
        let start = number * PAGE_BYTES as u64;
        let length = (self.inner.len().saturating_sub(start)).min(PAGE_BYTES as u64) as usize;
        let mut bytes = vec![0; length];
        self.inner.read_at(start, &mut bytes)?;
        let page = Arc::new(bytes);
        cache.insert(number, Arc::clone(&page));
        Ok(page)
    }
}

impl ByteSource for PagedSource {
    fn len(&self) -> u64 {
        self.inner.len()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        let end = offset.checked_add(buffer.len() as u64).ok_or_else(past_the_end)?;
        if end > self.len() {
            return Err(past_the_end());
        }
        if buffer.len() >= PAGE_BYTES {
            return self.inner.read_at(offset, buffer);
        }
        let mut at = offset;
        let mut rest = buffer;
        while !rest.is_empty() {
            let page = self.page(at / PAGE_BYTES as u64)?;
            let start = (at % PAGE_BYTES as u64) as usize;
            let length = rest.len().min(page.len().saturating_sub(start));
            if length == 0 {
                return Err(past_the_end());
            }
            let (now, later) = rest.split_at_mut(length);
            now.copy_from_slice(&page[start..start + length]);
            rest = later;
            at += length as u64;
        }
        Ok(())
    }
}

#[derive(Default)]
struct PageCache {
    clock: u64,
    pages: HashMap<u64, (u64, Arc<Vec<u8>>)>,
}

impl PageCache {
    fn get(&mut self, number: u64) -> Option<Arc<Vec<u8>>> {
        self.clock += 1;
        let clock = self.clock;
        self.pages.get_mut(&number).map(|(used, page)| {
            *used = clock;
            Arc::clone(page)
        })
    }

    fn insert(&mut self, number: u64, page: Arc<Vec<u8>>) {
        if self.pages.len() >= PAGE_COUNT {
            let oldest =
                self.pages.iter().min_by_key(|(_, (used, _))| *used).map(|(&number, _)| number);
            if let Some(oldest) = oldest {
                self.pages.remove(&oldest);
            }
        }
        self.clock += 1;
        self.pages.insert(number, (self.clock, page));
    }
}

/// A file on the native file system.
#[cfg(not(target_arch = "wasm32"))]
pub struct FileSource {
    length: u64,
    file: Mutex<std::fs::File>,
}

#[cfg(not(target_arch = "wasm32"))]
impl FileSource {
    /// Opens a file for reading.
    ///
    /// # Errors
    /// Whatever the file system says.
    pub fn open(path: &std::path::Path) -> io::Result<Self> {
        let file = std::fs::File::open(path)?;
        Ok(Self { length: file.metadata()?.len(), file: Mutex::new(file) })
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl ByteSource for FileSource {
    fn len(&self) -> u64 {
        self.length
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        use std::io::{Read, Seek, SeekFrom};
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(offset))?;
        file.read_exact(buffer)
    }
}

fn past_the_end() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "read past the end of the file")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    struct Counted {
        bytes: BytesSource,
        reads: AtomicUsize,
    }

    impl ByteSource for Counted {
        fn len(&self) -> u64 {
            self.bytes.len()
        }

        fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
            self.reads.fetch_add(1, Ordering::Relaxed);
            self.bytes.read_at(offset, buffer)
        }
    }

    fn counted(length: usize) -> Arc<Counted> {
        let bytes = (0..length).map(|at| (at % 251) as u8).collect();
        Arc::new(Counted { bytes: BytesSource(bytes), reads: AtomicUsize::new(0) })
    }

    #[test]
    fn small_reads_share_pages_and_cross_their_borders() {
        let inner = counted(3 * PAGE_BYTES + 17);
        let paged = PagedSource::new(inner.clone());
        let mut buffer = [0; 100];
        for offset in [0, PAGE_BYTES - 50, PAGE_BYTES + 5, 3 * PAGE_BYTES - 83] {
            paged.read_at(offset as u64, &mut buffer).expect("inside the file");
            assert_eq!(buffer[..], inner.bytes.0[offset..offset + 100]);
        }
        assert_eq!(inner.reads.load(Ordering::Relaxed), 4);
        assert!(paged.read_at(3 * PAGE_BYTES as u64, &mut buffer).is_err());
        assert!(paged.read_at(u64::MAX, &mut buffer).is_err());
    }

    #[test]
    fn the_cache_stays_bounded_and_big_reads_go_past_it() {
        let inner = counted((PAGE_COUNT + 8) * PAGE_BYTES);
        let paged = PagedSource::new(inner.clone());
        let mut byte = [0];
        for page in 0..PAGE_COUNT + 8 {
            paged.read_at((page * PAGE_BYTES) as u64, &mut byte).expect("inside the file");
        }
        assert_eq!(paged.cache.lock().expect("unpoisoned").pages.len(), PAGE_COUNT);
        let mut big = vec![0; 4 * PAGE_BYTES];
        paged.read_at(3, &mut big).expect("inside the file");
        assert_eq!(big[..], inner.bytes.0[3..3 + 4 * PAGE_BYTES]);
    }
}
