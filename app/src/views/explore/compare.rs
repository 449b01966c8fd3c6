use leptos::prelude::*;

use super::start::Start;
use crate::state::Inquiry;

#[component]
pub(super) fn Compare() -> impl IntoView {
    view! { <Start inquiry=Inquiry::Compare label="Ask" obstacle=Signal::stored(None) /> }
}
