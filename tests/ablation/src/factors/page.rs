use super::{Factor, SHEET, all};
use crate::{
    error::Result,
    paired::Paired,
    results::Results,
    table::{Page, Row, Table, short},
};

/// A change must gain this much in the mean over sets.
const LEAST_GAIN: f64 = 0.005;

/// The page of factors and what the rule says of each level.
pub(crate) fn page(results: &Results) -> Result<Page> {
    let figures = results.read(&SHEET)?;
    let mut page = Page::new("One factor at a time", PROSE);
    for factor in all() {
        page.section(factor.name, "", &wide(factor, &figures));
    }
    Ok(page)
}

/// Sets in rows, levels in columns, and below them what the rule says.
fn wide(factor: &Factor, figures: &Table) -> Table {
    let of = || figures.rows().filter(|row| row.text("factor") == factor.name);
    let is_there = |level: &&&str| of().any(|row| row.text("level") == **level);
    let levels: Vec<&str> = factor.levels.iter().filter(is_there).copied().collect();
    let reference = reference(factor, of);
    let title = |level: &&str| match *level {
        level if level == factor.shipped => format!("{level} (shipped)"),
        level if level == reference => format!("{level} (shipped before, compared with)"),
        level => level.to_owned(),
    };
    let mut table = Table::wide(
        levels.iter().map(title),
        of(),
        |row| levels.iter().position(|level| *level == row.text("level")),
        cell,
    );
    if !table.rows.is_empty() {
        let verdict = |level: &&str| {
            let rows = of().filter(|row| row.text("level") == *level);
            verdict(rows.filter(|row| row.text("against") == reference))
        };
        table.push(std::iter::once("mean difference".to_owned()).chain(levels.iter().map(verdict)));
    }
    table
}

/// The level that the others are held against: the one that is shipped, unless it was measured before it
/// was.
fn reference<'a, R: Iterator<Item = Row<'a>>>(factor: &Factor, rows: impl Fn() -> R) -> String {
    if rows().any(|row| row.text("against") == factor.shipped) {
        return factor.shipped.to_owned();
    }
    rows().next().map_or_else(String::new, |row| row.text("against").to_owned())
}

fn cell(row: &Row<'_>) -> String {
    let (score, paired) = (row.mean_sd("macro_f1"), Paired::read(row));
    if row.text("level") == row.text("against") {
        return score;
    }
    paired.mark(format!("{score}; {}", paired.interval()))
}

/// Points 3 and 4 of the rule, over the sets that vote.
fn verdict<'a>(rows: impl Iterator<Item = Row<'a>>) -> String {
    let votes =
        |row: &Row<'_>| row.text("votes") == "true" && row.text("level") != row.text("against");
    let own: Vec<Paired> = rows.filter(votes).map(|row| Paired::read(&row)).collect();
    if own.is_empty() {
        return String::new();
    }
    let gain = own.iter().map(|paired| paired.difference).sum::<f64>() / own.len() as f64;
    let won = own.iter().filter(|paired| paired.is_won()).count();
    let lost = own.iter().filter(|paired| paired.is_lost()).count();
    let qualifies = if gain >= LEAST_GAIN && won > lost { "qualifies" } else { "stays out" };
    format!("{}: won {won}, lost {lost} of {}; {qualifies}", short(gain), own.len())
}

const PROSE: &str = "Written by `make ablation`. Macro-F1 of kNN (cosine, k = 10), mean ± sd over rounds, then the difference to the level it is compared with on the same rounds with the corrected 95 % interval (bold where it leaves out 0). Factors of the text space: stratified 5-fold, five draws, on the text view. Factors of training (objective, temperature, head): stratified 5-fold, one draw, on the refined view. The last line is points 3 and 4 of the rule in the README; the vetoes of points 5 and 6 are not in it. `motor_cortex_all` takes no part in it: its cells are those of `motor_cortex`.";
