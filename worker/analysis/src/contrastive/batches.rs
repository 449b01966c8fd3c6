use lexicell_matrix::MISSING_CODE;

use super::{
    Objective, TrainOptions,
    split::Partition,
    stream::{Purpose, stream},
};
use crate::rng::SplitMix64;

/// How the fitted cells of an epoch are dealt into batches.
///
/// Where labels are read, a batch takes as many cells of one class as of another as far as there are
/// (P classes × K cells): K is the greatest number for which the batch is not overfull, and a class
/// with fewer cells gives them all, never one twice. Where not all classes fit with two cells each, they
/// take turns. Cells without a class are spread evenly over the epoch.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Batches {
    classes: Vec<Vec<usize>>,
    others: Vec<usize>,
    batch_size: usize,
    n_batches: usize,
}

impl Batches {
    pub(super) fn new(partition: &Partition, options: &TrainOptions) -> Self {
        let balanced = options.objective != Objective::NtXent;
        let mut classes = vec![Vec::new(); if balanced { partition.n_classes } else { 0 }];
        let mut others = Vec::new();
        for &cell in &partition.fitted {
            match partition.class_of[cell] {
                class if balanced && class != MISSING_CODE => classes[class as usize].push(cell),
                _ => others.push(cell),
            }
        }
        let batch_size = options.batch_size;
        let total = partition.fitted.len();
        // Labelled cells always have a quarter of the batch.
        let room = if classes.is_empty() { batch_size } else { batch_size - batch_size / 4 };
        let n_batches = total.div_ceil(batch_size).max(others.len().div_ceil(room)).max(1);
        Self { classes, others, batch_size, n_batches }
    }

    /// Batches of an epoch.
    pub(super) fn len(&self) -> usize {
        self.n_batches
    }

    /// The cells of every batch of an epoch; the same for the same seed.
    pub(super) fn epoch(&self, seed: u64, epoch: usize) -> Vec<Vec<usize>> {
        let mut rng = stream(seed, Purpose::Batches, epoch as u64);
        let mut others = self.others.clone();
        rng.shuffle(&mut others);
        let mut decks: Vec<Deck> =
            self.classes.iter().map(|cells| Deck::new(cells.clone(), &mut rng)).collect();
        let mut order = Deck::new((0..decks.len()).collect(), &mut rng);
        (0..self.n_batches)
            .map(|batch| {
                let place = |batch: usize| batch * others.len() / self.n_batches;
                let mut cells = others[place(batch)..place(batch + 1)].to_vec();
                let room = self.batch_size.saturating_sub(cells.len());
                self.deal(room, &mut decks, &mut order, &mut rng, &mut cells);
                cells
            })
            .collect()
    }

    /// Adds up to `room` labelled cells, balanced by class.
    fn deal(
        &self,
        room: usize,
        decks: &mut [Deck],
        order: &mut Deck,
        rng: &mut SplitMix64,
        cells: &mut Vec<usize>,
    ) {
        let size = |class: usize| self.classes[class].len();
        let pairs: usize = (0..decks.len()).map(|class| size(class).min(2)).sum();
        let mut chosen: Vec<usize> = if pairs <= room {
            (0..decks.len()).collect()
        } else {
            // Classes take turns: as many as fit with two cells each.
            order.draw((room / 2).max(2).min(decks.len()), rng).to_vec()
        };
        chosen.sort_unstable();
        let mut sizes: Vec<usize> = chosen.iter().map(|&class| size(class)).collect();
        sizes.sort_unstable();
        let most = share(&sizes, room);
        for class in chosen {
            cells.extend_from_slice(decks[class].draw(size(class).min(most), rng));
        }
    }
}

/// The greatest K for which `Σ min(size, K)` is at most `room`, and at least 2; `sizes` rise.
fn share(sizes: &[usize], room: usize) -> usize {
    let mut left = room;
    for (place, &size) in sizes.iter().enumerate() {
        let even = left / (sizes.len() - place);
        if size > even {
            return even.max(2);
        }
        left -= size;
    }
    sizes.last().copied().unwrap_or(0)
}

/// Cells that are drawn without repeats until too few are left, then shuffled anew.
struct Deck {
    items: Vec<usize>,
    next: usize,
}

impl Deck {
    fn new(mut items: Vec<usize>, rng: &mut SplitMix64) -> Self {
        rng.shuffle(&mut items);
        Self { items, next: 0 }
    }

    /// The next `n` items, no one twice; `n` is at most the number of items.
    fn draw(&mut self, n: usize, rng: &mut SplitMix64) -> &[usize] {
        if self.next + n > self.items.len() {
            rng.shuffle(&mut self.items);
            self.next = 0;
        }
        self.next += n;
        &self.items[self.next - n..self.next]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batches(sizes: &[usize], n_others: usize, options: &TrainOptions) -> (Batches, Vec<u32>) {
        let labelled = sizes.iter().enumerate().flat_map(|(class, &n)| vec![class as u32; n]);
        let class_of: Vec<u32> = labelled.chain(vec![MISSING_CODE; n_others]).collect();
        let fitted = (0..class_of.len()).collect();
        let n_classes = sizes.len();
        let partition =
            Partition { fitted, validation: vec![], class_of: class_of.clone(), n_classes };
        (Batches::new(&partition, options), class_of)
    }

    fn counts(batch: &[usize], class_of: &[u32], n_classes: usize) -> Vec<usize> {
        let mut distinct = batch.to_vec();
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(distinct.len(), batch.len(), "a cell twice in a batch");
        let of = |class| batch.iter().filter(|&&cell| class_of[cell] == class).count();
        (0..n_classes as u32).map(of).collect()
    }

    #[test]
    fn batches_are_balanced_and_full() {
        let options = TrainOptions { batch_size: 64, ..TrainOptions::default() };
        let (batches, class_of) = batches(&[500, 100, 7, 1], 0, &options);
        assert_eq!(batches.len(), 10);
        let epoch = batches.epoch(3, 0);
        for batch in &epoch {
            assert_eq!(counts(batch, &class_of, 4), [28, 28, 7, 1]);
        }
        assert_eq!(epoch, batches.epoch(3, 0));
        assert_ne!(epoch, batches.epoch(3, 1));
        assert_ne!(epoch, batches.epoch(4, 0));
    }

    #[test]
    fn many_classes_take_turns() {
        let options = TrainOptions { batch_size: 100, ..TrainOptions::default() };
        let (batches, class_of) = batches(&[4; 500], 0, &options);
        let epoch = batches.epoch(0, 0);
        assert_eq!(epoch.len(), 20);
        let mut seen = vec![0; 500];
        for batch in &epoch {
            let counts = counts(batch, &class_of, 500);
            assert!(counts.iter().all(|&n| n == 0 || n == 2) && batch.len() == 100);
            seen.iter_mut().zip(&counts).for_each(|(seen, n)| *seen += n);
        }
        assert!(seen.iter().all(|&n| n == 4), "each class in two of twenty batches");
    }

    #[test]
    fn cells_without_a_class_are_all_seen_once() {
        let objective = Objective::Mixed { supervised: 0.5 };
        let options = TrainOptions { batch_size: 64, objective, ..TrainOptions::default() };
        let (batches, class_of) = batches(&[5, 5], 200, &options);
        let epoch = batches.epoch(0, 0);
        let mut others: Vec<usize> = epoch
            .iter()
            .flatten()
            .copied()
            .filter(|&cell| class_of[cell] == MISSING_CODE)
            .collect();
        others.sort_unstable();
        assert_eq!(others, (10..210).collect::<Vec<_>>());
        assert!(epoch.iter().all(|batch| batch.len() <= 64));
        assert!(epoch.iter().all(|batch| counts(batch, &class_of, 2) == [5, 5]));
    }

    #[test]
    fn without_labels_every_cell_is_seen_once() {
        let options =
            TrainOptions { batch_size: 64, objective: Objective::NtXent, ..Default::default() };
        let (batches, _) = batches(&[100, 30], 0, &options);
        let epoch = batches.epoch(9, 2);
        assert!(epoch.iter().all(|batch| (43..=44).contains(&batch.len())));
        let mut all = epoch.concat();
        all.sort_unstable();
        assert_eq!(all, (0..130).collect::<Vec<_>>());
    }
}
