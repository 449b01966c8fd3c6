use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;

use crate::files::{hand_over_as, hand_over_png};
use crate::plot::{Figure, Palette};
use crate::state::{AppState, NoticeKind, app_state};

/// A figure with its title, its caption and a way to save it as a vector file or as a picture.
#[component]
pub(crate) fn FigureView(
    #[prop(into)] figure: Signal<Figure>,
    testid: &'static str,
) -> impl IntoView {
    let app = app_state();
    let save_svg = move |_| {
        let name = format!("lexicell-{testid}.svg");
        let file = figure.with_untracked(Figure::file);
        told(app, &name, hand_over_as(&name, "image/svg+xml", &file.svg));
    };
    let save_png = move |_| {
        let name = format!("lexicell-{testid}.png");
        let file = figure.with_untracked(Figure::file);
        spawn_local(async move {
            told(app, &name, hand_over_png(&name, &file.svg, (file.width, file.height)).await);
        });
    };
    let title = Memo::new(move |_| figure.with(|figure| figure.title.clone()));
    view! {
        <figure class="plot" data-testid=testid>
            <div class="heading-line">
                <h3>{title}</h3>
                <span class="heading-actions">
                    <button type="button" class="button quiet" data-testid=format!("{testid}-save") aria-label=move || format!("Save as SVG: {}", title.get()) on:click=save_svg>"Save as SVG"</button>
                    <button type="button" class="button quiet" data-testid=format!("{testid}-save-png") aria-label=move || format!("Save as PNG: {}", title.get()) on:click=save_png>"PNG"</button>
                </span>
            </div>
            // The marks hold no style and no script, and every name in them is escaped.
            <div class="plot-sheet" inner_html=move || figure.with(|figure| figure.svg(Palette::Page)) />
            <figcaption>{move || figure.with(|figure| figure.caption.clone())}</figcaption>
        </figure>
    }
}

fn told(app: AppState, name: &str, saved: Result<(), String>) {
    match saved {
        Ok(()) => app.notices.show(NoticeKind::Done, format!("Saved {name}")),
        Err(why) => {
            app.notices.show(NoticeKind::Problem, format!("{name} could not be saved: {why}"))
        }
    };
}
