use std::ops::Range;

use super::{
    Curve, UmapParams,
    power::{LANES, power},
    schedule::Schedule,
};
use crate::rng::SplitMix64;

/// No single pull or push moves a cell farther than this times the step.
const CLIP: f32 = 4.0;
/// Keeps pushes between cells in the same place finite, as in umap-learn.
const SOFTENING: f32 = 1e-3;
/// Keeps pulls between cells in the same place finite: their direction is zero anyway.
const MIN_SQUARE: f32 = 1e-12;

/// Positions of the cells, and the forces between them.
#[derive(Debug)]
pub(super) struct Layout {
    positions: Vec<[f32; 2]>,
    a: f32,
    b: f32,
    repulsion: f32,
    n_pushes: usize,
    random: Xorshift,
}

impl Layout {
    pub(super) fn new(positions: Vec<[f32; 2]>, curve: Curve, params: &UmapParams) -> Self {
        Self {
            positions,
            a: curve.a as f32,
            b: curve.b as f32,
            repulsion: params.repulsion_strength,
            n_pushes: params.negative_sample_rate,
            random: Xorshift::new(params.seed),
        }
    }

    pub(super) fn positions(&self) -> &[[f32; 2]] {
        &self.positions
    }

    /// Moves one cell along those of its edges that are due, and pushes it away from random cells.
    pub(super) fn move_cell(
        &mut self,
        cell: usize,
        edges: Range<usize>,
        schedule: &mut Schedule,
        epoch: f32,
        step: f32,
    ) {
        let tails = &schedule.tails[edges.clone()];
        let periods = &schedule.periods[edges.clone()];
        let due = &mut schedule.due[edges];
        for ((&tail, &period), due) in tails.iter().zip(periods).zip(due) {
            if *due <= epoch {
                *due += period;
                self.sample(cell, tail as usize, step);
            }
        }
    }

    /// One pull, and its pushes; all forces are those at the position before.
    fn sample(&mut self, cell: usize, tail: usize, step: f32) {
        let position = self.positions[cell];
        let mut others = [position; LANES];
        others[0] = self.positions[tail];
        let mut left = self.n_pushes;
        let first = left.min(LANES - 1);
        for other in &mut others[1..=first] {
            *other = self.positions[self.random.below(self.positions.len())];
        }
        left -= first;
        let (pull, mut moved) = self.forces(position, &others, true);
        while left > 0 {
            let count = left.min(LANES);
            others = [position; LANES];
            for other in &mut others[..count] {
                *other = self.positions[self.random.below(self.positions.len())];
            }
            left -= count;
            let (_, more) = self.forces(position, &others, false);
            moved = [moved[0] + more[0], moved[1] + more[1]];
        }
        let end = &mut self.positions[tail];
        *end = [end[0] - step * pull[0], end[1] - step * pull[1]];
        let start = &mut self.positions[cell];
        *start = [start[0] + step * moved[0], start[1] + step * moved[1]];
    }

    /// The force along lane 0, and the sum over all lanes; lane 0 pulls if `pulls`, the others push.
    /// A lane at the cell's own position adds nothing.
    fn forces(
        &self,
        at: [f32; 2],
        others: &[[f32; 2]; LANES],
        pulls: bool,
    ) -> ([f32; 2], [f32; 2]) {
        let (mut dx, mut dy, mut squares) = ([0.0; LANES], [0.0; LANES], [0.0; LANES]);
        for lane in 0..LANES {
            dx[lane] = at[0] - others[lane][0];
            dy[lane] = at[1] - others[lane][1];
            squares[lane] = dx[lane] * dx[lane] + dy[lane] * dy[lane];
        }
        let powers = power(squares, self.b);
        let push = 2.0 * self.repulsion * self.b;
        let mut factors = [0.0; LANES];
        for lane in 0..LANES {
            factors[lane] = push / ((SOFTENING + squares[lane]) * (self.a * powers[lane] + 1.0));
        }
        if pulls {
            let square = squares[0].max(MIN_SQUARE);
            factors[0] = -2.0 * self.a * self.b * powers[0] / (square * (self.a * powers[0] + 1.0));
        }
        let (mut sum_x, mut sum_y) = (0.0, 0.0);
        for lane in 0..LANES {
            dx[lane] = (factors[lane] * dx[lane]).clamp(-CLIP, CLIP);
            dy[lane] = (factors[lane] * dy[lane]).clamp(-CLIP, CLIP);
        }
        for lane in 0..LANES {
            sum_x += dx[lane];
            sum_y += dy[lane];
        }
        ([dx[0], dy[0]], [sum_x, sum_y])
    }
}

/// xorshift64 (Marsaglia 2003): one of these is drawn for each push, so it must be cheap in wasm.
#[derive(Debug)]
struct Xorshift(u64);

impl Xorshift {
    fn new(seed: u64) -> Self {
        Self(SplitMix64::new(seed).next_u64() | 1)
    }

    /// A whole number in `0..bound`, for bounds below 2³².
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (((self.0 >> 32) * bound as u64) >> 32) as usize
    }
}
