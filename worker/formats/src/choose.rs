//! Which of several matrices is proposed, and why.

use std::cmp::Reverse;

use crate::inspect::MatrixCandidate;
use crate::values::ValueState;

/// Proposes a matrix: counts before log-normalised before other values, never scaled ones if
/// there is anything else; among equals `X`, then `raw/X`, then layers.
///
/// `None` if none of them can be read.
pub(crate) fn choose(candidates: &[MatrixCandidate]) -> Option<(usize, String)> {
    let readable =
        candidates.iter().enumerate().filter(|(_, candidate)| candidate.problem.is_none());
    let (chosen, candidate) =
        readable.min_by_key(|(at, candidate)| (rank(candidate), Reverse(candidate.n_obs), *at))?;
    Some((chosen, reason(candidates, candidate)))
}

/// Lower is better.
fn rank(candidate: &MatrixCandidate) -> (u8, u8) {
    let state = match candidate.values.state {
        // Spliced or unspliced counts are only a part of the molecules.
        ValueState::Counts if is_part(&candidate.name) => 2,
        ValueState::Counts => 0,
        ValueState::LogNormalized => 1,
        ValueState::Normalized => 3,
        ValueState::Unknown => 4,
        ValueState::Scaled => 5,
    };
    let place = match &candidate.name[..] {
        "X" | "matrix" => 0,
        name if name.ends_with("/X") => 1,
        "layers/counts" => 2,
        name if name.contains("count") => 3,
        _ => 4,
    };
    (state, place)
}

fn is_part(name: &str) -> bool {
    ["spliced", "ambiguous", "Ms", "Mu"].iter().any(|part| name.ends_with(part))
}

fn reason(candidates: &[MatrixCandidate], chosen: &MatrixCandidate) -> String {
    let holds = |candidate: &MatrixCandidate| {
        format!("{} holds {}", candidate.name, candidate.values.state.words())
    };
    let mut reason = holds(chosen);
    let others: Vec<String> = candidates
        .iter()
        .filter(|other| other.name != chosen.name && other.problem.is_none())
        .map(holds)
        .collect();
    if candidates.len() == 1 {
        reason.push_str("; it is the only matrix in the file");
    } else if !others.is_empty() {
        let order = match chosen.values.state {
            ValueState::Counts => "raw counts are taken where there are any",
            ValueState::LogNormalized => {
                "there are no complete raw counts, and log-normalised values come next"
            }
            _ => "nothing better is there",
        };
        reason = format!("{reason}: {order}. Beside it {}", others.join(", "));
    }
    for other in
        candidates.iter().filter(|other| other.problem.is_none() && other.n_vars > chosen.n_vars)
    {
        reason.push_str(&format!(
            ". {} has more genes ({} against {})",
            other.name, other.n_vars, chosen.n_vars
        ));
    }
    for other in candidates.iter().filter(|other| other.problem.is_some()) {
        reason.push_str(&format!(". {} cannot be read", other.name));
    }
    reason.push('.');
    if chosen.values.state == ValueState::Scaled {
        reason.push_str(" Scaled values are no measure of how much a gene is expressed: negative ones count as not expressed. Better load raw counts.");
    }
    reason
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inspect::MatrixLayout;
    use crate::values::ValueStats;

    fn candidate(name: &str, values: &[f32]) -> MatrixCandidate {
        let mut stats = ValueStats::default();
        stats.extend(values);
        MatrixCandidate {
            name: name.to_owned(),
            n_obs: 2,
            n_vars: 2,
            nnz: None,
            layout: MatrixLayout::Dense,
            dtype: "float32".to_owned(),
            values: stats.summary(),
            bytes_in_memory: 0,
            problem: None,
        }
    }

    #[test]
    fn counts_win_and_scaled_values_lose() {
        let (scaled, logged, counts) = (&[-1.0, 0.5][..], &[0.5, 3.1][..], &[1.0, 7.0][..]);
        let pick = |candidates: &[MatrixCandidate]| choose(candidates).map(|(at, _)| at);
        assert_eq!(pick(&[candidate("X", scaled), candidate("raw/X", logged)]), Some(1));
        assert_eq!(
            pick(&[
                candidate("X", logged),
                candidate("raw/X", logged),
                candidate("layers/counts", counts)
            ]),
            Some(2)
        );
        assert_eq!(pick(&[candidate("X", counts), candidate("raw/X", counts)]), Some(0));
        assert_eq!(pick(&[candidate("X", logged), candidate("layers/spliced", counts)]), Some(0));
        assert_eq!(pick(&[]), None);
        let (_, why) =
            choose(&[candidate("X", scaled), candidate("raw/X", logged)]).expect("one is readable");
        assert!(why.contains("raw/X holds log-normalised values"), "{why}");
    }
}
