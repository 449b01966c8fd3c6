use crate::{
    AnalysisError,
    contrastive::{Layer, Refiner},
};

/// A refiner in f64, one vector at a time, with its derivative.
#[derive(Debug)]
pub(crate) struct RefinedGradient {
    mean: Vec<f64>,
    layers: Vec<Layer>,
    parameters: Vec<f64>,
}

/// A vector on its way through the refiner.
#[derive(Debug)]
struct Passed {
    length: f64,
    /// Input of each layer.
    inputs: Vec<Vec<f64>>,
    refined: Vec<f64>,
    refined_length: f64,
}

impl RefinedGradient {
    /// Takes over mean and weights.
    pub(crate) fn new(refiner: &Refiner) -> Result<Self, AnalysisError> {
        let (shape, mean) = (refiner.head.shape(), refiner.centering.mean());
        if mean.len() != shape.inputs {
            let (expected, found) = (shape.inputs, mean.len());
            return Err(AnalysisError::Shape { what: "width of the centring", expected, found });
        }
        Ok(Self {
            mean: mean.to_vec(),
            layers: shape.layers(),
            parameters: refiner.head.parameters().iter().map(|&x| f64::from(x)).collect(),
        })
    }

    pub(crate) fn inputs(&self) -> usize {
        self.mean.len()
    }

    pub(crate) fn outputs(&self) -> usize {
        self.layers.last().map_or(0, |layer| layer.outputs)
    }

    /// `v · f(x)` and its derivative by `x`; none where `f` has no derivative (the mean itself).
    pub(crate) fn along(&self, vector: &[f64], direction: &[f64]) -> Option<(f64, Vec<f64>)> {
        let passed = self.pass(vector)?;
        let value = dot(&passed.refined, direction);
        let mut slopes = unscale(&passed.refined, direction, passed.refined_length);
        for (place, layer) in self.layers.iter().enumerate().rev() {
            let inputs = &passed.inputs[place];
            let mut below = vec![0.0; layer.inputs];
            let rows = self.parameters[layer.weights.clone()].chunks_exact(layer.inputs);
            for (row, &slope) in rows.zip(&slopes) {
                below.iter_mut().zip(row).for_each(|(sum, &weight)| *sum += slope * weight);
            }
            if place > 0 {
                // ReLU: what was cut has no slope.
                below
                    .iter_mut()
                    .zip(inputs)
                    .filter(|(_, x)| **x <= 0.0)
                    .for_each(|(s, _)| *s = 0.0);
            }
            slopes = below;
        }
        Some((value, unscale(&passed.inputs[0], &slopes, passed.length)))
    }

    fn pass(&self, vector: &[f64]) -> Option<Passed> {
        let mut values: Vec<f64> =
            vector.iter().zip(&self.mean).map(|(x, mean)| x - mean).collect();
        let length = scale(&mut values)?;
        let mut inputs = Vec::with_capacity(self.layers.len());
        for (place, layer) in self.layers.iter().enumerate() {
            let rows = self.parameters[layer.weights.clone()].chunks_exact(layer.inputs);
            let biases = &self.parameters[layer.biases.clone()];
            let cut = place + 1 < self.layers.len();
            let out = rows.zip(biases).map(|(row, bias)| {
                let out = dot(row, &values) + bias;
                if cut { out.max(0.0) } else { out }
            });
            let out = out.collect();
            inputs.push(std::mem::replace(&mut values, out));
        }
        let refined_length = scale(&mut values)?;
        Some(Passed { length, inputs, refined: values, refined_length })
    }
}

fn scale(values: &mut [f64]) -> Option<f64> {
    let length = dot(values, values).sqrt();
    values.iter_mut().for_each(|x| *x /= length);
    (length > 0.0).then_some(length)
}

/// Slopes by a unit vector to slopes by the vector before it was scaled: `(g − z (z · g)) / length`.
fn unscale(unit: &[f64], slopes: &[f64], length: f64) -> Vec<f64> {
    let along = dot(unit, slopes);
    slopes.iter().zip(unit).map(|(slope, x)| (slope - x * along) / length).collect()
}

pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        centering::Centering,
        contrastive::{Head, HeadShape},
        rng::SplitMix64,
    };

    fn refiner(hidden: Option<usize>) -> Refiner {
        let shape = HeadShape { inputs: 5, hidden, dim: 3 };
        let mut rng = SplitMix64::new(4);
        let parameters = (0..shape.n_parameters()).map(|_| rng.normal() as f32).collect();
        let head = Head::try_new(shape, parameters).expect("a head");
        let mean = (0..5).map(|_| 0.2 * rng.normal()).collect();
        Refiner { centering: Centering::from_mean(mean).expect("finite"), head }
    }

    impl RefinedGradient {
        fn refine(&self, vector: &[f64]) -> Vec<f64> {
            self.pass(vector).map_or_else(|| vec![0.0; self.outputs()], |passed| passed.refined)
        }
    }

    #[test]
    fn gradients_are_those_of_central_differences() {
        for hidden in [None, Some(7)] {
            let refiner = RefinedGradient::new(&refiner(hidden)).expect("fits");
            let mut rng = SplitMix64::new(9);
            for _ in 0..20 {
                let x: Vec<f64> = (0..5).map(|_| rng.normal()).collect();
                let v: Vec<f64> = (0..3).map(|_| rng.normal()).collect();
                let (value, gradient) = refiner.along(&x, &v).expect("has a slope");
                assert!((value - dot(&refiner.refine(&x), &v)).abs() < 1e-12);
                for place in 0..5 {
                    let at = |step: f64| {
                        let mut moved = x.clone();
                        moved[place] += step;
                        dot(&refiner.refine(&moved), &v)
                    };
                    let difference = (at(1e-6) - at(-1e-6)) / 2e-6;
                    assert!((gradient[place] - difference).abs() < 1e-7, "{hidden:?} {place}");
                }
            }
        }
    }

    #[test]
    fn it_refines_as_the_refiner_does_and_the_mean_has_no_slope() {
        let own = refiner(Some(7));
        let gradient = RefinedGradient::new(&own).expect("fits");
        let values = vec![0.3, -0.2, 0.9, 0.1, 0.4];
        let cells = lexicell_matrix::DenseMatrix::try_new(1, 5, values.clone()).expect("shape");
        let expected = own.apply(&cells, &[0]).expect("applies");
        let wide: Vec<f64> = values.iter().map(|&x| f64::from(x)).collect();
        for (x, &y) in gradient.refine(&wide).iter().zip(expected.row(0)) {
            assert!((x - f64::from(y)).abs() < 1e-6);
        }
        assert_eq!(gradient.along(own.centering.mean(), &[1.0; 3]), None);
        assert_eq!(gradient.refine(own.centering.mean()), [0.0; 3]);
    }
}
