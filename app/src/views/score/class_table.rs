use leptos::prelude::*;
use lexicell_protocol::MethodScore;

use crate::components::{CappedRows, SaveCsv, count, figure, signed};
use crate::files::Csv;

/// Classes with fewer cells are marked: a cell more or less told rightly moves their figures far.
pub(crate) const RARE: u64 = 20;

/// Each class's score, and the confusion matrix in numbers.
#[component]
pub(super) fn ClassTable(
    score: MethodScore,
    /// The same classes by text before and after refinement, where both were judged.
    gains: Option<Vec<f64>>,
) -> impl IntoView {
    let names: Vec<String> = score.per_class.iter().map(|class| class.name.clone()).collect();
    let confusion = score.confusion.clone();
    let (saved_names, saved) = (names.clone(), confusion.clone());
    let sizes = class_sizes(&score);
    let n_rare = sizes.iter().filter(|&&size| size < RARE).count();
    let classes = score.per_class;
    let (total, has_gains) = (classes.len(), gains.is_some());
    let row = move |place: usize| {
        let class = &classes[place];
        let is_rare = sizes[place] < RARE;
        let gain = gains.as_ref().map(|gains| view! { <td class="number">{gains.get(place).map_or("–".to_owned(), |gain| signed(*gain, 3))}</td> });
        view! {
            <tr class:rare=is_rare>
                <th scope="row">{class.name.clone()}{is_rare.then(|| view! { <span class="badge">"rare"</span> })}</th>
                <td class="number">{figure(class.precision, 3)}</td>
                <td class="number">{figure(class.recall, 3)}</td>
                <td class="number">{figure(class.f1, 3)}</td>
                {gain}
                <td class="number">{count(sizes[place])}</td>
            </tr>
        }
        .into_any()
    };
    view! {
        <table data-testid="class-table">
            <thead>
                <tr>
                    <th scope="col">"Class"</th>
                    <th scope="col" class="number" title="Of the cells told to be of it, the share that is">"Precision"</th>
                    <th scope="col" class="number" title="Of its cells, the share told rightly">"Recall"</th>
                    <th scope="col" class="number">"F1"</th>
                    {has_gains.then(|| view! { <th scope="col" class="number" title="F1 by refined gene descriptions minus F1 by gene descriptions">"Gain by refining"</th> })}
                    <th scope="col" class="number" title="Cells of the class that were held out in a draw of the split">"Cells"</th>
                </tr>
            </thead>
            <CappedRows total=total columns=if has_gains { 6 } else { 5 } testid="classes-more" row=row />
        </table>
        {(n_rare > 0).then(|| view! { <p class="hint" data-testid="rare-classes">{format!("Rare: fewer than {RARE} cells. A single cell told otherwise moves the figures of such a class by 5 percentage points or more.")}</p> })}
        <details class="twin">
            <summary data-testid="confusion-as-table">"The confusion matrix as a table"</summary>
            <ConfusionTable names=names confusion=confusion />
            <SaveCsv name="lexicell-confusion.csv" testid="save-confusion" table=move |()| csv(&saved_names, &saved) />
        </details>
    }
}

/// Cells of each class that were held out in one draw of the split; over all draws they count again.
pub(crate) fn class_sizes(score: &MethodScore) -> Vec<u64> {
    let in_one: u64 =
        score.folds.iter().filter(|fold| fold.repeat == 0).map(|fold| fold.n_test).sum();
    let in_all: u64 = score.per_class.iter().map(|class| class.support).sum();
    let size = |support: u64| {
        if in_one == 0 || in_all <= in_one {
            support
        } else {
            (support as f64 * in_one as f64 / in_all as f64).round() as u64
        }
    };
    score.per_class.iter().map(|class| size(class.support)).collect()
}

/// The matrix with the true classes as rows.
fn csv(names: &[String], confusion: &[u32]) -> Csv {
    let columns: Vec<&str> =
        std::iter::once("true_class").chain(names.iter().map(String::as_str)).collect();
    let mut table = Csv::new(&columns);
    for (name, row) in names.iter().zip(confusion.chunks(names.len().max(1))) {
        table.row(std::iter::once(name.clone()).chain(row.iter().map(u32::to_string)));
    }
    table
}

#[component]
fn ConfusionTable(names: Vec<String>, confusion: Vec<u32>) -> impl IntoView {
    let n = names.len();
    let heads = names
        .iter()
        .map(|name| view! { <th scope="col" class="number">{name.clone()}</th> })
        .collect_view();
    let row = move |place: usize| {
        let values = confusion.get(place * n..(place + 1) * n).unwrap_or_default();
        let cells = values
            .iter()
            .map(|&value| view! { <td class="number">{count(u64::from(value))}</td> })
            .collect_view();
        view! { <tr><th scope="row">{names[place].clone()}</th>{cells}</tr> }.into_any()
    };
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label="Confusion matrix">
            <table data-testid="confusion-table">
                <thead><tr><th scope="col">"True class ＼ told"</th>{heads}</tr></thead>
                <CappedRows total=n columns=n + 1 testid="confusion-more" row=row />
            </table>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::samples::method_score;
    use lexicell_protocol::Method;

    #[test]
    fn a_saved_confusion_matrix_has_the_true_classes_as_rows() {
        let names = ["B".to_owned(), "T, naive".to_owned()];
        let table = csv(&names, &[5, 1, 2, 7]);
        assert_eq!(table.text(), "true_class,B,\"T, naive\"\r\nB,5,1\r\n\"T, naive\",2,7\r\n");
    }

    #[test]
    fn a_cell_that_is_held_out_in_five_draws_is_one_cell() {
        let mut score = method_score(Method::Majority, 0.5);
        assert_eq!(class_sizes(&score), [60, 32, 8]);
        score.per_class.iter_mut().for_each(|class| class.support *= 5);
        assert_eq!(class_sizes(&score), [60, 32, 8]);
    }
}
