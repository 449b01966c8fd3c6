use leptos::prelude::*;

use crate::files::hand_over_as;
use crate::plot::{Figure, Palette};
use crate::state::{NoticeKind, app_state};

/// A figure with its title, its caption and a way to save it as a vector file.
#[component]
pub(crate) fn FigureView(
    #[prop(into)] figure: Signal<Figure>,
    testid: &'static str,
) -> impl IntoView {
    let app = app_state();
    let save = move |_| {
        let file = figure.with_untracked(Figure::file);
        let name = format!("lexicell-{testid}.svg");
        match hand_over_as(&name, "image/svg+xml", &file) {
            Ok(()) => app.notices.show(NoticeKind::Done, format!("Saved {name}")),
            Err(why) => {
                app.notices.show(NoticeKind::Problem, format!("{name} could not be saved: {why}"))
            }
        };
    };
    let title = Memo::new(move |_| figure.with(|figure| figure.title.clone()));
    view! {
        <figure class="plot" data-testid=testid>
            <div class="heading-line">
                <h3>{title}</h3>
                <button type="button" class="button quiet" data-testid=format!("{testid}-save") aria-label=move || format!("Save as SVG: {}", title.get()) on:click=save>"Save as SVG"</button>
            </div>
            // The marks hold no style and no script, and every name in them is escaped.
            <div class="plot-sheet" inner_html=move || figure.with(|figure| figure.svg(Palette::Page)) />
            <figcaption>{move || figure.with(|figure| figure.caption.clone())}</figcaption>
        </figure>
    }
}
