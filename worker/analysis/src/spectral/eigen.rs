/// Sweeps over all pairs at most; ten are enough for any matrix in practice.
const MAX_SWEEPS: usize = 40;

/// Eigenvalues, greatest first, and eigenvectors (one after the other, each of length `n`) of a small
/// symmetric matrix, by Jacobi's rotations (Golub & Van Loan, section 8.5).
pub(super) fn symmetric(mut matrix: Vec<f64>, n: usize) -> (Vec<f64>, Vec<f64>) {
    let mut vectors = vec![0.0; n * n];
    for at in 0..n {
        vectors[at * n + at] = 1.0;
    }
    let scale: f64 = matrix.iter().map(|x| x * x).sum();
    for _ in 0..MAX_SWEEPS {
        let mut off_diagonal = 0.0;
        for p in 0..n {
            for q in p + 1..n {
                off_diagonal += matrix[p * n + q] * matrix[p * n + q];
                rotate(&mut matrix, &mut vectors, n, p, q);
            }
        }
        if off_diagonal <= 1e-28 * scale {
            break;
        }
    }
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&a, &b| matrix[b * n + b].total_cmp(&matrix[a * n + a]));
    let values = order.iter().map(|&at| matrix[at * n + at]).collect();
    let sorted =
        order.iter().flat_map(|&at| vectors[at * n..(at + 1) * n].iter().copied()).collect();
    (values, sorted)
}

/// Makes entry (p, q) zero.
fn rotate(matrix: &mut [f64], vectors: &mut [f64], n: usize, p: usize, q: usize) {
    let entry = matrix[p * n + q];
    if entry == 0.0 {
        return;
    }
    let tau = (matrix[q * n + q] - matrix[p * n + p]) / (2.0 * entry);
    let tangent = tau.signum() / (tau.abs() + tau.hypot(1.0));
    let cosine = tangent.hypot(1.0).recip();
    let sine = tangent * cosine;
    let turn = |x: f64, y: f64| (cosine * x - sine * y, sine * x + cosine * y);
    for at in 0..n {
        let (x, y) = turn(matrix[at * n + p], matrix[at * n + q]);
        (matrix[at * n + p], matrix[at * n + q]) = (x, y);
    }
    for at in 0..n {
        let (x, y) = turn(matrix[p * n + at], matrix[q * n + at]);
        (matrix[p * n + at], matrix[q * n + at]) = (x, y);
        let (x, y) = turn(vectors[p * n + at], vectors[q * n + at]);
        (vectors[p * n + at], vectors[q * n + at]) = (x, y);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eigenvectors_are_orthogonal_and_give_the_matrix_back() {
        let n = 9;
        let entry = |a: usize, b: usize| ((a * b + a + b) as f64 * 0.37).sin();
        let matrix: Vec<f64> = (0..n * n).map(|at| entry(at / n, at % n)).collect();
        let (values, vectors) = symmetric(matrix.clone(), n);
        assert!(values.windows(2).all(|pair| pair[0] >= pair[1]));
        for a in 0..n {
            for b in 0..n {
                let sum: f64 =
                    (0..n).map(|i| values[i] * vectors[i * n + a] * vectors[i * n + b]).sum();
                assert!((sum - matrix[a * n + b]).abs() < 1e-12);
            }
        }
    }
}
