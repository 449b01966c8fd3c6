//! Object header messages, as bytes.

/// A message: its type and its body.
pub(super) type Message = (u8, Vec<u8>);

const DATASPACE: u8 = 0x01;
const LINK_INFO: u8 = 0x02;
const DATATYPE: u8 = 0x03;
const FILL_VALUE: u8 = 0x05;
const LINK: u8 = 0x06;
const LAYOUT: u8 = 0x08;
const GROUP_INFO: u8 = 0x0a;
const FILTERS: u8 = 0x0b;
const ATTRIBUTE: u8 = 0x0c;

const UTF8: u8 = 1;
/// Deflate level: beyond it miniz gains few per cent and halves its speed.
pub(super) const DEFLATE_LEVEL: u32 = 3;

/// Element type of a data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Kind {
    I8,
    I16,
    I32,
    I64,
    F32,
    F64,
    /// h5py's truth value: an enumeration FALSE, TRUE over one byte.
    Bool,
    /// UTF-8 of any length, in the global heap.
    Text,
}

impl Kind {
    /// Bytes of one element.
    pub(in super::super) fn size(self) -> usize {
        match self {
            Self::I8 | Self::Bool => 1,
            Self::I16 => 2,
            Self::I32 | Self::F32 => 4,
            Self::I64 | Self::F64 => 8,
            Self::Text => 16,
        }
    }

    fn encode(self) -> Vec<u8> {
        match self {
            Self::I8 | Self::I16 | Self::I32 | Self::I64 => integer(self.size(), true),
            Self::F32 => float(4, 31, [23, 8, 0, 23], 127),
            Self::F64 => float(8, 63, [52, 11, 0, 52], 1023),
            Self::Bool => {
                let mut bytes = vec![0x38, 2, 0, 0, 1, 0, 0, 0];
                bytes.extend(integer(1, true));
                bytes.extend(b"FALSE\0TRUE\0\x00\x01");
                bytes
            }
            Self::Text => {
                let mut bytes = vec![0x19, 1, UTF8, 0, 16, 0, 0, 0];
                bytes.extend(integer(1, false));
                bytes
            }
        }
    }
}

/// Value of an attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) enum Attribute {
    Text(String),
    Texts(Vec<String>),
    Bool(bool),
    Shape([u64; 2]),
}

impl Attribute {
    /// The strings, which go into a heap.
    pub(super) fn texts(&self) -> &[String] {
        match self {
            Self::Text(text) => std::slice::from_ref(text),
            Self::Texts(texts) => texts,
            Self::Bool(_) | Self::Shape(_) => &[],
        }
    }

    /// The bytes of what is no string.
    pub(super) fn plain(&self) -> Vec<u8> {
        match self {
            Self::Text(_) | Self::Texts(_) => Vec::new(),
            Self::Bool(value) => vec![u8::from(*value)],
            Self::Shape(shape) => shape.iter().flat_map(|length| length.to_le_bytes()).collect(),
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Text(_) | Self::Texts(_) => Kind::Text,
            Self::Bool(_) => Kind::Bool,
            Self::Shape(_) => Kind::I64,
        }
    }

    fn shape(&self) -> Vec<u64> {
        match self {
            Self::Text(_) | Self::Bool(_) => Vec::new(),
            Self::Texts(texts) => vec![texts.len() as u64],
            Self::Shape(_) => vec![2],
        }
    }
}

pub(super) fn link_info() -> Message {
    let mut bytes = vec![0, 0];
    bytes.extend([0xff; 16]);
    (LINK_INFO, bytes)
}

pub(super) fn group_info() -> Message {
    (GROUP_INFO, vec![0, 0])
}

/// A hard link with a UTF-8 name; the name's length takes four bytes.
pub(super) fn link(name: &str, address: u64) -> Message {
    let mut bytes = vec![1, 0x12, UTF8];
    bytes.extend((name.len() as u32).to_le_bytes());
    bytes.extend(name.as_bytes());
    bytes.extend(address.to_le_bytes());
    (LINK, bytes)
}

pub(super) fn attribute(name: &str, value: &Attribute, data: &[u8]) -> Message {
    let datatype = value.kind().encode();
    let (_, dataspace) = dataspace(&value.shape());
    let mut bytes = vec![3, 0];
    for length in [name.len() + 1, datatype.len(), dataspace.len()] {
        bytes.extend((length as u16).to_le_bytes());
    }
    bytes.push(UTF8);
    bytes.extend(name.as_bytes());
    bytes.push(0);
    bytes.extend(datatype);
    bytes.extend(dataspace);
    bytes.extend(data);
    (ATTRIBUTE, bytes)
}

/// A scalar where `shape` is empty.
pub(super) fn dataspace(shape: &[u64]) -> Message {
    let mut bytes = vec![2, shape.len() as u8, 0, u8::from(!shape.is_empty())];
    bytes.extend(shape.iter().flat_map(|length| length.to_le_bytes()));
    (DATASPACE, bytes)
}

pub(super) fn datatype(kind: Kind) -> Message {
    (DATATYPE, kind.encode())
}

/// No fill value of its own; written when space is allocated late.
pub(super) fn fill_value() -> Message {
    (FILL_VALUE, vec![3, 0x0a])
}

pub(super) fn contiguous(address: u64, bytes: u64) -> Message {
    let mut body = vec![3, 1];
    body.extend(address.to_le_bytes());
    body.extend(bytes.to_le_bytes());
    (LAYOUT, body)
}

pub(super) fn chunked(tree: u64, chunk: &[u64], element: usize) -> Message {
    let mut body = vec![3, 2, chunk.len() as u8 + 1];
    body.extend(tree.to_le_bytes());
    body.extend(chunk.iter().flat_map(|&length| (length as u32).to_le_bytes()));
    body.extend((element as u32).to_le_bytes());
    (LAYOUT, body)
}

/// Shuffle, then deflate.
pub(super) fn filters(element: usize) -> Message {
    let mut body = vec![2, 2];
    for (id, value) in [(2_u16, element as u32), (1, DEFLATE_LEVEL)] {
        body.extend(id.to_le_bytes());
        body.extend([0, 0, 1, 0]);
        body.extend(value.to_le_bytes());
    }
    (FILTERS, body)
}

fn integer(size: usize, signed: bool) -> Vec<u8> {
    let mut bytes = vec![0x10, if signed { 8 } else { 0 }, 0, 0];
    bytes.extend((size as u32).to_le_bytes());
    bytes.extend([0, 0]);
    bytes.extend((size as u16 * 8).to_le_bytes());
    bytes
}

fn float(size: u32, sign: u8, fields: [u8; 4], bias: u32) -> Vec<u8> {
    let mut bytes = vec![0x11, 0x20, sign, 0];
    bytes.extend(size.to_le_bytes());
    bytes.extend([0, 0]);
    bytes.extend((size as u16 * 8).to_le_bytes());
    bytes.extend(fields);
    bytes.extend(bias.to_le_bytes());
    bytes
}
