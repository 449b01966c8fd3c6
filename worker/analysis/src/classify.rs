//! The class of a cell by the majority of its neighbours, and how sure the vote is.

use crate::{AnalysisError, Neighbors};

/// The class that each cell was told to be of, and how sure that is.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Told {
    /// The class of each cell.
    pub classes: Vec<u32>,
    /// Share of the votes, or probability, of that class, 0 to 1.
    pub confidence: Vec<f64>,
}

/// Predicts the class of every query cell from its neighbours among labelled cells, with its share of
/// the votes.
///
/// The majority wins; of classes with equally many votes the one whose neighbours are more similar in
/// sum (`Σ (1 - distance)`), then the first class.
///
/// # Errors
/// If a neighbour is not one of the labelled cells.
pub fn vote(neighbors: &Neighbors, classes: &[u32]) -> Result<Told, AnalysisError> {
    let mut votes = Vec::new();
    let mut told = Told::default();
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
        let (class, n_votes) = winner(&votes);
        told.classes.push(class);
        told.confidence.push(n_votes as f64 / votes.len().max(1) as f64);
    }
    Ok(told)
}

/// [`vote`] without the shares.
///
/// # Errors
/// As for [`vote`].
pub fn classify(neighbors: &Neighbors, classes: &[u32]) -> Result<Vec<u32>, AnalysisError> {
    Ok(vote(neighbors, classes)?.classes)
}

/// The class with the most votes, and how many; `u32::MAX` without votes.
fn winner(votes: &[(u32, f64)]) -> (u32, usize) {
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
    tally.iter().max_by(better).map_or((u32::MAX, 0), |entry| (entry.0, entry.1))
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
        let found = neighbors(&[0, 1, 2], &[0.0, 0.9, 0.9]);
        assert_eq!(vote(&found, &classes).expect("valid").confidence, [2.0 / 3.0]);
    }
}
