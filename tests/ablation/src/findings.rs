//! Whether what sets a cell type apart in the text space is what textbooks know of it.

use std::{collections::HashSet, fmt::Write as _};

use lexicell_analysis::{
    attribution::{Attribution, Permutations},
    enrichment::{Reduction, TERM_SIZES, TermSets, over_representation, reduce},
    markers::{Marker, MarkerTest, TieCorrection},
    normalize::Normalized,
};
use lexicell_genes::Template;

use crate::{case::Case, error::Result, run::Run, spaces::POOLING, table::Table};

/// The page that is written.
pub(crate) const FILE: &str = "findings.md";
/// Exchanges of cells.
const PERMUTATIONS: usize = 999;
/// Genes and terms shown.
const SHOWN: usize = 10;
/// Most genes that are asked about in GO, as in the page.
const MOST_GENES: usize = 300;
const FDR: f64 = 0.05;

/// A cell type with the genes that textbooks name for it.
struct Known {
    set: &'static str,
    class: &'static str,
    genes: &'static [&'static str],
}

/// Canonical markers of the tables in Seurat's and scanpy's tutorials of these 2,700 cells; for mouse
/// their orthologues, and for neutrophils the markers of PanglaoDB that come first there. Written before
/// any result was looked at.
const KNOWN: [Known; 6] = [
    Known { set: "pbmc3k", class: "B", genes: &["MS4A1", "CD79A", "CD79B"] },
    Known { set: "pbmc3k", class: "NK", genes: &["GNLY", "NKG7", "KLRB1"] },
    Known { set: "pbmc3k", class: "CD14+ Mono", genes: &["CD14", "LYZ", "S100A8", "LGALS3"] },
    Known { set: "lung_immune", class: "B cells", genes: &["Ms4a1", "Cd79a", "Cd79b"] },
    Known { set: "lung_immune", class: "NK cells", genes: &["Nkg7", "Klrb1c", "Gzma"] },
    Known { set: "lung_immune", class: "N1", genes: &["S100a8", "S100a9", "Csf3r"] },
];

/// Writes what is found on every set that was read.
pub(crate) fn page(run: &Run<'_>, cases: &[Case]) -> Result<String> {
    let mut out = String::from(PROSE);
    for known in &KNOWN {
        if let Some(case) = cases.iter().find(|case| case.set.spec.key == known.set) {
            section(&mut out, run, case, known)?;
            eprintln!("  {}: {}", known.set, known.class);
        }
    }
    Ok(out)
}

fn section(out: &mut String, run: &Run<'_>, case: &Case, known: &Known) -> Result<()> {
    let labels = &case.set.labels;
    let Some(code) = labels.categories.iter().position(|name| name == known.class) else {
        return Ok(());
    };
    let (own, rest): (Vec<u32>, Vec<u32>) = (0..labels.codes.len() as u32)
        .partition(|&cell| labels.codes[cell as usize] == code as u32);
    let view = case.view()?;
    let genes = run.table(case, &Template::NAME_SUMMARY)?.whitened()?;
    let groups = [&own[..], &rest[..]];
    let permutations = Permutations { n: PERMUTATIONS, seed: 0 };
    let mut attribution =
        Attribution::new(&view, &genes.rows, &genes.table, POOLING, groups, permutations)?;
    while !attribution.run(usize::MAX)?.is_done() {}
    let attributed = attribution.finish()?;
    let markers = markers(&view, groups)?;
    let name = |gene: u32| &case.set.var.index[gene as usize];
    let _ = write!(
        out,
        "\n## {}: {} ({} cells) against all others ({})\n\n",
        known.set,
        known.class,
        own.len(),
        rest.len()
    );
    if let Some(separation) = attributed.separation {
        let _ = write!(
            out,
            "Separation {:.3}; the longest one in twenty exchanges of cells is {:.3}, p = {:.3}.\n\n",
            attributed.total, separation.null_95, separation.p
        );
    }
    let by_text: Vec<u32> =
        attributed.genes.iter().filter(|gene| gene.value > 0.0).map(|gene| gene.gene).collect();
    let by_expression = strongest(&markers);
    let mut table = Table::new(["", "by text", "part", "counts", "by expression", "AUC"]);
    for place in 0..SHOWN {
        let Some((&text, &expression)) = by_text.get(place).zip(by_expression.get(place)) else {
            break;
        };
        let Some(own) = attributed.genes.iter().find(|own| own.gene == text) else { break };
        table.push([
            (place + 1).to_string(),
            name(text).clone(),
            format!("{:.1} %", 100.0 * own.value / attributed.total),
            if own.weight[0] > own.weight[1] { "more here" } else { "less here" }.to_owned(),
            name(expression).clone(),
            format!("{:.3}", markers[expression as usize].auc),
        ]);
    }
    let _ = writeln!(out, "{}", table.markdown());
    let _ = writeln!(out, "{}", textbook(known, &by_text, &by_expression, name));
    terms(out, run, case, &markers)
}

fn markers(view: &Normalized<'_>, groups: [&[u32]; 2]) -> Result<Vec<Marker>> {
    let mut test = MarkerTest::new(view, groups, TieCorrection::Corrected)?;
    while !test.run(usize::MAX)?.is_done() {}
    Ok(test.finish()?)
}

/// Genes that are higher in the first set, the largest score first.
fn strongest(markers: &[Marker]) -> Vec<u32> {
    let mut genes: Vec<&Marker> = markers.iter().filter(|marker| marker.score > 0.0).collect();
    genes.sort_by(|a, b| b.score.total_cmp(&a.score));
    genes.into_iter().map(|marker| marker.gene).collect()
}

fn textbook<'a>(
    known: &Known,
    by_text: &[u32],
    by_expression: &[u32],
    name: impl Fn(u32) -> &'a String,
) -> String {
    let place = |order: &[u32], wanted: &str| {
        let place = order.iter().position(|&gene| name(gene).eq_ignore_ascii_case(wanted));
        place.map_or_else(|| "not above 0".to_owned(), |place| (place + 1).to_string())
    };
    let mut table = Table::new(["textbook marker", "place by text", "place by expression"]);
    for gene in known.genes {
        table.push([(*gene).to_owned(), place(by_text, gene), place(by_expression, gene)]);
    }
    table.markdown()
}

/// GO terms of the strongest markers, as the page tests them.
fn terms(out: &mut String, run: &Run<'_>, case: &Case, markers: &[Marker]) -> Result<()> {
    let Some(bundle) = run.bundles.bundle(case.genes.species) else { return Ok(()) };
    let (mut columns, mut own, mut seen) = (Vec::new(), Vec::new(), HashSet::new());
    for marker in markers.iter().filter(|marker| marker.fraction.iter().any(|&share| share > 0.0)) {
        let Some(gene) = case.genes.gene(marker.gene as usize) else { continue };
        let terms = bundle.go_terms_of(gene);
        if !terms.is_empty() && seen.insert(gene) {
            columns.push(marker.gene);
            own.push(terms);
        }
    }
    let parents: Vec<&[u32]> = bundle.terms().iter().map(|term| &term.parents[..]).collect();
    let sets = TermSets::new(&own, &parents, TERM_SIZES)?;
    let score = |place: &u32| markers[columns[*place as usize] as usize].score;
    let is_up = |place: &u32| {
        score(place) > 0.0 && markers[columns[*place as usize] as usize].p_adjusted <= FDR
    };
    let mut selected: Vec<u32> = (0..columns.len() as u32).filter(is_up).collect();
    selected.sort_by(|a, b| score(b).total_cmp(&score(a)));
    selected.truncate(MOST_GENES);
    selected.sort_unstable();
    if selected.is_empty() {
        return Ok(());
    }
    let mut tests = over_representation(&sets, &selected)?;
    reduce(&mut tests, Reduction::default())?;
    let _ = write!(
        out,
        "\n{} genes asked about, {} as background, {} terms tested.\n\n",
        selected.len(),
        columns.len(),
        sets.n_tested()
    );
    let mut table = Table::new(["GO term", "genes", "fold", "adjusted p"]);
    let shown = tests.iter().filter(|test| test.under.is_none() && test.p_adjusted <= FDR);
    for test in shown.take(SHOWN) {
        table.push([
            bundle.terms()[test.term as usize].name.clone(),
            format!("{} of {}", test.n_hits, test.n_term),
            format!("{:.1}", test.fold),
            format!("{:.1e}", test.p_adjusted),
        ]);
    }
    let _ = write!(out, "{}", table.markdown());
    Ok(())
}

const PROSE: &str = "# What sets cell types apart\n\nWritten by `make ablation`. Each type against all other labelled cells. By text: the genes whose vectors draw the type's mean away from that of the others, with their part of the whole difference (exact: all parts sum to it; genes that draw the other way are not shown), and whether they count more or less in these cells: a gene of which they have less draws them apart, too. By expression: Wilcoxon's rank-sum test. GO: the up to 300 strongest genes against all expressed genes with an annotation, hypergeometric, terms that say much the same left out. The textbook markers were written down before any result.\n";
