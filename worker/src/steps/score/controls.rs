//! Gene vectors in the place of those in use: the controls, of which what is known of the genes is
//! taken away while all else stays, and a table that was dropped.

use std::rc::Rc;

use lexicell_analysis::gene_table::random_table;
use lexicell_analysis::rng::SplitMix64;
use lexicell_matrix::DenseMatrix;
use lexicell_protocol::{EmbedSettings, Method, TextTemplate};

use super::super::{embed, encoder, pool};
use super::inputs::Inputs;
use crate::failure::IntoFailure;
use crate::session::{Encoder, PooledGenes, Shared};
use crate::task::{Stop, Task};

/// The vectors of a control, whitened if the texts' are; the inner error says why there are none.
pub(super) async fn genes(
    task: &Task,
    session: &Shared,
    inputs: &Inputs,
    method: Method,
    seed: u64,
) -> Result<Result<PooledGenes, String>, Stop> {
    let own = &inputs.genes;
    let (n, d) = (own.table.n_rows(), own.table.n_cols());
    match method {
        Method::RandomVectors => {
            let table = random_table(seed, n, d).map_err(|error| error.at(task.step))?;
            Ok(Ok(treated(task, own, own.rows.clone(), Rc::new(table)).await?))
        }
        Method::NamesOnly => names(task, session, own).await,
        Method::DroppedVectors => dropped(task, session, own).await,
        // To whiten and then to exchange is the same as the other way round.
        _ => Ok(Ok(PooledGenes { table: Rc::new(exchanged(&own.table, seed)), ..(**own).clone() })),
    }
}

/// Vectors whitened by themselves if the texts' are.
async fn treated(
    task: &Task,
    own: &PooledGenes,
    rows: Vec<Option<u32>>,
    table: Rc<DenseMatrix>,
) -> Result<PooledGenes, Stop> {
    match own.whitening {
        Some(_) => pool::whitened(task, rows, &table).await,
        None => Ok(PooledGenes { rows, table, whitening: None }),
    }
}

/// The texts' own vectors, given to other genes.
fn exchanged(own: &DenseMatrix, seed: u64) -> DenseMatrix {
    let mut order: Vec<usize> = (0..own.n_rows()).collect();
    SplitMix64::new(seed).shuffle(&mut order);
    let mut table = DenseMatrix::zeros(own.n_rows(), own.n_cols());
    for (row, &from) in order.iter().enumerate() {
        table.row_mut(row).copy_from_slice(own.row(from));
    }
    table
}

/// The table that was dropped last, of the same genes where it knows them.
async fn dropped(
    task: &Task,
    session: &Shared,
    own: &PooledGenes,
) -> Result<Result<PooledGenes, String>, Stop> {
    let (genes, encoder, table) = {
        let session = session.borrow();
        (session.genes.clone(), session.encoder.clone(), session.dropped.clone())
    };
    if matches!(encoder, Encoder::Table { .. }) {
        return Ok(Err("the dropped table is in use itself: it makes the text's row.".to_owned()));
    }
    let (Some(genes), Some(Encoder::Table { name, hash, table })) = (genes, table) else {
        return Ok(Err("no table of gene vectors was dropped (Embed).".to_owned()));
    };
    match encoder::vectors_of_table(task, &genes, &name, &hash, &table) {
        Ok(vectors) => Ok(Ok(treated(task, own, vectors.rows, vectors.table).await?)),
        Err(Stop::Cancelled) => Err(Stop::Cancelled),
        Err(Stop::Failed(failure)) => Ok(Err(failure.message)),
    }
}

/// The same encoder on symbol and full name alone; of the same genes, so that only the text differs.
async fn names(
    task: &Task,
    session: &Shared,
    own: &PooledGenes,
) -> Result<Result<PooledGenes, String>, Stop> {
    let (genes, encoder, used) = {
        let session = session.borrow();
        (session.genes.clone(), session.encoder.clone(), session.used.embed.clone())
    };
    if matches!(encoder, Encoder::Table { .. }) {
        return Ok(Err(
            "the genes' vectors come from a dropped table, whose encoder is not here.".to_owned()
        ));
    }
    if used.template == TextTemplate::Name {
        return Ok(Err("the texts in use are the names alone.".to_owned()));
    }
    let Some(genes) = genes else {
        return Ok(Err("the genes are not mapped.".to_owned()));
    };
    let settings = EmbedSettings { template: TextTemplate::Name, ..used };
    let named = match embed::by_model(task, session, &genes, &encoder, &settings).await {
        Ok(named) => named,
        Err(Stop::Cancelled) => return Err(Stop::Cancelled),
        Err(Stop::Failed(failure)) => {
            return Ok(Err(format!("the names could not be embedded ({}).", failure.message)));
        }
    };
    let rows = named.rows.iter().zip(&own.rows);
    let rows = rows.map(|(named, own)| own.and(*named)).collect();
    Ok(Ok(treated(task, own, rows, named.table).await?))
}
