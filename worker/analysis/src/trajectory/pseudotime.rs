use super::DiffusionSpace;
use crate::AnalysisError;

/// Diffusion components that distances are measured in (scanpy: `n_dcs`).
pub const N_DCS: usize = 10;
/// From this eigenvalue on a component counts as stationary (scanpy: "account for float32 precision").
const STATIONARY: f64 = 0.9994;
/// A component is one of a part of the graph if at least this share of its square lies there.
const SHARE: f64 = 1e-3;

/// Diffusion pseudotime of every cell: its distance to the root in diffusion space, over the greatest
/// (Haghverdi et al. 2016; scanpy's `tl.dpt` with `n_branchings = 0`).
///
/// Cells that no path joins to the root have infinite pseudotime, as in scanpy.
///
/// # Shapes
/// `n_obs` values in `[0, 1]`, or infinite; the root has 0.
///
/// # Errors
/// If the root is no cell, `n_dcs` is not in `2..=n_comps`, or none of the components is about the part
/// of the graph that the root lies in.
pub fn pseudotime(
    space: &DiffusionSpace,
    root: usize,
    n_dcs: usize,
) -> Result<Vec<f64>, AnalysisError> {
    check_cell(space, root)?;
    let scales = scales(space, n_dcs)?;
    check_part(space, root, &scales)?;
    let from = space.row(root);
    let mut times: Vec<f64> = (0..space.n_obs())
        .map(|cell| {
            if space.parts[cell] == space.parts[root] {
                distance(from, space.row(cell), &scales)
            } else {
                f64::INFINITY
            }
        })
        .collect();
    let greatest = times.iter().copied().filter(|time| time.is_finite()).fold(0.0, f64::max);
    if greatest > 0.0 {
        times.iter_mut().for_each(|time| *time /= greatest);
    }
    Ok(times)
}

/// The cell of a set that is nearest to all others of it: the least sum of squared diffusion distances.
///
/// Of cells that no path joins, those of the part of the graph with most cells of the set are taken;
/// of equal cells the first.
///
/// # Errors
/// If the set is empty or names no cell, or `n_dcs` is not in `2..=n_comps`.
pub fn medoid(space: &DiffusionSpace, cells: &[u32], n_dcs: usize) -> Result<usize, AnalysisError> {
    let scales = scales(space, n_dcs)?;
    let mut sizes = vec![0usize; space.n_parts];
    for &cell in cells {
        check_cell(space, cell as usize)?;
        sizes[space.parts[cell as usize] as usize] += 1;
    }
    let Some(part) = (0..sizes.len()).rev().max_by_key(|&part| sizes[part]) else {
        return Err(AnalysisError::TooFewCells { step: "medoid", needed: 1, found: 0 });
    };
    let members = || {
        let cells = cells.iter().map(|&cell| cell as usize);
        cells.filter(|&cell| space.parts[cell] as usize == part)
    };
    // Squared distances to all members add up to a constant and n times the square to their mean.
    let mut mean = vec![0.0; scales.len()];
    for cell in members() {
        mean.iter_mut().zip(space.row(cell)).for_each(|(mean, x)| *mean += x);
    }
    mean.iter_mut().for_each(|mean| *mean /= sizes[part].max(1) as f64);
    let from_mean = |cell: usize| distance(&mean, space.row(cell), &scales);
    members()
        .min_by(|&a, &b| from_mean(a).total_cmp(&from_mean(b)).then(a.cmp(&b)))
        .ok_or(AnalysisError::TooFewCells { step: "medoid", needed: 1, found: 0 })
}

/// What each component is stretched by: λ / (1 − λ), the sum over walks of all lengths.
fn scales(space: &DiffusionSpace, n_dcs: usize) -> Result<Vec<f64>, AnalysisError> {
    if !(2..=space.n_comps()).contains(&n_dcs) {
        let allowed = format!("from 2 to {}, the components of the map", space.n_comps());
        return Err(AnalysisError::setting("n_dcs", allowed, n_dcs));
    }
    let scale = |&value: &f64| if value < STATIONARY { value / (1.0 - value) } else { 1.0 };
    Ok(space.eigenvalues[..n_dcs].iter().map(scale).collect())
}

fn distance(a: &[f64], b: &[f64], scales: &[f64]) -> f64 {
    let squares =
        scales.iter().zip(a.iter().zip(b)).map(|(scale, (a, b))| (scale * (a - b)).powi(2));
    squares.sum::<f64>().sqrt()
}

fn check_cell(space: &DiffusionSpace, cell: usize) -> Result<(), AnalysisError> {
    let len = space.n_obs();
    if cell < len {
        Ok(())
    } else {
        Err(AnalysisError::IndexOutOfRange { what: "cells of the path", index: cell, len })
    }
}

/// Each part has one constant component; one more must tell its cells apart.
fn check_part(space: &DiffusionSpace, root: usize, scales: &[f64]) -> Result<(), AnalysisError> {
    let mut shares = vec![0.0; scales.len()];
    let mut n_cells = 0;
    for cell in (0..space.n_obs()).filter(|&cell| space.parts[cell] == space.parts[root]) {
        n_cells += 1;
        shares.iter_mut().zip(space.row(cell)).for_each(|(share, x)| *share += x * x);
    }
    let about = shares.iter().filter(|&&share| share > SHARE).count();
    if about >= 2 || n_cells == 1 {
        return Ok(());
    }
    Err(AnalysisError::RootOutsideMap {
        root,
        n_cells,
        n_dcs: scales.len(),
        n_parts: space.n_parts,
    })
}
