use leptos::prelude::*;

/// A button in the top bar that opens a panel below it; Escape or a click elsewhere closes it.
#[component]
pub(crate) fn Panel(
    testid: &'static str,
    #[prop(into)] label: ViewFn,
    title: &'static str,
    children: Children,
) -> impl IntoView {
    let panel = format!("{testid}-panel");
    view! {
        <button type="button" class="chip" data-testid=testid popovertarget=panel.clone() aria-haspopup="dialog" title=title>
            {label.run()}
        </button>
        <div class="panel" id=panel.clone() data-testid=panel.clone() popover="auto" role="dialog" aria-label=title>
            <h2>{title}</h2>
            {children()}
        </div>
    }
}
