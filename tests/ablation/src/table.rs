//! Tables of figures, as CSV and as Markdown.

use std::fmt::Write as _;

use lexicell_analysis::score::MeanSd;

/// A table that is written as it is read.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Table {
    pub(crate) header: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
}

/// A row whose fields are asked for by the name of their column.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row<'a> {
    header: &'a [String],
    fields: &'a [String],
}

impl Table {
    pub(crate) fn new<S: Into<String>>(header: impl IntoIterator<Item = S>) -> Self {
        Self { header: header.into_iter().map(Into::into).collect(), rows: Vec::new() }
    }

    pub(crate) fn push<S: Into<String>>(&mut self, row: impl IntoIterator<Item = S>) {
        self.rows.push(row.into_iter().map(Into::into).collect());
    }

    pub(crate) fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().map(|fields| Row { header: &self.header, fields })
    }

    /// Whether some row has these values in these columns.
    pub(crate) fn holds<const N: usize>(&self, columns: [&str; N], values: [&str; N]) -> bool {
        self.rows().any(|row| columns.map(|column| row.text(column)) == values)
    }

    /// Reads what [`csv`](Self::csv) wrote; no field holds a line break.
    pub(crate) fn parse(text: &str) -> Self {
        let mut lines = text.lines().map(fields);
        Self { header: lines.next().unwrap_or_default(), rows: lines.collect() }
    }

    pub(crate) fn csv(&self) -> String {
        let line = |fields: &Vec<String>| {
            let quoted = fields.iter().map(|field| {
                if field.contains([',', '"']) {
                    format!("\"{}\"", field.replace('"', "\"\""))
                } else {
                    field.clone()
                }
            });
            quoted.collect::<Vec<_>>().join(",") + "\n"
        };
        std::iter::once(&self.header).chain(&self.rows).map(line).collect()
    }

    pub(crate) fn markdown(&self) -> String {
        let line = |fields: &Vec<String>| format!("| {} |\n", fields.join(" | "));
        let rule = vec!["---".to_owned(); self.header.len()];
        [&self.header, &rule].into_iter().chain(&self.rows).map(line).collect()
    }

    /// Sets in rows and what is compared in columns: `place` is the column of a figure, if it has one.
    pub(crate) fn wide<'a>(
        titles: impl IntoIterator<Item = String>,
        rows: impl Iterator<Item = Row<'a>>,
        place: impl Fn(&Row<'a>) -> Option<usize>,
        show: impl Fn(&Row<'a>) -> String,
    ) -> Self {
        let mut table = Self::new(std::iter::once("set".to_owned()).chain(titles));
        for row in rows {
            let Some(column) = place(&row) else { continue };
            let set = row.text("set");
            let line = table.rows.iter().position(|line| line[0] == set).unwrap_or_else(|| {
                let mut line = vec![String::new(); table.header.len()];
                line[0] = set.to_owned();
                table.rows.push(line);
                table.rows.len() - 1
            });
            table.rows[line][1 + column] = show(&row);
        }
        table
    }
}

impl<'a> Row<'a> {
    /// The field of a column; nothing where there is no such column.
    pub(crate) fn text(&self, column: &str) -> &'a str {
        let place = self.header.iter().position(|name| name == column);
        place.and_then(|place| self.fields.get(place)).map_or("", String::as_str)
    }

    /// The field as a number, NaN where it is none.
    pub(crate) fn number(&self, column: &str) -> f64 {
        self.text(column).parse().unwrap_or(f64::NAN)
    }

    /// Mean and sd of a metric.
    pub(crate) fn mean_sd(&self, metric: &str) -> String {
        let (mean, sd) = (self.number(metric), self.number(&format!("{metric}_sd")));
        format!("{} ± {}", short(mean), short(sd))
    }
}

fn fields(line: &str) -> Vec<String> {
    let (mut fields, mut field, mut is_quoted) = (Vec::new(), String::new(), false);
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if is_quoted && chars.peek() == Some(&'"') => field.extend(chars.next()),
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => fields.push(std::mem::take(&mut field)),
            c => field.push(c),
        }
    }
    fields.push(field);
    fields
}

/// Three places, without the zero before the point.
pub(crate) fn short(value: f64) -> String {
    let text = format!("{value:.3}");
    match text.strip_prefix("0.") {
        Some(places) => format!(".{places}"),
        None => text.strip_prefix("-0.").map_or(text.clone(), |places| format!("−.{places}")),
    }
}

pub(crate) fn full(value: f64) -> String {
    format!("{value:.5}")
}

/// Mean and sd as two fields.
pub(crate) fn full_mean_sd(value: MeanSd) -> [String; 2] {
    [full(value.mean), full(value.sd)]
}

/// A Markdown page with a title, prose and tables.
#[derive(Debug, Default)]
pub(crate) struct Page(String);

impl Page {
    pub(crate) fn new(title: &str, prose: &str) -> Self {
        Self(format!("# {title}\n\n{prose}\n"))
    }

    /// A table under a heading; nothing where the table is empty.
    pub(crate) fn section(&mut self, title: &str, prose: &str, table: &Table) {
        if !table.rows.is_empty() {
            let _ = write!(self.0, "\n## {title}\n\n{prose}\n\n{}", table.markdown());
        }
    }

    pub(crate) fn text(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_back() {
        let mut table = Table::new(["set", "method", "macro_f1"]);
        table.push(["pbmc3k", "text, \"mean\"", "0.50000"]);
        table.push(["pbmc68k", "", ""]);
        assert_eq!(Table::parse(&table.csv()), table);
    }

    #[test]
    fn figures_stand_in_the_row_of_their_set() {
        let mut table = Table::new(["set", "method", "macro_f1"]);
        for row in [["a", "text", "0.5"], ["b", "random", "-0.25"], ["a", "random", "1"]] {
            table.push(row);
        }
        let titles = ["text", "random"];
        let wide = Table::wide(
            titles.map(str::to_owned),
            table.rows(),
            |row| titles.iter().position(|title| *title == row.text("method")),
            |row| short(row.number("macro_f1")),
        );
        assert_eq!(wide.rows, [["a", ".500", "1.000"], ["b", "", "−.250"]]);
    }
}
