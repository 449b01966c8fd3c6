use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};

use flate2::Crc;
use flate2::read::DeflateDecoder;

use crate::source::ByteSource;
use crate::text::SourceReader;

/// A member of an archive, as it lies there.
#[derive(Clone)]
pub(super) struct Member {
    pub archive: Arc<dyn ByteSource>,
    pub start: u64,
    pub packed: u64,
    pub length: u64,
    pub crc: u32,
    pub compression: Compression,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compression {
    Stored,
    Deflated,
}

/// The packed bytes, which are the bytes of a stored member.
impl ByteSource for Member {
    fn len(&self) -> u64 {
        self.packed
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        let end = offset.checked_add(buffer.len() as u64).filter(|&end| end <= self.packed);
        let start = self.start.checked_add(offset);
        match (start, end) {
            (Some(start), Some(_)) => self.archive.read_at(start, buffer),
            _ => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
}

/// A deflated member: reading forwards is cheap, reading backwards starts again.
pub(super) struct Inflated {
    member: Member,
    state: Mutex<Option<Stream>>,
}

struct Stream {
    decoder: DeflateDecoder<SourceReader>,
    at: u64,
    crc: Crc,
}

impl Inflated {
    pub(super) fn new(member: Member) -> Self {
        Self { member, state: Mutex::new(None) }
    }
}

impl ByteSource for Inflated {
    fn len(&self) -> u64 {
        self.member.length
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        let end = offset.checked_add(buffer.len() as u64);
        if end.is_none_or(|end| end > self.member.length) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let mut stream = match state.take() {
            Some(stream) if stream.at <= offset => stream,
            _ => Stream::start(&self.member),
        };
        let mut skipped = [0; 4096];
        while stream.at < offset {
            let length = (offset - stream.at).min(skipped.len() as u64) as usize;
            stream.fill(&mut skipped[..length])?;
        }
        stream.fill(buffer)?;
        if stream.at == self.member.length && stream.crc.sum() != self.member.crc {
            let text = "the checksum of the zip member is wrong";
            return Err(io::Error::new(io::ErrorKind::InvalidData, text));
        }
        *state = Some(stream);
        Ok(())
    }
}

impl Stream {
    fn start(member: &Member) -> Self {
        let reader = SourceReader::new(Arc::new(member.clone()));
        Self { decoder: DeflateDecoder::new(reader), at: 0, crc: Crc::new() }
    }

    fn fill(&mut self, buffer: &mut [u8]) -> io::Result<()> {
        self.decoder.read_exact(buffer)?;
        self.crc.update(buffer);
        self.at += buffer.len() as u64;
        Ok(())
    }
}
