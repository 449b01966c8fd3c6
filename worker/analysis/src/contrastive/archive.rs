use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::AnalysisError;

/// The longest header that is read; ours take some hundred bytes beside the description.
const LONGEST_HEADER: usize = 16 << 20;
const METADATA: &str = "__metadata__";

/// Numbers of a tensor.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Values {
    F32(Vec<f32>),
    F64(Vec<f64>),
    U64(Vec<u64>),
}

/// Named tensors and texts in the safetensors format.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Archive {
    /// The kind of file, in words, for errors.
    what: &'static str,
    texts: BTreeMap<String, String>,
    tensors: BTreeMap<String, (Vec<usize>, Values)>,
}

impl Values {
    fn dtype(&self) -> &'static str {
        match self {
            Self::F32(_) => "F32",
            Self::F64(_) => "F64",
            Self::U64(_) => "U64",
        }
    }

    fn append_to(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::F32(values) => values.iter().for_each(|x| bytes.extend(x.to_le_bytes())),
            Self::F64(values) => values.iter().for_each(|x| bytes.extend(x.to_le_bytes())),
            Self::U64(values) => values.iter().for_each(|x| bytes.extend(x.to_le_bytes())),
        }
    }

    /// `None` where the type is not one of ours or the length is not a whole number of values.
    fn parse(dtype: &str, bytes: &[u8]) -> Option<Self> {
        let (fours, rest_of_fours) = bytes.as_chunks::<4>();
        let (eights, rest_of_eights) = bytes.as_chunks::<8>();
        match dtype {
            "F32" if rest_of_fours.is_empty() => {
                Some(Self::F32(fours.iter().map(|&x| f32::from_le_bytes(x)).collect()))
            }
            "F64" if rest_of_eights.is_empty() => {
                Some(Self::F64(eights.iter().map(|&x| f64::from_le_bytes(x)).collect()))
            }
            "U64" if rest_of_eights.is_empty() => {
                Some(Self::U64(eights.iter().map(|&x| u64::from_le_bytes(x)).collect()))
            }
            _ => None,
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::F32(values) => values.len(),
            Self::F64(values) => values.len(),
            Self::U64(values) => values.len(),
        }
    }
}

impl Archive {
    /// An empty file of the given kind: `format` is how it is recognised, `what` how errors name it.
    pub(super) fn new(what: &'static str, format: &str) -> Self {
        let texts = [("format".to_owned(), format.to_owned())].into();
        Self { what, texts, tensors: BTreeMap::new() }
    }

    pub(super) fn set_text(&mut self, name: &str, text: &str) {
        self.texts.insert(name.to_owned(), text.to_owned());
    }

    pub(super) fn set(&mut self, name: &str, shape: &[usize], values: Values) {
        self.tensors.insert(name.to_owned(), (shape.to_vec(), values));
    }

    /// The bytes of the file, with a checksum of texts and tensors.
    pub(super) fn write(&self) -> Vec<u8> {
        let mut data = Vec::new();
        let mut header = Map::new();
        // Wide numbers first, so that each tensor lies at a multiple of its width.
        for wide in [true, false] {
            let is_wide = |values: &Values| !matches!(values, Values::F32(_));
            for (name, (shape, values)) in &self.tensors {
                if is_wide(values) == wide {
                    let start = data.len();
                    values.append_to(&mut data);
                    let entry = json!({
                        "dtype": values.dtype(),
                        "shape": shape,
                        "data_offsets": [start, data.len()],
                    });
                    header.insert(name.clone(), entry);
                }
            }
        }
        let mut texts = self.texts.clone();
        texts.insert("checksum".to_owned(), self.checksum(&data));
        header.insert(METADATA.to_owned(), json!(texts));
        let mut header = Value::Object(header).to_string().into_bytes();
        header.resize(header.len().next_multiple_of(8), b' ');
        let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
        bytes.append(&mut header);
        bytes.append(&mut data);
        bytes
    }

    /// Reads and checks a file of the given kind.
    ///
    /// # Errors
    /// [`AnalysisError::SavedFile`] with the first thing that is wrong.
    pub(super) fn read(
        what: &'static str,
        format: &str,
        bytes: &[u8],
    ) -> Result<Self, AnalysisError> {
        let mut archive = Self { what, texts: BTreeMap::new(), tensors: BTreeMap::new() };
        let (header, data) = archive.divide(bytes)?;
        for (name, entry) in header {
            if name == METADATA {
                archive.read_texts(entry)?;
            } else {
                let tensor = archive.read_tensor(&name, &entry, data)?;
                archive.tensors.insert(name, tensor);
            }
        }
        match archive.texts.get("format") {
            Some(found) if found == format => {}
            Some(found) => {
                return Err(archive.wrong(format!("it is a {found:?}, not a {format:?}")));
            }
            None => {
                return Err(archive.wrong("it does not say what it is: another program wrote it"));
            }
        }
        let stored: usize = archive.tensors.values().map(|tensor| bytes_of(&tensor.1)).sum();
        if stored != data.len() {
            let found = data.len();
            return Err(archive.wrong(format!("its tensors have {stored} bytes, the file {found}")));
        }
        let claimed = archive.texts.remove("checksum");
        if claimed != Some(archive.checksum(data)) {
            return Err(archive.wrong("its checksum is wrong: it was damaged or changed"));
        }
        Ok(archive)
    }

    pub(super) fn text(&self, name: &str) -> Result<&str, AnalysisError> {
        let text = self.texts.get(name).map(String::as_str);
        text.ok_or_else(|| self.wrong(format!("{name:?} is missing")))
    }

    /// The shape of a tensor, if it is there.
    pub(super) fn shape(&self, name: &str) -> Option<&[usize]> {
        self.tensors.get(name).map(|tensor| &tensor.0[..])
    }

    pub(super) fn take_f32(&mut self, name: &str) -> Result<Vec<f32>, AnalysisError> {
        match self.tensors.remove(name) {
            Some((_, Values::F32(values))) => Ok(values),
            found => Err(self.not_there(name, "F32", found)),
        }
    }

    pub(super) fn take_f64(&mut self, name: &str) -> Result<Vec<f64>, AnalysisError> {
        match self.tensors.remove(name) {
            Some((_, Values::F64(values))) => Ok(values),
            found => Err(self.not_there(name, "F64", found)),
        }
    }

    pub(super) fn take_u64(&mut self, name: &str) -> Result<Vec<u64>, AnalysisError> {
        match self.tensors.remove(name) {
            Some((_, Values::U64(values))) => Ok(values),
            found => Err(self.not_there(name, "U64", found)),
        }
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// If a tensor was not taken: it is none of this kind of file.
    pub(super) fn finish(self) -> Result<(), AnalysisError> {
        match self.tensors.keys().next() {
            None => Ok(()),
            Some(name) => Err(self.wrong(format!("tensor {name:?} does not belong there"))),
        }
    }

    /// FNV-1a of texts, names, shapes and data, in hexadecimal.
    fn checksum(&self, data: &[u8]) -> String {
        let mut hash = Fnv::default();
        for (name, text) in &self.texts {
            hash.add(name.as_bytes());
            hash.add(text.as_bytes());
        }
        for (name, (shape, values)) in &self.tensors {
            hash.add(name.as_bytes());
            hash.add(values.dtype().as_bytes());
            shape.iter().for_each(|size| hash.add(&(*size as u64).to_le_bytes()));
        }
        hash.add(data);
        format!("{:016x}", hash.0)
    }

    /// An error about this file.
    pub(super) fn wrong(&self, reason: impl Into<String>) -> AnalysisError {
        AnalysisError::SavedFile { what: self.what, reason: reason.into() }
    }

    fn not_there(
        &self,
        name: &str,
        expected: &str,
        found: Option<(Vec<usize>, Values)>,
    ) -> AnalysisError {
        match found {
            None => self.wrong(format!("tensor {name:?} is missing")),
            Some((_, values)) => {
                let dtype = values.dtype();
                self.wrong(format!("tensor {name:?} is {dtype}, not {expected}"))
            }
        }
    }

    fn divide<'b>(&self, bytes: &'b [u8]) -> Result<(Map<String, Value>, &'b [u8]), AnalysisError> {
        let Some((length, rest)) = bytes.split_first_chunk::<8>() else {
            return Err(self.wrong(format!("{} bytes are too few", bytes.len())));
        };
        let length = u64::from_le_bytes(*length);
        let Some((header, data)) = usize::try_from(length)
            .ok()
            .filter(|&length| length <= LONGEST_HEADER)
            .and_then(|length| rest.split_at_checked(length))
        else {
            return Err(self.wrong("it is no safetensors file, or is cut short"));
        };
        match serde_json::from_slice(header) {
            Ok(Value::Object(header)) => Ok((header, data)),
            Ok(_) => Err(self.wrong("its header is not an object")),
            Err(error) => Err(self.wrong(format!("its header is no JSON ({error})"))),
        }
    }

    fn read_texts(&mut self, entry: Value) -> Result<(), AnalysisError> {
        let Value::Object(texts) = entry else {
            return Err(self.wrong("its metadata are not an object"));
        };
        for (name, text) in texts {
            let Value::String(text) = text else {
                return Err(self.wrong(format!("metadata {name:?} are not a text")));
            };
            self.texts.insert(name, text);
        }
        Ok(())
    }

    fn read_tensor(
        &self,
        name: &str,
        entry: &Value,
        data: &[u8],
    ) -> Result<(Vec<usize>, Values), AnalysisError> {
        let wrong = |reason: &str| self.wrong(format!("tensor {name:?}: {reason}"));
        let sizes = |key: &str| -> Option<Vec<usize>> {
            let list = entry.get(key)?.as_array()?.iter();
            list.map(|size| usize::try_from(size.as_u64()?).ok()).collect()
        };
        let shape = sizes("shape").ok_or_else(|| wrong("its shape is missing or no list"))?;
        let offsets = sizes("data_offsets").ok_or_else(|| wrong("its place is missing"))?;
        let [start, end] = offsets[..] else { return Err(wrong("its place is not two numbers")) };
        let bytes = data.get(start..end).ok_or_else(|| wrong("it lies outside the file"))?;
        let dtype = entry.get("dtype").and_then(Value::as_str).unwrap_or_default();
        let values = Values::parse(dtype, bytes)
            .ok_or_else(|| wrong("its type is not F32, F64 or U64 of whole values"))?;
        let len = shape.iter().try_fold(1usize, |len, &size| len.checked_mul(size));
        if len != Some(values.len()) {
            return Err(wrong("its shape does not fit its values"));
        }
        Ok((shape, values))
    }
}

fn bytes_of(values: &Values) -> usize {
    values.len() * if matches!(values, Values::F32(_)) { 4 } else { 8 }
}

/// FNV-1a, 64 bits (Fowler, Noll & Vo).
#[derive(Debug, Clone, Copy)]
pub(super) struct Fnv(pub(super) u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Fnv {
    /// Adds the length of the bytes and the bytes.
    pub(super) fn add(&mut self, bytes: &[u8]) {
        let length = (bytes.len() as u64).to_le_bytes();
        for &byte in length.iter().chain(bytes) {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    /// Adds the bits of numbers, a word at a time.
    pub(super) fn add_words(&mut self, values: &[f32]) {
        for value in values {
            self.0 = (self.0 ^ u64::from(value.to_bits())).wrapping_mul(0x0100_0000_01b3);
            // Multiplication moves bits up only; bring the upper half down again.
            self.0 ^= self.0 >> 32;
        }
    }
}
