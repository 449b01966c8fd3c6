use std::sync::Arc;

use leptos::prelude::*;
use lexicell_protocol::{AskReport, ClassLikeness, ColorBy, ZeroShot};

use crate::components::{
    CappedRows, Choice, ChoiceField, FigureView, GeneLink, Meanings, Notes, SaveCsv, count, figure,
    p_value, percent, signed,
};
use crate::files::{Csv, or_empty};
use crate::plot::{cut, likeness};
use crate::state::{AppState, Stage};
use crate::words::{ASK, id_of, is_clear_p};

/// The answer: classes by likeness, the genes behind it, and the types told.
pub(super) fn report(app: AppState, report: Arc<AskReport>) -> AnyView {
    let chosen = RwSignal::new(Some("0".to_owned()));
    let texts = report.texts.iter().enumerate().map(|(place, (name, _))| {
        let key = place.to_string();
        Choice::new(Some(key.clone()), &cut(name, 80)).keyed(&key)
    });
    let texts: Vec<Choice<Option<String>>> = texts.collect();
    let has_several = texts.len() > 1;
    let labels = report.labels.as_ref().map(|labels| zero_shot(app, &report, labels));
    let choice = has_several.then(|| {
        view! { <ChoiceField testid="ask-which" label="Text" choices=Signal::stored(texts) value=chosen set=Callback::new(move |key| chosen.set(key)) /> }
    });
    let of_text = Arc::clone(&report);
    let one = move || {
        let place = chosen.get().and_then(|key| key.parse().ok()).unwrap_or(0);
        text_report(app, &of_text, place)
    };
    view! {
        <div class="stack" data-testid="ask-report">
            <Notes notes=report.notes.clone() testid="ask-notes" />
            {(!report.from.is_empty()).then(|| view! { <p data-testid="ask-from">{report.from.clone()}</p> })}
            {labels}
            {choice}
            {one}
            <Meanings of=ASK testid="meanings-ask" />
        </div>
    }
    .into_any()
}

/// What one of the texts found.
fn text_report(app: AppState, report: &AskReport, place: usize) -> AnyView {
    let Some((name, text)) = report.texts.get(place).cloned() else { return ().into_any() };
    let classes = report.classes.get(place).cloned().unwrap_or_default();
    let genes = report.genes.get(place).cloned().unwrap_or_default();
    let id = id_of(report, place);
    let picture = likeness(&name, &report.by, &classes);
    let show =
        report.columns.get(place).cloned().map(|column| show_button(app, column, "show-asked"));
    let links = genes
        .into_iter()
        .map(|(name, cosine)| view! { <li><GeneLink name=name /><span class="muted">{format!(" {}", figure(cosine, 3))}</span></li> })
        .collect_view();
    let saved = report.clone();
    let save = view! { <SaveCsv name="lexicell-asked.csv" testid="save-asked" table=move |()| likeness_csv(&saved) /> };
    view! {
        <section>
            <div class="heading-line">
                <h2 data-testid="ask-name">{format!("Cells like “{}”", cut(&name, 80))}</h2>
                {show}
            </div>
            {(text != name || id.is_some()).then(|| view! { <p class="muted">{text}{id}</p> })}
            <p class="hint">"A cosine compares with the other classes, not with 1: all descriptions of genes are somewhat alike. p is the greater of two: that of the same cells with the texts exchanged between genes, and that of a text that points anywhere."</p>
            <FigureView figure=Signal::stored(picture) testid="likeness" />
            {class_table(&report.by, classes)}
            {save}
        </section>
        <section>
            <h2>"Genes whose descriptions are most alike"</h2>
            <p class="hint">"Cosine of the gene’s description with your text, whether or not the gene is expressed."</p>
            <ul class="genes" data-testid="ask-genes">{links}</ul>
        </section>
    }
    .into_any()
}

fn class_table(by: &str, classes: Vec<ClassLikeness>) -> AnyView {
    let total = classes.len();
    let heading = by.to_owned();
    let row = move |place: usize| {
        let class = &classes[place];
        let z = if class.z.is_finite() { signed(class.z, 2) } else { "–".to_owned() };
        view! {
            <tr class:best=is_clear_p(class.p_adjusted) data-testid="ask-row">
                <th scope="row">{class.name.clone()}</th>
                <td class="number">{count(class.n_obs)}</td>
                <td class="number">{signed(class.cosine, 3)}</td>
                <td class="number">{z}</td>
                <td class="number">{p_value(class.p_adjusted)}</td>
            </tr>
        }
        .into_any()
    };
    view! {
        <table data-testid="ask-table">
            <caption>"Most alike first. Marked: adjusted p ≤ .05."</caption>
            <thead>
                <tr>
                    <th scope="col">{heading}</th>
                    <th scope="col" class="number">"Cells"</th>
                    <th scope="col" class="number" title="Mean cosine of its cells with the text">"Cosine"</th>
                    <th scope="col" class="number" title="How far it stands out from exchanged texts, in their standard deviations">"z"</th>
                    <th scope="col" class="number">"Adjusted p"</th>
                </tr>
            </thead>
            <CappedRows total=total columns=5 testid="ask-more" row=row />
        </table>
    }
    .into_any()
}

/// Every text held against every class.
fn likeness_csv(report: &AskReport) -> Csv {
    let mut table =
        Csv::new(&["text", "description", "class", "n_cells", "cosine", "z", "p_adjusted"]);
    for ((name, text), classes) in report.texts.iter().zip(&report.classes) {
        for class in classes {
            table.row([
                name.clone(),
                text.clone(),
                class.name.clone(),
                class.n_obs.to_string(),
                class.cosine.to_string(),
                or_empty(Some(class.z)),
                class.p_adjusted.to_string(),
            ]);
        }
    }
    table
}

/// Cells told to be of each type, and those that are unsure.
fn types_csv(rows: &[(String, u64)]) -> Csv {
    let mut table = Csv::new(&["told_to_be", "n_cells"]);
    for (name, n) in rows {
        table.row([name.clone(), n.to_string()]);
    }
    table
}

/// The types that were told from nothing but their texts.
fn zero_shot(app: AppState, report: &AskReport, labels: &ZeroShot) -> AnyView {
    let total = labels.counts.iter().sum::<u64>() + labels.n_unsure;
    let mut rows: Vec<(String, u64)> =
        report.texts.iter().zip(&labels.counts).map(|((name, _), &n)| (name.clone(), n)).collect();
    rows.sort_by_key(|&(_, n)| std::cmp::Reverse(n));
    rows.push(("unsure".to_owned(), labels.n_unsure));
    let n_rows = rows.len();
    let saved = rows.clone();
    let row = move |place: usize| {
        let (name, n) = rows[place].clone();
        let share = percent(n as f64 / total.max(1) as f64);
        view! { <tr><th scope="row">{name}</th><td class="number">{count(n)}</td><td class="number">{share}</td></tr> }
            .into_any()
    };
    let caption = format!(
        "Column “{}”. Unsure: the best text leads the second by less than {}.",
        labels.column,
        figure(labels.least_margin, 4)
    );
    view! {
        <section>
            <div class="heading-line">
                <h2>"Types told from their texts"</h2>
                {show_button(app, labels.column.clone(), "show-labels")}
            </div>
            <p data-testid="ask-against">{against_in_words(report, labels)}</p>
            <p class="hint">"No label was used. A cell is of the type whose text it is most like; a type that you did not write down cannot be told."</p>
            <table data-testid="zero-shot-table">
                <caption>{caption}</caption>
                <thead><tr><th scope="col">"Told to be"</th><th scope="col" class="number">"Cells"</th><th scope="col" class="number">"Share"</th></tr></thead>
                <CappedRows total=n_rows columns=3 testid="zero-shot-more" row=row />
            </table>
            <SaveCsv name="lexicell-types-told.csv" testid="save-types-told" table=move |()| types_csv(&saved) />
        </section>
    }
    .into_any()
}

fn against_in_words(report: &AskReport, labels: &ZeroShot) -> String {
    match labels.against {
        Some((accuracy, f1)) => format!(
            "Held against “{}”: {} of the cells of these types are told rightly (unsure ones count as wrong), mean F1 over the types {}.",
            report.by,
            percent(accuracy),
            figure(f1, 3)
        ),
        None => format!(
            "Not judged: “{}” has no names that are those of your types. Sum up by a column that has.",
            report.by
        ),
    }
}

fn show_button(app: AppState, column: String, testid: &'static str) -> AnyView {
    let show = move |_| {
        app.color_by(ColorBy::Obs(column.clone()));
        app.stage.set(Stage::Map);
    };
    view! { <button type="button" class="link" data-testid=testid on:click=show>"Show on the map"</button> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use lexicell_protocol::AskSettings;

    #[test]
    fn types_are_judged_only_where_names_are_the_same() {
        let settings =
            AskSettings { text: "a: b".to_owned(), by: None, n_permutations: 1, seed: 0 };
        let report = AskReport {
            settings,
            texts: vec![],
            from: String::new(),
            ids: vec![],
            columns: vec![],
            by: "cell_type".to_owned(),
            classes: vec![],
            genes: vec![],
            labels: None,
            notes: vec![],
        };
        let mut labels = ZeroShot {
            column: "told".to_owned(),
            counts: vec![],
            n_unsure: 0,
            least_margin: 0.01,
            against: Some((0.75, 0.5)),
        };
        assert!(against_in_words(&report, &labels).contains("75.0 %"));
        labels.against = None;
        assert!(against_in_words(&report, &labels).starts_with("Not judged"));
    }
}
