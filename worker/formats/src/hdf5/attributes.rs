//! The attributes of groups and data sets.

use hdf5_reader::Attribute;

use super::numbers::Any;

/// The attributes of a group or data set.
pub(crate) struct Attributes(Vec<Attribute>);

impl Attributes {
    /// The reader's attributes.
    pub(crate) fn new(attributes: Vec<Attribute>) -> Self {
        Self(attributes)
    }

    /// Whether there is an attribute of that name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|attribute| attribute.name == name)
    }

    /// A text attribute.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        let attribute = self.0.iter().find(|attribute| attribute.name == name)?;
        attribute.read_string().ok().or_else(|| attribute.read_strings().ok()?.into_iter().next())
    }

    /// An attribute that lists texts.
    pub(crate) fn texts(&self, name: &str) -> Option<Vec<String>> {
        self.0.iter().find(|attribute| attribute.name == name)?.read_strings().ok()
    }

    /// An attribute that lists whole numbers.
    pub(crate) fn whole(&self, name: &str) -> Option<Vec<i64>> {
        let attribute = self.0.iter().find(|attribute| attribute.name == name)?;
        let values = attribute.read_1d::<Any<i64>>().ok()?;
        Some(values.into_iter().map(|Any(value)| value).collect())
    }
}
