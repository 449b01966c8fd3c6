//! Light or dark: as the system says, or as the scientist chose.

use leptos::prelude::*;
use wasm_bindgen::prelude::*;

/// The theme chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Choice {
    System,
    Light,
    Dark,
}

/// The theme, chosen and shown.
#[derive(Clone, Copy)]
pub(crate) struct Theme {
    choice: RwSignal<Choice>,
    system_is_dark: RwSignal<bool>,
}

const KEY: &str = "lexicell-theme";

impl Theme {
    pub(crate) fn new() -> Self {
        let query = window().match_media("(prefers-color-scheme: dark)").ok().flatten();
        let system_is_dark =
            RwSignal::new(query.as_ref().is_some_and(web_sys::MediaQueryList::matches));
        if let Some(query) = query {
            let listen = Closure::<dyn FnMut(web_sys::MediaQueryListEvent)>::new(
                move |event: web_sys::MediaQueryListEvent| {
                    system_is_dark.set(event.matches());
                },
            );
            query.set_onchange(Some(listen.as_ref().unchecked_ref()));
            // The page listens for as long as it lives; the query must live as long.
            listen.forget();
            std::mem::forget(query);
        }
        let kept = storage().and_then(|storage| storage.get_item(KEY).ok().flatten());
        let choice = match kept.as_deref() {
            Some("light") => Choice::Light,
            Some("dark") => Choice::Dark,
            _ => Choice::System,
        };
        Self { choice: RwSignal::new(choice), system_is_dark }
    }

    /// Whether the page is dark.
    pub(crate) fn is_dark(self) -> bool {
        match self.choice.get() {
            Choice::System => self.system_is_dark.get(),
            Choice::Light => false,
            Choice::Dark => true,
        }
    }

    /// Goes over to the other theme and keeps it.
    pub(crate) fn toggle(self) {
        let (choice, name) = if untrack(|| self.is_dark()) {
            (Choice::Light, "light")
        } else {
            (Choice::Dark, "dark")
        };
        self.choice.set(choice);
        if let Some(root) = document().document_element() {
            // An element always takes an attribute of a valid name.
            let _ = root.set_attribute("data-theme", name);
        }
        if let Some(storage) = storage() {
            // A browser that keeps nothing shows the system's theme next time.
            let _ = storage.set_item(KEY, name);
        }
    }
}

fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}
