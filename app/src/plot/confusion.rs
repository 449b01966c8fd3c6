use super::figure::Figure;
use super::mark::{Anchor, Mark, Paint, cut};
use crate::components::{count, percent};

/// Longer names are cut; the table beside it has them whole.
const NAME_LENGTH: usize = 22;
/// Width of a letter of a name.
const LETTER: f64 = 7.2;
/// From this side on a square holds its share, and from the other one its cells too.
const SIDE_FOR_SHARE: f64 = 30.0;
const SIDE_FOR_COUNT: f64 = 42.0;
/// Squares smaller than this have no name beside them.
const SIDE_FOR_NAME: f64 = 10.0;

/// Which class was told for the cells of each class, as a heat map, in that order of the classes.
pub(crate) fn confusion_matrix(
    told_by: &str,
    classes: &[String],
    order: &[u32],
    confusion: &[u32],
) -> Figure {
    let n = classes.len();
    let order = fitting(order, n);
    let side = side_of(n);
    let field = n as f64 * side;
    let (left, below) = room_for_names(classes, side);
    let mut figure = Figure {
        title: format!("Who is taken for whom: {told_by}"),
        alt: in_words(classes, confusion),
        caption: "Rows: the true class. Columns: the class that was told. The darker, the larger the share of the row’s cells, over all held-out folds. Classes that are taken for each other stand side by side.".to_owned(),
        width: left + field + 4.0,
        height: field + below,
        marks: Vec::new(),
    };
    figure.add(Mark::Rect {
        corner: (left, 0.0),
        width: field,
        height: field,
        paint: Paint::Heat,
        opacity: 0.05,
        words: String::new(),
    });
    for square in squares(n, &order, confusion).into_iter().filter(|square| square.n > 0) {
        draw_square(&mut figure, &square, classes, &order, left, side);
    }
    if side >= SIDE_FOR_NAME {
        for (place, &class) in order.iter().enumerate() {
            let middle = (place as f64 + 0.5) * side;
            let name = cut(&classes[class], NAME_LENGTH);
            figure.text((left - 6.0, middle), &name, Anchor::End, Paint::Ink);
            figure.add(Mark::Text {
                at: (left + middle, field + 10.0),
                text: name,
                size: 11.0,
                anchor: Anchor::End,
                paint: Paint::Ink,
                turn: -50.0,
            });
        }
    }
    figure
}

fn draw_square(
    figure: &mut Figure,
    square: &Square,
    classes: &[String],
    order: &[usize],
    left: f64,
    side: f64,
) {
    let corner = (left + square.column as f64 * side, square.row as f64 * side);
    let gap = if side >= SIDE_FOR_NAME { 1.0 } else { 0.0 };
    figure.add(Mark::Rect {
        corner,
        width: side - gap,
        height: side - gap,
        paint: Paint::Heat,
        opacity: 0.12 + 0.88 * square.share,
        words: format!(
            "{} told to be {}: {} cells, {} of the class",
            classes[order[square.row]],
            classes[order[square.column]],
            count(u64::from(square.n)),
            percent(square.share)
        ),
    });
    if side < SIDE_FOR_SHARE {
        return;
    }
    // Dark squares bear light letters.
    let paint = if square.share > 0.7 { Paint::Surface } else { Paint::Ink };
    let middle = (corner.0 + side / 2.0, corner.1 + side / 2.0);
    let mut write = |dy: f64, size: f64, text: String| {
        figure.add(Mark::Text {
            at: (middle.0, middle.1 + dy),
            text,
            size,
            anchor: Anchor::Middle,
            paint,
            turn: 0.0,
        });
    };
    let share = format!("{:.0} %", square.share * 100.0);
    if side >= SIDE_FOR_COUNT {
        write(-7.0, 10.5, share);
        write(7.0, 9.5, count(u64::from(square.n)));
    } else {
        write(0.0, 9.0, format!("{:.0}", square.share * 100.0));
    }
}

/// Room for the class names at the left and, turned, at the bottom.
fn room_for_names(classes: &[String], side: f64) -> (f64, f64) {
    if side < SIDE_FOR_NAME {
        return (4.0, 8.0);
    }
    let longest = classes.iter().map(|name| name.chars().count().min(NAME_LENGTH)).max();
    let length = longest.unwrap_or(0) as f64 * LETTER;
    // A turned name reaches to the left of its own column as far as it reaches down, nearly.
    let turned = 50f64.to_radians();
    ((length + 10.0).max(length * turned.cos() - side / 2.0), length * turned.sin() + 20.0)
}

/// Side of a square: large where the classes are few.
fn side_of(n: usize) -> f64 {
    match n {
        0..=12 => 44.0,
        13..=22 => 30.0,
        23..=60 => 20.0,
        61..=100 => 10.0,
        101..=250 => 4.0,
        _ => 2.0,
    }
}

/// The order as it came, or the column's own where it is none of these classes.
fn fitting(order: &[u32], n: usize) -> Vec<usize> {
    let order: Vec<usize> = order.iter().map(|&class| class as usize).collect();
    let mut sorted = order.clone();
    sorted.sort_unstable();
    if sorted.iter().copied().eq(0..n) { order } else { (0..n).collect() }
}

/// One square of the heat map.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Square {
    row: usize,
    column: usize,
    n: u32,
    /// Share of the row's cells.
    share: f64,
}

/// The squares, row after row, in the order in which they are drawn.
fn squares(n: usize, order: &[usize], confusion: &[u32]) -> Vec<Square> {
    let mut squares = Vec::new();
    for (row, &truth) in order.iter().enumerate() {
        let Some(values) = confusion.get(truth * n..(truth + 1) * n) else { continue };
        let sum: u64 = values.iter().map(|&value| u64::from(value)).sum();
        for (column, &told) in order.iter().enumerate() {
            let n = values[told];
            let share = if sum > 0 { f64::from(n) / sum as f64 } else { 0.0 };
            squares.push(Square { row, column, n, share });
        }
    }
    squares
}

/// The classes that are taken for others most.
fn in_words(classes: &[String], confusion: &[u32]) -> String {
    let order: Vec<usize> = (0..classes.len()).collect();
    let mut wrong: Vec<Square> = squares(classes.len(), &order, confusion)
        .into_iter()
        .filter(|square| square.row != square.column && square.n > 0)
        .collect();
    wrong.sort_by(|a, b| b.share.total_cmp(&a.share));
    let most: Vec<String> = wrong
        .iter()
        .take(3)
        .map(|square| {
            format!(
                "{} of {} told to be {}",
                percent(square.share),
                classes[square.row],
                classes[square.column]
            )
        })
        .collect();
    if most.is_empty() {
        "No cell was told to be of another class.".to_owned()
    } else {
        format!("Most often mistaken: {}. The table holds all numbers.", most.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::super::mark::Palette;
    use super::*;

    fn names(n: usize) -> Vec<String> {
        (0..n).map(|class| format!("type {class}")).collect()
    }

    #[test]
    fn shares_are_of_the_true_class_whatever_the_order() {
        let shares = |order: &[usize]| -> Vec<f64> {
            squares(2, order, &[8, 2, 0, 5]).iter().map(|square| square.share).collect()
        };
        assert_eq!(shares(&[0, 1]), [0.8, 0.2, 0.0, 1.0]);
        assert_eq!(shares(&[1, 0]), [1.0, 0.0, 0.2, 0.8]);
    }

    #[test]
    fn a_class_without_cells_has_no_share() {
        let squares = squares(2, &[0, 1], &[0, 0, 1, 1]);
        assert!(squares.iter().take(2).all(|square| square.share == 0.0));
    }

    #[test]
    fn a_matrix_or_an_order_of_the_wrong_size_draws_what_it_holds() {
        assert_eq!(squares(3, &[0, 1, 2], &[1, 2, 3, 4]).len(), 3);
        assert!(squares(0, &[], &[]).is_empty());
        assert_eq!(fitting(&[2, 0, 1], 3), [2, 0, 1]);
        assert_eq!(fitting(&[0, 0, 1], 3), [0, 1, 2]);
        assert_eq!(fitting(&[], 2), [0, 1]);
    }

    #[test]
    fn few_classes_show_shares_and_counts_and_many_still_draw() {
        let few = confusion_matrix("PCA", &names(2), &[1, 0], &[8, 2, 0, 5]).svg(Palette::Print);
        assert!(few.contains("80 %") && few.contains(">8<"));
        let n = 500;
        let mut diagonal = vec![0; n * n];
        (0..n).for_each(|class| diagonal[class * n + class] = 3);
        let many = confusion_matrix("PCA", &names(n), &[], &diagonal);
        assert!(many.marks.len() < 600, "{} marks", many.marks.len());
    }

    #[test]
    fn the_worst_mistake_is_said_first() {
        let words = in_words(&names(2), &[8, 2, 1, 4]);
        assert!(words.contains("20.0 % of type 0 told to be type 1; 20.0 % of type 1"), "{words}");
        assert_eq!(in_words(&names(1), &[4]), "No cell was told to be of another class.");
    }
}
