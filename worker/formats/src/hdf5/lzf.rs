//! LZF, the light compression that h5py registers as HDF5 filter 32000.

/// Unpacks one LZF block into at most `limit` bytes; `None` if the block is damaged.
pub(crate) fn decompress(packed: &[u8], limit: usize) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    out.try_reserve_exact(limit).ok()?;
    let mut rest = packed;
    while let Some((&control, after)) = rest.split_first() {
        let control = control as usize;
        rest = after;
        if control < 32 {
            // A run of `control + 1` literal bytes.
            let literal = rest.get(..=control)?;
            out.extend_from_slice(literal);
            rest = &rest[control + 1..];
        } else {
            let mut run = control >> 5;
            if run == 7 {
                run += next(&mut rest)?;
            }
            let distance = ((control & 31) << 8) + next(&mut rest)? + 1;
            let start = out.len().checked_sub(distance)?;
            // The copy may overlap what it writes, so it goes byte by byte.
            for at in start..start + run + 2 {
                let byte = out[at];
                out.push(byte);
            }
        }
        if out.len() > limit {
            return None;
        }
    }
    Some(out)
}

fn next(rest: &mut &[u8]) -> Option<usize> {
    let (&byte, after) = rest.split_first()?;
    *rest = after;
    Some(byte as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_and_overlapping_copies() {
        // "ab", then four bytes from two back, then a long run (7 + 4 + 2) of the last byte.
        let packed = [1, b'a', b'b', 2 << 5, 1, 7 << 5, 4, 0];
        assert_eq!(
            decompress(&packed, 64).as_deref(),
            Some(&b"ababab\x62\x62\x62\x62\x62\x62\x62\x62\x62\x62\x62\x62\x62"[..])
        );
    }

    #[test]
    fn damage_is_noticed() {
        assert_eq!(decompress(&[5, b'a'], 64), None);
        assert_eq!(decompress(&[2 << 5, 9], 64), None);
        assert_eq!(decompress(&[7 << 5], 64), None);
        assert_eq!(decompress(&[1, b'a', b'b', 7 << 5, 255, 0], 64), None);
    }
}
