//! Figures as pure functions of numbers, drawn as SVG.

mod confusion;
mod scree;
mod share_bar;

pub(crate) use confusion::ConfusionMatrix;
pub(crate) use scree::Scree;
pub(crate) use share_bar::ShareBar;
