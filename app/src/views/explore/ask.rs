use leptos::prelude::*;

use super::start::Start;
use crate::state::Inquiry;

#[component]
pub(super) fn Ask() -> impl IntoView {
    view! { <Start inquiry=Inquiry::Ask label="Ask" obstacle=Signal::stored(None) /> }
}
