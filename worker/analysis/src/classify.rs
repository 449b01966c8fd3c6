//! The class of a cell by the majority of its neighbours.

use crate::{AnalysisError, Neighbors};

/// Predicts the class of every query cell from its neighbours among labelled cells.
///
/// The majority wins; of classes with equally many votes the one whose neighbours are more similar in
/// sum (`Σ (1 - distance)`), then the first class.
///
/// # Errors
/// If a neighbour is not one of the labelled cells.
pub fn classify(neighbors: &Neighbors, classes: &[u32]) -> Result<Vec<u32>, AnalysisError> {
    let mut votes = Vec::new();
    let mut predicted = Vec::with_capacity(neighbors.n_rows());
    for query in 0..neighbors.n_rows() {
        let (indices, distances) = neighbors.row(query);
        votes.clear();
        for (&index, &distance) in indices.iter().zip(distances) {
            let Some(&class) = classes.get(index as usize) else {
                let (what, index, len) = ("list of neighbours", index as usize, classes.len());
                return Err(AnalysisError::IndexOutOfRange { what, index, len });
            };
            votes.push((class, 1.0 - f64::from(distance)));
        }
        predicted.push(winner(&votes));
    }
    Ok(predicted)
}

/// The class with the most votes; `u32::MAX` without votes.
fn winner(votes: &[(u32, f64)]) -> u32 {
    let mut tally: Vec<(u32, usize, f64)> = Vec::with_capacity(votes.len());
    for &(class, similarity) in votes {
        match tally.iter_mut().find(|entry| entry.0 == class) {
            Some(entry) => {
                entry.1 += 1;
                entry.2 += similarity;
            }
            None => tally.push((class, 1, similarity)),
        }
    }
    let better = |a: &&(u32, usize, f64), b: &&(u32, usize, f64)| {
        a.1.cmp(&b.1).then(a.2.total_cmp(&b.2)).then(b.0.cmp(&a.0))
    };
    tally.iter().max_by(better).map_or(u32::MAX, |entry| entry.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_majority_wins_and_ties_go_to_the_more_similar_then_to_the_first() {
        let classes = [4, 2, 2, 4, 1];
        let neighbors = |indices: &[u32], distances: &[f32]| {
            Neighbors::try_new(indices.len(), indices.to_vec(), distances.to_vec()).expect("valid")
        };
        let predict = |found: Neighbors| classify(&found, &classes).expect("valid")[0];
        assert_eq!(predict(neighbors(&[0, 1, 2], &[0.0, 0.9, 0.9])), 2);
        assert_eq!(predict(neighbors(&[0, 1], &[0.1, 0.2])), 4);
        assert_eq!(predict(neighbors(&[0, 1], &[0.2, 0.2])), 2);
        assert!(classify(&neighbors(&[5], &[0.0]), &classes).is_err());
    }
}
