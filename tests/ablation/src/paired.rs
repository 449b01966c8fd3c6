//! Differences of two methods on the same rounds.

use lexicell_analysis::comparison::Comparison;

use crate::table::{Row, full, short};

/// A difference with its interval, as a row of figures holds it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Paired {
    pub(crate) difference: f64,
    low: f64,
    high: f64,
}

impl Paired {
    pub(crate) fn read(row: &Row<'_>) -> Self {
        let [difference, low, high] = ["difference", "low", "high"].map(|name| row.number(name));
        Self { difference, low, high }
    }

    /// Whether the whole interval lies above 0.
    pub(crate) fn is_won(self) -> bool {
        self.low > 0.0
    }

    /// Whether the whole interval lies below 0.
    pub(crate) fn is_lost(self) -> bool {
        self.high < 0.0
    }

    /// `+.013 [.001, .025]`
    pub(crate) fn interval(self) -> String {
        let sign = if self.difference > 0.0 { "+" } else { "" };
        format!("{sign}{} [{}, {}]", short(self.difference), short(self.low), short(self.high))
    }

    /// Bold where the interval leaves out 0.
    pub(crate) fn mark(self, text: String) -> String {
        if self.is_won() || self.is_lost() { format!("**{text}**") } else { text }
    }

    pub(crate) fn in_words(self) -> String {
        self.mark(self.interval())
    }
}

/// The fields `difference`, `low`, `high` and `p`.
pub(crate) fn fields(found: Comparison) -> [String; 4] {
    [found.difference, found.low, found.high, found.p].map(full)
}

/// `first − second`
pub(crate) fn title((first, second): (&str, &str)) -> String {
    format!("{first} − {second}")
}

/// The pair that a row compares, as a place among `pairs`.
pub(crate) fn place(row: &Row<'_>, pairs: &[(&str, &str)]) -> Option<usize> {
    pairs.iter().position(|pair| *pair == (row.text("first"), row.text("second")))
}
