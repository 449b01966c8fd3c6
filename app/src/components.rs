//! Parts that several views are made of.

mod capped_rows;
mod failure_card;
mod field;
mod figure_view;
mod gene_link;
mod handed_canvas;
mod icon;
mod meanings;
mod notes;
mod number;
mod panel;
mod progress_bar;
mod save_csv;
mod step_status;

pub(crate) use capped_rows::CappedRows;
pub(crate) use failure_card::FailureCard;
pub(crate) use field::{Choice, ChoiceField, ListField, NumberField, SwitchField};
pub(crate) use figure_view::FigureView;
pub(crate) use gene_link::GeneLink;
pub(crate) use handed_canvas::{Handed, device_size, hand_to_worker};
pub(crate) use icon::{Icon, IconName};
pub(crate) use meanings::Meanings;
pub(crate) use notes::Notes;
pub(crate) use number::{bytes, count, duration, figure, mean_sd, p_value, percent, signed};
pub(crate) use panel::Panel;
pub(crate) use progress_bar::{ProgressBar, share_done};
pub(crate) use save_csv::{SaveCsv, save_csv};
pub(crate) use step_status::{StepStatus, in_words, mark, slug};
