//! Attribution through a projection head.

use lexicell_analysis::{
    attribution::{Paths, RefinedAttribution},
    centering::Centering,
    contrastive::{Head, HeadShape, Refiner},
    rng::SplitMix64,
};

use crate::synthetic::{Cells, D, PROGRAM, SETTINGS};

fn refiner(pooled: &lexicell_matrix::DenseMatrix) -> Refiner {
    let shape = HeadShape { inputs: D, hidden: Some(32), dim: 8 };
    let mut rng = SplitMix64::new(6);
    let parameters = (0..shape.n_parameters()).map(|_| (0.3 * rng.normal()) as f32).collect();
    let all: Vec<usize> = (0..pooled.n_rows()).collect();
    Refiner {
        centering: Centering::fit(pooled, &all).expect("fits"),
        head: Head::try_new(shape, parameters).expect("a head"),
    }
}

#[test]
fn integrated_gradients_sum_to_the_difference_and_name_the_planted_genes() {
    let cells = Cells::new(1, 120, 2, 6.0);
    let pooled = cells.pooled();
    let refiner = refiner(&pooled);
    let all: Vec<usize> = (0..120).collect();
    let refined = refiner.apply(&pooled, &all).expect("applies");
    let sets = [cells.of_type(0), cells.of_type(1)];
    let view = cells.view();
    // As many pairs as cells: every cell is in one.
    let paths = Paths { pairs: 60, steps: 48, seed: 2 };
    let mut job = RefinedAttribution::new(
        (&view, &cells.rows),
        &cells.table,
        SETTINGS,
        (&refiner, &refined),
        [&sets[0], &sets[1]],
        paths,
    )
    .expect("valid");
    while !job.run(7).expect("runs").is_done() {}
    let found = job.finish().expect("done");

    let mut difference = [0.0f64; 8];
    for (cell, own) in (0..).zip(&cells.types) {
        let sign = if *own == 0 { 1.0 } else { -1.0 };
        let row = difference.iter_mut().zip(refined.row(cell));
        row.for_each(|(sum, &x)| *sum += sign * f64::from(x) / 60.0);
    }
    let length = difference.iter().map(|x| x * x).sum::<f64>().sqrt();
    assert!((found.total - length).abs() < 1e-6);
    assert!((found.paired / found.total - 1.0).abs() < 1e-4, "{} {}", found.paired, found.total);
    assert!(found.integrated_error().abs() < 0.02, "{}", found.integrated_error());
    eprintln!("completeness errors {} {}", found.gradient_error(), found.integrated_error());
    // Gradients at both ends alone leave more unexplained.
    assert!(found.gradient_error().abs() > found.integrated_error().abs(), "{found:?}");
    let sum: f64 = found.genes.iter().map(|gene| gene.integrated).sum();
    assert!((sum - found.integrated_sum).abs() < 1e-12);
    let planted = found.genes[..10].iter().filter(|gene| (gene.gene as usize) < 2 * PROGRAM);
    assert!(planted.count() >= 8, "{:?}", &found.genes[..10]);
}
