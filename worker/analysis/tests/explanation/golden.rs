//! Against numpy (`tests/golden/attribution/generate.py`).

use std::path::PathBuf;

use lexicell_analysis::{
    attribution::{Attributed, Attribution, Permutations},
    axis::{Axis, AxisOptions},
    normalize::Normalized,
    pool::{CpuPool, PoolJob, PoolSettings, PoolWeights},
    query::{QueryOptions, QueryRanking},
    state::MatrixState,
};
use lexicell_matrix::{CsrMatrix, DenseMatrix};
use serde_json::Value;

fn numbers(value: &Value) -> Vec<f64> {
    let list = value.as_array().expect("a list");
    list.iter().map(|x| x.as_f64().expect("a number")).collect()
}

fn codes(value: &Value) -> Vec<u32> {
    numbers(value).iter().map(|&x| x as u32).collect()
}

fn near(found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() < tolerance, "{found} {expected}");
}

struct Golden {
    file: Value,
    counts: CsrMatrix,
    rows: Vec<Option<u32>>,
    table: DenseMatrix,
    d: usize,
    top: usize,
}

impl Golden {
    fn read() -> Self {
        let root = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
        let path = root.join("../../tests/golden/attribution/attribution.json");
        let file: Value = serde_json::from_slice(&std::fs::read(path).expect("the golden file"))
            .expect("golden values");
        let size = |key: &str| file[key].as_u64().expect("a size") as usize;
        let (n_genes, d, top) = (size("genes"), size("d"), size("top"));
        let values = numbers(&file["counts"]);
        let (mut indptr, mut indices, mut data) = (vec![0], Vec::new(), Vec::new());
        for row in values.chunks_exact(n_genes) {
            for (gene, &value) in (0u32..).zip(row).filter(|(_, value)| **value > 0.0) {
                indices.push(gene);
                data.push(value as f32);
            }
            indptr.push(indices.len());
        }
        let n_cells = values.len() / n_genes;
        let counts = CsrMatrix::try_new(n_cells, n_genes, indptr, indices, data).expect("a matrix");
        let rows = file["rows"].as_array().expect("rows").iter();
        let rows = rows.map(|row| row.as_u64().map(|row| row as u32)).collect();
        let table = matrix(&file["table"], d);
        Self { file, counts, rows, table, d, top }
    }

    fn settings(&self, weights: PoolWeights) -> PoolSettings {
        PoolSettings { top_n: Some(self.top), weights }
    }
}

fn matrix(value: &Value, d: usize) -> DenseMatrix {
    let values: Vec<f32> = numbers(value).iter().map(|&x| x as f32).collect();
    DenseMatrix::try_new(values.len() / d, d, values).expect("shape")
}

fn sums_to_the_length(found: &Attributed, total: f64) {
    let sum: f64 = found.genes.iter().map(|gene| gene.value).sum();
    assert!((sum / total - 1.0).abs() < 1e-5, "{sum} {total}");
}

#[test]
fn contributions_are_those_of_numpy_and_sum_to_the_difference_of_pooled_cells() {
    let golden = Golden::read();
    let view = Normalized::new(&golden.counts, MatrixState::RawCounts).expect("counts");
    let sets: Vec<Vec<u32>> =
        golden.file["sets"].as_array().expect("sets").iter().map(codes).collect();
    let all = [PoolWeights::Expression, PoolWeights::Rank, PoolWeights::Uniform];
    for (weights, case) in
        all.into_iter().zip(golden.file["attribution"].as_array().expect("cases"))
    {
        let settings = golden.settings(weights);
        let none = Permutations { n: 0, seed: 0 };
        let (rows, table) = (&golden.rows, &golden.table);
        let groups = [&sets[0][..], &sets[1][..]];
        let mut job = Attribution::new(&view, rows, table, settings, groups, none).expect("valid");
        while !job.run(1).expect("runs").is_done() {}
        let found = job.finish().expect("done");
        assert_eq!(found.separation, None);
        near(found.total, case["total"].as_f64().expect("a number"), 1e-6);
        sums_to_the_length(&found, found.total);
        let directions = found.direction.iter().zip(numbers(&case["direction"]));
        directions.for_each(|(&x, y)| near(x, y, 1e-6));
        let (value, alignment) = (numbers(&case["value"]), numbers(&case["alignment"]));
        for gene in &found.genes {
            near(gene.value, value[gene.gene as usize], 1e-6);
            near(gene.alignment, alignment[gene.gene as usize], 1e-6);
        }
        let left_out = numbers(&case["left_out"]);
        assert_eq!(found.cells_without_genes.map(|n| n as f64).to_vec(), left_out);
        assert!(found.genes.is_sorted_by(|a, b| a.value.abs() >= b.value.abs()));
        let other: Vec<f64> = (1..=golden.d).map(|x| x as f64).collect();
        let along = found.along(rows, table, &other).expect("a direction");
        let expected = numbers(&case["along"]);
        along.genes.iter().for_each(|gene| near(gene.value, expected[gene.gene as usize], 1e-6));
        sums_to_the_length(&along, expected.iter().sum());

        let job = PoolJob::new(&view, rows, table.n_rows(), settings).expect("valid");
        let mut pool = CpuPool::new(job, table).expect("valid");
        while !pool.run(7).expect("runs").is_done() {}
        let pooled = pool.finish().expect("done").embedding;
        let mut difference = vec![0.0; golden.d];
        for ((set, n), sign) in sets.iter().zip(found.cells).zip([1.0, -1.0]) {
            for &cell in set {
                let row = difference.iter_mut().zip(pooled.row(cell as usize));
                row.for_each(|(sum, &x)| *sum += sign * f64::from(x) / n as f64);
            }
        }
        sums_to_the_length(&found, difference.iter().map(|x| x * x).sum::<f64>().sqrt());
    }
}

#[test]
fn scores_of_clusters_are_those_of_numpy() {
    let golden = Golden::read();
    let view = Normalized::new(&golden.counts, MatrixState::RawCounts).expect("counts");
    let clusters = codes(&golden.file["codes"]);
    let query: Vec<f32> = numbers(&golden.file["query"]).iter().map(|&x| x as f32).collect();
    let mut job = QueryRanking::new(
        (&view, &golden.rows),
        &golden.table,
        golden.settings(PoolWeights::Expression),
        (&clusters, 4),
        &query,
        QueryOptions { n_shuffles: 400, seed: 1 },
    )
    .expect("valid");
    while !job.run(1).expect("runs").is_done() {}
    let found = job.finish().expect("done");
    let expected = golden.file["ranking"].as_array().expect("scores");
    let (empty, ranked) = found.split_last().expect("clusters");
    assert_eq!((empty.cluster, empty.n_cells, empty.score.is_nan()), (3, 0, true));
    assert!(empty.p.is_nan() && empty.q.is_nan() && ranked.is_sorted_by(|a, b| a.score >= b.score));
    for own in ranked {
        let case = &expected[own.cluster as usize];
        near(own.score, case["score"].as_f64().expect("a number"), 1e-6);
        near(own.z, case["z"].as_f64().expect("a number"), 1e-4);
        // Sums over many genes are nearly normal, so p of the exchanges is near that of z.
        let normal = 2.0 * (1.0 - normal_cdf(own.z.abs()));
        near(own.p, normal, 0.08);
    }
}

/// Abramowitz & Stegun 26.2.17, to 1e-7.
fn normal_cdf(x: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.231_641_9 * x);
    let terms = [0.319_381_530, -0.356_563_782, 1.781_477_937, -1.821_255_978, 1.330_274_429];
    let sum = terms.iter().rev().fold(0.0, |sum, term| (sum + term) * t);
    1.0 - (-x * x / 2.0).exp() / std::f64::consts::TAU.sqrt() * sum
}

#[test]
fn an_axis_is_that_of_numpy() {
    let golden = Golden::read();
    let cells = matrix(&golden.file["cells"], golden.d);
    let units = codes(&golden.file["units"]);
    let groups: Vec<Vec<u32>> =
        golden.file["groups"].as_array().expect("groups").iter().map(codes).collect();
    let options = AxisOptions::default();
    let mut job = Axis::new(&cells, (&units, 7), [&groups[0], &groups[1]], options).expect("valid");
    while !job.run(1).expect("runs").is_done() {}
    let (found, expected) = (job.finish().expect("done"), &golden.file["axis"]);
    found.axis.iter().zip(numbers(&expected["axis"])).for_each(|(&x, y)| near(x, y, 1e-6));
    found.scores.iter().zip(numbers(&expected["scores"])).for_each(|(&x, y)| near(x, y, 1e-5));
    let test = found.test.expect("three against three");
    near(test.p, expected["p"].as_f64().expect("a number"), 1e-9);
    assert_eq!(Some(test.n_assignments as u64), expected["n_assignments"].as_u64());
    assert!(test.exact && (test.least_p - 0.1).abs() < 1e-9);
    assert_eq!((found.units.len(), found.group_sizes), (7, [3, 3]));
    for (unit, case) in found.units.iter().zip(expected["units"].as_array().expect("units")) {
        near(unit.mean, case["mean"].as_f64().expect("a number"), 1e-5);
        near(unit.sd, case["sd"].as_f64().expect("a number"), 1e-5);
        let quartiles = unit.quartiles.iter().zip(numbers(&case["quartiles"]));
        quartiles.for_each(|(&x, y)| near(x, y, 1e-5));
        assert_eq!(unit.left_out.is_some(), unit.group.is_some());
        if let Some(left_out) = unit.left_out {
            let case = numbers(&case["left_out"]);
            near(left_out.score, case[0], 1e-5);
            near(left_out.cosine, case[1], 1e-6);
            assert_eq!(left_out.on_its_side, (case[0] > 0.0) == (unit.group == Some(0)));
        }
    }
}
