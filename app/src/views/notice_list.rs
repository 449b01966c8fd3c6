use leptos::prelude::*;

use crate::components::{Icon, IconName, ProgressBar};
use crate::state::{NoticeKind, app_state};

/// Short words that pass, and the progress of what is no step.
#[component]
pub(crate) fn NoticeList() -> impl IntoView {
    let app = app_state();
    let list = app.notices.list();
    let stop = move |_| {
        if let Some(id) = app.errand.with_untracked(|errand| errand.as_ref().map(|own| own.id)) {
            app.stop_errand(id);
        }
    };
    view! {
        <div class="notices" data-testid="notices">
            <Show when=move || app.errand.with(Option::is_some)>
                <div class="notice">
                    <ProgressBar progress=app.errand testid="errand-progress" />
                    <button type="button" class="link" data-testid="errand-cancel" on:click=stop>"Cancel"</button>
                </div>
            </Show>
            <div role="status"><ul>
                <For
                    each=move || list.get()
                    key=|notice| notice.id
                    children=move |notice| {
                        let icon = match notice.kind {
                            NoticeKind::Done => IconName::Check,
                            NoticeKind::Problem => IconName::Warning,
                        };
                        view! {
                            <li class="notice" class:problem=notice.kind == NoticeKind::Problem data-testid="notice">
                                <Icon name=icon />
                                <span>{notice.text}</span>
                                <button type="button" class="icon-button" aria-label="Close this message" on:click=move |_| app.notices.dismiss(notice.id)><Icon name=IconName::Cross /></button>
                            </li>
                        }
                    }
                />
            </ul></div>
        </div>
    }
}
