use leptos::prelude::*;
use lexicell_protocol::{Backend, BackendReport};

use crate::components::Panel;
use crate::state::app_state;
use crate::views::embed::backend_in_words;

/// What computes, why, and the GPU's self-test.
#[component]
pub(super) fn BackendPanel() -> impl IntoView {
    let app = app_state();
    let label = move || {
        let text = move || {
            app.backend.with(|report| match report.as_ref().map(|report| &report.backend) {
                None => "…",
                Some(Backend::WebGpu { .. }) => "GPU",
                Some(Backend::Cpu) => "CPU",
            })
        };
        view! { <span class="chip-name">"Computes on"</span><span data-testid="backend-name">{text}</span> }
    };
    view! {
        <Panel testid="backend" label=label title="What computes">
            {move || match app.backend.get() {
                Some(report) => view! { <Details report=report /> }.into_any(),
                None => view! { <p>"The computing part starts and tests the GPU."</p> }.into_any(),
            }}
        </Panel>
    }
}

#[component]
fn Details(report: BackendReport) -> impl IntoView {
    let app = app_state();
    let is_gpu = matches!(report.backend, Backend::WebGpu { .. });
    let has_test = !report.self_test.is_empty();
    let rows = report
        .self_test
        .into_iter()
        .map(|check| {
            let passed = check.max_error <= check.tolerance;
            view! {
                <tr class:bad=!passed>
                    <th scope="row">{check.kernel}</th>
                    <td class="number">{format!("{:.1e}", check.max_error)}</td>
                    <td class="number">{format!("{:.1e}", check.tolerance)}</td>
                    <td>{if passed { "passed" } else { "failed" }}</td>
                </tr>
            }
        })
        .collect::<Vec<_>>();
    view! {
        <p><strong data-testid="backend-details">{backend_in_words(&report.backend)}</strong></p>
        <p data-testid="backend-reason">{report.reason}</p>
        {has_test.then(|| view! {
            <table data-testid="self-test">
                <caption>"Self-test: the GPU’s numbers beside the CPU’s"</caption>
                <thead><tr><th scope="col">"Kernel"</th><th scope="col" class="number">"Deviation"</th><th scope="col" class="number">"Allowed"</th><th scope="col">"Result"</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        })}
        <div class="buttons">
            {if is_gpu {
                view! { <button type="button" class="button" data-testid="use-cpu" on:click=move |_| app.use_gpu(false)>"Compute on the CPU"</button> }.into_any()
            } else {
                view! { <button type="button" class="button" data-testid="use-gpu" on:click=move |_| app.use_gpu(true)>"Try the GPU"</button> }.into_any()
            }}
        </div>
    }
}
