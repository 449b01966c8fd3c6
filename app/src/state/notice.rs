use leptos::prelude::*;

/// A short word to the scientist that passes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Notice {
    pub(crate) id: u32,
    pub(crate) kind: NoticeKind,
    pub(crate) text: String,
}

/// Whether it tells or warns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoticeKind {
    Done,
    Problem,
}

/// The notices in sight.
#[derive(Clone, Copy)]
pub(crate) struct Notices {
    list: RwSignal<Vec<Notice>>,
    last_id: StoredValue<u32>,
}

const MOST: usize = 4;

impl Notices {
    pub(crate) fn new() -> Self {
        Self { list: RwSignal::default(), last_id: StoredValue::new(0) }
    }

    /// The notices in sight, oldest first.
    pub(crate) fn list(self) -> Signal<Vec<Notice>> {
        self.list.into()
    }

    /// Shows a notice; the oldest gives way where there are many.
    pub(crate) fn show(self, kind: NoticeKind, text: String) -> u32 {
        self.last_id.update_value(|id| *id += 1);
        let id = self.last_id.get_value();
        self.list.update(|list| {
            list.retain(|notice| notice.text != text);
            list.push(Notice { id, kind, text });
            let surplus = list.len().saturating_sub(MOST);
            list.drain(..surplus);
        });
        id
    }

    /// Takes a notice away.
    pub(crate) fn dismiss(self, id: u32) {
        self.list.update(|list| list.retain(|notice| notice.id != id));
    }
}
