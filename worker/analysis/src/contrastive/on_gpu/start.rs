use lexicell_kernels::{
    Gpu, GpuError,
    train::{GpuHead, LayerState, Linear},
};

use crate::contrastive::{Training, head::Layer};

/// Bytes of training cells that are kept on the device; more of them are sent batch by batch.
const RESIDENT_BYTES: u64 = 512 << 20;

/// Cells that a batch may have above its size: at least two of two classes each.
const SPARE_CELLS: usize = 4;

/// The head on the GPU, and where each cell lies in its table if it has one.
pub(super) async fn start(
    gpu: &Gpu,
    training: &Training<'_>,
) -> Result<(GpuHead, Option<Vec<u32>>), GpuError> {
    let n_views = if training.inputs.views.is_some() { 2 } else { 1 };
    let n_fitted = training.partition.fitted.len();
    let capacity = n_views * n_fitted.min(training.course.options.batch_size + SPARE_CELLS);
    let state = states(training);
    let layers: Vec<Linear> = state.iter().map(|layer| layer.values.clone()).collect();
    let bytes = 4 * n_fitted as u64 * training.inputs.cells.n_cols() as u64;
    let mut head = None;
    if n_views == 1 && bytes <= RESIDENT_BYTES {
        let (table, places) = table(training);
        head = match GpuHead::new(gpu, &layers, &table, capacity).await {
            Ok(head) => Some((head, Some(places))),
            Err(GpuError::OutOfMemory { .. }) => None,
            Err(error) => return Err(error),
        };
    }
    let (mut head, places) = match head {
        Some(head) => head,
        None => (GpuHead::new(gpu, &layers, &[], capacity).await?, None),
    };
    head.set_state(&state)?;
    Ok((head, places))
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
