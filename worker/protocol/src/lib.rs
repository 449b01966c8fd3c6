//! The types that cross the thread between the page and its worker.
//!
//! A message is a control value (these types, by serde) beside its attachments: `File`s and canvases
//! on the way in, transferred `ArrayBuffer`s on the way out. Every [`Request`] ends in exactly one of
//! [`Event::Output`], [`Event::Failed`], [`Event::Cancelled`].

mod assets;
mod cells;
mod command;
mod data;
mod event;
mod explore;
mod failure;
mod figures;
mod genes;
mod map;
mod ontology;
mod refine;
mod score;
mod sets;
mod settings;
mod transfer;

pub use assets::*;
pub use cells::*;
pub use command::*;
pub use data::*;
pub use event::*;
pub use explore::*;
pub use failure::*;
pub use figures::*;
pub use genes::*;
pub use map::*;
pub use ontology::*;
pub use refine::*;
pub use score::*;
pub use sets::*;
pub use settings::*;
pub use transfer::*;
