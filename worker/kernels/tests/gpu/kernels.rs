//! Every kernel against its CPU twin.

use std::cell::Cell;
use std::collections::BTreeMap;

use lexicell_kernels::ops::Tile;
use lexicell_kernels::registry::{self, ALL};
use lexicell_kernels::{Tuning, self_test};

use crate::adapter::with_gpu;

const SIZES: [usize; 10] = [1, 2, 3, 4, 7, 63, 64, 65, 130, 384];

#[test]
fn every_kernel_equals_its_twin() {
    with_gpu(async |gpu| {
        let mut failures = Vec::new();
        let mut seen = BTreeMap::<&str, (f32, f32)>::new();
        for (kernel, size) in ALL.iter().flat_map(|&kernel| SIZES.map(|size| (kernel, size))) {
            let checks = self_test::check(&gpu, kernel, size).await.expect("the kernel runs");
            for check in checks {
                let worst = seen.entry(check.name).or_default();
                worst.0 = worst.0.max(check.max_error);
                worst.1 = worst.1.max(check.share_of_tolerance);
                if !check.ok {
                    failures.push(check);
                }
            }
        }
        for (name, (error, share)) in &seen {
            eprintln!("{name:14} largest difference {error:.1e}, {share:.2} of the tolerance");
        }
        let absent = usize::from(!gpu.has_f16());
        assert_eq!(seen.len(), ALL.len() - absent, "a kernel was not compared");
        assert!(failures.is_empty(), "{failures:#?}");
    });
}

#[test]
fn self_test_passes() {
    with_gpu(async |gpu| {
        let result = gpu.self_test().await.expect("the kernels run");
        assert!(result.passed(), "{:?}", result.failures());
    });
}

#[test]
fn every_tile_is_right() {
    with_gpu(async |gpu| {
        for tile in Tile::ALL {
            for shader_f16 in [false, true] {
                gpu.set_tuning(Tuning { tile, shader_f16 });
                let products = [
                    &registry::matmul,
                    &registry::matmul_f16,
                    &registry::matmul_backward,
                    &registry::knn_tile,
                ];
                for kernel in products {
                    for check in self_test::check(&gpu, kernel, 130).await.expect("it runs") {
                        assert!(check.ok, "{tile:?}: {check:?}");
                    }
                }
            }
        }
    });
}

#[test]
fn tuning_takes_the_fastest() {
    with_gpu(async |gpu| {
        // A clock that makes each reading later by less: the last candidate seems fastest.
        let (time, step) = (Cell::new(0.0), Cell::new(1.0));
        let clock = || {
            step.set(step.get() * 0.9);
            time.set(time.get() + step.get());
            time.get()
        };
        let found = gpu.tune_for([40, 40, 40], clock).await.expect("it runs");
        let last = Tile::ALL[Tile::ALL.len() - 1];
        assert_eq!(found, Tuning { tile: last, shader_f16: gpu.has_f16() });
        assert_eq!(gpu.tuning(), found);
    });
}
