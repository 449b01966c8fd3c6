use leptos::prelude::*;
use lexicell_protocol::{Failure, FailureKind};

use super::{Icon, IconName};
use crate::files::hand_over_text;
use crate::state::{AppState, NoticeKind, Stage, Task, app_state};

/// What went wrong, and what can be done about it.
#[component]
pub(crate) fn FailureCard(task: Task, failure: Failure) -> impl IntoView {
    let app = app_state();
    let offers = offers(failure.kind)
        .iter()
        .map(|&offer| view! { <button type="button" class="button" data-testid=offer.testid() on:click=move |_| offer.take(app, task)>{offer.text()}</button> })
        .collect_view();
    let causes =
        failure.causes.iter().map(|cause| view! { <li>{cause.clone()}</li> }).collect_view();
    let has_causes = !failure.causes.is_empty();
    let report = report_text(task, &failure);
    let save = move |_| match hand_over_text("lexicell-report.txt", &full_report(app, &report)) {
        Ok(()) => {}
        Err(why) => {
            app.notices.show(NoticeKind::Problem, why);
        }
    };
    view! {
        <section class="failure" role="alert" data-testid="failure" data-kind=format!("{:?}", failure.kind)>
            <h2><Icon name=IconName::Warning />{task.failed_title()}</h2>
            <p data-testid="failure-message">{failure.message}</p>
            {failure.remedy.map(|remedy| view! { <p data-testid="failure-remedy">{remedy}</p> })}
            <Show when=move || has_causes>
                <details>
                    <summary>"Details"</summary>
                    <ul data-testid="failure-causes">{causes.clone()}</ul>
                </details>
            </Show>
            <div class="buttons">
                {offers}
                <button type="button" class="button quiet" data-testid="failure-report" on:click=save title="A text file on your machine; nothing is sent">"Save a report"</button>
                <button type="button" class="button quiet" data-testid="failure-dismiss" on:click=move |_| app.failure.set(None)>"Close"</button>
            </div>
        </section>
    }
}

/// Something that helps after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Offer {
    Retry,
    OtherFiles,
    Demo,
    Settings(Stage),
    Cpu,
}

/// What helps after a failure of that kind, the likeliest first.
fn offers(kind: FailureKind) -> &'static [Offer] {
    match kind {
        FailureKind::UnknownFormat | FailureKind::BrokenFile | FailureKind::Unsupported => {
            &[Offer::OtherFiles, Offer::Demo]
        }
        FailureKind::Unreadable => &[Offer::OtherFiles, Offer::Retry],
        FailureKind::UnfitMatrix => &[Offer::Settings(Stage::Data), Offer::OtherFiles],
        FailureKind::UnknownGenes => &[Offer::Settings(Stage::Genes), Offer::OtherFiles],
        FailureKind::UnfitLabels => &[Offer::Settings(Stage::Score)],
        FailureKind::BadSetting => &[Offer::Retry],
        FailureKind::OutOfMemory => &[Offer::OtherFiles, Offer::Retry],
        FailureKind::Gpu => &[Offer::Cpu, Offer::Retry],
        FailureKind::MissingInput
        | FailureKind::Asset
        | FailureKind::Storage
        | FailureKind::Bug => &[Offer::Retry],
    }
}

impl Offer {
    fn text(self) -> &'static str {
        match self {
            Offer::Retry => "Try again",
            Offer::OtherFiles => "Choose other files",
            Offer::Demo => "Try the demo",
            Offer::Settings(Stage::Data) => "Choose another matrix",
            Offer::Settings(Stage::Genes) => "Choose species or gene column",
            Offer::Settings(Stage::Score) => "Choose another label",
            Offer::Settings(_) => "Change the settings",
            Offer::Cpu => "Go on without the GPU",
        }
    }

    fn testid(self) -> &'static str {
        match self {
            Offer::Retry => "failure-retry",
            Offer::OtherFiles => "failure-other-files",
            Offer::Demo => "failure-demo",
            Offer::Settings(_) => "failure-settings",
            Offer::Cpu => "failure-cpu",
        }
    }

    fn take(self, app: AppState, task: Task) {
        match self {
            Offer::Retry => app.rerun(task),
            Offer::OtherFiles => crate::views::choose_files(),
            Offer::Demo => app.open_demo(),
            Offer::Settings(stage) => {
                // Labels are chosen where they are learned from, or where they are scored.
                let is_training = stage == Stage::Score && task == Task::Refine;
                app.stage.set(if is_training { Stage::Refine } else { stage });
                app.failure.set(None);
            }
            Offer::Cpu => {
                app.use_gpu(false);
                app.rerun(task);
            }
        }
    }
}

fn report_text(task: Task, failure: &Failure) -> String {
    let causes: String = failure.causes.iter().map(|cause| format!("cause: {cause}\n")).collect();
    format!(
        "step: {}\nkind: {:?}\nmessage: {}\n{causes}",
        task.slug(),
        failure.kind,
        failure.message
    )
}

/// What a person who looks for the defect needs: no data, no names of cells.
fn full_report(app: AppState, failure: &str) -> String {
    let version = app.worker.with_untracked(|worker| {
        worker.ready().map(|ready| ready.version.clone()).unwrap_or_default()
    });
    let agent = window().navigator().user_agent().unwrap_or_default();
    format!(
        "Lexicell {version}\nbrowser: {agent}\n{failure}\nbackend: {:?}\nmemory: {:?}\nsettings: {:#?}\n",
        app.backend.get_untracked(),
        app.memory.get_untracked(),
        app.settings.get_untracked(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_gpu_offers_the_cpu_first() {
        assert_eq!(offers(FailureKind::Gpu).first(), Some(&Offer::Cpu));
    }

    #[test]
    fn an_unfit_label_leads_to_the_labels() {
        assert_eq!(offers(FailureKind::UnfitLabels), [Offer::Settings(Stage::Score)]);
    }
}
