use leptos::prelude::*;
use lexicell_protocol::{Method, MethodScore, ScoreReport, View};

use super::class_table::ClassTable;
use crate::components::{Choice, ChoiceField, FigureView};
use crate::plot::{confusion_matrix, reliability};
use crate::words::method_in_words;

/// One method class by class: who is taken for whom, and whether its votes can be believed.
#[component]
pub(super) fn Details(
    report: ScoreReport,
    /// The point of the low-sample curve; none for other splits.
    point: Signal<Option<u32>>,
    method: RwSignal<Method>,
) -> impl IntoView {
    let mut methods: Vec<Choice<Method>> = Vec::new();
    for score in &report.scores {
        if methods.iter().all(|choice| choice.value != score.method) {
            methods.push(Choice::new(score.method, method_in_words(score.method)));
        }
    }
    let contents = move || {
        let (point, wanted) = (point.get(), method.get());
        let at_point: Vec<&MethodScore> =
            report.scores.iter().filter(|score| score.per_class_trained == point).collect();
        let score = at_point.iter().find(|score| score.method == wanted).or(at_point.first())?;
        let name = method_in_words(score.method);
        let matrix = confusion_matrix(name, &report.classes, &report.class_order, &score.confusion);
        let has_votes = score.reliability.iter().any(|bin| bin.n_obs > 0);
        let votes = has_votes.then(|| {
            let figure = reliability(score.method, &score.reliability);
            view! { <FigureView figure=Signal::stored(figure) testid="reliability" /> }
        });
        Some(view! {
            <FigureView figure=Signal::stored(matrix) testid="confusion-svg" />
            <div class="score-details">
                {votes}
                <div><ClassTable score=(*score).clone() gains=gains(&at_point) /></div>
            </div>
        })
    };
    view! {
        <section>
            <h2>"Class by class"</h2>
            <ChoiceField testid="score-method" label="Told by" choices=Signal::stored(methods) value=method set=Callback::new(move |wanted| method.set(wanted)) />
            {contents}
        </section>
    }
}

/// F1 of each class after refinement minus before, where both were judged on the same folds.
fn gains(scores: &[&MethodScore]) -> Option<Vec<f64>> {
    let of = |view: View| scores.iter().find(|score| score.method == Method::View(view));
    let (before, after) = (of(View::Text)?, of(View::Refined)?);
    let pairs = after.per_class.iter().zip(&before.per_class);
    Some(pairs.map(|(after, before)| after.f1 - before.f1).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::samples::method_score;

    #[test]
    fn a_gain_needs_both_sides() {
        let (text, refined) = (
            method_score(Method::View(View::Text), 0.5),
            method_score(Method::View(View::Refined), 0.75),
        );
        assert_eq!(gains(&[&text, &refined]), Some(vec![0.25; 3]));
        assert_eq!(gains(&[&text]), None);
    }
}
