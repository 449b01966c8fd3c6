use std::marker::PhantomData;
use std::ops::RangeBounds;

use bytemuck::Pod;

use super::Gpu;
use crate::error::GpuError;

/// `len` elements of type `T` in the device's memory; a clone is the same memory.
#[derive(Clone, Debug)]
pub struct Buffer<T> {
    pub(crate) raw: wgpu::Buffer,
    len: usize,
    element: PhantomData<T>,
}

impl<T> Buffer<T> {
    /// The number of elements.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no element.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The bytes held on the device.
    pub fn bytes(&self) -> u64 {
        self.raw.size()
    }

    pub(super) fn span(&self, range: impl RangeBounds<usize>) -> Result<(u64, usize), GpuError> {
        use std::ops::Bound::{Excluded, Included, Unbounded};
        let start = match range.start_bound() {
            Included(&i) => i,
            Excluded(&i) => i + 1,
            Unbounded => 0,
        };
        let end = match range.end_bound() {
            Included(&i) => i + 1,
            Excluded(&i) => i,
            Unbounded => self.len,
        };
        if start > end || end > self.len {
            return Err(GpuError::Range { start, end, len: self.len });
        }
        Ok(((start * size_of::<T>()) as u64, end - start))
    }
}

/// A matrix of weights, in single or half precision.
#[derive(Clone, Debug)]
pub enum Weights {
    /// 32-bit floats.
    F32(Buffer<f32>),
    /// 16-bit floats, two to a word, the first in the low half.
    F16(Buffer<[u16; 2]>),
}

impl Weights {
    /// The number of weights that fit, the padding of an odd count included.
    pub fn len(&self) -> usize {
        match self {
            Self::F32(buffer) => buffer.len(),
            Self::F16(buffer) => buffer.len() * 2,
        }
    }

    /// Whether there is no weight.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes held on the device.
    pub fn bytes(&self) -> u64 {
        match self {
            Self::F32(buffer) => buffer.bytes(),
            Self::F16(buffer) => buffer.bytes(),
        }
    }

    pub(crate) fn raw(&self) -> &wgpu::Buffer {
        match self {
            Self::F32(buffer) => &buffer.raw,
            Self::F16(buffer) => &buffer.raw,
        }
    }

    pub(crate) fn is_f16(&self) -> bool {
        matches!(self, Self::F16(_))
    }
}

impl Gpu {
    /// Allocates `len` elements, all zero.
    ///
    /// # Errors
    /// Too large for the device, out of memory (on the web reported by the next [`Gpu::settle`]
    /// or read), or the device is lost.
    pub fn alloc<T: Pod>(&self, len: usize) -> Result<Buffer<T>, GpuError> {
        // 16 bytes are the least that a vec4 binding accepts, and keep every length readable as one.
        let bytes = ((len * size_of::<T>()) as u64).next_multiple_of(16).max(16);
        let limit = self.info().max_binding;
        if bytes > limit {
            return Err(GpuError::TooLarge { bytes, limit });
        }
        let what = format!("a buffer of {bytes} bytes");
        let raw = self.watch().guard(self.device(), &what, || create(self.device(), bytes))?;
        Ok(Buffer { raw, len, element: PhantomData })
    }

    /// Copies a slice into a new buffer.
    ///
    /// # Errors
    /// As [`Gpu::alloc`].
    pub fn upload<T: Pod>(&self, data: &[T]) -> Result<Buffer<T>, GpuError> {
        let buffer = self.alloc(data.len())?;
        self.write(&buffer, 0, data)?;
        Ok(buffer)
    }

    /// Overwrites elements from `start` on, before anything submitted later.
    ///
    /// # Errors
    /// The range lies outside the buffer, or the device is lost. `T` of an odd size in bytes must
    /// start and end at a multiple of four bytes, or end with the buffer.
    pub fn write<T: Pod>(
        &self,
        buffer: &Buffer<T>,
        start: usize,
        data: &[T],
    ) -> Result<(), GpuError> {
        let (offset, _) = buffer.span(start..start + data.len())?;
        let bytes: &[u8] = bytemuck::cast_slice(data);
        let whole = bytes.len() / 4 * 4;
        self.watch().guard(self.device(), "a write", || {
            self.queue().write_buffer(&buffer.raw, offset, &bytes[..whole]);
            if whole < bytes.len() {
                let mut last = [0; 4];
                last[..bytes.len() - whole].copy_from_slice(&bytes[whole..]);
                self.queue().write_buffer(&buffer.raw, offset + whole as u64, &last);
            }
        })
    }

    /// Uploads weights as they are.
    ///
    /// # Errors
    /// As [`Gpu::alloc`].
    pub fn upload_weights(&self, weights: &[f32]) -> Result<Weights, GpuError> {
        self.upload(weights).map(Weights::F32)
    }

    /// Uploads weights given as the bits of IEEE half-precision floats.
    ///
    /// # Errors
    /// As [`Gpu::alloc`].
    pub fn upload_f16(&self, bits: &[u16]) -> Result<Weights, GpuError> {
        let buffer: Buffer<[u16; 2]> = self.alloc(bits.len().div_ceil(2))?;
        let halves = Buffer { raw: buffer.raw.clone(), len: bits.len(), element: PhantomData };
        self.write(&halves, 0, bits)?;
        Ok(Weights::F16(buffer))
    }
}

pub(super) fn create(device: &wgpu::Device, bytes: u64) -> wgpu::Buffer {
    use wgpu::BufferUsages as Usage;
    device.create_buffer(&wgpu::BufferDescriptor {
        label: None,
        size: bytes,
        usage: Usage::STORAGE | Usage::COPY_SRC | Usage::COPY_DST,
        mapped_at_creation: false,
    })
}
