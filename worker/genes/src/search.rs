//! Finding a gene while its name is being typed.

use serde::{Deserialize, Serialize};

use crate::{
    GeneId, GeneIndex,
    bundle::StringTable,
    mapping::{Route, SortedNames, cmp_fold},
};

/// A gene that a query may mean.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchHit {
    /// Its index in the bundle.
    pub gene: usize,
    /// Its symbol.
    pub symbol: String,
    /// The name that matched, which may be an alias or an id.
    pub matched: String,
    /// What kind of name that is.
    pub route: Route,
}

impl GeneIndex {
    /// The genes with a name that starts with `query` in any case.
    ///
    /// Whole names come before beginnings, symbols before previous symbols, synonyms and ids;
    /// each gene appears once.
    #[must_use]
    pub fn search(&self, query: &str, limit: usize) -> Vec<SearchHit> {
        let query = query.trim();
        if query.is_empty() {
            return Vec::new();
        }
        let shard = &self.shard;
        let columns = [
            (&self.symbols, &shard.symbols, Route::Symbol),
            (&self.previous, &shard.previous.strings, Route::Previous),
            (&self.synonyms, &shard.synonyms.strings, Route::Synonym),
            (&self.ensembl, &shard.ensembl.strings, Route::Ensembl),
        ];
        let mut hits = Vec::new();
        if let Some(gene) = query.parse().ok().and_then(|id| shard.position(GeneId(id))) {
            self.push(&mut hits, gene, query, Route::Entrez);
        }
        for whole in [true, false] {
            for (names, strings, route) in columns {
                for (gene, name) in starting_with(names, strings, query) {
                    if hits.len() >= limit {
                        return hits;
                    }
                    if (name.len() == query.len()) == whole {
                        self.push(&mut hits, gene, name, route);
                    }
                }
            }
        }
        hits.truncate(limit);
        hits
    }

    fn push(&self, hits: &mut Vec<SearchHit>, gene: usize, matched: &str, route: Route) {
        if hits.iter().all(|hit| hit.gene != gene) {
            let symbol = self.shard.symbols.get(gene).to_owned();
            hits.push(SearchHit { gene, symbol, matched: matched.to_owned(), route });
        }
    }
}

fn starting_with<'a>(
    names: &'a SortedNames,
    strings: &'a StringTable,
    query: &'a str,
) -> impl Iterator<Item = (usize, &'a str)> {
    let start = names
        .entries
        .partition_point(|entry| cmp_fold(strings.get(entry.0 as usize), query).is_lt());
    names.entries[start..]
        .iter()
        .map(|entry| (entry.1 as usize, strings.get(entry.0 as usize)))
        .take_while(|(_, name)| {
            name.get(..query.len()).is_some_and(|head| head.eq_ignore_ascii_case(query))
        })
}
