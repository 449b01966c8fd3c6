use crate::AnalysisError;

const N_POINTS: usize = 300;
const MAX_STEPS: usize = 200;

/// How closeness falls with distance on the map: 1 / (1 + a · d²ᵇ).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Curve {
    /// The factor a.
    pub a: f64,
    /// The exponent b.
    pub b: f64,
}

impl Curve {
    /// Fits a and b by least squares to 1 within `min_dist` and exp(−(d − `min_dist`) / `spread`)
    /// beyond: `umap.umap_.find_ab_params`.
    ///
    /// # Errors
    /// If `spread` is not above 0, or `min_dist` lies outside 0..=`spread`, as in umap-learn.
    pub fn fit(min_dist: f64, spread: f64) -> Result<Self, AnalysisError> {
        if !(spread.is_finite() && spread > 0.0) {
            return Err(AnalysisError::setting("spread", "a number above 0", spread));
        }
        if !(min_dist >= 0.0 && min_dist <= spread) {
            let allowed = format!("between 0 and the spread, {spread}");
            return Err(AnalysisError::setting("min_dist", allowed, min_dist));
        }
        let points: Vec<(f64, f64)> = (0..N_POINTS)
            .map(|at| {
                let distance = 3.0 * spread * at as f64 / (N_POINTS - 1) as f64;
                let beyond = (distance - min_dist).max(0.0);
                (distance, (-beyond / spread).exp())
            })
            .collect();
        Ok(levenberg_marquardt(&points))
    }

    fn at(self, distance: f64) -> f64 {
        1.0 / (1.0 + self.a * distance.powf(2.0 * self.b))
    }

    fn squared_error(self, points: &[(f64, f64)]) -> f64 {
        points.iter().map(|&(distance, target)| (self.at(distance) - target).powi(2)).sum()
    }
}

/// Least squares in two unknowns (Levenberg 1944, Marquardt 1963), from a = b = 1 as scipy's `curve_fit`.
fn levenberg_marquardt(points: &[(f64, f64)]) -> Curve {
    let mut curve = Curve { a: 1.0, b: 1.0 };
    let mut error = curve.squared_error(points);
    let mut damping = 1e-3;
    for _ in 0..MAX_STEPS {
        let (hessian, gradient) = normal_equations(curve, points);
        let (aa, bb) = (hessian[0] * (1.0 + damping), hessian[2] * (1.0 + damping));
        let determinant = aa * bb - hessian[1] * hessian[1];
        let da = (bb * gradient[0] - hessian[1] * gradient[1]) / determinant;
        let db = (aa * gradient[1] - hessian[1] * gradient[0]) / determinant;
        let next = Curve { a: curve.a - da, b: curve.b - db };
        let next_error = next.squared_error(points);
        if next.a > 0.0 && next_error <= error {
            let settled = da.abs() < 1e-10 * curve.a && db.abs() < 1e-10 * curve.b;
            (curve, error) = (next, next_error);
            damping *= 0.1;
            if settled {
                break;
            }
        } else {
            damping *= 10.0;
        }
    }
    curve
}

/// JᵀJ as (aa, ab, bb), and Jᵀ times the residuals.
fn normal_equations(curve: Curve, points: &[(f64, f64)]) -> ([f64; 3], [f64; 2]) {
    let (mut hessian, mut gradient) = ([0.0; 3], [0.0; 2]);
    for &(distance, target) in points {
        if distance > 0.0 {
            let value = curve.at(distance);
            let power = distance.powf(2.0 * curve.b);
            let by_a = -value * value * power;
            let by_b = by_a * curve.a * 2.0 * distance.ln();
            hessian[0] += by_a * by_a;
            hessian[1] += by_a * by_b;
            hessian[2] += by_b * by_b;
            gradient[0] += by_a * (value - target);
            gradient[1] += by_b * (value - target);
        }
    }
    (hessian, gradient)
}
