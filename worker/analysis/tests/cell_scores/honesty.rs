//! What a score must not do: see test cells while fitting, or find classes where there are none.

use lexicell_analysis::{
    classify::Told,
    contrastive::{TrainOptions, Training},
    evaluation::{Approach, PcaSource, Trial},
    knn::KnnSearch,
    logistic::{LogisticFit, LogisticParams},
    normalize::Normalized,
    rng::SplitMix64,
    score::Score,
    split::{Plan, Round},
    state::MatrixState,
};
use lexicell_matrix::{Categorical, CsrMatrix, DenseMatrix, MISSING_CODE};

use crate::{
    K, each_set,
    golden::Golden,
    judge::{Method, components, score, told},
    plan, pooled,
};

fn panel() -> Golden {
    Golden::load("panel").expect("it is committed")
}

fn source<'a>(expression: &'a Normalized<'a>) -> PcaSource<'a> {
    PcaSource { expression, n_top_genes: 100, n_components: 20, seed: 0 }
}

/// The labels of a permutation of the labelled cells.
fn shuffled(labels: &Categorical, seed: u64) -> Categorical {
    let mut codes = labels.codes.clone();
    let mut values: Vec<u32> = codes.iter().copied().filter(|&c| c != MISSING_CODE).collect();
    SplitMix64::new(seed).shuffle(&mut values);
    let places = codes.iter_mut().filter(|code| **code != MISSING_CODE);
    places.zip(values).for_each(|(code, value)| *code = value);
    Categorical { codes, ..labels.clone() }
}

/// Accuracy that a method told nothing by its cells expects: its answers against unrelated labels.
fn by_chance(score: &Score) -> f64 {
    let (n, counts) = (score.confusion.n_classes(), score.confusion.counts());
    let total = score.confusion.total() as f64;
    let share = |cells: u64| cells as f64 / total;
    let agree = |class: usize| {
        let truth = share((0..n).map(|told| counts[class * n + told]).sum());
        truth * share((0..n).map(|row| counts[row * n + class]).sum())
    };
    (0..n).map(agree).sum()
}

#[test]
fn shuffled_labels_fall_to_chance() {
    each_set(|golden, view| {
        let plan = plan(golden, view);
        let embedding = pooled(golden, view).embedding;
        let source = PcaSource { n_top_genes: 300, ..source(view) };
        let methods = [
            ("text", Method::Embedding(&embedding)),
            ("pca", Method::Pca(source)),
            ("logistic", Method::Logistic(source)),
            ("refined", Method::Refined(&embedding)),
            ("refined pca", Method::RefinedPca(source)),
            ("joint", Method::Joint(&embedding, source)),
        ];
        let labels = shuffled(&golden.labels, 1);
        for (name, method) in methods {
            let found = score(method, &labels, &plan, 9);
            let chance = by_chance(&found);
            // The sd of one fold's accuracy under chance, and of the mean over the folds.
            let n = found.confusion.total() as f64;
            let sd = (chance * (1.0 - chance) / n).sqrt();
            let accuracy = found.accuracy.mean;
            eprintln!("{} {name}: {accuracy:.4}, by chance {chance:.4} ± {sd:.4}", golden.set);
            // Stratified folds of few cells fall a little below chance: a class that is rarer in the
            // test cells is more frequent in the training cells.
            let within = chance - 4.0 * sd..chance + 2.0 * sd;
            assert!(within.contains(&accuracy), "{name} {accuracy} {chance} {sd}");
        }
    });
}

/// A round, and the round without one of its test cells.
fn without(round: &Round, cell: usize) -> Round {
    let test = round.test.iter().copied().filter(|&other| other != cell).collect();
    Round { test, ..round.clone() }
}

#[test]
fn test_cells_change_nothing_that_is_fitted() {
    let golden = panel();
    let view = Normalized::new(&golden.x, MatrixState::RawCounts).expect("counts");
    let plan = plan(&golden, &view);
    let round = &plan.rounds[0];
    let odd = round.test[3];
    let rest = without(round, odd);

    let embedding = pooled(&golden, &view).embedding;
    let mut changed = embedding.clone();
    changed.row_mut(odd).iter_mut().for_each(|x| *x = *x * -900.0 + 50.0);
    for method in [Method::Embedding, Method::Refined] {
        let tell = |cells| told(method(cells), &golden.labels, &rest, 9);
        assert_eq!(tell(&embedding), tell(&changed));
    }

    // Every test cell is changed: the places of the training cells stay as they are, to the bit.
    let mut counts: CsrMatrix = golden.x.clone();
    for &cell in &round.test {
        let range = counts.indptr()[cell]..counts.indptr()[cell + 1];
        counts.data_mut()[range].iter_mut().enumerate().for_each(|(at, x)| *x += (at * at) as f32);
    }
    let other = Normalized::new(&counts, MatrixState::RawCounts).expect("counts");
    let [before, after] = [&view, &other].map(|view| components(source(view), round, 9));
    let trained = before.n_train * before.scores.n_cols();
    assert_eq!(before.scores.data()[..trained], after.scores.data()[..trained]);
    assert_ne!(before.scores.data()[trained..], after.scores.data()[trained..]);
    let regression = [&before, &after].map(|cells| {
        let classes: Vec<u32> = round.train.iter().map(|&c| golden.labels.codes[c]).collect();
        let (rows, params) = (cells.train(), LogisticParams::default());
        let mut fit = LogisticFit::new(&cells.scores, &rows, &classes, params).expect("valid");
        while !fit.run(9).expect("finite").is_done() {}
        fit.finish().expect("done")
    });
    assert_eq!(regression[0], regression[1]);

    let rest = without(round, odd);
    let mut one = golden.x.clone();
    let range = one.indptr()[odd]..one.indptr()[odd + 1];
    one.data_mut()[range].iter_mut().for_each(|x| *x += 40.0);
    let one = Normalized::new(&one, MatrixState::RawCounts).expect("counts");
    for method in [Method::Pca, Method::Logistic, Method::RefinedPca, Method::RefinedPcaOnViews] {
        let tell = |view| told(method(source(view)), &golden.labels, &rest, 9);
        assert_eq!(tell(&view), tell(&one));
    }

    let tell = |text, view| told(Method::Joint(text, source(view)), &golden.labels, &rest, 9);
    assert_eq!(tell(&embedding, &view), tell(&changed, &one));

    // The same change in training cells does show.
    let mut swapped = round.clone();
    std::mem::swap(&mut swapped.train, &mut swapped.test);
    let [before, after] = [&view, &other].map(|view| components(source(view), &swapped, 9));
    let first = before.scores.n_cols();
    assert_ne!(before.scores.data()[..first], after.scores.data()[..first]);
}

#[test]
fn labels_of_test_cells_are_never_read() {
    let golden = panel();
    let view = Normalized::new(&golden.x, MatrixState::RawCounts).expect("counts");
    let plan = plan(&golden, &view);
    let embedding = pooled(&golden, &view).embedding;
    let source = source(&view);
    let methods = [
        Method::Embedding(&embedding),
        Method::Pca(source),
        Method::Logistic(source),
        Method::Refined(&embedding),
        Method::RefinedPca(source),
        Method::RefinedPcaOnViews(source),
        Method::Joint(&embedding, source),
        Method::Majority,
    ];
    for round in &plan.rounds {
        let mut wrong = golden.labels.clone();
        round.test.iter().for_each(|&cell| wrong.codes[cell] = (wrong.codes[cell] + 1) % 5);
        let mut none = golden.labels.clone();
        round.test.iter().for_each(|&cell| none.codes[cell] = MISSING_CODE);
        for method in methods {
            let honest: Told = told(method, &golden.labels, round, 9);
            assert_eq!(honest, told(method, &wrong, round, 9), "{method:?}");
            assert_eq!(honest, told(method, &none, round, 9), "{method:?}");
        }
    }
}

#[test]
fn neighbours_found_elsewhere_give_the_same_score() {
    let golden = panel();
    let view = Normalized::new(&golden.x, MatrixState::RawCounts).expect("counts");
    let plan = plan(&golden, &view);
    let embedding = pooled(&golden, &view).embedding;
    let round = &plan.rounds[1];
    let approach = Approach::Embedding(&embedding);
    let mut trial = Trial::new(approach, &golden.labels, round, K).expect("valid");
    assert!(trial.search().is_none());
    assert!(!trial.run(1).expect("runs").is_done());
    let (queries, reference, k) = trial.search().expect("it is ready");
    let mut search = KnnSearch::between(queries.clone(), reference.clone(), k).expect("valid");
    search.run(usize::MAX).expect("runs");
    let found = search.finish().expect("done");
    assert!(trial.supply(&found).expect("fits").is_done());
    assert!(trial.supply(&found).is_err(), "nothing is waited for any more");
    let expected = told(Method::Embedding(&embedding), &golden.labels, round, 9);
    assert_eq!(trial.finish().expect("done"), expected);
}

#[test]
fn what_cannot_be_scored_is_refused() {
    let golden = panel();
    let view = Normalized::new(&golden.x, MatrixState::RawCounts).expect("counts");
    let plan: Plan = plan(&golden, &view);
    let round = &plan.rounds[0];
    let embedding = pooled(&golden, &view).embedding;
    let mut bad = embedding.clone();
    bad.row_mut(round.train[4])[2] = f32::NAN;
    let small = DenseMatrix::zeros(3, 2);
    let start = |cells, k| Trial::new(Approach::Embedding(cells), &golden.labels, round, k);
    assert!(start(&embedding, 0).is_err());
    assert!(start(&embedding, 10_000).is_err());
    assert!(start(&small, K).expect("valid so far").run(1).is_err());
    assert!(start(&embedding, K).expect("valid").finish().is_err());
    let few = Categorical { codes: vec![0; 3], ..golden.labels.clone() };
    assert!(Trial::new(Approach::Majority, &few, round, K).is_err());
    let mut broken = start(&bad, K).expect("valid so far");
    assert!(broken.run(1).is_err());
    assert!(broken.run(1).is_err(), "it stays refused");
    let foreign = components(source(&view), &without(round, round.test[0]), 9);
    let mut trial = Trial::new(Approach::Pca(&foreign), &golden.labels, round, K).expect("so far");
    assert!(trial.run(1).is_err(), "components of another round");
}

#[test]
fn the_head_of_a_round_is_the_same_to_the_bit_whatever_its_test_cells_hold() {
    let golden = panel();
    let view = Normalized::new(&golden.x, MatrixState::RawCounts).expect("counts");
    let plan = plan(&golden, &view);
    let round = &plan.rounds[2];
    let embedding = pooled(&golden, &view).embedding;
    let mut changed = embedding.clone();
    let mut labels = golden.labels.codes.clone();
    for &cell in &round.test {
        changed.row_mut(cell).iter_mut().for_each(|x| *x = *x * -7.0 + 3.0);
        labels[cell] = (labels[cell] + 1) % 5;
    }
    // The trial hides test labels; the training itself must not look at them either.
    let head = |cells: &DenseMatrix, classes: &[u32]| {
        let options =
            TrainOptions { epochs: 3, hidden: Some(16), dim: 8, ..TrainOptions::default() };
        let train = round.train.clone();
        let mut training =
            Training::new(cells, Some(classes), train, None, options).expect("valid");
        while !training.run(5).expect("learns").is_done() {}
        training.finish().expect("done")
    };
    let honest = head(&embedding, &golden.labels.codes);
    assert_eq!(honest, head(&changed, &labels));
    let mut other = embedding.clone();
    other.row_mut(round.train[0])[0] += 0.5;
    assert_ne!(honest.refiner, head(&other, &golden.labels.codes).refiner);
}
