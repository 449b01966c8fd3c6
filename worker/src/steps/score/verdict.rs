//! What the comparisons say, in words: a difference counts when its corrected interval excludes 0.

use lexicell_analysis::score::Score;
use lexicell_protocol::{Comparison, Method, View};

use super::report::name;

const TEXT: Method = Method::View(View::Text);
const REFINED: Method = Method::View(View::Refined);
const PCA: Method = Method::View(View::Pca);
/// The views that a map can be drawn in, the simplest first.
const VIEWS: [Method; 5] = [PCA, TEXT, Method::RefinedPca, REFINED, Method::Joint];

/// The verdict at each point; only the low-sample curve has more than one.
pub(super) fn verdict(scores: &[(Method, Score)], comparisons: &[Comparison]) -> String {
    let mut points: Vec<Option<usize>> =
        scores.iter().map(|(_, score)| score.per_class_trained).collect();
    points.dedup();
    let mut paragraphs = Vec::new();
    for point in points {
        let own = Point { scores, comparisons, point };
        let sentences = own.sentences();
        if !sentences.is_empty() {
            let start = point.map_or_else(String::new, |n| {
                let cells = if n == 1 { "cell" } else { "cells" };
                format!("With {n} training {cells} of each class: ")
            });
            paragraphs.push(format!("{start}{}", sentences.join(" ")));
        }
    }
    paragraphs.join("\n")
}

/// What was judged at one point.
struct Point<'a> {
    scores: &'a [(Method, Score)],
    comparisons: &'a [Comparison],
    point: Option<usize>,
}

/// Which side of 0 an interval lies on.
#[derive(Clone, Copy, PartialEq)]
enum Side {
    Better,
    Worse,
    Neither,
}

impl Point<'_> {
    fn sentences(&self) -> Vec<String> {
        let mut sentences = Vec::new();
        sentences.extend(self.against_controls(TEXT));
        sentences.extend(self.plain(TEXT, Method::NamesOnly));
        sentences.extend(self.plain(TEXT, PCA));
        sentences.extend(self.plain(REFINED, TEXT));
        sentences.extend(self.plain(REFINED, PCA));
        sentences.extend(self.plain(REFINED, Method::RefinedPca));
        sentences.extend(self.against_controls_refined());
        sentences.extend(self.plain(Method::Joint, PCA));
        sentences.extend(self.plain(Method::Joint, Method::RefinedPca));
        sentences.extend(self.plain(Method::Joint, REFINED));
        sentences.extend(self.plain(Method::DroppedVectors, TEXT));
        sentences.extend(self.recommended());
        if sentences.is_empty() {
            sentences.extend(self.without_intervals());
        }
        sentences
    }

    /// Whether the words help at all: both controls keep everything but what is written.
    fn against_controls(&self, method: Method) -> Option<String> {
        let controls = [Method::RandomVectors, Method::ShuffledTexts];
        let found: Vec<&Comparison> =
            controls.iter().filter_map(|&control| self.comparison(method, control)).collect();
        if found.is_empty() {
            return None;
        }
        let figures: Vec<String> = found.iter().map(|&test| self.figures(test)).collect();
        let names: Vec<String> = found.iter().map(|test| lower(name(test.baseline))).collect();
        let figures = figures.join("; ");
        let (subject, names) = (name(method), names.join(" and "));
        Some(if found.iter().all(|test| side(test) == Side::Better) {
            format!("{subject} is better than {names} ({figures}): the words themselves help here.")
        } else if found.iter().all(|test| side(test) == Side::Worse) {
            format!(
                "{subject} is worse than {names} ({figures}): within this data set the words themselves add nothing, cells differ by which genes they express."
            )
        } else {
            format!(
                "{subject} is not better than both controls, {names} ({figures}): within this data set the words themselves add nothing that can be shown."
            )
        })
    }

    /// Refinement may repair what pooling lost without the words having a part in it.
    fn against_controls_refined(&self) -> Option<String> {
        let controls = [Method::RandomVectors, Method::ShuffledTexts];
        let mut found = controls.iter().filter_map(|&control| self.comparison(REFINED, control));
        let below = found.find(|test| side(test) != Side::Better)?;
        Some(format!(
            "Even refined, text is not better than {}, which nothing was trained on ({}).",
            lower(name(below.baseline)),
            self.figures(below)
        ))
    }

    /// The view to make maps and clusters in, where the joint one was held against PCA.
    fn recommended(&self) -> Option<String> {
        self.comparison(Method::Joint, PCA)?;
        let judged: Vec<(Method, f64)> =
            VIEWS.into_iter().filter_map(|view| Some((view, self.mean(view)?))).collect();
        let against_pca = |view: Method| self.comparison(view, PCA).map(side);
        let (best, view) = recommended(&judged, against_pca)?;
        let why = if best == view && view == PCA {
            "it has the highest macro-F1".to_owned()
        } else if best == view {
            "it has the highest macro-F1, and its interval against PCA excludes 0".to_owned()
        } else {
            format!(
                "{} has the highest macro-F1, but cannot be told apart from PCA",
                lower(name(best))
            )
        };
        let names: Vec<String> = judged.iter().map(|(view, _)| lower(name(*view))).collect();
        Some(format!(
            "Recommended for maps and clusters of this data set: {} ({why}). The rule: of {}, the view with the highest macro-F1, unless its 95 % interval against PCA holds 0; then PCA, the simplest.",
            lower(name(view)),
            names.join(", ")
        ))
    }

    fn plain(&self, method: Method, baseline: Method) -> Option<String> {
        let test = self.comparison(method, baseline)?;
        let (first, second) = (name(method), lower(name(baseline)));
        let figures = self.figures(test);
        Some(match side(test) {
            Side::Better => format!("{first} is better than {second} ({figures})."),
            Side::Worse => format!("{first} is worse than {second} ({figures})."),
            Side::Neither => format!("{first} and {second} cannot be told apart ({figures})."),
        })
    }

    /// Means alone, where there are too few rounds to compare.
    fn without_intervals(&self) -> Option<String> {
        let means: Vec<String> = self
            .scores
            .iter()
            .filter(|(_, score)| score.per_class_trained == self.point)
            .map(|(method, score)| format!("{} {:.3}", lower(name(*method)), score.macro_f1.mean))
            .collect();
        (!means.is_empty()).then(|| format!("Macro-F1, not compared: {}.", means.join(", ")))
    }

    fn comparison(&self, method: Method, baseline: Method) -> Option<&Comparison> {
        let point = self.point.map(|n| n as u32);
        self.comparisons.iter().find(|test| {
            test.method == method && test.baseline == baseline && test.per_class_trained == point
        })
    }

    /// The mean macro-F1 of a method, if it was judged here.
    fn mean(&self, wanted: Method) -> Option<f64> {
        let is_own = |(method, score): &&(Method, Score)| {
            *method == wanted && score.per_class_trained == self.point
        };
        self.scores.iter().find(is_own).map(|(_, score)| score.macro_f1.mean)
    }

    fn figures(&self, test: &Comparison) -> String {
        let mean = |wanted: Method| self.mean(wanted).unwrap_or(f64::NAN);
        let text = format!(
            "macro-F1 {:.3} against {:.3}, difference {:+.3}, 95 % interval {:+.3} to {:+.3}",
            mean(test.method),
            mean(test.baseline),
            test.difference,
            test.low,
            test.high
        );
        text.replace('-', "−").replace("macro−F1", "macro-F1")
    }
}

/// The view with the highest mean, the simpler of equals; and the one that is recommended: that one,
/// unless its interval against PCA holds 0. Then it is PCA, the simplest.
fn recommended(
    judged: &[(Method, f64)],
    against_pca: impl Fn(Method) -> Option<Side>,
) -> Option<(Method, Method)> {
    let first = *judged.first()?;
    let (best, _) = judged.iter().fold(first, |best, own| if own.1 > best.1 { *own } else { best });
    match against_pca(best) {
        _ if best == PCA => Some((PCA, PCA)),
        Some(Side::Better) => Some((best, best)),
        Some(Side::Neither | Side::Worse) => Some((best, PCA)),
        None => None,
    }
}

fn side(test: &Comparison) -> Side {
    if test.low > 0.0 {
        Side::Better
    } else if test.high < 0.0 {
        Side::Worse
    } else {
        Side::Neither
    }
}

/// The name within a sentence; abbreviations keep their capitals.
fn lower(name: &str) -> String {
    let mut letters = name.chars();
    match (letters.next(), letters.next()) {
        (Some(first), Some(second)) if second.is_lowercase() => {
            let rest = &name[first.len_utf8()..];
            format!("{}{rest}", first.to_lowercase())
        }
        _ => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_view_is_recommended_where_it_differs_from_pca() {
        let judged = |means: [f64; 5]| VIEWS.into_iter().zip(means).collect::<Vec<_>>();
        let told_apart = |_| Some(Side::Better);
        let alike = |_| Some(Side::Neither);
        let high = judged([0.8, 0.6, 0.85, 0.7, 0.9]);
        assert_eq!(recommended(&high, told_apart), Some((Method::Joint, Method::Joint)));
        assert_eq!(recommended(&high, alike), Some((Method::Joint, PCA)));
        // Of equals the simpler one.
        let equal = judged([0.8, 0.6, 0.9, 0.7, 0.9]);
        assert_eq!(recommended(&equal, told_apart), Some((Method::RefinedPca, Method::RefinedPca)));
        assert_eq!(recommended(&judged([0.9; 5]), |_| None), Some((PCA, PCA)));
        assert_eq!(recommended(&high, |_| None), None);
        assert_eq!(recommended(&[], told_apart), None);
    }
}
