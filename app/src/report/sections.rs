use lexicell_protocol::{
    ApplyReport, Backend, MatrixState, Note, NoteLevel, ReferenceReport, RefineReport, ScoreReport,
    Telling, TransferReport,
};

use super::findings::Findings;
use super::html::{Html, number, text};
use super::protocol::used;
use super::{caveats, explore, figures, methods, references, scanpy, tables};
use crate::components::{bytes, count, figure, percent};
use crate::words::{
    end_in_words, refined_in_words, sentences, space_in_words, split_in_words,
    text_weight_in_words, training_in_words,
};

/// What cells are told to be that are like no class.
const NO_CLASS: &str = "none of these";

/// The report as one HTML file.
pub(super) fn page(findings: &Findings) -> String {
    let files = findings.data.as_ref().map_or("no data".to_owned(), |data| data.files.join(", "));
    let title = format!("Lexicell report: {files}");
    let mut html = Html::new();
    html.heading(1, &title);
    html.paragraph(
        "muted",
        &format!(
            "Lexicell {} · {} · computed on the user’s own machine; no data was sent.",
            findings.version, findings.date
        ),
    );
    if let Some(score) = &findings.score {
        let mut found = sentences(&score.verdict);
        if !found.is_empty() {
            html.paragraph("verdict", &found.remove(0));
            html.list(&found);
        }
    }
    if !findings.left_out.is_empty() {
        html.paragraph(
            "warning",
            &format!(
                "Left out, because settings changed after they were computed: {}.",
                findings.left_out.join(", ")
            ),
        );
    }
    data(&mut html, findings);
    genes(&mut html, findings);
    vectors(&mut html, findings);
    maps(&mut html, findings);
    if let Some(report) = &findings.refine {
        refinement(&mut html, report);
    }
    if let Some(report) = &findings.applied {
        html.heading(2, "Classes told by a head");
        html.paragraph("", &head_in_words(report));
        tables::told(&mut html, &report.head.classes, &report.counts, report.n_none, NO_CLASS);
        notes(&mut html, &report.notes);
    }
    if let Some(report) = &findings.told {
        from_reference(&mut html, report);
    }
    if let Some(report) = &findings.score {
        score(&mut html, report);
    }
    explore::write(&mut html, &findings.explored);
    paste(&mut html, findings);
    repeat(&mut html, findings);
    provenance(&mut html, findings);
    html.page(&title)
}

fn head_in_words(report: &ApplyReport) -> String {
    let head = &report.head;
    let threshold = match report.threshold {
        Some(threshold) => format!(
            "A cell that is less like the nearest class than {} (cosine) is told to be of none.",
            figure(threshold, 3)
        ),
        None => "It has no threshold: no cell is told to be of none.".to_owned(),
    };
    format!(
        "Head: {} (trained on {}, {} cells). {threshold}",
        head.name,
        head.trained_on,
        count(head.n_train)
    )
}

fn data(html: &mut Html, findings: &Findings) {
    let Some(data) = &findings.data else { return };
    let state = match data.state {
        MatrixState::Counts => "raw counts",
        MatrixState::LogNormalized => "log-normalised",
        MatrixState::Normalized => "normalised, not logarithmic",
        MatrixState::Scaled => "scaled (has negative values)",
        MatrixState::Empty => "empty",
    };
    html.heading(2, "Data");
    html.facts(&[
        ("Files", data.files.join(", ")),
        ("Format", format!("{}, {}", data.format, bytes(data.file_bytes))),
        ("Cells", count(data.n_obs)),
        ("Genes", count(data.n_vars)),
        ("Stored values", count(data.nnz)),
        (
            "Matrix",
            data.matrices.get(data.chosen).map(|matrix| matrix.name.clone()).unwrap_or_default(),
        ),
        ("Its values", state.to_owned()),
        ("Why this one", data.why.clone()),
    ]);
    notes(html, &data.notes);
    let dropped: Vec<String> =
        data.dropped.iter().map(|item| format!("{}: {}", item.what, item.why)).collect();
    if !dropped.is_empty() {
        html.heading(3, "Not read from the files");
        html.list(&dropped);
    }
}

fn genes(html: &mut Html, findings: &Findings) {
    let Some(genes) = &findings.genes else { return };
    html.heading(2, "Genes");
    html.facts(&[
        ("Known", format!("{} of {}", count(genes.n_mapped), count(genes.n_genes))),
        ("Their share of the counts", percent(genes.mapped_share)),
        ("Species", genes.species_evidence.clone()),
        ("Descriptions", genes.source.clone()),
    ]);
    tables::genes(html, genes);
    notes(html, &genes.notes);
}

fn vectors(html: &mut Html, findings: &Findings) {
    let Some(embed) = &findings.embed else { return };
    html.heading(2, "Vectors");
    let mut facts = vec![
        ("Encoder", embed.encoder.clone()),
        ("Its hash", embed.encoder_hash.clone()),
        ("Length of a vector", count(embed.dim)),
        ("Genes with a vector", count(embed.n_genes)),
        ("Came with the page", count(embed.n_from_table)),
        ("Kept from an earlier visit", count(embed.n_from_cache)),
        ("Computed now", count(embed.n_computed)),
        ("By", backend(&embed.backend)),
    ];
    if let Some(pool) = &findings.pool {
        facts.push(("Cells", count(pool.n_obs)));
        facts.push(("Median of genes behind a cell", count(pool.median_genes)));
        facts.push(("Cells without any such gene", count(pool.n_empty)));
    }
    html.facts(&facts);
    notes(html, &embed.notes);
    notes(html, findings.pool.as_ref().map_or(&[], |pool| &pool.notes));
}

fn maps(html: &mut Html, findings: &Findings) {
    let maps = &findings.maps;
    if maps.is_empty() {
        return;
    }
    html.heading(2, "Clusters and maps");
    let rows = maps
        .iter()
        .map(|map| {
            let clusters = map.clusters.as_ref();
            let umap = map.umap.as_ref();
            let or_none = |value: Option<String>| number(value.unwrap_or("–".to_owned()));
            vec![
                text(refined_in_words(map.view, findings.refine.as_ref())),
                or_none(clusters.map(|report| report.sizes.len().to_string())),
                or_none(clusters.map(|report| figure(report.modularity, 3))),
                or_none(umap.map(|report| figure(report.trustworthiness, 3))),
                or_none(map.neighbors.as_ref().map(|report| report.n_neighbors.to_string())),
            ]
        })
        .collect();
    html.table(
        "Trustworthiness: how well the map keeps each cell’s neighbours; 1 is perfect.",
        &[
            text("Cells compared by"),
            number("Clusters"),
            number("Modularity"),
            number("Trustworthiness"),
            number("Neighbours"),
        ],
        rows,
    );
}

fn refinement(html: &mut Html, report: &RefineReport) {
    let settings = &report.settings;
    html.heading(2, "Refinement");
    html.facts(&[
        ("What was refined", space_in_words(settings.space).to_owned()),
        ("Objective", training_in_words(settings)),
        ("Labels", settings.label.clone().unwrap_or_default()),
        ("Cells that trained", count(report.n_train)),
        ("Kept aside for early stopping", count(report.n_validation)),
        ("Without a label", count(report.n_unlabeled)),
        (
            if report.text_weight.is_some() { "Each head" } else { "Head" },
            match settings.hidden {
                Some(width) => format!("hidden layer of {width}, {} outputs", settings.dim),
                None => format!("linear, {} outputs", settings.dim),
            },
        ),
        ("Temperature", settings.temperature.to_string()),
        ("Kept epoch", format!("{} of {}", report.best_epoch, report.curve.len())),
        ("Why it ended", end_in_words(report.ended).to_owned()),
        ("Seed", settings.seed.to_string()),
        ("By", backend(&report.backend)),
    ]);
    if let Some(words) = text_weight_in_words(report) {
        html.paragraph("", &words);
    }
    notes(html, &report.notes);
    html.figure(&figures::of_refinement(report));
    tables::quality(html, report);
    html.paragraph("warning", "The refined view shows cells that trained it. What it is worth is said by the score of held-out cells, not by its map.");
}

fn from_reference(html: &mut Html, report: &TransferReport) {
    let reference = &report.reference;
    html.heading(2, "Labels from a reference");
    html.facts(&[
        ("Reference", reference.name.clone()),
        ("Its labels", format!("{} ({} classes)", reference.label, reference.classes.len())),
        ("Its cells", count(reference.n_obs)),
        ("Genes of both", count(report.n_shared)),
        ("Genes of the reference alone", count(report.n_reference_only)),
        ("Genes of this data set alone", count(report.n_query_only)),
        ("Neighbours that vote", report.settings.k.to_string()),
    ]);
    notes(html, &report.notes);
    html.heading(3, "Through the texts of the genes");
    telling(html, reference, &report.text, "from one random half of its genes to the other");
    if let Some(expression) = &report.expression {
        html.heading(3, "Through the expression of shared genes");
        telling(html, reference, expression, "on the shared genes");
        html.paragraph(
            "",
            &format!(
                "Principal components of the reference on {} shared genes. Both ways give a class to {} cells, and the same to {} of them.",
                count(report.n_genes_compared),
                count(report.n_told_by_both),
                count(report.n_agreeing)
            ),
        );
    }
}

fn telling(html: &mut Html, reference: &ReferenceReport, telling: &Telling, rehearsed: &str) {
    html.facts(&[
        ("Column", telling.column.clone()),
        ("Least share of the votes", percent(telling.least_confidence)),
        ("Least mean cosine", figure(telling.least_similarity, 3)),
    ]);
    html.paragraph(
        "",
        &format!(
            "Rehearsed within the reference, {rehearsed} and on cells apart, {} of the cells were told rightly (the most frequent class alone: {}).",
            percent(telling.rehearsed.accuracy),
            percent(telling.rehearsed.majority)
        ),
    );
    tables::told(html, &reference.classes, &telling.counts, telling.n_none, NO_CLASS);
}

fn score(html: &mut Html, report: &ScoreReport) {
    let settings = &report.settings;
    html.heading(2, "Score");
    html.facts(&[
        ("Labels", format!("{} ({} classes)", settings.label, report.classes.len())),
        ("Cells judged", count(report.n_obs)),
        ("Without a label", count(report.n_unlabeled)),
        ("Held out", split_in_words(&settings.split)),
        ("Draws", format!("{} (first seed {})", settings.repeats, settings.seed)),
        ("Neighbours that vote", settings.k.to_string()),
    ]);
    notes(html, &report.notes);
    tables::methods(html, report);
    tables::comparisons(html, &report.comparisons);
    for figure in figures::of_score(report) {
        html.figure(&figure);
    }
    tables::classes(html, report);
}

fn paste(html: &mut Html, findings: &Findings) {
    let paragraph = methods::paragraph(findings);
    if paragraph.is_empty() {
        return;
    }
    html.heading(2, "Methods paragraph");
    html.paragraph("methods", &paragraph);
    let caveats = caveats::caveats(findings);
    if !caveats.is_empty() {
        html.heading(3, "What must be said beside it");
        html.list(&caveats);
    }
    html.heading(3, "To cite");
    html.list(&references::references(findings));
}

fn repeat(html: &mut Html, findings: &Findings) {
    let Some(script) = scanpy::script(findings) else { return };
    html.heading(2, "Repeat in scanpy");
    html.paragraph("", "This script repeats the classical steps on the data set that the page saves (h5ad), with the settings used here, and says how far both agree. Its comments say what is not the same.");
    html.verbatim(&script);
}

fn provenance(html: &mut Html, findings: &Findings) {
    html.heading(2, "Versions and settings");
    let mut facts = vec![("Lexicell", findings.version.clone())];
    if let Some(found) = &findings.backend {
        facts.push(("Computed by", backend(&found.backend)));
        facts.push(("Because", found.reason.clone()));
    }
    if let Some(model) = &findings.model {
        facts.push(("Model", format!("{} ({}), {}", model.name, model.licence, model.origin)));
        facts.push(("Its hash", model.hash.clone()));
    }
    if let Some(vectors) = &findings.vectors {
        facts.push(("Own model or vectors", format!("{} ({})", vectors.name, vectors.size)));
        facts.push(("Its hash", vectors.hash.clone()));
    }
    html.facts(&facts);
    if let Ok(json) = serde_json::to_string_pretty(&used(findings)) {
        html.verbatim(&json);
    }
    html.paragraph("muted", "Lexicell is a research tool and no medical device.");
}

/// What else must be known of a result.
pub(super) fn notes(html: &mut Html, notes: &[Note]) {
    for note in notes {
        let class = if note.level == NoteLevel::Warning { "warning" } else { "muted" };
        html.paragraph(class, &note.text);
    }
}

fn backend(backend: &Backend) -> String {
    match backend {
        Backend::Cpu => "CPU".to_owned(),
        Backend::WebGpu { adapter, .. } => format!("GPU by WebGPU, {adapter}"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::findings;
    use super::*;

    #[test]
    fn the_report_stands_alone() {
        let page = page(&findings());
        for forbidden in ["<script", "://", "var(--", " src=", "url(", "NaN"] {
            let found = page.replace("http://www.w3.org/2000/svg", "");
            assert!(!found.contains(forbidden), "{forbidden} in the report");
        }
        for part in [
            "Methods paragraph",
            "<svg",
            "Gene descriptions",
            "&lt;cell&gt;",
            "kept: epoch 2",
            "lexicell",
        ] {
            assert!(page.to_lowercase().contains(&part.to_lowercase()), "{part} is missing");
        }
    }

    #[test]
    fn what_is_out_of_date_is_named_and_left_out() {
        let mut findings = findings();
        findings.score = None;
        findings.left_out = vec!["Score"];
        let page = page(&findings);
        assert!(page.contains("settings changed after they were computed: Score."));
        assert!(!page.contains("<h2>Score</h2>"));
    }

    #[test]
    fn an_empty_page_makes_a_report_without_claims() {
        let page = page(&Findings::default());
        assert!(page.contains("no data") && !page.contains("Methods paragraph"));
    }
}
