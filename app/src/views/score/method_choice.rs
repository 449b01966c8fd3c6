use leptos::prelude::*;
use lexicell_protocol::Method;
use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;

use crate::state::app_state;
use crate::words::{MethodGroup, method_group, method_in_words, method_slug};

/// What is judged.
#[component]
pub(super) fn MethodChoice() -> impl IntoView {
    let app = app_state();
    let chosen = Memo::new(move |_| {
        app.settings.with(|settings| {
            settings.score.as_ref().map(|score| score.methods.clone()).unwrap_or_default()
        })
    });
    let line = move |method: Method| {
        let id = format!("setting-method-{}", method_slug(method));
        let take = move |event: web_sys::Event| {
            let input =
                event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
            let Some(input) = input else { return };
            let methods = toggled(&chosen.get_untracked(), method, input.checked());
            // Something has to be judged.
            if methods.is_empty() {
                input.set_checked(true);
            } else {
                app.change(|settings| {
                    if let Some(score) = &mut settings.score {
                        score.methods = methods;
                    }
                });
            }
        };
        view! {
            <li>
                <input type="checkbox" id=id.clone() data-testid=id.clone() prop:checked=move || chosen.with(|chosen| chosen.contains(&method)) on:change=take />
                <label for=id>{method_in_words(method)}</label>
            </li>
        }
    };
    let group = move |group: MethodGroup| {
        let methods = Method::ALL.into_iter().filter(|&method| method_group(method) == group);
        view! {
            <fieldset>
                <legend>{group.title()}</legend>
                <ul>{methods.map(line).collect_view()}</ul>
            </fieldset>
        }
    };
    view! {
        <details class="more method-choice">
            <summary data-testid="score-more">{move || format!("What is judged ({} of {})", chosen.with(Vec::len), Method::ALL.len())}</summary>
            {MethodGroup::ALL.map(group).into_iter().collect_view()}
        </details>
    }
}

/// The methods in the order of all, with one more or one less.
fn toggled(chosen: &[Method], method: Method, wanted: bool) -> Vec<Method> {
    Method::ALL
        .into_iter()
        .filter(|&other| if other == method { wanted } else { chosen.contains(&other) })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use lexicell_protocol::View;

    #[test]
    fn methods_keep_their_order_whatever_the_clicks() {
        let methods = toggled(&[Method::Majority], Method::View(View::Text), true);
        assert_eq!(methods, [Method::View(View::Text), Method::Majority]);
        assert_eq!(toggled(&methods, Method::Majority, false), [Method::View(View::Text)]);
        assert_eq!(toggled(&[Method::Majority], Method::Majority, false), []);
    }
}
