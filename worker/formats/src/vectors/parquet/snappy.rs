/// Unpacks a raw Snappy block of known length; `None` if it is damaged.
///
/// # Source
/// google/snappy, "format_description.txt".
pub(super) fn unpack(mut input: &[u8], length: usize) -> Option<Vec<u8>> {
    if varint(&mut input)? != length {
        return None;
    }
    let mut out = Vec::with_capacity(length.min(1 << 26));
    while let Some((&tag, rest)) = input.split_first() {
        input = rest;
        if tag & 3 == 0 {
            let count = literal_length(tag, &mut input)?;
            let (literal, rest) = input.split_at_checked(count)?;
            out.extend(literal);
            input = rest;
        } else {
            let (count, offset) = copy(tag, &mut input)?;
            let start = out.len().checked_sub(offset).filter(|_| offset > 0)?;
            // The copy may overlap what it writes.
            for at in start..start + count {
                out.push(out[at]);
            }
        }
        if out.len() > length {
            return None;
        }
    }
    (out.len() == length).then_some(out)
}

fn literal_length(tag: u8, input: &mut &[u8]) -> Option<usize> {
    let short = usize::from(tag >> 2);
    if short < 60 {
        return Some(short + 1);
    }
    number(input, short - 59)?.checked_add(1)
}

fn copy(tag: u8, input: &mut &[u8]) -> Option<(usize, usize)> {
    let high = usize::from(tag >> 2);
    Some(match tag & 3 {
        1 => ((high & 7) + 4, ((high >> 3) << 8) | number(input, 1)?),
        2 => (high + 1, number(input, 2)?),
        _ => (high + 1, number(input, 4)?),
    })
}

/// A little-endian number of so many bytes.
fn number(input: &mut &[u8], bytes: usize) -> Option<usize> {
    let (own, rest) = input.split_at_checked(bytes)?;
    *input = rest;
    let value = own.iter().rev().fold(0_u64, |value, &byte| value << 8 | u64::from(byte));
    usize::try_from(value).ok()
}

fn varint(input: &mut &[u8]) -> Option<usize> {
    let mut value = 0_u64;
    for shift in [0, 7, 14, 21, 28] {
        let byte = number(input, 1)? as u64;
        value |= (byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return usize::try_from(value).ok();
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_and_copies() {
        // "abc", then 6 bytes from 3 back, then "d".
        let packed = [10, 0x08, b'a', b'b', b'c', 0b0000_1001, 3, 0x00, b'd'];
        assert_eq!(unpack(&packed, 10).as_deref(), Some(&b"abcabcabcd"[..]));
        assert_eq!(unpack(&packed[..7], 10), None);
        assert_eq!(unpack(&[4, 0x01, 9], 4), None);
    }
}
