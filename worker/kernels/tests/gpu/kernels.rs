//! Every kernel against its CPU twin.

use std::collections::BTreeMap;

use lexicell_kernels::registry::ALL;
use lexicell_kernels::self_test;

use crate::adapter::with_gpu;

#[test]
fn every_kernel_equals_its_twin() {
    with_gpu(async |gpu| {
        let mut failures = Vec::new();
        let mut seen = BTreeMap::<&str, (f32, f32)>::new();
        for size in [1, 2, 3, 4, 7, 63, 64, 65, 130, 384] {
            for check in self_test::check_all(&gpu, size).await.expect("the kernels run") {
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
        assert_eq!(seen.len(), ALL.len(), "a kernel was not compared");
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
