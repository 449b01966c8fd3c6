//! What the mapping means for the data: genes and counts behind each route and kind of text.

use serde::{Deserialize, Serialize};

use super::{GeneMapping, Route};
use crate::{GeneBundle, Origin, TextKind};

/// A part of the variables and of the counts.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Share {
    /// How many variables.
    pub genes: usize,
    /// Their part of all counts, 0 to 1.
    pub counts: f64,
}

/// The mapping report of a data set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MappingReport {
    /// All variables.
    pub n_vars: usize,
    /// Variables with a gene.
    pub mapped: Share,
    /// By route, in the order of [`Route::ALL`], routes without variables left out.
    pub routes: Vec<(Route, Share)>,
    /// By the text that the gene has: own summary, orthologue's summary, name only.
    pub texts: Vec<(TextKind, Share)>,
    /// Variables without gene.
    pub unmapped: Share,
    /// Each variable without gene, most counts first: name, reason, part of all counts.
    pub unmapped_list: Vec<(String, String, f64)>,
    /// Genes that several variables map to: symbol, the variables' names.
    pub duplicates: Vec<(String, Vec<String>)>,
    /// Variables whose name and identifier contradict each other.
    pub contradictions: Vec<String>,
}

impl MappingReport {
    /// Adds up a mapping over the counts of each variable.
    ///
    /// # Shapes
    /// `counts_per_var[n_vars]`, raw counts or any expression sum; missing, negative and
    /// non-finite entries count as zero. Without any counts all shares of counts are zero.
    #[must_use]
    pub fn new(mapping: &GeneMapping, bundle: &GeneBundle, counts_per_var: &[f64]) -> Self {
        let counts = |var: usize| {
            counts_per_var.get(var).copied().filter(|c| c.is_finite() && *c > 0.0).unwrap_or(0.0)
        };
        let total: f64 = (0..mapping.genes.len()).map(counts).sum();
        let part = |var: usize| if total > 0.0 { counts(var) / total } else { 0.0 };
        let share = |vars: &mut dyn Iterator<Item = usize>| {
            vars.fold(Share::default(), |share, var| Share {
                genes: share.genes + 1,
                counts: share.counts + part(var),
            })
        };
        let mapped = || {
            mapping.genes.iter().enumerate().filter_map(|(var, gene)| gene.map(|gene| (var, gene)))
        };
        let of_route = |route: Route| {
            share(&mut mapped().filter(|(_, m)| m.route == route).map(|(var, _)| var))
        };
        let of_text = |kind: TextKind| {
            share(
                &mut mapped()
                    .filter(|(_, m)| text_kind(bundle, m.gene) == kind)
                    .map(|(var, _)| var),
            )
        };
        let kinds = [TextKind::OwnSummary, TextKind::OrthologueSummary, TextKind::NameOnly];
        let name = |var: usize| mapping.names[var].clone();
        let mut unmapped_list: Vec<_> = mapping
            .unmapped
            .iter()
            .map(|entry| (name(entry.var), entry.reason.label(), part(entry.var)))
            .collect();
        unmapped_list.sort_by(|a, b| b.2.total_cmp(&a.2));
        Self {
            n_vars: mapping.genes.len(),
            mapped: share(&mut mapped().map(|(var, _)| var)),
            routes: Route::ALL
                .map(|route| (route, of_route(route)))
                .into_iter()
                .filter(|(_, s)| s.genes > 0)
                .collect(),
            texts: kinds.map(|kind| (kind, of_text(kind))).to_vec(),
            unmapped: share(&mut mapping.unmapped.iter().map(|entry| entry.var)),
            unmapped_list,
            duplicates: mapping
                .duplicates
                .iter()
                .map(|d| {
                    (
                        bundle.symbol(d.gene).to_owned(),
                        d.vars.iter().map(|&var| name(var)).collect(),
                    )
                })
                .collect(),
            contradictions: mapping.contradictions.iter().map(|&var| name(var)).collect(),
        }
    }

    /// The variables without gene as CSV: `name,reason,share_of_counts`.
    #[must_use]
    pub fn unmapped_csv(&self) -> String {
        let mut csv = String::from("name,reason,share_of_counts\n");
        for (name, reason, part) in &self.unmapped_list {
            csv.push_str(&format!("{},{},{part}\n", quoted(name), quoted(reason)));
        }
        csv
    }
}

/// The kind of text that a gene's summary allows.
fn text_kind(bundle: &GeneBundle, gene: usize) -> TextKind {
    match bundle.summary_origin(gene) {
        Some(Origin::Own) => TextKind::OwnSummary,
        Some(Origin::Orthologue) => TextKind::OrthologueSummary,
        None => TextKind::NameOnly,
    }
}

/// A CSV field; spreadsheets must not take a name for a formula.
fn quoted(field: &str) -> String {
    let field =
        if field.starts_with(['=', '+', '@']) { format!("'{field}") } else { field.to_owned() };
    if field.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field
    }
}
