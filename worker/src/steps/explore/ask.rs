//! How like the cells are to a text, and which of several texts each is most like.

use std::rc::Rc;

use lexicell_analysis::metrics::Confusion;
use lexicell_analysis::normalize::Normalized;
use lexicell_analysis::query::{ClusterScore, QueryOptions, QueryRanking, Similarity};
use lexicell_analysis::unit;
use lexicell_matrix::{Categorical, DenseMatrix, MISSING_CODE};
use lexicell_protocol::{
    AskReport, AskSettings, ClassLikeness, FailureKind, MOST_TEXTS, Note, NoteLevel, Output, Step,
    View, ZeroShot as ZeroShotReport,
};

use super::super::{compared, free_column, missing, pool};
use super::{cells, types, words, zero_shot};
use crate::failure::IntoFailure;
use crate::map;
use crate::session::{Dataset, Measured, PooledGenes, Shared, Told};
use crate::task::{Stop, Task};

/// Longest name of a sentence, and of a type that has one: ontologies have long names.
const LONGEST_NAME: [usize; 2] = [60, 120];
/// Genes shown whose texts are most alike.
const GENES_SHOWN: usize = 12;
/// Cells compared between two looks at the clock.
const CELLS_PER_RUN: usize = 512;
/// Units of a ranking between two looks at the clock.
const UNITS_PER_RUN: usize = 1;

/// A text and what it is called.
pub(super) struct Asked {
    pub(super) name: String,
    pub(super) text: String,
}

/// What an answer reads.
pub(super) struct Inputs {
    pub(super) dataset: Rc<Dataset>,
    pub(super) genes: Rc<PooledGenes>,
    pub(super) pooling: lexicell_analysis::pool::PoolSettings,
    by: String,
    classes: Categorical,
    /// Cells centred on their mean, unit rows `[n_obs × d]`.
    cells: DenseMatrix,
}

/// Compares the cells with what was asked.
pub(crate) async fn run(
    task: &Task,
    session: &Shared,
    settings: AskSettings,
) -> Result<Output, Stop> {
    let asked = parse(task, &settings.text)?;
    let inputs = Inputs::collect(task, session, &settings)?;
    let texts = asked.iter().map(|asked| asked.text.clone()).collect();
    let queries = words::vectors(task, session, texts).await?;
    let cosines = similarities(task, &inputs.cells, &queries).await?;
    let view = Normalized::new(&inputs.dataset.adata.x, inputs.dataset.state)
        .map_err(|error| error.at(task.step))?;
    let classes = likeness(task, &inputs, &view, &queries, &cosines, &settings).await?;
    let genes = (0..queries.n_rows()).map(|row| nearest_genes(&inputs, queries.row(row))).collect();
    let mut columns = Vec::new();
    for (at, asked) in asked.iter().enumerate() {
        columns.push(measure(session, asked, &inputs.cells, &cosines, at));
    }
    let labels = if asked.len() > 1 {
        let told = zero_shot::tell(task, session, &inputs, &view, &queries, &settings).await?;
        Some(enter(session, &asked, &inputs, told))
    } else {
        None
    };
    map::refresh(session);
    let (from, ids) = types::from(&session.borrow(), &asked);
    let report = AskReport {
        from,
        ids,
        texts: asked.into_iter().map(|asked| (asked.name, asked.text)).collect(),
        columns,
        by: inputs.by,
        classes,
        genes,
        labels,
        notes: notes(&settings),
        settings,
    };
    Ok(Output::Asked(Box::new(report)))
}

impl Inputs {
    fn collect(task: &Task, session: &Shared, settings: &AskSettings) -> Result<Self, Stop> {
        let session = session.borrow();
        let dataset = session.dataset.clone().ok_or_else(|| missing(task, "A data set"))?;
        let genes = session.pooled.clone().ok_or_else(|| missing(task, "The cells' vectors"))?;
        let mut cells =
            compared(&session, View::Text).ok_or_else(|| missing(task, "The cells' vectors"))?;
        if !session.used.pool.center {
            // What all cells share would hide what they are like.
            super::super::center(&mut cells);
            unit::normalize_rows(&mut cells);
        }
        let (by, classes) = match &settings.by {
            Some(column) => (column.clone(), cells::classes(task, &session, &dataset, column)?),
            None => ("clusters".to_owned(), cells::clusters(task, &session, View::Text)?),
        };
        let pooling = pool::choice(&session.used.pool);
        Ok(Self { dataset, genes, pooling, by, classes, cells })
    }
}

/// One text for each line; a text of one line is one text.
fn parse(task: &Task, text: &str) -> Result<Vec<Asked>, Stop> {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    if lines.is_empty() || lines.len() as u64 > MOST_TEXTS {
        let message = format!(
            "Expected a sentence, or up to {MOST_TEXTS} lines of \"name: definition\", found {} lines.",
            lines.len()
        );
        return Err(task.failure(FailureKind::BadSetting, message).into());
    }
    let asked = |line: &&str| {
        let (name, longest) = match line.split_once(':') {
            Some((name, _)) if lines.len() > 1 => (name.trim(), LONGEST_NAME[1]),
            _ => (*line, LONGEST_NAME[0]),
        };
        Asked { name: name.chars().take(longest).collect(), text: (*line).to_owned() }
    };
    Ok(lines.iter().map(asked).collect())
}

async fn similarities(
    task: &Task,
    cells: &DenseMatrix,
    queries: &DenseMatrix,
) -> Result<DenseMatrix, Stop> {
    let mut similarity = Similarity::new(cells, queries).map_err(|error| error.at(task.step))?;
    loop {
        let progress = similarity.run(CELLS_PER_RUN).map_err(|error| error.at(task.step))?;
        task.tick("cells", progress.done as u64, progress.total as u64).await?;
        if progress.is_done() {
            return similarity.finish().map_err(|error| error.at(task.step).into());
        }
    }
}

/// For each text the classes, most alike first.
async fn likeness(
    task: &Task,
    inputs: &Inputs,
    view: &Normalized<'_>,
    queries: &DenseMatrix,
    cosines: &DenseMatrix,
    settings: &AskSettings,
) -> Result<Vec<Vec<ClassLikeness>>, Stop> {
    let options =
        QueryOptions { n_shuffles: settings.n_permutations as usize, seed: settings.seed };
    let classes = (&inputs.classes.codes[..], inputs.classes.categories.len());
    let (rows, table) = (&inputs.genes.rows[..], &*inputs.genes.table);
    let genes = (view, rows);
    let mut ranking =
        QueryRanking::new(genes, table, inputs.pooling, classes, queries.row(0), options)
            .map_err(|error| error.at(task.step))?;
    let n = queries.n_rows() as u64;
    let mut ranked = Vec::new();
    for at in 0..queries.n_rows() {
        if at > 0 {
            ranking.ask(queries.row(at)).map_err(|error| error.at(task.step))?;
        }
        loop {
            let progress = ranking.run(UNITS_PER_RUN).map_err(|error| error.at(task.step))?;
            let (done, total) = (progress.done as u64, progress.total as u64);
            task.tick("exchanged texts", at as u64 * total + done, n * total).await?;
            if progress.is_done() {
                break;
            }
        }
        let scores = ranking.scores().map_err(|error| error.at(task.step))?;
        ranked.push(by_class(inputs, &scores, cosines, at));
    }
    Ok(ranked)
}

fn by_class(
    inputs: &Inputs,
    scores: &[ClusterScore],
    cosines: &DenseMatrix,
    at: usize,
) -> Vec<ClassLikeness> {
    let mut sums = vec![(0.0, 0u64); inputs.classes.categories.len()];
    for (cell, &code) in inputs.classes.codes.iter().enumerate() {
        if let Some((sum, n)) = sums.get_mut(code as usize) {
            *sum += f64::from(cosines.row(cell)[at]);
            *n += 1;
        }
    }
    let mut classes: Vec<ClassLikeness> = scores
        .iter()
        .filter(|score| score.z.is_finite())
        .map(|score| {
            let (sum, n_obs) = sums[score.cluster as usize];
            ClassLikeness {
                name: inputs.classes.categories[score.cluster as usize].clone(),
                n_obs,
                cosine: sum / n_obs.max(1) as f64,
                z: score.z,
                p_adjusted: score.q,
            }
        })
        .collect();
    classes.sort_by(|a, b| b.cosine.total_cmp(&a.cosine));
    classes
}

/// The data set's genes whose texts are most like the text.
fn nearest_genes(inputs: &Inputs, query: &[f32]) -> Vec<(String, f64)> {
    let length = query.iter().map(|&x| f64::from(x) * f64::from(x)).sum::<f64>().sqrt();
    let cosine = |row: u32| {
        let own = inputs.genes.table.row(row as usize);
        own.iter().zip(query).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum::<f64>() / length
    };
    let rows = inputs.genes.rows.iter().enumerate();
    let mut genes: Vec<(usize, f64)> =
        rows.filter_map(|(gene, row)| Some((gene, cosine((*row)?)))).collect();
    genes.sort_by(|a, b| b.1.total_cmp(&a.1));
    genes.truncate(GENES_SHOWN);
    let name = |gene: usize| inputs.dataset.adata.var.index[gene].clone();
    genes.into_iter().map(|(gene, cosine)| (name(gene), cosine)).collect()
}

/// Keeps the cells' cosines as a column.
fn measure(
    session: &Shared,
    asked: &Asked,
    cells: &DenseMatrix,
    cosines: &DenseMatrix,
    at: usize,
) -> String {
    let column = free_column(&session.borrow(), &format!("like {}", asked.name));
    let value = |cell: usize| {
        let is_empty = cells.row(cell).iter().all(|&x| x == 0.0);
        if is_empty { f32::NAN } else { cosines.row(cell)[at] }
    };
    session.borrow_mut().measure(Measured {
        column: column.clone(),
        unit: format!("cosine with \"{}\"", asked.name),
        values: (0..cells.n_rows()).map(value).collect(),
        rests_on: Step::PoolCells,
    });
    column
}

/// Puts the labels told into a column.
fn enter(
    session: &Shared,
    asked: &[Asked],
    inputs: &Inputs,
    told: zero_shot::Labels,
) -> ZeroShotReport {
    let mut categories: Vec<String> = asked.iter().map(|asked| asked.name.clone()).collect();
    let against = against(&told.codes, &categories, &inputs.classes);
    categories.push("unsure".to_owned());
    let classes = Categorical { codes: told.codes, categories };
    let mut counts: Vec<u64> = classes.counts().iter().map(|&count| count as u64).collect();
    let n_unsure = counts.pop().unwrap_or(0);
    let column = free_column(&session.borrow(), "label_by_text");
    session.borrow_mut().tell(Told { column: column.clone(), classes, similarity: told.cosine });
    ZeroShotReport { column, counts, n_unsure, least_margin: told.least_margin, against }
}

/// Accuracy and mean F1 over the cells whose class bears the name of a type; unsure cells are wrong.
fn against(codes: &[u32], types: &[String], classes: &Categorical) -> Option<(f64, f64)> {
    let place = |name: &String| types.iter().position(|own| own.eq_ignore_ascii_case(name.trim()));
    let type_of: Vec<Option<usize>> = classes.categories.iter().map(place).collect();
    let n_known = type_of.iter().flatten().count();
    if n_known < 2 {
        return None;
    }
    let mut confusion = Confusion::new(types.len() + 1);
    let mut n = 0usize;
    for (&told, &class) in codes.iter().zip(&classes.codes) {
        let truth = type_of.get(class as usize).copied().flatten();
        if let (Some(truth), true) = (truth, told != MISSING_CODE) {
            confusion.add(truth as u32, told);
            n += 1;
        }
    }
    let per_class = confusion.per_class();
    let own: Vec<f64> =
        per_class.iter().filter(|class| class.support > 0).map(|class| class.f1).collect();
    let f1 = own.iter().sum::<f64>() / own.len().max(1) as f64;
    (n > 0).then(|| (confusion.accuracy(), f1))
}

fn notes(settings: &AskSettings) -> Vec<Note> {
    let mut notes = vec![Note {
        level: NoteLevel::Info,
        text: "A cell is like a text as far as what NCBI wrote about its genes is: nothing here knows the type from measured cells. The p is the larger of two: one gives the genes' texts to other genes at random, the other lets the text point anywhere. Both take genes for independent.".to_owned(),
    }];
    if settings.by.is_none() {
        notes.push(Note {
            level: NoteLevel::Info,
            text: "Clusters of this view are apart in these same vectors by construction: read the order, not the p.".to_owned(),
        });
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_held_against_classes_of_the_same_name() {
        let types = ["B cell".to_owned(), "T cell".to_owned()];
        let categories = ["b cell", "T cell", "other"].map(str::to_owned).to_vec();
        let classes = Categorical { codes: vec![0, 0, 1, 1, 2], categories };
        let (accuracy, f1) = against(&[0, 2, 1, 1, 0], &types, &classes).expect("two known");
        assert!((accuracy - 0.75).abs() < 1e-12, "{accuracy}");
        assert!((f1 - (2.0 / 3.0 + 1.0) / 2.0).abs() < 1e-12, "{f1}");
        let other = Categorical { categories: vec!["x".to_owned(); 3], ..classes };
        assert_eq!(against(&[0, 2, 1, 1, 0], &types, &other), None);
    }
}
