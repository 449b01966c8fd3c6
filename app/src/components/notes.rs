use leptos::prelude::*;
use lexicell_protocol::{Note, NoteLevel};

use super::{Icon, IconName};

/// What the scientist must know of a step, warnings first.
#[component]
pub(crate) fn Notes(notes: Vec<Note>, testid: &'static str) -> impl IntoView {
    let mut notes = notes;
    notes.sort_by_key(|note| note.level == NoteLevel::Info);
    let lines = notes
        .into_iter()
        .map(|note| match note.level {
            NoteLevel::Warning => view! { <li class="note warning"><Icon name=IconName::Warning /><span><strong>"Note: "</strong>{note.text}</span></li> }.into_any(),
            NoteLevel::Info => view! { <li class="note"><span>{note.text}</span></li> }.into_any(),
        })
        .collect::<Vec<_>>();
    (!lines.is_empty()).then(|| view! { <ul class="notes" data-testid=testid>{lines}</ul> })
}
