use std::sync::Arc;

use leptos::prelude::*;
use lexicell_protocol::{GeneChoice, GenesReport};

use crate::components::{
    CappedRows, Choice, ChoiceField, FigureView, GeneLink, Notes, SaveCsv, SwitchField, count,
    figure, percent,
};
use crate::files::Csv;
use crate::plot::{Spread, dot_plot, heat_map, spread};
use crate::state::AppState;

/// The answer: dots, violins of one gene, a heat map, and all numbers.
pub(super) fn report(app: AppState, report: Arc<GenesReport>) -> AnyView {
    let figures = app.explore.figures;
    let dots = Arc::clone(&report);
    let dots = Signal::derive(move || dot_plot(&dots, figures.is_scaled.get()));
    let spread_of = Arc::clone(&report);
    let last = report.genes.len().saturating_sub(1);
    let place = Memo::new(move |_| figures.gene.get().min(last));
    let spread = Signal::derive(move || {
        spread(&spread_of, &spread_of.genes[place.get()], figures.drawn_as.get())
    });
    let drawn_as = Signal::stored(vec![
        Choice::new(None, "violins").keyed("violin"),
        Choice::new(Some("box".to_owned()), "boxes").keyed("box"),
    ]);
    let choices: Vec<Choice<Option<String>>> = report
        .genes
        .iter()
        .enumerate()
        .map(|(place, gene)| Choice::new(Some(place.to_string()), &gene.name).keyed(&gene.name))
        .collect();
    let heat = (report.classes.len() > 1).then(|| {
        let picture = heat_map(&report);
        view! { <FigureView figure=Signal::stored(picture) testid="heat-map" /> }
    });
    view! {
        <div class="stack" data-testid="genes-report">
            <h2>{format!("{} genes by {}", report.genes.len(), report.by)}</h2>
            <p class="muted" data-testid="genes-words">{in_words(&report)}</p>
            <Notes notes=report.notes.clone() testid="genes-notes" />
            <SwitchField testid="genes-scaled" label="Scale each gene from its lowest class to its highest" value=figures.is_scaled set=Callback::new(move |on| figures.is_scaled.set(on)) />
            <FigureView figure=dots testid="dot-plot" />
            <ChoiceField
                testid="violin-gene" label="Spread of"
                choices=Signal::stored(choices)
                value=Signal::derive(move || Some(place.get().to_string()))
                set=Callback::new(move |key: Option<String>| figures.gene.set(key.and_then(|key| key.parse().ok()).unwrap_or(0)))
            />
            <ChoiceField
                testid="spread-as" label="Drawn as"
                choices=drawn_as
                value=Signal::derive(move || (figures.drawn_as.get() == Spread::Box).then(|| "box".to_owned()))
                set=Callback::new(move |key: Option<String>| figures.drawn_as.set(if key.is_some() { Spread::Box } else { Spread::Violin }))
            />
            <FigureView figure=spread testid="violins" />
            {heat}
            {table(report)}
        </div>
    }
    .into_any()
}

fn in_words(report: &GenesReport) -> String {
    let choice = match report.choice {
        GeneChoice::Named => "The genes that were named.",
        GeneChoice::Markers => "The strongest markers of the last comparison.",
        GeneChoice::Variable => "The most variable genes of the data set.",
    };
    let unknown = match report.unknown.is_empty() {
        true => String::new(),
        false => format!(" No gene of the data set is called {}.", report.unknown.join(", ")),
    };
    let missing = match report.n_missing {
        0 => String::new(),
        n => format!(" {} cells have no class and are left out.", count(n)),
    };
    format!("{choice}{unknown}{missing}")
}

fn table(report: Arc<GenesReport>) -> AnyView {
    let n_classes = report.classes.len().max(1);
    let total = report.genes.len() * n_classes;
    let saved = Arc::clone(&report);
    let save = move |()| csv(&saved);
    let row = move |place: usize| {
        let (gene, class) = (&report.genes[place / n_classes], place % n_classes);
        let (name, n) = &report.classes[class];
        let own = &gene.classes[class];
        let quartiles = own.quantiles[1..4].iter().map(|&value| figure(value, 2));
        view! {
            <tr data-testid="genes-row">
                <th scope="row"><GeneLink name=gene.name.clone() /></th>
                <td>{name.clone()}</td>
                <td class="number">{count(*n)}</td>
                <td class="number">{figure(own.mean, 3)}</td>
                <td class="number">{percent(own.fraction)}</td>
                <td class="number">{quartiles.collect::<Vec<_>>().join(" / ")}</td>
            </tr>
        }
        .into_any()
    };
    view! {
        <details class="twin">
            <summary data-testid="genes-as-table">"The figures as a table"</summary>
            <SaveCsv name="lexicell-genes.csv" testid="save-genes" table=save />
            <div class="scroll" tabindex="0" role="region" aria-label="Genes by class">
                <table data-testid="genes-table">
                    <thead><tr><th scope="col">"Gene"</th><th scope="col">"Class"</th><th scope="col" class="number">"Cells"</th><th scope="col" class="number" title="log1p of counts per 10,000">"Mean"</th><th scope="col" class="number">"Expressing"</th><th scope="col" class="number" title="Lower quartile, median, upper quartile">"Quartiles"</th></tr></thead>
                    <CappedRows total=total columns=6 testid="genes-more" row=row />
                </table>
            </div>
        </details>
    }
    .into_any()
}

fn csv(report: &GenesReport) -> Csv {
    let mut table = Csv::new(&[
        "gene",
        "class",
        "n_cells",
        "mean",
        "fraction",
        "min",
        "q1",
        "median",
        "q3",
        "max",
        "whisker_low",
        "whisker_high",
        "n_outliers",
    ]);
    for gene in &report.genes {
        for ((class, n), own) in report.classes.iter().zip(&gene.classes) {
            let names = [gene.name.clone(), class.clone(), n.to_string()];
            let numbers = [own.mean, own.fraction]
                .into_iter()
                .chain(own.quantiles)
                .chain(own.whiskers)
                .map(|value| value.to_string());
            table.row(names.into_iter().chain(numbers).chain([own.n_outliers.to_string()]));
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::samples::genes_report;

    #[test]
    fn the_table_holds_every_gene_in_every_class() {
        let mut report = genes_report();
        report.classes[0].0 = "B, \"naive\"".to_owned();
        let table = csv(&report);
        let text = table.text();
        assert_eq!(text.lines().count(), 5);
        assert!(text.contains("<G>,\"B, \"\"naive\"\"\",12,1.2,0.9,0,0.5,1,1.5,3,0,3,0"), "{text}");
        report.unknown.push("XYZ".to_owned());
        assert!(in_words(&report).contains("XYZ"));
    }
}
