//! FNV-1a, 64 bits: stable across machines and versions, unlike the standard hasher.

pub(crate) const SEED: u64 = 0xcbf2_9ce4_8422_2325;

/// Continues the hash over more bytes.
pub(crate) fn extend(hash: u64, bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(hash, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

pub(crate) fn of(bytes: &[u8]) -> u64 {
    extend(SEED, bytes)
}
