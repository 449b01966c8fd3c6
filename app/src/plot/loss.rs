use lexicell_protocol::EpochLoss;

use super::axes::{Field, legend_entry, x_axis, y_axis};
use super::figure::Figure;
use super::mark::{Anchor, Dash, Mark, Paint, Shape};
use super::scale::{Scale, range};
use crate::components::figure as number;

const FIELD: Field = Field { left: 58.0, top: 34.0, right: 880.0, bottom: 250.0 };
/// Few epochs are shown as points too.
const FEW: usize = 40;

/// Loss by epoch: of the batches that train, and of the cells kept aside.
pub(crate) fn loss_curve(curve: &[EpochLoss], kept: Option<u32>, most_epochs: u32) -> Figure {
    let mut figure = Figure {
        title: "Loss by epoch".to_owned(),
        alt: in_words(curve, kept),
        caption: "The lower the better. The cells kept aside for early stopping (validation) train nothing; the epoch with their lowest loss is the one that is kept.".to_owned(),
        width: 900.0,
        height: 290.0,
        marks: Vec::new(),
    };
    let train: Vec<(f64, f64)> =
        curve.iter().map(|loss| (f64::from(loss.epoch), loss.train)).collect();
    let validation: Vec<(f64, f64)> =
        curve.iter().filter_map(|loss| Some((f64::from(loss.epoch), loss.validation?))).collect();
    let (low, high) = range(train.iter().chain(&validation).map(|&(_, loss)| loss));
    let room = if high > low { (high - low) * 0.06 } else { 0.0 };
    let last = curve.last().map_or(1, |loss| loss.epoch).max(most_epochs).max(2);
    let x = Scale::linear((1.0, f64::from(last)), FIELD.across());
    let y = Scale::linear((low - room, high + room), FIELD.upward());
    let mut epochs = x.ticks(8);
    epochs.retain(|epoch| epoch.fract() == 0.0);
    y_axis(&mut figure, FIELD, &y, &y.ticks(5), "Loss");
    x_axis(&mut figure, FIELD, &x, &epochs, "Epoch");
    if let Some(epoch) = kept {
        let at = x.place(f64::from(epoch));
        figure.line((at, FIELD.top), (at, FIELD.bottom), Paint::Muted, 1.2, Dash::Dotted);
        let (anchor, gap) =
            if at > FIELD.right - 90.0 { (Anchor::End, -6.0) } else { (Anchor::Start, 6.0) };
        figure.text(
            (at + gap, FIELD.top + 8.0),
            &format!("kept: epoch {epoch}"),
            anchor,
            Paint::Ink,
        );
    }
    let mut draw = |points: &[(f64, f64)], name: &str, paint: Paint, dash: Dash, shape: Shape| {
        let places: Vec<(f64, f64)> = points
            .iter()
            .filter(|(_, loss)| loss.is_finite())
            .map(|&(epoch, loss)| (x.place(epoch), y.place(loss)))
            .collect();
        if points.len() <= FEW {
            for (&at, (epoch, loss)) in places.iter().zip(points) {
                let words = format!("{name}, epoch {epoch}: {}", number(*loss, 4));
                figure.add(Mark::Dot { at, shape, radius: 2.6, paint, words });
            }
        }
        figure.add(Mark::Line { through: places, paint, width: 2.0, dash });
    };
    draw(&train, "training", Paint::Series(0), Dash::Solid, Shape::Disc);
    draw(&validation, "validation", Paint::Series(1), Dash::Dashed, Shape::Square);
    let next = legend_entry(
        &mut figure,
        (FIELD.left, 14.0),
        "training cells",
        Paint::Series(0),
        Dash::Solid,
        Some(Shape::Disc),
    );
    if !validation.is_empty() {
        legend_entry(
            &mut figure,
            (next, 14.0),
            "cells kept aside (validation)",
            Paint::Series(1),
            Dash::Dashed,
            Some(Shape::Square),
        );
    }
    figure
}

fn in_words(curve: &[EpochLoss], kept: Option<u32>) -> String {
    let (Some(first), Some(last)) = (curve.first(), curve.last()) else {
        return "No epoch has ended yet.".to_owned();
    };
    let mut words = format!(
        "{} epochs; training loss from {} to {}.",
        last.epoch,
        number(first.train, 3),
        number(last.train, 3)
    );
    if let (Some(before), Some(after)) = (first.validation, last.validation) {
        words.push_str(&format!(
            " Validation loss from {} to {}.",
            number(before, 3),
            number(after, 3)
        ));
    }
    if let Some(epoch) = kept {
        words.push_str(&format!(" Epoch {epoch} was kept."));
    }
    words
}

#[cfg(test)]
mod tests {
    use super::super::mark::Palette;
    use super::*;

    fn loss(epoch: u32, train: f64, validation: Option<f64>) -> EpochLoss {
        EpochLoss { epoch, train, validation }
    }

    #[test]
    fn an_empty_curve_draws_axes_and_says_so() {
        let figure = loss_curve(&[], None, 100);
        assert_eq!(figure.alt, "No epoch has ended yet.");
        assert!(!figure.svg(Palette::Print).contains("NaN"));
    }

    #[test]
    fn the_kept_epoch_and_both_curves_are_there() {
        let curve = [loss(1, 4.0, Some(4.2)), loss(2, 3.0, Some(3.5)), loss(3, 2.5, Some(3.6))];
        let figure = loss_curve(&curve, Some(2), 3);
        assert!(figure.alt.ends_with("Epoch 2 was kept."));
        let svg = figure.svg(Palette::Print);
        assert!(svg.contains("kept: epoch 2") && svg.contains("validation"));
        let lines = figure
            .marks
            .iter()
            .filter(|mark| matches!(mark, Mark::Line { through, .. } if through.len() == 3));
        assert_eq!(lines.count(), 2);
    }

    #[test]
    fn a_loss_that_is_not_a_number_breaks_nothing() {
        let curve = [loss(1, f64::NAN, None), loss(2, 1.0, None)];
        assert!(!loss_curve(&curve, None, 2).svg(Palette::Page).contains("NaN"));
    }
}
