use leptos::prelude::*;
use lexicell_protocol::TracedText;

use crate::components::figure;
use crate::state::Traced;
use crate::words::{loss_in_words, strength};

/// The sentences of a gene's text, each marked by what its part of the distance loses without it.
pub(super) fn traced_text(traced: Traced) -> AnyView {
    match traced {
        Traced::Loading => {
            view! { <p class="muted" data-testid="traced-loading">"The text is read once more without each of its sentences…"</p> }
                .into_any()
        }
        Traced::Unknown(why) => {
            view! { <p class="muted" data-testid="traced-unknown">{why}</p> }.into_any()
        }
        Traced::Read(text) => sentences(text),
    }
}

fn sentences(text: TracedText) -> AnyView {
    let contribution = text.contribution;
    let lines = text
        .sentences
        .iter()
        .map(|(sentence, loss)| {
            let against = *loss * contribution < 0.0;
            let strength = strength(*loss, &text.sentences);
            view! {
                <li>
                    <mark class="sentence" class:against=against style=("--strength", strength.to_string()) data-strength=strength>{sentence.clone()}</mark>
                    " "
                    <span class="muted">{format!("({})", loss_in_words(*loss, contribution))}</span>
                </li>
            }
        })
        .collect_view();
    view! {
        <div data-testid="traced">
            <p class="hint">{format!("What {}’s part of the distance ({}) loses when the sentence is left out and the text is read again. The stronger the mark, the more. Sentences work together: these shares need not add up to 100 %.", text.name, figure(contribution, 4))}</p>
            <ol class="sentences">{lines}</ol>
        </div>
    }
    .into_any()
}
