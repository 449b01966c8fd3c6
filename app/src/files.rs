//! Files on their way in (drops, folders, what they are) and out (downloads).

mod classify;
mod csv;
mod gather;
mod hand_over;
mod head;
mod picture;

pub(crate) use classify::{Dropped, classify};
pub(crate) use csv::{Csv, or_empty};
pub(crate) use gather::gather;
pub(crate) use hand_over::{hand_over, hand_over_as, hand_over_text};
pub(crate) use head::is_head;
pub(crate) use picture::hand_over_png;
