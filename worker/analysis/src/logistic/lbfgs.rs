//! Limited-memory BFGS (Nocedal & Wright 2006, algorithm 7.4) for a smooth convex function.

use std::collections::VecDeque;

/// Pairs of steps and changes of the gradient that are remembered (scipy: `maxcor`).
const MEMORY: usize = 10;
/// Share of the promised descent that a step must bring.
const SUFFICIENT: f64 = 1e-4;
/// Times that a step is shortened before the search is given up.
const MAX_SHORTENED: usize = 30;
/// A descent below this share of the value is rounding (scikit-learn: `64 * eps`).
const LEAST_DESCENT: f64 = 64.0 * f64::EPSILON;

/// How the search stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// The value at [`Lbfgs::point`] is wanted.
    Going,
    /// The gradient vanished, or the value falls no more.
    Converged,
    /// The value at the start is not finite.
    Broken,
}

/// A search that is told the value and the gradient at each point that it proposes.
#[derive(Debug)]
pub(super) struct Lbfgs {
    tolerance: f64,
    best: Vec<f64>,
    value: f64,
    gradient: Vec<f64>,
    pairs: VecDeque<Pair>,
    direction: Vec<f64>,
    slope: f64,
    step: f64,
    shortened: usize,
    point: Vec<f64>,
    iterations: usize,
}

#[derive(Debug)]
struct Pair {
    step: Vec<f64>,
    change: Vec<f64>,
    inverse: f64,
}

impl Lbfgs {
    pub(super) fn new(start: Vec<f64>, tolerance: f64) -> Self {
        Self {
            tolerance,
            best: start.clone(),
            value: f64::INFINITY,
            gradient: Vec::new(),
            pairs: VecDeque::new(),
            direction: Vec::new(),
            slope: 0.0,
            step: 0.0,
            shortened: 0,
            point: start,
            iterations: 0,
        }
    }

    /// Where the value is wanted.
    pub(super) fn point(&self) -> &[f64] {
        &self.point
    }

    /// Steps taken.
    pub(super) fn iterations(&self) -> usize {
        self.iterations
    }

    pub(super) fn into_best(self) -> Vec<f64> {
        self.best
    }

    /// Takes the value and the gradient at [`point`](Self::point).
    pub(super) fn tell(&mut self, value: f64, gradient: Vec<f64>) -> State {
        if self.gradient.is_empty() {
            if !value.is_finite() || gradient.iter().any(|part| !part.is_finite()) {
                return State::Broken;
            }
            return self.accept(value, gradient);
        }
        if value.is_finite() && value <= self.value + SUFFICIENT * self.step * self.slope {
            let before = self.value;
            self.remember(&gradient);
            self.iterations += 1;
            let rounding = before - value <= LEAST_DESCENT * before.abs().max(value.abs()).max(1.0);
            let state = self.accept(value, gradient);
            return if rounding { State::Converged } else { state };
        }
        self.shorten(value)
    }

    /// Goes on from here, along a new direction.
    fn accept(&mut self, value: f64, gradient: Vec<f64>) -> State {
        self.best.clone_from(&self.point);
        (self.value, self.gradient) = (value, gradient);
        if self.gradient.iter().all(|part| part.abs() <= self.tolerance) {
            return State::Converged;
        }
        self.direction = self.descent();
        self.slope = dot(&self.direction, &self.gradient);
        self.step = if self.pairs.is_empty() {
            dot(&self.direction, &self.direction).sqrt().recip().min(1.0)
        } else {
            1.0
        };
        self.shortened = 0;
        self.propose();
        State::Going
    }

    /// Shortens the step to where a parabola through what is known has its least value.
    fn shorten(&mut self, value: f64) -> State {
        self.shortened += 1;
        if self.shortened > MAX_SHORTENED {
            return State::Converged;
        }
        let bend = value - self.value - self.step * self.slope;
        let least = -self.slope * self.step * self.step / (2.0 * bend);
        let (short, long) = (0.1 * self.step, 0.5 * self.step);
        self.step = if least.is_finite() { least.clamp(short, long) } else { short };
        self.propose();
        State::Going
    }

    fn propose(&mut self) {
        for ((point, best), along) in self.point.iter_mut().zip(&self.best).zip(&self.direction) {
            *point = best + self.step * along;
        }
    }

    fn remember(&mut self, gradient: &[f64]) {
        let step: Vec<f64> = self.point.iter().zip(&self.best).map(|(a, b)| a - b).collect();
        let change: Vec<f64> = gradient.iter().zip(&self.gradient).map(|(a, b)| a - b).collect();
        let curvature = dot(&step, &change);
        if curvature > f64::EPSILON * dot(&change, &change) {
            if self.pairs.len() == MEMORY {
                self.pairs.pop_front();
            }
            self.pairs.push_back(Pair { step, change, inverse: curvature.recip() });
        }
    }

    /// Minus the remembered inverse curvature times the gradient: the two-loop recursion.
    fn descent(&self) -> Vec<f64> {
        let mut direction: Vec<f64> = self.gradient.iter().map(|part| -part).collect();
        let mut factors = Vec::with_capacity(self.pairs.len());
        for pair in self.pairs.iter().rev() {
            let factor = pair.inverse * dot(&pair.step, &direction);
            add(&mut direction, -factor, &pair.change);
            factors.push(factor);
        }
        if let Some(last) = self.pairs.back() {
            let scale = (last.inverse * dot(&last.change, &last.change)).recip();
            direction.iter_mut().for_each(|part| *part *= scale);
        }
        for (pair, factor) in self.pairs.iter().zip(factors.iter().rev()) {
            let back = pair.inverse * dot(&pair.change, &direction);
            add(&mut direction, factor - back, &pair.step);
        }
        direction
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn add(to: &mut [f64], factor: f64, what: &[f64]) {
    to.iter_mut().zip(what).for_each(|(to, what)| *to += factor * what);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_narrow_bowl_is_descended_to_its_bottom() {
        let mut search = Lbfgs::new(vec![5.0, -3.0], 1e-9);
        let mut looks = 0;
        loop {
            let [x, y] = [search.point()[0], search.point()[1]];
            let (a, b) = (x - 1.0, y - 2.0);
            let value = 500.0 * a * a + 0.5 * b * b + (a + b).powi(4);
            let steep = 4.0 * (a + b).powi(3);
            looks += 1;
            if search.tell(value, vec![1000.0 * a + steep, b + steep]) != State::Going {
                break;
            }
        }
        assert!(looks < 200, "{looks}");
        let found = search.into_best();
        assert!((found[0] - 1.0).abs() < 1e-6 && (found[1] - 2.0).abs() < 1e-6, "{found:?}");
    }

    #[test]
    fn a_value_that_is_no_number_ends_the_search() {
        assert_eq!(Lbfgs::new(vec![0.0], 1e-9).tell(f64::NAN, vec![1.0]), State::Broken);
    }
}
