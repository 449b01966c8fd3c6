use leptos::prelude::*;

use super::start::Start;
use crate::state::Inquiry;

#[component]
pub(super) fn Path() -> impl IntoView {
    view! { <Start inquiry=Inquiry::Path label="Ask" obstacle=Signal::stored(None) /> }
}
