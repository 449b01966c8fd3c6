//! Numbers of any width, sign and byte order, read as the one type that is wanted.

use hdf5_reader::error::{Error, Result};
use hdf5_reader::{ByteOrder, Datatype, H5Type};

/// A Rust number that any HDF5 number can be turned into.
pub(crate) trait Number: Copy + Send + 'static {
    /// From a signed integer.
    fn from_signed(value: i64) -> Self;
    /// From an unsigned integer.
    fn from_unsigned(value: u64) -> Self;
    /// From a real number.
    fn from_real(value: f64) -> Self;
}

impl Number for f32 {
    fn from_signed(value: i64) -> Self {
        value as Self
    }
    fn from_unsigned(value: u64) -> Self {
        value as Self
    }
    fn from_real(value: f64) -> Self {
        value as Self
    }
}

impl Number for f64 {
    fn from_signed(value: i64) -> Self {
        value as Self
    }
    fn from_unsigned(value: u64) -> Self {
        value as Self
    }
    fn from_real(value: f64) -> Self {
        value
    }
}

impl Number for i64 {
    fn from_signed(value: i64) -> Self {
        value
    }
    fn from_unsigned(value: u64) -> Self {
        Self::try_from(value).unwrap_or(Self::MAX)
    }
    fn from_real(value: f64) -> Self {
        value as Self
    }
}

/// An index into an axis; what does not fit becomes `u32::MAX`, which no axis reaches.
impl Number for u32 {
    fn from_signed(value: i64) -> Self {
        Self::try_from(value).unwrap_or(Self::MAX)
    }
    fn from_unsigned(value: u64) -> Self {
        Self::try_from(value).unwrap_or(Self::MAX)
    }
    fn from_real(value: f64) -> Self {
        if value.fract() == 0.0 && (0.0..4_294_967_295.0).contains(&value) {
            value as Self
        } else {
            Self::MAX
        }
    }
}

/// Wraps a [`Number`] so that `hdf5_reader` decodes any numeric type into it.
#[derive(Debug, Clone, Copy)]
#[repr(transparent)]
pub(crate) struct Any<T>(pub T);

impl<T: Number> H5Type for Any<T> {
    fn hdf5_type() -> Datatype {
        f64::hdf5_type()
    }

    fn from_bytes(bytes: &[u8], dtype: &Datatype) -> Result<Self> {
        decode::<T>(bytes, dtype)?.first().copied().map(Any).ok_or_else(|| too_short(bytes.len()))
    }

    fn element_size(dtype: &Datatype) -> usize {
        hdf5_reader::dtype_element_size(dtype).unwrap_or(0)
    }

    fn decode_vec(raw: &[u8], dtype: &Datatype, count: usize) -> Option<Result<Vec<Self>>> {
        Some(decode::<T>(raw, dtype).and_then(|values| {
            if values.len() == count {
                Ok(values.into_iter().map(Any).collect())
            } else {
                Err(too_short(raw.len()))
            }
        }))
    }
}

/// Decodes as many values as the bytes hold.
pub(crate) fn decode<T: Number>(raw: &[u8], dtype: &Datatype) -> Result<Vec<T>> {
    macro_rules! each {
        ($number:ty, $order:expr, $from:expr) => {{
            let chunks = raw.chunks_exact(size_of::<$number>());
            match $order {
                ByteOrder::LittleEndian => {
                    chunks.map(|bytes| $from(<$number>::from_le_bytes(sized(bytes)))).collect()
                }
                ByteOrder::BigEndian => {
                    chunks.map(|bytes| $from(<$number>::from_be_bytes(sized(bytes)))).collect()
                }
            }
        }};
    }
    Ok(match dtype {
        Datatype::FixedPoint { size: 1, signed: true, byte_order } => {
            each!(i8, byte_order, |v| T::from_signed(i64::from(v)))
        }
        Datatype::FixedPoint { size: 2, signed: true, byte_order } => {
            each!(i16, byte_order, |v| T::from_signed(i64::from(v)))
        }
        Datatype::FixedPoint { size: 4, signed: true, byte_order } => {
            each!(i32, byte_order, |v| T::from_signed(i64::from(v)))
        }
        Datatype::FixedPoint { size: 8, signed: true, byte_order } => {
            each!(i64, byte_order, T::from_signed)
        }
        Datatype::FixedPoint { size: 1, signed: false, byte_order }
        | Datatype::Bitfield { size: 1, byte_order } => {
            each!(u8, byte_order, |v| T::from_unsigned(u64::from(v)))
        }
        Datatype::FixedPoint { size: 2, signed: false, byte_order } => {
            each!(u16, byte_order, |v| T::from_unsigned(u64::from(v)))
        }
        Datatype::FixedPoint { size: 4, signed: false, byte_order } => {
            each!(u32, byte_order, |v| T::from_unsigned(u64::from(v)))
        }
        Datatype::FixedPoint { size: 8, signed: false, byte_order } => {
            each!(u64, byte_order, T::from_unsigned)
        }
        Datatype::FloatingPoint { size: 2, byte_order } => {
            each!(u16, byte_order, |v| T::from_real(half::f16::from_bits(v).to_f64()))
        }
        Datatype::FloatingPoint { size: 4, byte_order } => {
            each!(f32, byte_order, |v| T::from_real(f64::from(v)))
        }
        Datatype::FloatingPoint { size: 8, byte_order } => each!(f64, byte_order, T::from_real),
        Datatype::Enum { base, .. } => return decode(raw, base),
        other => {
            return Err(Error::TypeMismatch {
                expected: "numbers".to_owned(),
                actual: name(other),
            });
        }
    })
}

/// Whether [`decode`] knows the type.
pub(crate) fn is_numeric(dtype: &Datatype) -> bool {
    match dtype {
        Datatype::FixedPoint { size, .. } => matches!(size, 1 | 2 | 4 | 8),
        Datatype::FloatingPoint { size, .. } => matches!(size, 2 | 4 | 8),
        Datatype::Bitfield { size, .. } => *size == 1,
        Datatype::Enum { base, .. } => is_numeric(base),
        _ => false,
    }
}

/// The type in NumPy's words: `float32`, `int64`, `string`, …
pub(crate) fn name(dtype: &Datatype) -> String {
    match dtype {
        Datatype::FixedPoint { size, signed, .. } => {
            format!("{}int{}", if *signed { "" } else { "u" }, u32::from(*size) * 8)
        }
        Datatype::FloatingPoint { size, .. } => format!("float{}", u32::from(*size) * 8),
        Datatype::Enum { .. } => "bool or enumeration".to_owned(),
        Datatype::String { .. } => "string".to_owned(),
        Datatype::VarLen { kind: hdf5_reader::VarLenKind::String, .. } => "string".to_owned(),
        Datatype::VarLen { .. } => "variable-length lists".to_owned(),
        Datatype::Compound { .. } => "records".to_owned(),
        Datatype::Array { .. } => "arrays".to_owned(),
        Datatype::Reference { .. } => "references".to_owned(),
        Datatype::Opaque { .. } => "opaque bytes".to_owned(),
        Datatype::Bitfield { .. } => "bits".to_owned(),
    }
}

fn sized<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut array = [0; N];
    array.copy_from_slice(bytes);
    array
}

fn too_short(length: usize) -> Error {
    Error::InvalidData(format!("{length} bytes do not hold the values that they should"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_signs_and_orders() {
        let big = Datatype::FixedPoint { size: 2, signed: true, byte_order: ByteOrder::BigEndian };
        assert_eq!(decode::<f32>(&[0xff, 0xfe, 0, 3], &big).expect("numbers"), [-2.0, 3.0]);
        let half = Datatype::FloatingPoint { size: 2, byte_order: ByteOrder::LittleEndian };
        assert_eq!(decode::<f32>(&[0x00, 0x3c, 0x00, 0xc0], &half).expect("numbers"), [1.0, -2.0]);
        let long =
            Datatype::FixedPoint { size: 8, signed: true, byte_order: ByteOrder::LittleEndian };
        assert_eq!(decode::<u32>(&(-1_i64).to_le_bytes(), &long).expect("numbers"), [u32::MAX]);
        assert!(
            decode::<f32>(&[0; 16], &Datatype::Opaque { size: 1, tag: String::new() }).is_err()
        );
    }
}
