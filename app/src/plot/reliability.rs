use lexicell_protocol::{Method, ReliabilityBin};

use super::axes::{Field, x_axis, y_axis};
use super::figure::Figure;
use super::mark::{Dash, Mark, Paint};
use super::method_style::style_of;
use super::scale::Scale;
use crate::components::{count, percent};
use crate::words::method_in_words;

const FIELD: Field = Field { left: 58.0, top: 14.0, right: 318.0, bottom: 274.0 };
/// Height of the columns that say how many cells a bin holds.
const COLUMNS: f64 = 60.0;

/// Share of the votes against share told rightly: whether a vote can be believed.
pub(crate) fn reliability(method: Method, bins: &[ReliabilityBin]) -> Figure {
    let style = style_of(method);
    let mut figure = Figure {
        title: format!("Can the votes be believed? {}", method_in_words(method)),
        alt: bins.iter().map(in_words).collect::<Vec<_>>().join(" "),
        caption: "Reliability diagram: among held-out cells whose told class got that share of the neighbours’ votes, the share told rightly. On the diagonal the votes mean what they say; below it they promise too much. Columns: how many cells.".to_owned(),
        width: 334.0,
        height: 316.0,
        marks: Vec::new(),
    };
    let x = Scale::linear((0.0, 1.0), FIELD.across());
    let y = Scale::linear((0.0, 1.0), FIELD.upward());
    y_axis(&mut figure, FIELD, &y, &y.ticks(5), "Share told rightly");
    x_axis(&mut figure, FIELD, &x, &x.ticks(5), "Share of the votes");
    let most = bins.iter().map(|bin| bin.n_obs).max().unwrap_or(0).max(1) as f64;
    let width = (FIELD.right - FIELD.left) / 10.0 * 0.7;
    let filled: Vec<&ReliabilityBin> = bins
        .iter()
        .filter(|bin| bin.n_obs > 0 && bin.confidence.is_finite() && bin.accuracy.is_finite())
        .collect();
    for bin in &filled {
        let height = bin.n_obs as f64 / most * COLUMNS;
        let left = (x.place(bin.confidence) - width / 2.0).clamp(FIELD.left, FIELD.right - width);
        figure.add(Mark::Rect {
            corner: (left, FIELD.bottom - height),
            width,
            height,
            paint: Paint::Muted,
            opacity: 0.22,
            words: format!("{} cells", count(bin.n_obs)),
        });
    }
    figure.line(
        (x.place(0.0), y.place(0.0)),
        (x.place(1.0), y.place(1.0)),
        Paint::Muted,
        1.0,
        Dash::Dashed,
    );
    let through =
        filled.iter().map(|bin| (x.place(bin.confidence), y.place(bin.accuracy))).collect();
    figure.add(Mark::Line { through, paint: style.paint, width: 1.8, dash: Dash::Solid });
    for bin in &filled {
        let at = (x.place(bin.confidence), y.place(bin.accuracy));
        figure.add(Mark::Dot {
            at,
            shape: style.shape,
            radius: 4.0,
            paint: style.paint,
            words: in_words(bin),
        });
    }
    figure
}

fn in_words(bin: &ReliabilityBin) -> String {
    format!(
        "{} of the votes: {} right, {} cells.",
        percent(bin.confidence),
        percent(bin.accuracy),
        count(bin.n_obs)
    )
}

#[cfg(test)]
mod tests {
    use super::super::mark::Palette;
    use super::super::samples::method_score;
    use super::*;

    #[test]
    fn empty_bins_are_not_drawn_and_full_ones_are() {
        let mut bins = method_score(Method::Majority, 0.5).reliability;
        bins.push(ReliabilityBin { confidence: f64::NAN, accuracy: f64::NAN, n_obs: 0 });
        let figure = reliability(Method::Majority, &bins);
        let dots = figure.marks.iter().filter(|mark| matches!(mark, Mark::Dot { .. })).count();
        assert_eq!(dots, 2);
        assert!(!figure.svg(Palette::Print).contains("NaN"));
        assert!(figure.alt.contains("95.0 % of the votes: 97.0 % right, 80 cells."));
    }
}
