/// A table as it is saved: comma-separated (RFC 4180), numbers in full.
pub(crate) struct Csv(String);

impl Csv {
    /// A table with these columns and no rows.
    pub(crate) fn new(columns: &[&str]) -> Self {
        let mut table = Self(String::new());
        table.row(columns.iter().map(|column| (*column).to_owned()));
        table
    }

    /// Adds a row; a field that needs it is quoted.
    pub(crate) fn row(&mut self, fields: impl IntoIterator<Item = String>) {
        for (place, field) in fields.into_iter().enumerate() {
            if place > 0 {
                self.0.push(',');
            }
            self.0.push_str(&quoted(field));
        }
        self.0.push_str("\r\n");
    }

    /// What is written to the file.
    pub(crate) fn text(&self) -> &str {
        &self.0
    }
}

/// A number that may be missing.
pub(crate) fn or_empty(value: Option<f64>) -> String {
    value.filter(|value| value.is_finite()).map_or(String::new(), |value| value.to_string())
}

fn quoted(field: String) -> String {
    match field.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", field.replace('"', "\"\"")),
        false => field,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_with_commas_quotes_and_lines_are_quoted() {
        let mut table = Csv::new(&["name", "n"]);
        table.row(["T, \"naive\"".to_owned(), "1".to_owned()]);
        table.row(["two\nlines".to_owned(), or_empty(None)]);
        assert_eq!(table.text(), "name,n\r\n\"T, \"\"naive\"\"\",1\r\n\"two\nlines\",\r\n");
        assert_eq!(or_empty(Some(f64::NAN)), "");
    }
}
