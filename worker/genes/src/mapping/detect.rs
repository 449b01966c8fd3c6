//! Which species a data set is of, from its names alone.

use serde::{Deserialize, Serialize};

use super::{
    GeneIndex, Route,
    forms::{ensembl_id, genome_prefix},
};
use crate::{Recognised, Species, species_of_identifier};

/// More names than this add nothing to a rate; every n-th is taken then.
const MAX_NAMES: usize = 4_000;
/// Below this share of names found, no species is claimed.
const MIN_RATE: f64 = 0.05;
/// Folded rates that differ by less say nothing; letter case decides.
const CLOSE: f64 = 0.04;

/// How well one species explains the names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SpeciesRate {
    /// The species.
    pub species: Species,
    /// Share of the names that are one of its official symbols, letter by letter, or one of its ids.
    pub exact: f64,
    /// Share of the names that are one of its official symbols in any case, or one of its ids.
    pub any_case: f64,
}

/// The species of a data set, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SpeciesReport {
    /// The species; `None` if the names fit none.
    pub species: Option<Recognised>,
    /// The rates of each bundle.
    pub rates: Vec<SpeciesRate>,
    /// What the decision rests on, in words for the page.
    pub evidence: Vec<String>,
}

/// Decides by identifiers, genome prefixes, hit rates, and letter case, in this order.
///
/// # Shapes
/// `names[n_vars]`, one index per species.
#[must_use]
pub fn detect_species(names: &[String], indexes: &[&GeneIndex]) -> SpeciesReport {
    let step = names.len().div_ceil(MAX_NAMES).max(1);
    let sample: Vec<&str> = names
        .iter()
        .step_by(step)
        .map(|name| name.trim())
        .filter(|name| !name.is_empty())
        .collect();
    let rates: Vec<_> = indexes.iter().map(|index| rate(index, &sample)).collect();
    let mut evidence = Vec::new();
    let species =
        by_identifiers(&sample, &mut evidence).or_else(|| by_rates(&rates, &sample, &mut evidence));
    SpeciesReport { species, rates, evidence }
}

fn rate(index: &GeneIndex, sample: &[&str]) -> SpeciesRate {
    let (mut exact, mut any_case) = (0usize, 0usize);
    for name in sample {
        match index.find_one(name).map(|mapped| mapped.route) {
            Some(Route::Symbol | Route::Ensembl | Route::Prefixed) => {
                exact += 1;
                any_case += 1;
            }
            Some(Route::SymbolCase) => any_case += 1,
            _ => {}
        }
    }
    let share = |hits: usize| hits as f64 / sample.len().max(1) as f64;
    SpeciesRate { species: index.species(), exact: share(exact), any_case: share(any_case) }
}

/// Half of the names carry the mark of a species.
fn by_identifiers(sample: &[&str], evidence: &mut Vec<String>) -> Option<Recognised> {
    let mut tally: Vec<(Recognised, bool, usize)> = Vec::new();
    for name in sample {
        let by_prefix =
            genome_prefix(name).map(|(species, _)| (Recognised::Supported(species), true));
        let identifier = ensembl_id(name).unwrap_or(name);
        let Some((species, prefix)) =
            by_prefix.or_else(|| species_of_identifier(identifier).map(|s| (s, false)))
        else {
            continue;
        };
        match tally.iter_mut().find(|(known, kind, _)| *known == species && *kind == prefix) {
            Some((_, _, count)) => *count += 1,
            None => tally.push((species, prefix, 1)),
        }
    }
    let &(species, prefix, count) = tally.iter().max_by_key(|(_, _, count)| *count)?;
    if count * 2 < sample.len() {
        return None;
    }
    let name = match species {
        Recognised::Supported(species) => species.to_string(),
        Recognised::Unsupported(species) => species.to_string(),
    };
    let mark = if prefix { "genome prefixes" } else { "identifiers" };
    evidence
        .push(format!("{:.0} % of the names carry {name} {mark}", percent(count, sample.len())));
    for (other, _, count) in tally.iter().filter(|(other, _, _)| *other != species) {
        evidence.push(format!("{:.0} % point to {other:?}", percent(*count, sample.len())));
    }
    Some(species)
}

fn by_rates(
    rates: &[SpeciesRate],
    sample: &[&str],
    evidence: &mut Vec<String>,
) -> Option<Recognised> {
    for rate in rates {
        evidence.push(format!(
            "{:.1} % of the names are {} symbols ({:.1} % with their letter case)",
            rate.any_case * 100.0,
            rate.species,
            rate.exact * 100.0
        ));
    }
    let best = rates.iter().max_by(|a, b| a.any_case.total_cmp(&b.any_case))?;
    if best.any_case < MIN_RATE {
        evidence.push("too few names are known gene symbols to tell the species".into());
        return None;
    }
    let runner_up = rates
        .iter()
        .filter(|rate| rate.species != best.species)
        .map(|rate| rate.any_case)
        .fold(0.0, f64::max);
    let exact = rates.iter().max_by(|a, b| a.exact.total_cmp(&b.exact))?;
    // Names in their own case are the best sign, unless another species explains clearly more of them.
    if exact.exact > 0.5 * best.any_case && best.any_case - exact.any_case < CLOSE {
        return Some(Recognised::Supported(exact.species));
    }
    if best.any_case - runner_up < CLOSE {
        let upper = sample
            .iter()
            .filter(|name| name.bytes().any(|b| b.is_ascii_alphabetic()))
            .filter(|name| !name.bytes().any(|b| b.is_ascii_lowercase()))
            .count();
        let human = upper * 2 > sample.len();
        let by_case = if human { Species::Human } else { Species::Mouse };
        evidence
            .push(format!("{:.0} % of the names are in upper case", percent(upper, sample.len())));
        if rates.iter().any(|rate| rate.species == by_case) {
            return Some(Recognised::Supported(by_case));
        }
    }
    Some(Recognised::Supported(best.species))
}

fn percent(part: usize, whole: usize) -> f64 {
    100.0 * part as f64 / whole.max(1) as f64
}
