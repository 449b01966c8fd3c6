//! The gene vectors of the controls: what is known of the genes is taken away, all else stays.

use lexicell_analysis::gene_table::random_table;
use lexicell_analysis::rng::SplitMix64;
use lexicell_matrix::DenseMatrix;
use lexicell_protocol::{EmbedSettings, Method, TextTemplate};

use super::super::embed;
use super::inputs::Inputs;
use crate::failure::IntoFailure;
use crate::session::{Encoder, GeneVectors, Shared};
use crate::task::{Stop, Task};

/// Row of the table for each gene, and the table.
type Control = (Vec<Option<u32>>, DenseMatrix);

/// The vectors of a control; the inner error says why there are none.
pub(super) async fn table(
    task: &Task,
    session: &Shared,
    inputs: &Inputs,
    method: Method,
    seed: u64,
) -> Result<Result<Control, String>, Stop> {
    let vectors = &inputs.vectors;
    let (n, d) = (vectors.table.n_rows(), vectors.table.n_cols());
    match method {
        Method::RandomVectors => {
            let table = random_table(seed, n, d).map_err(|error| error.at(task.step))?;
            Ok(Ok((vectors.rows.clone(), table)))
        }
        Method::NamesOnly => names(task, session, vectors).await,
        _ => Ok(Ok((vectors.rows.clone(), exchanged(&vectors.table, seed)))),
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

/// The same encoder on symbol and full name alone; of the same genes, so that only the text differs.
async fn names(
    task: &Task,
    session: &Shared,
    vectors: &GeneVectors,
) -> Result<Result<Control, String>, Stop> {
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
    let rows = named.rows.iter().zip(&vectors.rows);
    let rows = rows.map(|(named, own)| own.and(*named)).collect();
    Ok(Ok((rows, named.table)))
}
