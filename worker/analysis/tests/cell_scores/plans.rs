//! What must hold for every plan, over many random columns.

use lexicell_analysis::{
    AnalysisError,
    duplicates::Duplicates,
    folds::{Split, stratified_k_fold},
    rng::SplitMix64,
    split::{Plan, PlanSettings, Scheme},
};
use lexicell_matrix::{Categorical, MISSING_CODE};

fn column(codes: Vec<u32>, n: usize) -> Categorical {
    Categorical { codes, categories: (0..n).map(|class| class.to_string()).collect() }
}

/// A column of skewed classes, some missing.
fn random_column(rng: &mut SplitMix64, n_obs: usize, n_classes: usize) -> Categorical {
    let code = |rng: &mut SplitMix64| match rng.below(12) {
        0 => MISSING_CODE,
        _ => (rng.uniform().powi(2) * n_classes as f64) as u32,
    };
    column((0..n_obs).map(|_| code(rng)).collect(), n_classes)
}

fn random_copies(rng: &mut SplitMix64, n_obs: usize) -> Duplicates {
    let mut first: Vec<u32> = (0..n_obs as u32).collect();
    for cell in 1..n_obs {
        if rng.below(6) == 0 {
            first[cell] = first[rng.below(cell)];
        }
    }
    Duplicates { first, ..Duplicates::default() }
}

/// What is random about one case.
struct Case {
    labels: Categorical,
    groups: Categorical,
    copies: Duplicates,
    unusable: Vec<u32>,
    /// Copies may contradict each other about their class.
    contradictory: bool,
    seed: u64,
}

impl Case {
    fn draw(seed: u64) -> Self {
        let mut rng = SplitMix64::new(seed);
        let n_obs = 20 + rng.below(300);
        let n_classes = 2 + rng.below(8);
        let n_groups = 2 + rng.below(12);
        let copies = random_copies(&mut rng, n_obs);
        let mut labels = random_column(&mut rng, n_obs, n_classes);
        let contradictory = seed % 4 == 3;
        if !contradictory {
            let of_first = |&first: &u32| labels.codes[first as usize];
            labels.codes = copies.first.iter().map(of_first).collect();
        }
        Self {
            labels,
            groups: random_column(&mut rng, n_obs, n_groups),
            copies,
            unusable: (0..n_obs as u32).filter(|_| rng.below(30) == 0).collect(),
            contradictory,
            seed,
        }
    }

    fn settings<'a>(&'a self, scheme: Scheme<'a>) -> PlanSettings<'a> {
        PlanSettings {
            labels: &self.labels,
            scheme,
            repeats: 3,
            seed: self.seed,
            duplicates: Some(&self.copies),
            unusable: &self.unusable,
        }
    }

    /// No cell and no copy is on both sides, and all that take part are labelled and usable.
    fn check(&self, plan: &Plan) {
        for round in &plan.rounds {
            assert!(!round.train.is_empty() && !round.test.is_empty());
            assert!(round.train.is_sorted() && round.test.is_sorted());
            let mut trained = vec![false; self.labels.codes.len()];
            round.train.iter().for_each(|&c| trained[self.copies.first[c] as usize] = true);
            assert!(round.test.iter().all(|&c| !trained[self.copies.first[c] as usize]));
            let taking_part = || round.train.iter().chain(&round.test);
            assert!(taking_part().all(|&cell| self.labels.codes[cell] != MISSING_CODE));
            assert!(taking_part().all(|&cell| !self.unusable.contains(&(cell as u32))));
        }
        let codes = |cells: &[usize]| -> Vec<u32> {
            cells.iter().map(|&cell| self.labels.codes[cell]).collect()
        };
        for (place, round) in plan.rounds.iter().enumerate() {
            let (train, test) = (codes(&round.train), codes(&round.test));
            for class in 0..self.labels.categories.len() as u32 {
                let untrained = test.contains(&class) && !train.contains(&class);
                assert_eq!(untrained, plan.notes.untrained.contains(&(place, class)));
            }
        }
    }
}

#[test]
fn stratified_plans_repeat_the_folds_with_counted_up_seeds() {
    let mut drawn = 0;
    for seed in 0..120 {
        let case = Case::draw(seed);
        let scheme = Scheme::StratifiedKFold { n_folds: 4 };
        let Ok(plan) = Plan::new(&case.settings(scheme)) else { continue };
        case.check(&plan);
        drawn += 1;
        for (repeat, rounds) in plan.rounds.chunks(4).enumerate() {
            let split = Split {
                labels: &case.labels,
                n_folds: 4,
                seed: seed + repeat as u64,
                duplicates: Some(&case.copies),
                unusable: &case.unusable,
            };
            let folds = stratified_k_fold(&split).expect("the plan was made of it");
            for (fold, round) in rounds.iter().enumerate() {
                assert_eq!((round.repeat, round.fold, round.per_class), (repeat, fold, None));
                assert_eq!((&round.train, &round.test), (&folds.train(fold), &folds.test(fold)));
            }
        }
        assert!(case.contradictory || plan.notes.untrained.is_empty());
    }
    assert!(drawn > 100, "{drawn}");
}

#[test]
fn groups_are_never_divided_and_every_group_is_held_out_once_a_draw() {
    let (mut drawn, mut repeated) = (0, 0);
    for seed in 0..200 {
        let case = Case::draw(seed);
        let scheme = Scheme::HeldOutGroups { groups: &case.groups, n_folds: 3 };
        let Ok(plan) = Plan::new(&case.settings(scheme)) else { continue };
        drawn += 1;
        repeated += usize::from(plan.n_repeats() > 1);
        case.check(&plan);
        let group = |cell: &usize| case.groups.codes[*cell];
        for repeat in 0..plan.n_repeats() {
            let rounds: Vec<_> = plan.rounds.iter().filter(|r| r.repeat == repeat).collect();
            assert!((2..=3).contains(&rounds.len()));
            let mut tested: Vec<u32> = Vec::new();
            let mut cells = 0;
            for round in &rounds {
                let mut held_out: Vec<u32> = round.test.iter().map(group).collect();
                held_out.sort_unstable();
                held_out.dedup();
                assert!(!held_out.contains(&MISSING_CODE));
                assert!(round.train.iter().all(|cell| !held_out.contains(&group(cell))));
                tested.extend(held_out);
                cells += round.test.len();
            }
            let groups = tested.len();
            tested.sort_unstable();
            tested.dedup();
            assert_eq!(groups, tested.len(), "a group was held out twice");
            assert_eq!(cells, plan.n_obs());
        }
        for &(class, of) in &plan.notes.one_group {
            let cells = (0..case.labels.codes.len()).filter(|&c| case.labels.codes[c] == class);
            let usable = cells.filter(|&c| !case.unusable.contains(&(c as u32)));
            let mut found: Vec<u32> = usable.map(|c| case.groups.codes[c]).collect();
            found.retain(|&group| group != MISSING_CODE);
            assert!(found.iter().all(|&group| group == of));
        }
    }
    assert!(drawn > 120 && repeated > 60, "{drawn} {repeated}");
}

#[test]
fn few_cells_of_each_class_train_and_draws_are_nested() {
    let mut drawn = 0;
    for seed in 0..120 {
        let case = Case::draw(seed);
        let scheme = Scheme::FewLabels { per_class: &[5, 1, 5] };
        let Ok(plan) = Plan::new(&case.settings(scheme)) else { continue };
        drawn += 1;
        case.check(&plan);
        assert_eq!(plan.points(), [Some(1), Some(5)]);
        for round in &plan.rounds {
            let n = round.per_class.expect("a point of the curve");
            for class in 0..case.labels.categories.len() as u32 {
                if case.contradictory {
                    continue;
                }
                let of_class = |cells: &[usize]| {
                    cells.iter().filter(|&&cell| case.labels.codes[cell] == class).count()
                };
                let short = plan.notes.short.iter().find(|short| short.0 == class && short.2 == n);
                match (of_class(&round.train), short) {
                    (0, _) => assert_eq!(of_class(&round.test), 0, "left out of both"),
                    (trained, Some(&(_, distinct, _))) => assert_eq!(trained, distinct / 2),
                    (trained, None) => assert_eq!(trained, n),
                }
            }
        }
        let (small, large) = plan.rounds.split_at(3);
        for (small, large) in small.iter().zip(large) {
            assert!(small.train.iter().all(|cell| large.train.contains(cell)));
        }
        assert!(case.contradictory || plan.notes.untrained.is_empty());
    }
    assert!(drawn > 100, "{drawn}");
}

#[test]
fn groups_that_cannot_be_held_out_are_refused_with_the_reason() {
    let labels = column((0..60).map(|cell| cell % 3).collect(), 3);
    let refused = |labels: &Categorical, groups: &Categorical, n_folds| {
        let scheme = Scheme::HeldOutGroups { groups, n_folds };
        let settings =
            PlanSettings { labels, scheme, repeats: 1, seed: 0, duplicates: None, unusable: &[] };
        Plan::new(&settings).expect_err("cannot be held out")
    };
    // The label column itself, its classes in another order and one cell missing.
    let mut same: Vec<u32> = labels.codes.iter().map(|&code| 2 - code).collect();
    same[5] = MISSING_CODE;
    let error = refused(&labels, &column(same, 3), 3);
    assert_eq!(error, AnalysisError::GroupsAreLabels { n_groups: 3 });
    let one = column(vec![0; 60], 1);
    assert_eq!(refused(&labels, &one, 3), AnalysisError::TooFewGroups { found: 1 });
    let none = column(vec![MISSING_CODE; 60], 1);
    assert_eq!(refused(&labels, &none, 3), AnalysisError::TooFewGroups { found: 0 });
    // Classes 0 and 1 share a group each of their own; class 2 is in both.
    let nested = column((0..60).map(|cell| [0, 1, cell / 3 % 2][cell as usize % 3]).collect(), 2);
    let error = AnalysisError::ClassesInOneGroup { n_classes: 3, held_out: 1 };
    assert_eq!(refused(&labels, &nested, 2), error);
    let short = column(vec![0; 5], 1);
    assert!(matches!(refused(&labels, &short, 2), AnalysisError::Shape { .. }));
    let halves = column((0..60).map(|cell| cell / 30).collect(), 2);
    assert!(matches!(refused(&labels, &halves, 1), AnalysisError::Setting { .. }));
}

#[test]
fn what_groups_and_few_labels_leave_out_is_said() {
    // Class 2 lives in group 4; cells 0 to 2 have no group; cell 59 repeats cell 3.
    let labels = column((0..60).map(|c| if c >= 57 { 2 } else { c % 2 }).collect(), 3);
    let mut groups: Vec<u32> = (0..60).map(|cell| cell / 12).collect();
    groups[..3].fill(MISSING_CODE);
    let mut copies = Duplicates { first: (0..60).collect(), n_copies: 1, n_groups: 1 };
    copies.first[40] = 4;
    let groups = column(groups, 5);
    let settings = PlanSettings {
        labels: &labels,
        scheme: Scheme::HeldOutGroups { groups: &groups, n_folds: 9 },
        repeats: 4,
        seed: 3,
        duplicates: Some(&copies),
        unusable: &[],
    };
    let plan = Plan::new(&settings).expect("five groups");
    let notes = &plan.notes;
    assert_eq!((notes.without_group, &notes.one_group[..]), (3, &[(2, 4)][..]));
    // Each group alone: there is no other way to deal, and cells 4 and 40 are copies in two groups.
    assert_eq!((plan.rounds.len(), notes.repeats_left_out), (5, 3));
    assert_eq!((notes.copies_left_out, plan.n_obs()), (2, 54));

    let scheme = Scheme::FewLabels { per_class: &[2, 10] };
    let plan = Plan::new(&PlanSettings { scheme, repeats: 2, ..settings }).expect("three classes");
    assert_eq!(plan.notes.short, [(2, 3, 10)]);
    assert_eq!((plan.rounds.len(), plan.fewest_training_cells()), (4, 6));
    for per_class in [&[][..], &[0, 3]] {
        let scheme = Scheme::FewLabels { per_class };
        assert!(Plan::new(&PlanSettings { scheme, ..settings }).is_err());
    }
    assert!(Plan::new(&PlanSettings { repeats: 0, ..settings }).is_err());
}
