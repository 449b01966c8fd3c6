//! Finding a type while its name is being typed.

use super::{Ontology, OntologyTerm};

/// A type that a query may mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeHit {
    /// Its place among the types.
    pub place: usize,
    /// The synonym that matched, where its name did not.
    pub synonym: Option<usize>,
}

/// A type's id, name and synonyms in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Folded {
    id: String,
    /// The name, then the synonyms.
    names: Vec<String>,
}

impl Folded {
    pub(super) fn of(term: &OntologyTerm) -> Self {
        let names = std::iter::once(&term.name).chain(&term.synonyms);
        Self { id: term.id.to_lowercase(), names: names.map(|name| name.to_lowercase()).collect() }
    }
}

impl Ontology {
    /// The types with a name that holds every word of `query`, in any case, best first, and how many there are.
    ///
    /// Whole names come before beginnings, those before words and parts of words, names before synonyms,
    /// and short names before long ones. An id is found as a whole.
    #[must_use]
    pub fn search(&self, query: &str, limit: usize) -> (Vec<TypeHit>, usize) {
        let query = query.to_lowercase();
        let words: Vec<&str> = query.split_whitespace().collect();
        let query = words.join(" ");
        if query.is_empty() {
            return (Vec::new(), 0);
        }
        let mut hits: Vec<(u32, usize, usize)> = Vec::new();
        for (place, folded) in self.folded.iter().enumerate() {
            if folded.id == query {
                hits.push((0, 0, place));
                continue;
            }
            let ranks = folded.names.iter().enumerate().filter_map(|(at, name)| {
                let rank = rank(name, &query, &words)?;
                Some((2 * rank + u32::from(at > 0), at))
            });
            if let Some((rank, at)) = ranks.min() {
                hits.push((rank, at, place));
            }
        }
        let n = hits.len();
        let key = |&(rank, at, place): &(u32, usize, usize)| {
            (rank, self.folded[place].names[at].len(), place)
        };
        hits.sort_unstable_by_key(key);
        hits.truncate(limit);
        let hit =
            |(_, at, place): (u32, usize, usize)| TypeHit { place, synonym: at.checked_sub(1) };
        (hits.into_iter().map(hit).collect(), n)
    }
}

/// How well a name fits, 0 best; none where a word is missing.
fn rank(name: &str, query: &str, words: &[&str]) -> Option<u32> {
    if name == query {
        return Some(0);
    }
    if name.starts_with(query) {
        return Some(1);
    }
    let begins = |word: &&str| {
        let places = name.match_indices(*word).map(|(place, _)| place);
        let mut before = places.map(|place| name[..place].chars().next_back());
        before.any(|letter| letter.is_none_or(|letter| !letter.is_alphanumeric()))
    };
    if !words.iter().all(|word| name.contains(word)) {
        return None;
    }
    Some(if words.iter().all(begins) { 2 } else { 3 })
}
