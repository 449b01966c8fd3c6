use lexicell_kernels::{
    Gpu, GpuError,
    train::{GpuHead, LayerState, Linear},
};

use lexicell_matrix::DenseMatrix;

use crate::contrastive::{Training, head::Layer};

/// Bytes of training cells that are kept on the device; more of them are sent batch by batch.
const RESIDENT_BYTES: u64 = 512 << 20;

/// Cells that a batch may have above its size: at least two of two classes each.
const SPARE_CELLS: usize = 4;

/// Where the rows of a batch come from.
pub(super) enum Source {
    /// The cells lie on the device; the place of each among them.
    Table(Vec<u32>),
    /// The gene vectors lie on the device, which pools the views.
    Genes,
    /// Rows are made on the CPU and sent.
    Host,
}

/// The head on the GPU, and where it has its rows from.
pub(super) async fn start(
    gpu: &Gpu,
    training: &Training<'_>,
) -> Result<(GpuHead, Source), GpuError> {
    let n_views = if training.inputs.views.is_some() { 2 } else { 1 };
    let n_fitted = training.partition.fitted.len();
    let capacity = n_views * n_fitted.min(training.course.options.batch_size + SPARE_CELLS);
    let state = states(training);
    let layers: Vec<Linear> = state.iter().map(|layer| layer.values.clone()).collect();
    let resident = resident(training);
    let table = resident.as_ref().map_or(&[][..], |(table, _)| table);
    let (mut head, source) = match GpuHead::new(gpu, &layers, table, capacity).await {
        Ok(head) => {
            let usable = |source: &Source| !matches!(source, Source::Genes) || head.pools();
            let source = resident.map(|(_, source)| source).filter(usable);
            (head, source.unwrap_or(Source::Host))
        }
        // Rows that the device has no room for are sent batch by batch.
        Err(GpuError::OutOfMemory { .. } | GpuError::TooLarge { .. }) if !table.is_empty() => {
            (GpuHead::new(gpu, &layers, &[], capacity).await?, Source::Host)
        }
        Err(error) => return Err(error),
    };
    head.set_state(&state)?;
    Ok((head, source))
}

/// What can stay on the device: the cells, or the gene vectors that their views are pooled from.
fn resident(training: &Training<'_>) -> Option<(Vec<f32>, Source)> {
    let d = training.inputs.cells.n_cols();
    let fits = |n_rows: usize| 4 * n_rows as u64 * d as u64 <= RESIDENT_BYTES;
    match training.inputs.views {
        None if fits(training.partition.fitted.len()) => {
            let (table, places) = table(training);
            Some((table, Source::Table(places)))
        }
        None => None,
        Some(views) => {
            let genes =
                views.genes().filter(|genes| genes.n_cols() == d && fits(genes.n_rows()))?;
            Some((centred(genes, training.centering.mean()), Source::Genes))
        }
    }
}

/// Gene vectors less the mean cell. Weights are divided by their sum, so that what is pooled from these
/// is the centred cell.
fn centred(genes: &DenseMatrix, mean: &[f64]) -> Vec<f32> {
    let row = |row: usize| {
        let values = genes.row(row).iter().zip(mean);
        values.map(|(&x, mean)| (f64::from(x) - mean) as f32)
    };
    (0..genes.n_rows()).flat_map(row).collect()
}

/// The fitted cells, centred and of unit length, and the place of each cell among them.
fn table(training: &Training<'_>) -> (Vec<f32>, Vec<u32>) {
    let (cells, fitted) = (training.inputs.cells, &training.partition.fitted);
    let d = cells.n_cols();
    let mut table = vec![0.0; fitted.len() * d];
    let mut places = vec![0; cells.n_rows()];
    for ((row, &cell), place) in table.chunks_exact_mut(d).zip(fitted).zip(0..) {
        training.centering.centre(cells.row(cell), row);
        places[cell] = place;
    }
    (table, places)
}

/// The layers and moments of a training, as the GPU takes them.
fn states(training: &Training<'_>) -> Vec<LayerState> {
    let part = |layer: &Layer, numbers: &[f32]| Linear {
        n_in: layer.inputs,
        n_out: layer.outputs,
        weights: numbers[layer.weights.clone()].to_vec(),
        bias: numbers[layer.biases.clone()].to_vec(),
    };
    let (network, optimizer) = (&training.network, &training.optimizer);
    let state = |layer: &Layer| LayerState {
        values: part(layer, network.parameters()),
        first_moment: part(layer, &optimizer.means),
        second_moment: part(layer, &optimizer.squares),
    };
    network.shape().layers().iter().map(state).collect()
}

/// Weights and biases of a layer, in the order of a head's parameters.
pub(super) fn numbers(layer: &Linear) -> impl Iterator<Item = f32> + '_ {
    layer.weights.iter().chain(&layer.bias).copied()
}

pub(super) fn flatten(state: &[LayerState], part: fn(&LayerState) -> &Linear) -> Vec<f32> {
    state.iter().flat_map(|layer| numbers(part(layer))).collect()
}
