use leptos::prelude::*;

use super::start::Start;
use crate::state::Inquiry;

#[component]
pub(super) fn Axis() -> impl IntoView {
    view! { <Start inquiry=Inquiry::Axis label="Ask" obstacle=Signal::stored(None) /> }
}
