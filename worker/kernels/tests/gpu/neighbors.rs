//! Neighbours found on the GPU against those found on the CPU.

use lexicell_kernels::Gpu;
use lexicell_kernels::knn::{CpuKnn, GpuKnn, Neighbors};

use crate::adapter::with_gpu;

fn numbers(n: usize, seed: u32) -> Vec<f32> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..n).map(|_| next()).collect()
}

fn on_cpu(mut knn: CpuKnn) -> Neighbors {
    while !knn.run(7).is_done() {}
    knn.into_neighbors()
}

async fn on_gpu(mut knn: GpuKnn, work: f64) -> Neighbors {
    while !knn.run(work).await.expect("the search goes on").is_done() {}
    knn.into_neighbors()
}

fn recall(found: &Neighbors, truth: &Neighbors) -> f64 {
    assert_eq!((found.k, found.indices.len()), (truth.k, truth.indices.len()));
    let lists = found.indices.chunks(found.k).zip(truth.indices.chunks(found.k));
    let hits: usize = lists.map(|(a, b)| a.iter().filter(|i| b.contains(i)).count()).sum();
    hits as f64 / truth.indices.len() as f64
}

async fn both(gpu: &Gpu, n: usize, d: usize, k: usize, work: f64) -> (Neighbors, Neighbors) {
    let data = numbers(n * d, 7);
    let found = on_gpu(GpuKnn::new(gpu, &data, d, k).expect("room"), work).await;
    (found, on_cpu(CpuKnn::new(data, d, k)))
}

#[test]
fn recall_of_a_set_within_itself() {
    with_gpu(async |gpu| {
        // d = 50 is padded; 2,300 rows are two groups of queries; little work is many tiles.
        let (found, truth) = both(&gpu, 2300, 50, 15, 3e7).await;
        let recall = recall(&found, &truth);
        eprintln!("recall {recall:.5}");
        assert!(recall >= 0.999, "recall {recall}");
        let largest = found
            .similarities
            .iter()
            .zip(&truth.similarities)
            .fold(0.0f32, |largest, (a, b)| largest.max((a - b).abs()));
        assert!(largest < 1e-5, "similarities differ by {largest}");
        for (row, list) in found.indices.chunks(found.k).enumerate() {
            assert!(!list.contains(&(row as u32)), "row {row} is its own neighbour");
        }
    });
}

#[test]
fn recall_between_two_sets() {
    with_gpu(async |gpu| {
        let (references, queries) = (numbers(700 * 8, 1), numbers(90 * 8, 2));
        let knn = GpuKnn::between(&gpu, &references, &queries, 8, 5).expect("room");
        let found = on_gpu(knn, 1e9).await;
        let truth = on_cpu(CpuKnn::between(references, queries, 8, 5));
        assert!(recall(&found, &truth) >= 0.999);
    });
}

#[test]
fn few_rows_have_few_neighbours() {
    with_gpu(async |gpu| {
        let (found, truth) = both(&gpu, 3, 5, 15, 1e9).await;
        assert_eq!((found.k, &found.indices), (2, &truth.indices));
        assert_eq!(both(&gpu, 1, 5, 15, 1e9).await.0.indices, []);
        assert_eq!(both(&gpu, 0, 5, 15, 1e9).await.0.indices, []);
    });
}

#[test]
fn equal_rows_are_taken_by_index() {
    with_gpu(async |gpu| {
        let data: Vec<f32> = [1.0, 0.0].repeat(40);
        let found = on_gpu(GpuKnn::new(&gpu, &data, 2, 3).expect("room"), 1e9).await;
        assert_eq!(found.indices[..9], [1, 2, 3, 0, 2, 3, 0, 1, 3]);
        assert_eq!(found.indices[39 * 3..], [0, 1, 2]);
    });
}
