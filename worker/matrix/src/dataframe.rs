use crate::MatrixError;

/// The code of a missing value in a [`Categorical`].
pub const MISSING_CODE: u32 = u32::MAX;

/// A table with one row for each cell (`obs`) or gene (`var`).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DataFrame {
    /// Row names: barcodes in `obs`, gene names or ids in `var`.
    pub index: Vec<String>,
    columns: Vec<(String, Column)>,
}

/// One column of a [`DataFrame`].
#[derive(Debug, Clone, PartialEq)]
pub enum Column {
    /// Values out of a fixed list.
    Categorical(Categorical),
    /// Real numbers; NaN is missing.
    Float(Vec<f64>),
    /// Whole numbers.
    Integer(Vec<Option<i64>>),
    /// Truth values.
    Boolean(Vec<Option<bool>>),
    /// Free text.
    Text(Vec<Option<String>>),
}

/// Values out of a fixed list, stored as codes into it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Categorical {
    /// One code for each row; [`MISSING_CODE`] is missing.
    pub codes: Vec<u32>,
    /// The list of values, in the file's order.
    pub categories: Vec<String>,
}

impl DataFrame {
    /// A table that has row names and no column yet.
    #[must_use]
    pub fn new(index: Vec<String>) -> Self {
        Self { index, columns: Vec::new() }
    }

    /// Number of rows.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.index.len()
    }

    /// The columns, in order.
    #[must_use]
    pub fn columns(&self) -> &[(String, Column)] {
        &self.columns
    }

    /// The column of that name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|(own, _)| own == name).map(|(_, column)| column)
    }

    /// Adds a column, or replaces the one of that name.
    ///
    /// # Errors
    /// If the column is not as long as the table, or a code has no category.
    pub fn insert(&mut self, name: &str, column: Column) -> Result<(), MatrixError> {
        if column.len() != self.n_rows() {
            return Err(MatrixError::ColumnLength {
                name: name.to_owned(),
                expected: self.n_rows(),
                found: column.len(),
            });
        }
        if let Column::Categorical(categorical) = &column {
            categorical.check(name)?;
        }
        match self.columns.iter_mut().find(|(own, _)| own == name) {
            Some((_, place)) => *place = column,
            None => self.columns.push((name.to_owned(), column)),
        }
        Ok(())
    }
}

impl Column {
    /// Number of values.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Categorical(categorical) => categorical.codes.len(),
            Self::Float(values) => values.len(),
            Self::Integer(values) => values.len(),
            Self::Boolean(values) => values.len(),
            Self::Text(values) => values.len(),
        }
    }

    /// Whether there is no value.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The column as categories: text, whole numbers and truth values are grouped by value;
    /// `None` for real numbers, which have no classes.
    ///
    /// Categories of text are sorted as pandas does; numbers are sorted by value.
    #[must_use]
    pub fn to_categorical(&self) -> Option<Categorical> {
        match self {
            Self::Categorical(categorical) => Some(categorical.clone()),
            Self::Float(_) => None,
            Self::Integer(values) => Some(group(values, i64::to_string)),
            Self::Boolean(values) => {
                Some(group(values, |value| if *value { "True" } else { "False" }.to_owned()))
            }
            Self::Text(values) => Some(group(values, String::clone)),
        }
    }
}

impl Categorical {
    /// The value of one row, `None` where it is missing.
    #[must_use]
    pub fn value(&self, row: usize) -> Option<&str> {
        self.categories.get(self.codes[row] as usize).map(String::as_str)
    }

    /// How many rows have each category.
    #[must_use]
    pub fn counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.categories.len()];
        for &code in &self.codes {
            if let Some(count) = counts.get_mut(code as usize) {
                *count += 1;
            }
        }
        counts
    }

    fn check(&self, name: &str) -> Result<(), MatrixError> {
        let n_categories = self.categories.len();
        let bad = |code: &u32| *code != MISSING_CODE && *code as usize >= n_categories;
        match self.codes.iter().position(bad) {
            None => Ok(()),
            Some(row) => Err(MatrixError::CodeOutOfRange {
                name: name.to_owned(),
                row,
                code: self.codes[row],
                n_categories,
            }),
        }
    }
}

fn group<T: Ord>(values: &[Option<T>], name: impl Fn(&T) -> String) -> Categorical {
    let mut distinct: Vec<&T> = values.iter().flatten().collect();
    distinct.sort();
    distinct.dedup();
    let code = |value: &Option<T>| match value {
        Some(value) => distinct.binary_search(&value).map_or(MISSING_CODE, |at| at as u32),
        None => MISSING_CODE,
    };
    Categorical {
        codes: values.iter().map(code).collect(),
        categories: distinct.iter().map(|value| name(value)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_grouped_and_missing_stays_missing() {
        let column = Column::Text(vec![Some("b".into()), None, Some("a".into()), Some("b".into())]);
        let grouped = column.to_categorical().expect("text groups");
        assert_eq!(grouped.categories, ["a", "b"]);
        assert_eq!(grouped.codes, [1, MISSING_CODE, 0, 1]);
        assert_eq!(grouped.counts(), [1, 2]);
        assert_eq!(grouped.value(1), None);
    }

    #[test]
    fn a_column_of_the_wrong_length_is_refused() {
        let mut table = DataFrame::new(vec!["c1".into()]);
        assert!(table.insert("n", Column::Float(vec![1.0, 2.0])).is_err());
    }
}
