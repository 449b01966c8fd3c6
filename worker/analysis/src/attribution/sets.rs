use crate::AnalysisError;

/// Checks that two sets are lists of distinct things below `n`, and share none.
pub(crate) fn check(what: &'static str, sets: [&[u32]; 2], n: usize) -> Result<(), AnalysisError> {
    let mut owner = vec![0u8; n];
    for (set, mark) in sets.into_iter().zip(1u8..) {
        for &cell in set {
            let index = cell as usize;
            let Some(own) = owner.get_mut(index) else {
                return Err(AnalysisError::IndexOutOfRange { what, index, len: n });
            };
            if *own == mark {
                return Err(AnalysisError::ListedTwice { what, index });
            }
            if *own != 0 {
                return Err(AnalysisError::InBothGroups { what, index });
            }
            *own = mark;
        }
    }
    Ok(())
}

/// The cells of two sets that have a place.
pub(super) fn with_place(
    sets: [&[u32]; 2],
    has_place: impl Fn(usize) -> bool,
) -> Result<[Vec<u32>; 2], AnalysisError> {
    let own = sets.map(|set| {
        set.iter().copied().filter(|&cell| has_place(cell as usize)).collect::<Vec<u32>>()
    });
    if let Some(empty) = own.iter().position(Vec::is_empty) {
        let (what, group) = ("cells with a place", ["first", "second"][empty]);
        return Err(AnalysisError::EmptyGroup { what, group });
    }
    Ok(own)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_distinct_cells_that_exist() {
        assert_eq!(check("cells of a set", [&[0, 2], &[1]], 3), Ok(()));
        assert!(matches!(
            check("cells of a set", [&[0], &[3]], 3),
            Err(AnalysisError::IndexOutOfRange { .. })
        ));
        let found = check("cells of a set", [&[0, 1], &[2, 1]], 3);
        assert!(matches!(found, Err(AnalysisError::InBothGroups { index: 1, .. })));
        let found = check("cells of a set", [&[0, 0], &[2]], 3);
        assert!(matches!(found, Err(AnalysisError::ListedTwice { index: 0, .. })));
    }
}
