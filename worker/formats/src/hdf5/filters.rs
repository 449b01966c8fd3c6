//! HDF5 filters: LZF and Zstandard beside the reader's own, and names for all others.

use std::io::Read;

use hdf5_reader::FilterRegistry;
use hdf5_reader::error::{Error, Result};

use super::lzf;

const LZF: u16 = 32000;
const ZSTD: u16 = 32015;

/// Largest decoded chunk that is accepted.
pub(crate) const MAX_CHUNK_BYTES: usize = 256 << 20;

/// The filters that can be undone here.
pub(crate) fn registry() -> FilterRegistry {
    let mut registry = FilterRegistry::new();
    registry.register(LZF, Box::new(|filter, packed, _| unpack_lzf(&filter.client_data, packed)));
    registry.register(ZSTD, Box::new(|_, packed, _| unpack_zstd(packed)));
    registry
}

/// Whether a filter can be undone here.
pub(crate) fn is_supported(id: u16) -> bool {
    matches!(id, 1..=6 | LZF | ZSTD)
}

/// A filter's name with its number, for a message.
pub(crate) fn name(id: u16) -> String {
    let name = match id {
        1 => "gzip",
        2 => "shuffle",
        3 => "fletcher32",
        4 => "szip",
        5 => "nbit",
        6 => "scale-offset",
        305 => "LZO",
        307 => "bzip2",
        32000 => "LZF",
        32001 => "blosc",
        32004 => "LZ4",
        32008 => "bitshuffle",
        32013 => "ZFP",
        32015 => "zstd",
        32017 => "SZ",
        32019 => "FCIDECOMP",
        32026 => "blosc2",
        _ => "a filter of unknown name",
    };
    format!("{name} (HDF5 filter {id})")
}

/// h5py stores the chunk's decoded size as the filter's third parameter.
fn unpack_lzf(parameters: &[u32], packed: &[u8]) -> Result<Vec<u8>> {
    let limit = parameters.get(2).map_or(MAX_CHUNK_BYTES, |&size| size as usize);
    let limit = if limit == 0 { MAX_CHUNK_BYTES } else { limit.min(MAX_CHUNK_BYTES) };
    lzf::decompress(packed, limit)
        .ok_or_else(|| Error::DecompressionError("damaged LZF block".to_owned()))
}

fn unpack_zstd(packed: &[u8]) -> Result<Vec<u8>> {
    let damaged =
        |reason: String| Error::DecompressionError(format!("damaged zstd frame: {reason}"));
    let mut packed = packed;
    let mut decoder = ruzstd::decoding::StreamingDecoder::new(&mut packed)
        .map_err(|error| damaged(error.to_string()))?;
    let mut out = Vec::new();
    decoder
        .by_ref()
        .take(MAX_CHUNK_BYTES as u64 + 1)
        .read_to_end(&mut out)
        .map_err(|error| damaged(error.to_string()))?;
    Ok(out)
}
