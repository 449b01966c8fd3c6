use lexicell_protocol::{CellSet, View};

use crate::words::view_slug;

/// Where a set of cells is picked from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// A column of `obs`.
    Column(String),
    /// The clusters of a view.
    Clusters(View),
    /// The cells selected on the map.
    Selected,
    /// The sets that are kept under names.
    Named,
    /// The cells most like a text that was asked about, by their column of likeness.
    Like(String),
    /// All cells that are not in the other set.
    Rest,
}

impl Source {
    /// A name that stays, for the options of a field.
    pub(crate) fn key(&self) -> String {
        match self {
            Self::Column(name) => format!("column:{name}"),
            Self::Clusters(view) => format!("clusters:{}", view_slug(*view)),
            Self::Selected => "selected".to_owned(),
            Self::Named => "named".to_owned(),
            Self::Like(column) => format!("like:{column}"),
            Self::Rest => "rest".to_owned(),
        }
    }

    /// The source of that name.
    pub(crate) fn of_key(key: &str) -> Option<Self> {
        match key.split_once(':') {
            Some(("column", name)) => Some(Self::Column(name.to_owned())),
            Some(("like", column)) => Some(Self::Like(column.to_owned())),
            Some(("clusters", slug)) => {
                View::ALL.into_iter().find(|&view| view_slug(view) == slug).map(Self::Clusters)
            }
            None if key == "selected" => Some(Self::Selected),
            None if key == "named" => Some(Self::Named),
            None if key == "rest" => Some(Self::Rest),
            _ => None,
        }
    }

    /// Whether one of its classes must be chosen too.
    pub(crate) fn has_classes(&self) -> bool {
        matches!(self, Self::Column(_) | Self::Clusters(_) | Self::Named)
    }
}

/// A set of cells that is being picked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Pick {
    pub(crate) source: Option<Source>,
    /// The class, where the source has classes.
    pub(crate) class: Option<String>,
}

impl Pick {
    /// A set without classes.
    pub(crate) fn whole(source: Source) -> Self {
        Self { source: Some(source), class: None }
    }

    /// A class of a source.
    pub(crate) fn class(source: Source, class: String) -> Self {
        Self { source: Some(source), class: Some(class) }
    }

    /// What is picked for such a set.
    pub(crate) fn of(set: &CellSet) -> Self {
        match set {
            CellSet::Class { column, value } => {
                Self::class(Source::Column(column.clone()), value.clone())
            }
            CellSet::Cluster { view, cluster } => {
                Self::class(Source::Clusters(*view), cluster.to_string())
            }
            CellSet::Named(name) => Self::class(Source::Named, name.clone()),
            CellSet::Selected => Self::whole(Source::Selected),
            CellSet::Rest => Self::whole(Source::Rest),
            CellSet::Like(column) => Self::whole(Source::Like(column.clone())),
        }
    }

    /// The set, once it is picked to the end.
    pub(crate) fn cells(&self) -> Option<CellSet> {
        let class = || self.class.clone().filter(|class| !class.trim().is_empty());
        Some(match self.source.as_ref()? {
            Source::Column(column) => CellSet::Class { column: column.clone(), value: class()? },
            Source::Clusters(view) => {
                CellSet::Cluster { view: *view, cluster: class()?.trim().parse().ok()? }
            }
            Source::Selected => CellSet::Selected,
            Source::Like(column) => CellSet::Like(column.clone()),
            Source::Named => CellSet::Named(class()?),
            Source::Rest => CellSet::Rest,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_source_is_found_again_by_its_key() {
        let mut sources = vec![
            Source::Selected,
            Source::Named,
            Source::Rest,
            Source::Column("cell:type".to_owned()),
            Source::Column(String::new()),
            Source::Like("like B cell: a".to_owned()),
        ];
        sources.extend(View::ALL.map(Source::Clusters));
        for source in sources {
            assert_eq!(Source::of_key(&source.key()), Some(source));
        }
        assert_eq!(Source::of_key("clusters:tea"), None);
        assert_eq!(Source::of_key("nothing"), None);
    }

    #[test]
    fn a_set_is_picked_again_as_it_was() {
        let class = CellSet::Class { column: "type".to_owned(), value: "B".to_owned() };
        let cluster = CellSet::Cluster { view: View::Pca, cluster: 3 };
        let named = CellSet::Named("kept".to_owned());
        for set in [class, cluster, named, CellSet::Selected, CellSet::Rest] {
            assert_eq!(Pick::of(&set).cells(), Some(set));
        }
    }

    #[test]
    fn a_class_must_be_named_where_there_are_classes() {
        let mut pick = Pick::whole(Source::Clusters(View::Text));
        assert_eq!(pick.cells(), None);
        pick.class = Some("three".to_owned());
        assert_eq!(pick.cells(), None);
        pick.class = Some("3".to_owned());
        assert_eq!(pick.cells(), Some(CellSet::Cluster { view: View::Text, cluster: 3 }));
        assert_eq!(Pick::whole(Source::Selected).cells(), Some(CellSet::Selected));
        assert_eq!(Pick::default().cells(), None);
    }
}
