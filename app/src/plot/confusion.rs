use leptos::prelude::*;

use crate::components::{count, percent};

/// Side of a cell.
const CELL: f64 = 24.0;
/// Room for the class names at the left and at the bottom.
const NAMES: f64 = 172.0;
/// Longer names are cut; the table beside it has them whole.
const NAME_LENGTH: usize = 22;

/// Which class the neighbours told for the cells of each class, as a heat map; its table says the same.
#[component]
pub(crate) fn ConfusionMatrix(classes: Vec<String>, confusion: Vec<u32>) -> impl IntoView {
    let n = classes.len();
    let side = n as f64 * CELL;
    let squares = squares(n, &confusion)
        .into_iter()
        .map(|square| {
            let told = format!("{} told to be {}: {} cells, {} of the class", classes[square.row], classes[square.column], count(u64::from(square.n)), percent(square.share));
            view! {
                <rect class="heat" x=NAMES + square.column as f64 * CELL y=square.row as f64 * CELL width=CELL - 1.0 height=CELL - 1.0 fill-opacity=opacity(square.share)>
                    <title>{told}</title>
                </rect>
            }
        })
        .collect_view();
    let rows = classes
        .iter()
        .enumerate()
        .map(|(place, name)| view! { <text x=NAMES - 6.0 y=(place as f64 + 0.5) * CELL text-anchor="end" dominant-baseline="central">{cut(name)}</text> })
        .collect_view();
    let columns = classes
        .iter()
        .enumerate()
        .map(|(place, name)| {
            let (x, y) = (NAMES + (place as f64 + 0.5) * CELL, side + 8.0);
            view! { <text transform=format!("translate({x} {y}) rotate(-50)") text-anchor="end" dominant-baseline="central">{cut(name)}</text> }
        })
        .collect_view();
    let (width, height) = (NAMES + side + 8.0, side + NAMES * 0.85);
    view! {
        <figure class="confusion">
            <svg
                viewBox=format!("0 0 {width} {height}")
                width=width
                height=height
                role="img"
                aria-label="Confusion matrix: rows are the true classes, columns what the neighbours told. The table below holds the same numbers."
                data-testid="confusion-svg"
            >
                {squares}
                {rows}
                {columns}
            </svg>
            <figcaption>"Rows: the true class. Columns: what the neighbours told. The darker, the larger the share of the row."</figcaption>
        </figure>
    }
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

/// The squares, row after row.
fn squares(n: usize, confusion: &[u32]) -> Vec<Square> {
    let square = |row: usize, column: usize, n: u32, sum: u64| Square {
        row,
        column,
        n,
        share: if sum > 0 { f64::from(n) / sum as f64 } else { 0.0 },
    };
    confusion
        .chunks_exact(n.max(1))
        .take(n)
        .enumerate()
        .flat_map(|(row, values)| {
            let sum = values.iter().map(|&value| u64::from(value)).sum();
            values.iter().enumerate().map(move |(column, &value)| square(row, column, value, sum))
        })
        .collect()
}

/// A share of the row as the strength of the colour; nothing is faint, but seen as a square.
fn opacity(share: f64) -> f64 {
    if share > 0.0 { 0.12 + 0.88 * share } else { 0.04 }
}

fn cut(name: &str) -> String {
    if name.chars().count() <= NAME_LENGTH {
        return name.to_owned();
    }
    name.chars().take(NAME_LENGTH - 1).chain(std::iter::once('…')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_of_the_true_class() {
        let squares = squares(2, &[8, 2, 0, 5]);
        let shares: Vec<f64> = squares.iter().map(|square| square.share).collect();
        assert_eq!(shares, [0.8, 0.2, 0.0, 1.0]);
        assert_eq!((squares[1].row, squares[1].column, squares[1].n), (0, 1, 2));
    }

    #[test]
    fn a_class_without_cells_has_no_share() {
        assert!(squares(2, &[0, 0, 1, 1]).iter().take(2).all(|square| square.share == 0.0));
    }

    #[test]
    fn a_matrix_of_the_wrong_size_draws_what_it_holds() {
        assert_eq!(squares(3, &[1, 2, 3, 4]).len(), 3);
        assert!(squares(0, &[]).is_empty());
    }

    #[test]
    fn a_long_name_is_cut() {
        assert_eq!(cut("CD14+ Monocyte"), "CD14+ Monocyte");
        assert_eq!(cut("CD4+/CD45RA+/CD25- Naive T cells").chars().count(), NAME_LENGTH);
    }
}
