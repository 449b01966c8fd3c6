//! What the scientist sees, stage by stage.

mod data;
mod drop_target;
mod embed;
mod explore;
mod file_picker;
mod genes;
mod live_region;
mod map;
mod notice_list;
mod rail;
mod refine;
mod score;
mod stage_view;
mod top_bar;
mod tour;
mod unclear_files;
mod worker_gone;

pub(crate) use drop_target::DropTarget;
pub(crate) use explore::{GroupingField, save_ranked};
pub(crate) use file_picker::{FilePicker, choose_files};
pub(crate) use live_region::LiveRegion;
pub(crate) use notice_list::NoticeList;
pub(crate) use rail::Rail;
pub(crate) use score::{RARE, class_sizes};
pub(crate) use stage_view::StageView;
pub(crate) use top_bar::TopBar;
pub(crate) use tour::TourCard;
pub(crate) use unclear_files::UnclearFiles;
