use std::sync::Arc;

use leptos::prelude::*;
use lexicell_protocol::{CompareReport, SaveKind};

use super::genes::Genes;
use super::head::through_head;
use super::ranked::Ranked;
use super::terms::Terms;
use crate::components::{FigureView, Icon, IconName, Notes, count};
use crate::plot::contrast;
use crate::state::{AppState, Inquiry, is_of_earlier_selection};
use crate::words::{NamedBy, genes_in_words, separation_in_words};

/// The answer: how far apart, by which genes, by which terms.
pub(super) fn report(app: AppState, report: Arc<CompareReport>) -> AnyView {
    let [first, second] = report.names.clone();
    let heading = format!("{first} against {second}");
    let figure = contrast(&report);
    let by_rank = app.explore.by_rank;
    let earlier = earlier_selection(app, Arc::clone(&report));
    let of_terms = Arc::clone(&report);
    view! {
        <div class="stack" data-testid="compare-report">
            <header class="heading-line">
                <h2 data-testid="compare-names">{heading}</h2>
                <div class="buttons">
                    <button type="button" class="button quiet" data-testid="save-comparison" on:click=move |_| app.save(SaveKind::ComparisonCsv)>"Save genes as CSV"</button>
                    <button type="button" class="button quiet" data-testid="save-terms" on:click=move |_| app.save(SaveKind::TermsCsv)>"Save terms as CSV"</button>
                </div>
            </header>
            <p class="muted" data-testid="compare-counts">{counts_in_words(&report)}</p>
            <div class="verdict">
                <p data-testid="separation">{separation_in_words(&report)}</p>
                <p class="hint">"Random exchanges treat every cell as independent. They do not replace donors: a difference between two samples may be one between two people."</p>
            </div>
            {earlier}
            <Notes notes=report.notes.clone() testid="compare-notes" />
            <section>
                <h2>"Genes"</h2>
                <p class="muted" data-testid="gene-counts">{genes_in_words(&report)}</p>
                <p class="hint">"A gene’s part of the distance is exact: all parts add up to it. It says what the gene’s description does in this space, not that the gene is a cause. The text knows only what NCBI wrote."</p>
                <FigureView figure=Signal::stored(figure) testid="contrast" />
                <Meanings />
                <Genes report=Arc::clone(&report) />
            </section>
            {report.head.as_ref().map(through_head)}
            <section>
                <h2>"GO terms"</h2>
                <Ways by_rank=by_rank />
                {move || if by_rank.get() {
                    view! { <Ranked /> }.into_any()
                } else {
                    let report = &of_terms;
                    view! {
                        <p class="hint">{terms_in_words(report)}</p>
                        <Terms names=report.names.clone() terms=report.terms.clone() n_entered=report.n_entered />
                    }
                    .into_any()
                }}
            </section>
        </div>
    }
    .into_any()
}

/// That other cells are selected now than those that were compared, and a way to compare again.
fn earlier_selection(app: AppState, report: Arc<CompareReport>) -> impl IntoView {
    let of = Arc::clone(&report);
    let is_earlier = Memo::new(move |_| app.sets.with(|sets| is_of_earlier_selection(&of, sets)));
    let again = StoredValue::new(report.settings.clone());
    let is_possible = move || app.sets.with(|sets| sets.selection.n_selected > 0);
    view! {
        <Show when=move || is_earlier.get()>
            <div class="note warning" role="status" data-testid="earlier-selection">
                <Icon name=IconName::Warning />
                <span>
                    "This comparison is of an earlier selection: other cells are selected on the map now. "
                    <button type="button" class="link" data-testid="compare-again" disabled=move || !is_possible() || app.explore.is_pending(Inquiry::Compare) on:click=move |_| again.with_value(|settings| app.compare_again(settings))>"Compare again"</button>
                </span>
            </div>
        </Show>
    }
}

/// How terms are tested: among the top genes, or over all of them.
#[component]
fn Ways(by_rank: RwSignal<bool>) -> impl IntoView {
    let way = move |wanted: bool, testid: &'static str, text: &'static str| {
        view! {
            <button type="button" class="button" data-testid=testid aria-pressed=move || (by_rank.get() == wanted).to_string() on:click=move |_| by_rank.set(wanted)>{text}</button>
        }
    };
    view! {
        <div class="presets" role="group" aria-label="How terms are tested">
            {way(false, "terms-over", "Over-represented among the top genes")}
            {way(true, "terms-ranked", "Ranked over all genes")}
        </div>
    }
}

/// What the four groups of genes mean.
#[component]
fn Meanings() -> impl IntoView {
    let line = |named: NamedBy| {
        view! { <div><dt>{format!("Named by {}", named.title())}</dt><dd>{named.explained()}</dd></div> }
    };
    view! { <dl class="meanings" data-testid="named-by-legend">{NamedBy::ALL.map(line).into_iter().collect_view()}</dl> }
}

fn counts_in_words(report: &CompareReport) -> String {
    let side = |place: usize| {
        let cells = format!("{}: {} cells", report.names[place], count(report.n_obs[place]));
        match report.n_empty[place] {
            0 => cells,
            n => format!("{cells}, {} of them without any gene that has a description", count(n)),
        }
    };
    format!("{}. {}.", side(0), side(1))
}

fn terms_in_words(report: &CompareReport) -> String {
    format!(
        "Terms that the genes higher in a set bear more often than chance gives (hypergeometric test, Benjamini–Hochberg over {} terms). The background is the {} expressed genes with an annotation, not the genome. A term says what is annotated, not what the cells do.",
        count(report.n_terms),
        count(report.n_background)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::samples::compare_report;

    #[test]
    fn cells_without_a_place_are_counted_beside_the_others() {
        let mut report = compare_report();
        assert_eq!(counts_in_words(&report), "B <cell>: 60 cells. the rest: 40 cells.");
        report.n_empty[1] = 3;
        assert!(counts_in_words(&report).contains("3 of them without"));
    }
}
