//! What the scientist asks of the cells: why two sets are apart, what they are like in words, where
//! they lie between two groups, along which path they change.

mod ask;
mod axis;
mod cell;
mod cells;
mod compare;
mod crosstab;
mod genes;
mod groupings;
mod path;
mod ranked_terms;
mod terms;
mod through_head;
mod trace;
mod types;
mod words;
mod zero_shot;

pub(crate) use ask::run as ask;
pub(crate) use axis::run as axis;
pub(crate) use cell::run as cell;
pub(crate) use cells::{cells_of, classes, clusters};
pub(crate) use compare::run as compare;
pub(crate) use crosstab::run as crosstab;
pub(crate) use genes::run as genes;
pub(crate) use groupings::list as list_classes;
pub(crate) use path::run as path;
pub(crate) use ranked_terms::run as rank_terms;
pub(crate) use trace::run as trace;
pub(crate) use types::{below as kinds_below, open as open_ontology, search as search_types};
