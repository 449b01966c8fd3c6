use leptos::prelude::*;
use lexicell_protocol::{ColorBy, Command, ReferenceReport, TransferReport, TransferSettings};

use super::{AppState, Asked};

/// What the page knows of a data set that is kept to tell the labels of others.
#[derive(Clone, Copy)]
pub(crate) struct TransferPanel {
    /// The reference; stays when another data set is opened.
    pub(crate) reference: RwSignal<Option<ReferenceReport>>,
    /// What it told about the open data set.
    pub(crate) told: RwSignal<Option<TransferReport>>,
    /// How labels will be told.
    pub(crate) settings: RwSignal<TransferSettings>,
}

impl TransferPanel {
    pub(crate) fn new() -> Self {
        Self {
            reference: RwSignal::default(),
            told: RwSignal::default(),
            settings: RwSignal::default(),
        }
    }
}

impl AppState {
    /// Keeps the open data set as the reference, labelled by that column.
    pub(crate) fn keep_reference(self, label: String) {
        self.ask(Command::KeepReference(label), Asked::Transfer);
    }

    /// Tells the labels of the open data set by the reference.
    pub(crate) fn transfer(self) {
        let settings = self.transfer.settings.get_untracked();
        self.ask(Command::Transfer(settings), Asked::Transfer);
    }

    pub(super) fn reference_kept(self, report: ReferenceReport) {
        self.errand.set(None);
        self.transfer.told.set(None);
        self.transfer.reference.set(Some(report));
    }

    pub(super) fn labels_transferred(self, report: TransferReport) {
        self.errand.set(None);
        self.color_by(ColorBy::Obs(report.text.column.clone()));
        self.transfer.told.set(Some(report));
    }
}
