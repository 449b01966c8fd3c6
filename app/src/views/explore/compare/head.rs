use leptos::prelude::*;
use lexicell_protocol::{HeadFinding, HeadPart};

use crate::components::{GeneLink, figure};
use crate::words::{share_of, signed_percent};

/// The genes behind the difference in the refined space.
pub(super) fn through_head(head: &HeadFinding) -> AnyView {
    let separation = head.separation;
    let row = move |part: &HeadPart| {
        let share =
            |value: f64| share_of(Some(value), separation).map_or_else(String::new, signed_percent);
        view! {
            <tr data-testid="head-row">
                <th scope="row"><GeneLink name=part.name.clone() /></th>
                <td class="number">{share(part.integrated)}</td>
                <td class="number">{share(part.gradient)}</td>
            </tr>
        }
    };
    let rows = head.genes.iter().map(row).collect_view();
    view! {
        <section data-testid="through-head">
            <h2>"Through the trained head"</h2>
            <p data-testid="head-words">{in_words(head)}</p>
            <p class="hint">"The head was trained on these cells’ labels: it draws classes apart by whatever tells them in this data set. These parts say what it uses, not what is true of the types."</p>
            <div class="scroll" tabindex="0" role="region" aria-label="Genes through the head">
                <table>
                    <thead><tr>
                        <th scope="col">"Gene"</th>
                        <th scope="col" class="number">"Part, integrated gradients"</th>
                        <th scope="col" class="number">"Part, gradient × input"</th>
                    </tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </section>
    }
    .into_any()
}

/// How far apart, and how much of it each way leaves unexplained.
fn in_words(head: &HeadFinding) -> String {
    format!(
        "In the refined space both sets lie {} apart. Through a head with a hidden layer no sum over genes is exact: integrated gradients miss it by {}, gradient × input by {}.",
        figure(head.separation, 3),
        signed_percent(head.integrated_error),
        signed_percent(head.gradient_error)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_unexplained_is_told() {
        let head = HeadFinding {
            separation: 0.61,
            integrated_error: -0.001,
            gradient_error: -0.77,
            genes: Vec::new(),
        };
        let text = in_words(&head);
        assert!(text.contains("0.610") && text.contains("77"), "{text}");
    }
}
