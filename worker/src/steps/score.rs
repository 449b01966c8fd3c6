//! Judging every view, and its controls, on held-out cells of the same rounds.

mod contest;
mod controls;
mod inputs;
mod on_gpu;
mod report;
mod verdict;

use lexicell_analysis::contrastive::{PooledViews, ViewSource};
use lexicell_analysis::evaluation::PcaSource;
use lexicell_analysis::normalize::Normalized;
use lexicell_matrix::DenseMatrix;
use lexicell_protocol::{Method, Note, NoteLevel, Output, ScoreSettings, View};

use self::contest::{Contest, Entrant};
use self::inputs::Inputs;
use super::{pool, refine};
use crate::failure::IntoFailure;
use crate::session::Shared;
use crate::task::{Stop, Task};

pub(crate) use inputs::labels;

/// Scores what the settings name.
pub(crate) async fn run(
    task: &Task,
    session: &Shared,
    settings: ScoreSettings,
) -> Result<Output, Stop> {
    let inputs = Inputs::collect(task, session, &settings)?;
    let normalized = Normalized::new(&inputs.dataset.adata.x, inputs.dataset.state)
        .map_err(|error| error.at(task.step))?;
    let mut notes = Vec::new();
    let methods = each_once(&settings.methods);
    let mut contest = Contest::new(task, session, &inputs, settings.k as usize, &methods);
    let views = views(task, &inputs, &settings, &methods)?;
    let own: Vec<(Method, Entrant<'_>)> = methods
        .iter()
        .filter_map(|&method| Some((method, entrant(method, &inputs, &settings, views.as_ref())?)))
        .collect();
    let source = PcaSource {
        expression: &normalized,
        n_top_genes: inputs.pca.n_top_genes as usize,
        n_components: inputs.pca.n_comps as usize,
        seed: inputs.pca.seed,
    };
    contest.run(&own, source).await?;
    for &method in methods.iter().filter(|&&method| has_own_vectors(method)) {
        match cells(task, session, &inputs, method, settings.seed).await? {
            Ok(cells) => contest.run(&[(method, Entrant::Embedding(&cells))], source).await?,
            Err(reason) => {
                notes.push(warning(format!("{} left out: {reason}", report::name(method))));
            }
        }
    }
    let (scores, left_out) = contest.finish(&settings.methods);
    notes.extend(left_out);
    let report = report::report(settings, &inputs, &scores, notes);
    session.borrow_mut().score = Some(std::rc::Rc::new(report.clone()));
    Ok(Output::Score(Box::new(report)))
}

/// The methods, each once.
fn each_once(wanted: &[Method]) -> Vec<Method> {
    let mut methods: Vec<Method> = Vec::new();
    for &method in wanted {
        if !methods.contains(&method) {
            methods.push(method);
        }
    }
    methods
}

/// What a method that needs no vectors of its own reads.
fn entrant<'a>(
    method: Method,
    inputs: &'a Inputs,
    settings: &ScoreSettings,
    views: Option<&'a PooledViews<'_>>,
) -> Option<Entrant<'a>> {
    let options = refine::options(&settings.refine);
    Some(match method {
        Method::View(View::Text) => Entrant::Embedding(&inputs.embedding),
        Method::View(View::Refined) => Entrant::Refined {
            cells: &inputs.embedding,
            views: views.map(|views| views as &dyn ViewSource),
            options,
        },
        Method::Joint => Entrant::Joint {
            text: &inputs.embedding,
            options: refine::joint_options(&settings.refine),
        },
        Method::View(View::Pca) => Entrant::Pca,
        Method::RefinedPca => Entrant::RefinedPca {
            augment: settings
                .refine
                .objective
                .needs_views()
                .then(|| refine::augment(&settings.refine)),
            options,
        },
        Method::LogisticPca => Entrant::LogisticPca,
        Method::Majority => Entrant::Majority,
        Method::DroppedVectors
        | Method::RandomVectors
        | Method::ShuffledTexts
        | Method::NamesOnly => return None,
    })
}

/// The source of views, where refinement needs it.
fn views<'a>(
    task: &Task,
    inputs: &'a Inputs,
    settings: &ScoreSettings,
    methods: &[Method],
) -> Result<Option<PooledViews<'a>>, Stop> {
    let needed = settings.refine.objective.needs_views();
    if !needed || !methods.contains(&Method::View(View::Refined)) {
        return Ok(None);
    }
    let views = PooledViews::new(
        &inputs.dataset.adata.x,
        inputs.dataset.state,
        inputs.genes.rows.clone(),
        &inputs.genes.table,
        pool::choice(&inputs.pooling),
        refine::augment(&settings.refine),
    );
    views.map(Some).map_err(|error| error.at(task.step).into())
}

/// The cells of a method with vectors of its own; the inner error says why there are none.
async fn cells(
    task: &Task,
    session: &Shared,
    inputs: &Inputs,
    method: Method,
    seed: u64,
) -> Result<Result<DenseMatrix, String>, Stop> {
    let genes = match controls::genes(task, session, inputs, method, seed).await? {
        Ok(genes) => genes,
        Err(reason) => return Ok(Err(reason)),
    };
    let pooled = pool::on_cpu(task, &inputs.dataset, &genes, &inputs.pooling).await?;
    Ok(Ok(pooled.0))
}

fn has_own_vectors(method: Method) -> bool {
    matches!(
        method,
        Method::DroppedVectors | Method::RandomVectors | Method::ShuffledTexts | Method::NamesOnly
    )
}

fn warning(text: String) -> Note {
    Note { level: NoteLevel::Warning, text }
}
