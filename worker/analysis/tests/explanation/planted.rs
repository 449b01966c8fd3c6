//! Types that differ in one programme of genes: it must come first everywhere.

use lexicell_analysis::{
    attribution::Permutations,
    query::{QueryOptions, QueryRanking, ZeroShot, ZeroShotOptions},
};

use crate::synthetic::{Cells, PROGRAM, SETTINGS};

#[test]
fn the_planted_programme_comes_first() {
    let cells = Cells::new(1, 240, 2, 4.0);
    let sets = [cells.of_type(0), cells.of_type(1)];
    let found = cells.attributed([&sets[0], &sets[1]], Permutations { n: 99, seed: 1 });
    let separation = found.separation.expect("asked for");
    assert_eq!(separation.p, 0.01);
    assert!(found.total > 2.0 * separation.null_95 && separation.null_95 > separation.null_mean);
    // Both types have a programme: 20 genes, some of them hardly expressed.
    for gene in &found.genes[..15] {
        assert!((gene.gene as usize) < 2 * PROGRAM && gene.value > 0.0, "{gene:?}");
        assert!(gene.q < 0.05, "{gene:?}");
        assert_eq!(gene.weight[0] > gene.weight[1], (gene.gene as usize) < PROGRAM);
    }
    // Other genes lose a little share to the programmes: small, but it may be seen.
    let rest: f64 = found.genes[2 * PROGRAM..].iter().map(|gene| gene.value.abs()).sum();
    assert!(rest < 0.5 * found.total, "{rest} {}", found.total);
}

#[test]
fn a_cluster_is_found_by_what_its_programme_is_about() {
    let cells = Cells::new(2, 240, 4, 4.0);
    let topics = Cells::topics(2, 4);
    let view = cells.view();
    for topic in 0..4usize {
        let mut job = QueryRanking::new(
            (&view, &cells.rows),
            &cells.table,
            SETTINGS,
            (&cells.types, 4),
            topics.row(topic),
            QueryOptions { n_shuffles: 499, seed: 3 },
        )
        .expect("valid");
        while !job.run(1).expect("runs").is_done() {}
        let found = job.finish().expect("done");
        assert_eq!(found[0].cluster as usize, topic);
        assert!(found[0].q < 0.05 && found[0].z > 3.0, "{found:?}");
    }
}

#[test]
fn one_ranking_answers_text_after_text_as_if_each_were_the_first() {
    let cells = Cells::new(2, 240, 4, 4.0);
    let topics = Cells::topics(2, 4);
    let view = cells.view();
    let begin = |topic: usize| {
        QueryRanking::new(
            (&view, &cells.rows),
            &cells.table,
            SETTINGS,
            (&cells.types, 4),
            topics.row(topic),
            QueryOptions { n_shuffles: 199, seed: 3 },
        )
        .expect("valid")
    };
    let mut job = begin(3);
    // Asked anew before the first was answered: nothing of that stays.
    job.run(1).expect("runs");
    for topic in 0..4 {
        job.ask(topics.row(topic)).expect("a text");
        assert!(job.scores().is_err(), "the exchanges begin anew");
        while !job.run(1).expect("runs").is_done() {}
        let mut alone = begin(topic);
        while !alone.run(1).expect("runs").is_done() {}
        assert_eq!(job.scores().expect("done"), alone.finish().expect("done"));
    }
    assert!(job.ask(&[1.0]).is_err() && job.ask(&vec![0.0; topics.n_cols()]).is_err());
}

#[test]
fn cells_are_named_by_descriptions_and_left_unsure_by_descriptions_of_nothing() {
    let cells = Cells::new(3, 240, 3, 4.0);
    let pooled = cells.pooled();
    let view = cells.view();
    let label = |queries| {
        let mut job = ZeroShot::new(
            (&view, &cells.rows),
            &cells.table,
            SETTINGS,
            &pooled,
            &queries,
            ZeroShotOptions::default(),
        )
        .expect("valid");
        let mut last = 0;
        loop {
            let progress = job.run(1).expect("runs");
            assert!(progress.done >= last);
            last = progress.done;
            if progress.is_done() {
                break;
            }
        }
        job.finish().expect("done")
    };
    let found = label(Cells::topics(3, 3));
    let right = found.codes.iter().zip(&cells.types).filter(|(a, b)| a == b).count();
    let wrong = cells.types.len() - right - found.n_unsure;
    assert!(right > 150 && wrong < 5, "{right} {wrong} {}", found.n_unsure);
    assert_eq!((found.unsure, found.n_without_place), (3, 0));
    for (code, margin) in found.codes.iter().zip(&found.margins) {
        assert_eq!(*code == found.unsure, f64::from(*margin) <= found.threshold);
    }
    let labelled: usize =
        (0..5).map(|seed| 240 - label(Cells::topics(900 + seed, 3)).n_unsure).sum();
    eprintln!("{labelled} of 1200 labelled by texts about nothing");
    assert!(labelled < 5 * 240 / 8, "{labelled} of 1200 labelled by texts about nothing");
}
