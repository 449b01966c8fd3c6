//! How pure neighbourhoods are: the share of a cell's nearest neighbours with its own label.

use lexicell_matrix::Categorical;

use crate::{AnalysisError, Neighbors};

/// Mean share, over the labelled cells, of their neighbours with the same label; `None` without labels.
///
/// A neighbour without a label does not count; a cell all of whose neighbours have none is left out.
///
/// # Errors
/// If the number of cells disagrees, or the neighbours are not those of one data set.
pub fn neighbor_purity(
    neighbors: &Neighbors,
    labels: &Categorical,
) -> Result<Option<f64>, AnalysisError> {
    let (expected, found) = (neighbors.n_rows(), labels.codes.len());
    if expected != found {
        return Err(AnalysisError::Shape { what: "labels", expected, found });
    }
    neighbors.check()?;
    let n_classes = labels.categories.len();
    let label = |cell: usize| Some(labels.codes[cell]).filter(|&code| (code as usize) < n_classes);
    let (mut sum, mut n_cells) = (0.0, 0usize);
    for cell in 0..neighbors.n_rows() {
        let Some(own) = label(cell) else { continue };
        let around = neighbors.row(cell).0.iter().filter_map(|&other| label(other as usize));
        let (same, all) = around.fold((0usize, 0usize), |(same, all), other| {
            (same + usize::from(other == own), all + 1)
        });
        if all > 0 {
            sum += same as f64 / all as f64;
            n_cells += 1;
        }
    }
    Ok((n_cells > 0).then(|| sum / n_cells as f64))
}

#[cfg(test)]
mod tests {
    use lexicell_matrix::MISSING_CODE;

    use super::*;

    #[test]
    fn neighbours_without_a_label_do_not_count() {
        let indices = vec![1, 2, 0, 2, 0, 1, 0, 1];
        let neighbors = Neighbors::try_new(2, indices, vec![0.1; 8]).expect("valid");
        let labels = |codes: [u32; 4]| Categorical {
            codes: codes.to_vec(),
            categories: vec!["a".to_owned(), "b".to_owned()],
        };
        let pure = |codes| neighbor_purity(&neighbors, &labels(codes)).expect("valid");
        // Cell 0: 1 of 2; cell 1: 1 of 2; cell 2: 0 of 2; cell 3: 0 of 2.
        assert_eq!(pure([0, 0, 1, 1]), Some(0.25));
        // Cell 0: 1 of 1; cell 1: 1 of 1; cell 3: 0 of 2.
        assert_eq!(pure([0, 0, MISSING_CODE, 1]), Some(2.0 / 3.0));
        assert_eq!(pure([MISSING_CODE; 4]), None);
        let short = Categorical { codes: vec![0], categories: vec!["a".to_owned()] };
        assert!(neighbor_purity(&neighbors, &short).is_err());
    }
}
