//! Figures as pure functions of numbers, drawn as SVG.

mod axes;
mod confusion;
mod contrast;
mod dots;
mod figure;
mod forest;
mod graph;
mod heat;
mod likeness;
mod loss;
mod low_sample;
mod mark;
mod method_style;
mod placing;
mod reliability;
#[cfg(test)]
pub(crate) mod samples;
mod sankey;
mod scale;
mod scree;
mod share_bar;
mod trends;
mod units;
mod violin;

pub(crate) use confusion::confusion_matrix;
pub(crate) use contrast::contrast;
pub(crate) use dots::dot_plot;
pub(crate) use figure::Figure;
pub(crate) use forest::{forest, is_clear, row_name};
pub(crate) use graph::class_graph;
pub(crate) use heat::heat_map;
pub(crate) use likeness::likeness;
pub(crate) use loss::loss_curve;
pub(crate) use low_sample::low_sample_curve;
pub(crate) use mark::{Palette, cut, escape};
pub(crate) use reliability::reliability;
pub(crate) use sankey::sankey;
pub(crate) use scree::Scree;
pub(crate) use share_bar::ShareBar;
pub(crate) use trends::{N_TRENDS, trends};
pub(crate) use units::units;
pub(crate) use violin::{Spread, spread};
