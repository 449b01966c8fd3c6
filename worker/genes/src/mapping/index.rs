//! The sorted names of a bundle, and the mapping by them.

use std::{collections::HashMap, sync::Arc};

use super::{
    Duplicate, GeneMapping, Mapped, Route, Unmapped, UnmappedReason,
    forms::{
        cmp_fold, ensembl_id, genome_prefix, is_not_a_gene, is_spreadsheet_date, par_y_counterpart,
        without_unique_suffix,
    },
};
use crate::{
    GeneBundle, GeneId, GeneType, Recognised, Species,
    bundle::{IndexShard, ListTable, StringTable},
    species_of_identifier,
};

/// How many candidates an ambiguous name lists.
const SHOWN_CANDIDATES: usize = 5;

/// Finds the genes of one bundle by any of their names.
#[derive(Debug, Clone)]
pub struct GeneIndex {
    species: Species,
    pub(crate) shard: Arc<IndexShard>,
    pub(crate) symbols: SortedNames,
    pub(crate) previous: SortedNames,
    pub(crate) synonyms: SortedNames,
    pub(crate) ensembl: SortedNames,
}

/// What a form of a name leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Found {
    Gene(usize, Route),
    Several(Vec<usize>),
    Nothing,
}

impl GeneIndex {
    /// Sorts the names of a bundle; its texts are not needed.
    #[must_use]
    pub fn from_bundle(bundle: &GeneBundle) -> Self {
        let shard = Arc::clone(bundle.index());
        Self {
            species: bundle.species(),
            symbols: SortedNames::of_strings(&shard.symbols),
            previous: SortedNames::of_lists(&shard.previous),
            synonyms: SortedNames::of_lists(&shard.synonyms),
            ensembl: SortedNames::of_lists(&shard.ensembl),
            shard,
        }
    }

    /// The species of the bundle.
    #[must_use]
    pub fn species(&self) -> Species {
        self.species
    }

    /// How many genes there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shard.len()
    }

    /// Whether there is no gene at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The symbol of gene `i`; empty beyond the end.
    #[must_use]
    pub fn symbol(&self, i: usize) -> &str {
        self.shard.symbols.get(i)
    }

    /// Maps the names of all variables.
    ///
    /// # Shapes
    /// `names[n_vars]`; each id column (its name in `var`, its values) also has `n_vars` values:
    /// shorter columns count as blank beyond their end.
    #[must_use]
    pub fn map(&self, names: &[String], id_columns: &[(&str, &[String])]) -> GeneMapping {
        let numeric = mostly_numbers(names);
        let mut genes = Vec::with_capacity(names.len());
        let mut unmapped = Vec::new();
        let mut contradictions = Vec::new();
        for (var, name) in names.iter().enumerate() {
            let by_name = self.find(name, numeric);
            let by_id = id_columns
                .iter()
                .filter_map(|(_, column)| column.get(var))
                .map(|id| self.find(id, true))
                .find(|found| matches!(found, Found::Gene(..)));
            let found = match (by_name, by_id) {
                (Found::Gene(gene, _), Some(Found::Gene(other, route))) if gene != other => {
                    contradictions.push(var);
                    Found::Gene(other, route)
                }
                (Found::Gene(gene, route), _) => Found::Gene(gene, route),
                (_, Some(by_id)) => by_id,
                (by_name, None) => by_name,
            };
            genes.push(match found {
                Found::Gene(gene, route) => {
                    Some(Mapped { gene, id: self.shard.gene_id(gene), route })
                }
                Found::Several(candidates) => {
                    unmapped.push(Unmapped { var, reason: self.ambiguous(&candidates) });
                    None
                }
                Found::Nothing => {
                    unmapped.push(Unmapped { var, reason: self.reason(name) });
                    None
                }
            });
        }
        let duplicates = duplicates(&genes);
        GeneMapping {
            species: self.species,
            names: names.to_vec(),
            genes,
            unmapped,
            duplicates,
            contradictions,
        }
    }

    /// The gene that one name stands for, if it stands for exactly one.
    #[must_use]
    pub fn find_one(&self, name: &str) -> Option<Mapped> {
        match self.find(name, true) {
            Found::Gene(gene, route) => Some(Mapped { gene, id: self.shard.gene_id(gene), route }),
            _ => None,
        }
    }

    fn find(&self, name: &str, numbers_are_ids: bool) -> Found {
        let name = name.trim();
        let found = self.find_form(name, numbers_are_ids);
        if found != Found::Nothing {
            return found;
        }
        if let Some((species, bare)) = genome_prefix(name) {
            if species != self.species {
                return Found::Nothing;
            }
            return match self.find_form(bare, numbers_are_ids) {
                Found::Gene(gene, _) => Found::Gene(gene, Route::Prefixed),
                other => other,
            };
        }
        match without_unique_suffix(name)
            .map(|bare| self.choose(self.symbols(bare, true), Route::UniqueSuffix))
        {
            Some(found @ Found::Gene(..)) => found,
            _ => Found::Nothing,
        }
    }

    /// One form of a name, as it stands.
    fn find_form(&self, name: &str, numbers_are_ids: bool) -> Found {
        if name.is_empty() {
            return Found::Nothing;
        }
        if let Some(id) = ensembl_id(name) {
            let found = self.by_ensembl(id);
            if found != Found::Nothing {
                return found;
            }
        }
        let found = self.by_symbol(name);
        if found == Found::Nothing && numbers_are_ids {
            return self.by_entrez(name);
        }
        found
    }

    fn by_symbol(&self, name: &str) -> Found {
        let shard = &self.shard;
        let tries = [
            (self.symbols(name, true), Route::Symbol),
            (self.symbols(name, false), Route::SymbolCase),
            (self.previous.find(&shard.previous.strings, name, true), Route::Previous),
            (self.previous.find(&shard.previous.strings, name, false), Route::Previous),
            (self.synonyms.find(&shard.synonyms.strings, name, true), Route::Synonym),
            (self.synonyms.find(&shard.synonyms.strings, name, false), Route::Synonym),
        ];
        tries
            .into_iter()
            .map(|(genes, route)| self.choose(genes, route))
            .find(|found| *found != Found::Nothing)
            .unwrap_or(Found::Nothing)
    }

    fn symbols(&self, name: &str, exact: bool) -> Vec<usize> {
        self.symbols.find(&self.shard.symbols, name, exact)
    }

    fn by_ensembl(&self, id: &str) -> Found {
        let find = |id: &str| self.ensembl.find(&self.shard.ensembl.strings, id, true);
        let found = self.choose(find(id), Route::Ensembl);
        match (found, par_y_counterpart(id)) {
            (Found::Nothing, Some(counterpart)) => self.choose(find(&counterpart), Route::Ensembl),
            (found, _) => found,
        }
    }

    fn by_entrez(&self, name: &str) -> Found {
        // A table that was once read as floating-point numbers writes 1017.0.
        let digits = name.strip_suffix(".0").unwrap_or(name);
        digits
            .parse()
            .ok()
            .and_then(|id| self.shard.position(GeneId(id)))
            .map_or(Found::Nothing, |gene| Found::Gene(gene, Route::Entrez))
    }

    /// The only gene, or the only protein-coding one.
    fn choose(&self, genes: Vec<usize>, route: Route) -> Found {
        match genes[..] {
            [] => Found::Nothing,
            [gene] => Found::Gene(gene, route),
            _ => {
                let mut coding = genes
                    .iter()
                    .filter(|&&gene| self.shard.gene_type(gene) == GeneType::ProteinCoding);
                match (coding.next(), coding.next()) {
                    (Some(&gene), None) => Found::Gene(gene, route),
                    _ => Found::Several(genes),
                }
            }
        }
    }

    fn ambiguous(&self, candidates: &[usize]) -> UnmappedReason {
        let symbol = |&gene: &usize| self.shard.symbols.get(gene).to_owned();
        UnmappedReason::Ambiguous {
            candidates: candidates.iter().take(SHOWN_CANDIDATES).map(symbol).collect(),
        }
    }

    fn reason(&self, name: &str) -> UnmappedReason {
        let name = name.trim();
        if name.is_empty() {
            return UnmappedReason::Blank;
        }
        let by_prefix = genome_prefix(name).map(|(species, _)| Recognised::Supported(species));
        let identifier = ensembl_id(name).unwrap_or(name);
        match by_prefix.or_else(|| species_of_identifier(identifier)) {
            Some(Recognised::Supported(species)) if species != self.species => {
                UnmappedReason::OtherSpecies(species)
            }
            Some(Recognised::Unsupported(species)) => UnmappedReason::UnsupportedSpecies(species),
            _ if ensembl_id(name).is_some() => UnmappedReason::UnknownId,
            _ if is_not_a_gene(name) => UnmappedReason::NotAGene,
            _ if is_spreadsheet_date(name) => UnmappedReason::SpreadsheetDate,
            _ => UnmappedReason::Unknown,
        }
    }
}

/// Nine in ten names are whole numbers: then they are Entrez ids.
fn mostly_numbers(names: &[String]) -> bool {
    let numbers = names
        .iter()
        .filter(|name| !name.is_empty() && name.bytes().all(|b| b.is_ascii_digit()))
        .count();
    !names.is_empty() && numbers * 10 >= names.len() * 9
}

fn duplicates(genes: &[Option<Mapped>]) -> Vec<Duplicate> {
    let mut vars_of: HashMap<usize, Vec<usize>> = HashMap::new();
    for (var, mapped) in genes.iter().enumerate() {
        if let Some(mapped) = mapped {
            vars_of.entry(mapped.gene).or_default().push(var);
        }
    }
    let mut duplicates: Vec<_> = vars_of
        .into_iter()
        .filter(|(_, vars)| vars.len() > 1)
        .map(|(gene, vars)| Duplicate { gene, vars })
        .collect();
    duplicates.sort_by_key(|duplicate| duplicate.vars[0]);
    duplicates
}

/// Names in folded order, each with its gene: binary search, no string is copied.
#[derive(Debug, Clone)]
pub(crate) struct SortedNames {
    /// (string, gene)
    pub(crate) entries: Box<[(u32, u32)]>,
}

impl SortedNames {
    fn of_strings(strings: &StringTable) -> Self {
        Self::sorted(strings, (0..strings.len() as u32).map(|i| (i, i)).collect())
    }

    fn of_lists(lists: &ListTable) -> Self {
        let entries = (0..lists.len())
            .flat_map(|gene| lists.range(gene).map(move |string| (string as u32, gene as u32)))
            .collect();
        Self::sorted(&lists.strings, entries)
    }

    fn sorted(strings: &StringTable, mut entries: Vec<(u32, u32)>) -> Self {
        entries.sort_by(|a, b| {
            cmp_fold(strings.get(a.0 as usize), strings.get(b.0 as usize)).then_with(|| a.cmp(b))
        });
        Self { entries: entries.into() }
    }

    /// The genes of this name, ascending; in another case too unless `exact`.
    fn find(&self, strings: &StringTable, name: &str, exact: bool) -> Vec<usize> {
        let text = |entry: &(u32, u32)| strings.get(entry.0 as usize);
        let start = self.entries.partition_point(|entry| cmp_fold(text(entry), name).is_lt());
        let mut genes: Vec<usize> = self.entries[start..]
            .iter()
            .take_while(|entry| cmp_fold(text(entry), name).is_eq())
            .filter(|entry| !exact || text(entry) == name)
            .map(|entry| entry.1 as usize)
            .collect();
        genes.sort_unstable();
        genes.dedup();
        genes
    }
}
