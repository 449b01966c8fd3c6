//! Columns of a shard: variable-length integers, strings and lists of strings.

use super::BundleError;

/// Appends columns to a payload.
#[derive(Default)]
pub(super) struct ColumnWriter {
    pub(super) bytes: Vec<u8>,
}

impl ColumnWriter {
    /// LEB128.
    pub(super) fn number(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.bytes.push((value as u8 & 0x7f) | 0x80);
            value >>= 7;
        }
        self.bytes.push(value as u8);
    }

    pub(super) fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// A length column, then all characters: deflate finds more in like beside like.
    pub(super) fn strings<'a>(&mut self, strings: impl Iterator<Item = &'a str> + Clone) {
        self.number(strings.clone().count() as u64);
        for text in strings.clone() {
            self.number(text.len() as u64);
        }
        for text in strings {
            self.raw(text.as_bytes());
        }
    }

    pub(super) fn lists<'a, L>(&mut self, lists: impl Iterator<Item = L> + Clone)
    where
        L: Iterator<Item = &'a str> + Clone,
    {
        self.number(lists.clone().count() as u64);
        for list in lists.clone() {
            self.number(list.count() as u64);
        }
        self.strings(lists.flatten().collect::<Vec<_>>().into_iter());
    }

    /// Ascending numbers as differences.
    pub(super) fn ascending(&mut self, values: &[u32]) {
        self.number(values.len() as u64);
        let mut last = 0;
        for &value in values {
            self.number(u64::from(value - last));
            last = value;
        }
    }
}

/// Reads columns from a payload.
pub(super) struct ColumnReader<'a> {
    bytes: &'a [u8],
    at: usize,
    column: &'static str,
}

impl<'a> ColumnReader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, column: "payload" }
    }

    /// Names the column that is read next, for errors.
    pub(super) fn column(&mut self, name: &'static str) -> &mut Self {
        self.column = name;
        self
    }

    pub(super) fn corrupt(&self, detail: impl Into<String>) -> BundleError {
        BundleError::Corrupt { column: self.column, at: self.at, detail: detail.into() }
    }

    pub(super) fn number(&mut self) -> Result<u64, BundleError> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte =
                *self.bytes.get(self.at).ok_or_else(|| self.corrupt("ends within a number"))?;
            self.at += 1;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(self.corrupt("a number is longer than 64 bits"))
    }

    pub(super) fn number_u32(&mut self) -> Result<u32, BundleError> {
        let value = self.number()?;
        u32::try_from(value).map_err(|_| self.corrupt(format!("{value} does not fit in 32 bits")))
    }

    /// A count of things that take at least one byte each, so that a wrong count cannot exhaust the memory.
    pub(super) fn count(&mut self) -> Result<usize, BundleError> {
        let value = self.number()?;
        let left = self.bytes.len() - self.at;
        usize::try_from(value)
            .ok()
            .filter(|&count| count <= left)
            .ok_or_else(|| self.corrupt(format!("{value} entries announced, {left} bytes left")))
    }

    pub(super) fn raw(&mut self, len: usize) -> Result<&'a [u8], BundleError> {
        let left = self.bytes.len() - self.at;
        if len > left {
            return Err(self.corrupt(format!("{len} bytes announced, {left} left")));
        }
        let slice = &self.bytes[self.at..self.at + len];
        self.at += len;
        Ok(slice)
    }

    pub(super) fn strings(&mut self) -> Result<StringTable, BundleError> {
        let n = self.count()?;
        let mut ends = Vec::with_capacity(n);
        let mut end = 0u32;
        for _ in 0..n {
            let length = self.number_u32()?;
            end = end.checked_add(length).ok_or_else(|| self.corrupt("more than 4 GiB of text"))?;
            ends.push(end);
        }
        let text = std::str::from_utf8(self.raw(end as usize)?)
            .map_err(|error| self.corrupt(error.to_string()))?;
        if let Some(&cut) = ends.iter().find(|&&cut| !text.is_char_boundary(cut as usize)) {
            return Err(self.corrupt(format!("a string ends within a character, at {cut}")));
        }
        Ok(StringTable { text: text.into(), ends: ends.into() })
    }

    pub(super) fn lists(&mut self) -> Result<ListTable, BundleError> {
        let n = self.count()?;
        let mut ends = Vec::with_capacity(n);
        let mut end = 0u32;
        for _ in 0..n {
            let length = self.number_u32()?;
            end = end
                .checked_add(length)
                .ok_or_else(|| self.corrupt("more than 2^32 list entries"))?;
            ends.push(end);
        }
        let strings = self.strings()?;
        if strings.len() != end as usize {
            return Err(self.corrupt(format!("{} strings, lists hold {end}", strings.len())));
        }
        Ok(ListTable { strings, ends: ends.into() })
    }

    pub(super) fn ascending(&mut self) -> Result<Vec<u32>, BundleError> {
        let n = self.count()?;
        let mut values = Vec::with_capacity(n);
        let mut last = 0u32;
        for _ in 0..n {
            let step = self.number_u32()?;
            last =
                last.checked_add(step).ok_or_else(|| self.corrupt("numbers overflow 32 bits"))?;
            values.push(last);
        }
        Ok(values)
    }

    /// The payload must be used up.
    pub(super) fn finish(mut self) -> Result<(), BundleError> {
        let left = self.bytes.len() - self.at;
        self.column = "end of payload";
        if left == 0 { Ok(()) } else { Err(self.corrupt(format!("{left} bytes are left over"))) }
    }
}

/// Many strings in one allocation.
#[derive(Debug, Clone, Default)]
pub(crate) struct StringTable {
    text: Box<str>,
    ends: Box<[u32]>,
}

impl StringTable {
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The string at `i`; empty beyond the end.
    pub(crate) fn get(&self, i: usize) -> &str {
        let Some(&end) = self.ends.get(i) else { return "" };
        let start = if i == 0 { 0 } else { self.ends[i - 1] };
        &self.text[start as usize..end as usize]
    }
}

/// Many lists of strings in one allocation.
#[derive(Debug, Clone, Default)]
pub(crate) struct ListTable {
    pub(crate) strings: StringTable,
    ends: Box<[u32]>,
}

impl ListTable {
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Where list `i` lies among the strings; empty beyond the end.
    pub(crate) fn range(&self, i: usize) -> std::ops::Range<usize> {
        let Some(&end) = self.ends.get(i) else { return 0..0 };
        let start = if i == 0 { 0 } else { self.ends[i - 1] };
        start as usize..end as usize
    }

    pub(crate) fn get(&self, i: usize) -> impl ExactSizeIterator<Item = &str> + Clone {
        self.range(i).map(|k| self.strings.get(k))
    }

    pub(crate) fn to_vec(&self, i: usize) -> Vec<String> {
        self.get(i).map(str::to_owned).collect()
    }
}
