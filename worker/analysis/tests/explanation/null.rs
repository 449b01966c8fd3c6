//! Where there is nothing to find, nothing may be found.

use lexicell_analysis::{
    attribution::Permutations,
    query::{QueryOptions, QueryRanking},
};

use crate::synthetic::{Cells, SETTINGS};

#[test]
fn sets_that_are_alike_have_no_significant_gene_and_no_separation() {
    let (mut genes, mut separated, mut p) = (0, 0, Vec::new());
    for seed in 0..20 {
        let cells = Cells::new(100 + seed, 80, 2, 1.0);
        // Unequal sets, where skewed shares matter most.
        let (first, second): (Vec<u32>, Vec<u32>) = (0..80).partition(|cell| cell % 5 == 0);
        let found = cells.attributed([&first, &second], Permutations { n: 99, seed });
        genes += usize::from(found.genes.iter().any(|gene| gene.q < 0.05));
        separated += usize::from(found.separation.expect("asked for").p < 0.05);
        p.extend(found.genes.iter().map(|gene| gene.p));
    }
    // At 5 % each, more than 3 of 20 would be one chance in sixty.
    assert!(genes <= 3 && separated <= 3, "{genes} {separated} of 20");
    let below = |limit: f64| p.iter().filter(|p| **p < limit).count() as f64 / p.len() as f64;
    for limit in [0.01, 0.05, 0.2, 0.5] {
        let share = below(limit);
        // Few cells and rare genes allow few values of p, which can only be too large.
        assert!((0.4 * limit..1.3 * limit).contains(&share), "{limit}: {share}");
    }
}

#[test]
fn texts_about_nothing_rank_no_cluster() {
    let cells = Cells::new(5, 160, 4, 4.0);
    let queries = Cells::topics(4711, 20);
    let view = cells.view();
    let mut significant = 0;
    for query in 0..20 {
        let mut job = QueryRanking::new(
            (&view, &cells.rows),
            &cells.table,
            SETTINGS,
            (&cells.types, 4),
            queries.row(query),
            QueryOptions { n_shuffles: 199, seed: 8 },
        )
        .expect("valid");
        while !job.run(4).expect("runs").is_done() {}
        significant += usize::from(job.finish().expect("done").iter().any(|own| own.q < 0.05));
    }
    assert!(significant <= 5, "{significant} of 20");
}
