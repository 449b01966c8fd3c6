//! Buffers, batches and their errors.

use lexicell_kernels::GpuError;
use lexicell_kernels::ops::{L2Normalize, LayerNorm};

use crate::adapter::with_gpu;

#[test]
fn buffers_keep_what_is_written() {
    with_gpu(async |gpu| {
        let buffer = gpu.upload(&[1.0f32, 2.0, 3.0, 4.0, 5.0]).expect("upload");
        gpu.write(&buffer, 1, &[20.0, 30.0]).expect("write");
        assert_eq!(gpu.read(&buffer, ..).await.expect("read"), [1.0, 20.0, 30.0, 4.0, 5.0]);
        assert_eq!(gpu.read(&buffer, 2..4).await.expect("read"), [30.0, 4.0]);
        assert!(gpu.read(&buffer, 5..).await.expect("read").is_empty());
        let range = GpuError::Range { start: 3, end: 6, len: 5 };
        assert_eq!(gpu.read(&buffer, 3..6).await, Err(range));
        let bytes = gpu.upload(b"seven bytes").expect("upload");
        assert_eq!(gpu.read(&bytes, 6..=10).await.expect("read"), b"bytes");
        assert_eq!(gpu.read(&gpu.alloc::<u32>(3).expect("alloc"), ..).await, Ok(vec![0; 3]));
    });
}

#[test]
fn reads_may_overlap_later_batches() {
    with_gpu(async |gpu| {
        let rows = gpu.upload(&[3.0f32, 4.0]).expect("upload");
        let before = gpu.start_read(&rows, ..).expect("read");
        let mut batch = gpu.batch();
        let normalize = L2Normalize { rows: &rows, n_rows: 1, d: 2 };
        batch.run(&normalize).expect("recorded");
        batch.submit().expect("submitted");
        let after = gpu.start_read(&rows, ..).expect("read");
        assert_eq!(before.finish().await, Ok(vec![3.0, 4.0]));
        assert_eq!(after.finish().await, Ok(vec![0.6, 0.8]));
    });
}

#[test]
fn more_groups_than_one_dimension_holds() {
    with_gpu(async |gpu| {
        // One group per row, and WebGPU allows 65,535 along one dimension.
        let n_rows = 65_540;
        let rows = gpu.upload(&vec![2.0f32; n_rows]).expect("upload");
        let mut batch = gpu.batch();
        let normalize = L2Normalize { rows: &rows, n_rows, d: 1 };
        batch.run(&normalize).expect("recorded");
        batch.submit().expect("submitted");
        assert!(gpu.read(&rows, ..).await.expect("read").iter().all(|&x| x == 1.0));
    });
}

#[test]
fn mistakes_are_errors_not_panics() {
    with_gpu(async |gpu| {
        let limit = gpu.info().max_binding;
        let too_large = gpu.alloc::<u8>(limit as usize + 1);
        assert!(matches!(too_large, Err(GpuError::TooLarge { .. })), "{too_large:?}");
        let rows = gpu.alloc::<f32>(8).expect("alloc");
        let mut batch = gpu.batch();
        let error = batch.run(&L2Normalize { rows: &rows, n_rows: 3, d: 3 });
        let (kernel, operand) = ("l2_normalize", "rows");
        let expected = GpuError::Shape { kernel, operand, expected: 9, found: 8 };
        assert_eq!(error.err(), Some(expected));
        // The same buffer as input and output: the driver refuses it.
        let x = gpu.alloc::<f32>(4).expect("alloc");
        let mut batch = gpu.batch();
        batch
            .run(&LayerNorm {
                x: &x,
                residual: None,
                weight: &x,
                bias: &x,
                out: &x,
                n_rows: 1,
                d: 4,
                epsilon: 1e-12,
            })
            .expect("recorded");
        let refused = match batch.submit() {
            Err(error) => Err(error),
            Ok(()) => gpu.settle().await,
        };
        assert!(matches!(refused, Err(GpuError::Validation { .. })), "{refused:?}");
        assert_eq!(gpu.read(&x, ..).await, Ok(vec![0.0; 4]), "the device goes on");
    });
}

#[test]
fn a_lost_device_says_so() {
    with_gpu(async |gpu| {
        let rows = gpu.upload(&[3.0f32, 4.0]).expect("upload");
        assert_eq!(gpu.lost(), None);
        gpu.destroy();
        let error = gpu.read(&rows, ..).await;
        assert!(matches!(error, Err(GpuError::Lost { .. })), "{error:?}");
        assert!(gpu.lost().is_some());
        assert!(matches!(gpu.alloc::<f32>(4), Err(GpuError::Lost { .. })));
        assert!(matches!(gpu.batch().submit(), Err(GpuError::Lost { .. })));
        assert!(matches!(gpu.settle().await, Err(GpuError::Lost { .. })));
        // A new device is a new start.
        let again = lexicell_kernels::Gpu::request().await.expect("an adapter");
        assert!(again.upload(&[1.0f32]).is_ok());
    });
}
