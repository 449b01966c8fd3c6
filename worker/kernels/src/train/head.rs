use super::layer::Layer;
use super::losses::Losses;
use super::pairs::Pairs;
use super::passes::{backward, forward};
use super::pooled::Pooled;
use super::table::Table;
use super::{Contrast, Inputs, LayerState, Linear, TermLoss, area};
use crate::batch::Batch;
use crate::error::GpuError;
use crate::gpu::{Buffer, Gpu};
use crate::ops::{AdamWStep, L2NormalizeBackward};

/// A projection head in training: linear layers with ReLUs between them, rows of unit length at the
/// end.
pub struct GpuHead {
    gpu: Gpu,
    layers: Vec<Layer>,
    table: Table,
    capacity: usize,
    rows: Buffer<u32>,
    pooled: Pooled,
    x: Buffer<f32>,
    z: Buffer<f32>,
    /// Absent until the first step.
    pairs: Option<Pairs>,
    losses: Losses,
}

impl GpuHead {
    /// Uploads a head and the rows that it is trained on; batches have at most `capacity` rows.
    ///
    /// # Shapes
    /// `layers`: each as wide as the one before gives; `table`: `[n × d]`, `d` the first layer's
    /// input. It may be empty where every batch is [`Inputs::Given`].
    ///
    /// # Errors
    /// [`GpuError::WrongNumbers`] where the device fails the self-test of training,
    /// [`GpuError::Shape`] for layers that do not follow each other, [`GpuError::OutOfMemory`] or
    /// [`GpuError::TooLarge`] where the device has no room, or the device is lost.
    pub async fn new(
        gpu: &Gpu,
        layers: &[Linear],
        table: &[f32],
        capacity: usize,
    ) -> Result<Self, GpuError> {
        check_layers(layers)?;
        gpu.ensure_trains().await?;
        let d = layers.first().map_or(0, |layer| layer.n_in);
        let dim = layers.last().map_or(0, |layer| layer.n_out);
        let layers = layers.iter().map(|layer| Layer::new(gpu, layer, capacity));
        let head = Self {
            gpu: gpu.clone(),
            layers: layers.collect::<Result<_, _>>()?,
            table: Table::upload(gpu, table, d)?,
            capacity,
            rows: gpu.alloc(capacity)?,
            pooled: Pooled::default(),
            x: gpu.alloc(area(gpu, capacity, d)?)?,
            z: gpu.alloc(area(gpu, capacity, dim)?)?,
            pairs: None,
            losses: Losses::default(),
        };
        // On the web a failed allocation is told only now.
        gpu.settle().await?;
        Ok(head)
    }

    /// Whether batches can be [`Inputs::Pooled`]: not from a table that no kernel can bind as a whole.
    pub fn pools(&self) -> bool {
        self.table.whole().is_ok()
    }

    /// Submits one step: forward, backward and AdamW. Nothing is read back.
    ///
    /// Returns whether there was anything to compare: a batch without any positives is no step.
    ///
    /// # Errors
    /// [`GpuError::Unsupported`] for a batch above the capacity, [`GpuError::Range`] for rows outside
    /// the table, [`GpuError::Shape`] for groups of another number, and what the device reports; on
    /// the web the latter comes with the next [`GpuHead::losses`].
    pub fn step(
        &mut self,
        inputs: Inputs<'_>,
        contrasts: &[Contrast<'_>],
        optimizer: &AdamWStep,
    ) -> Result<bool, GpuError> {
        let mut batch = self.gpu.batch();
        let n = self.load(inputs, &mut batch)?;
        contrasts.iter().try_for_each(|contrast| equal("groups", contrast.groups.len(), n))?;
        let n_anchors: Vec<usize> = contrasts.iter().map(Contrast::n_anchors).collect();
        if n_anchors.iter().all(|&n| n == 0) {
            return Ok(false);
        }
        let mut pairs = match self.pairs.take() {
            Some(pairs) => pairs,
            None => Pairs::new(&self.gpu, self.capacity)?,
        };
        let loaded = pairs.load(&self.gpu, contrasts);
        let pairs = self.pairs.insert(pairs);
        loaded?;
        forward(&self.layers, &self.x, &self.z, &mut batch, n)?;
        let Some(last) = self.layers.last() else { return Ok(false) };
        let (z, dim, gradient) = (&self.z, last.n_out, &last.gradient);
        let to = (&self.gpu, &mut self.losses);
        pairs.record(&mut batch, to, contrasts, (z, [n, dim]), gradient)?;
        batch.run(&L2NormalizeBackward { y: &last.output, gradient, n_rows: n, d: dim })?;
        backward(&self.layers, &self.x, &mut batch, n)?;
        for layer in &self.layers {
            layer.update(&mut batch, optimizer)?;
        }
        batch.submit()?;
        self.losses.taken(n_anchors);
        Ok(true)
    }

    /// The work of a step with `n` rows and `n_terms` terms, in the unit of [`Batch::cost`].
    pub fn step_cost(&self, n: usize, n_terms: usize) -> f64 {
        let weights: usize = self.layers.iter().map(|layer| layer.n_in * layer.n_out).sum();
        let dim = self.layers.last().map_or(0, |layer| layer.n_out);
        let (n, pairs) = (n as f64, (n * n) as f64);
        n * 6.0 * weights as f64 + pairs * (4 * dim + 80 * n_terms) as f64 + 40.0 * weights as f64
    }

    /// Waits for the losses of the steps since the last call, in their order, term by term.
    ///
    /// # Errors
    /// The device is lost or refused something since then.
    pub async fn losses(&mut self) -> Result<Vec<Vec<TermLoss>>, GpuError> {
        self.losses.read(&self.gpu).await
    }

    /// The rows that the head makes of others, of unit length; a batch at a time.
    ///
    /// # Shapes
    /// Returns `[n × dim]`; any number of inputs.
    ///
    /// # Errors
    /// As [`GpuHead::step`] and [`GpuHead::losses`].
    pub async fn forward(&mut self, inputs: Inputs<'_>) -> Result<Vec<f32>, GpuError> {
        let (d, dim) = (self.layers[0].n_in, self.dim());
        let mut z = Vec::new();
        match inputs {
            Inputs::Rows(rows) => {
                for rows in rows.chunks(self.capacity) {
                    z.extend(self.forward_one(Inputs::Rows(rows), dim).await?);
                }
            }
            Inputs::Pooled(_) => z = self.forward_one(inputs, dim).await?,
            Inputs::Given(rows) => {
                for rows in rows.chunks(self.capacity * d) {
                    z.extend(self.forward_one(Inputs::Given(rows), dim).await?);
                }
            }
        }
        Ok(z)
    }

    /// Reads the layers back.
    ///
    /// # Errors
    /// As [`GpuHead::losses`].
    pub async fn layers(&self) -> Result<Vec<Linear>, GpuError> {
        let mut layers = Vec::new();
        for layer in &self.layers {
            layers.push(layer.values(&self.gpu).await?);
        }
        Ok(layers)
    }

    /// Reads back all that the training needs to go on.
    ///
    /// # Errors
    /// As [`GpuHead::losses`].
    pub async fn state(&self) -> Result<Vec<LayerState>, GpuError> {
        let mut state = Vec::new();
        for layer in &self.layers {
            state.push(layer.state(&self.gpu).await?);
        }
        Ok(state)
    }

    /// Goes on from a state that [`GpuHead::state`] gave.
    ///
    /// # Errors
    /// [`GpuError::Shape`] for a state of other layers, or the device is lost.
    pub fn set_state(&mut self, state: &[LayerState]) -> Result<(), GpuError> {
        equal("state", state.len(), self.layers.len())?;
        for (layer, state) in self.layers.iter().zip(state) {
            for part in [&state.values, &state.first_moment, &state.second_moment] {
                equal("weights", part.weights.len(), layer.n_in * layer.n_out)?;
                equal("bias", part.bias.len(), layer.n_out)?;
            }
            layer.write(&self.gpu, state)?;
        }
        Ok(())
    }

    /// Reads back the gradients of the last step.
    ///
    /// # Errors
    /// As [`GpuHead::losses`].
    pub async fn gradients(&self) -> Result<Vec<Linear>, GpuError> {
        let mut gradients = Vec::new();
        for layer in &self.layers {
            gradients.push(layer.gradients(&self.gpu).await?);
        }
        Ok(gradients)
    }

    /// Length of the rows that the head makes.
    pub fn dim(&self) -> usize {
        self.layers.last().map_or(0, |layer| layer.n_out)
    }

    async fn forward_one(&mut self, inputs: Inputs<'_>, dim: usize) -> Result<Vec<f32>, GpuError> {
        let mut batch = self.gpu.batch();
        let n = self.load(inputs, &mut batch)?;
        forward(&self.layers, &self.x, &self.z, &mut batch, n)?;
        batch.submit()?;
        self.gpu.read(&self.z, ..n * dim).await
    }

    /// Brings the inputs to `x`, and says how many there are.
    fn load(&mut self, inputs: Inputs<'_>, batch: &mut Batch) -> Result<usize, GpuError> {
        match inputs {
            Inputs::Rows(rows) => {
                let (n, len) = (rows.len(), self.table.n_rows());
                at_most("rows", n, self.capacity)?;
                let last = rows.iter().max().map_or(0, |&row| row as usize);
                if n > 0 && last >= len {
                    return Err(GpuError::Range { start: last, end: last + 1, len });
                }
                self.gpu.write(&self.rows, 0, rows)?;
                self.table.gather(batch, &self.rows, n, &self.x)?;
                Ok(n)
            }
            Inputs::Pooled(rows) => {
                let n = rows.indptr.len().saturating_sub(1);
                at_most("rows", n, self.capacity)?;
                equal("weights", rows.weights.len(), rows.indices.len())?;
                let (last, len) = (rows.indices.iter().max(), self.table.n_rows());
                if let Some(start) = last.map(|&row| row as usize).filter(|&row| row >= len) {
                    return Err(GpuError::Range { start, end: start + 1, len });
                }
                let from = (&self.table, self.capacity);
                self.pooled.record((&self.gpu, batch), rows, from, &self.x)
            }
            Inputs::Given(rows) => {
                let d = self.layers[0].n_in;
                let n = rows.len() / d;
                equal("rows", rows.len(), n * d)?;
                at_most("rows", n, self.capacity)?;
                self.gpu.write(&self.x, 0, rows)?;
                Ok(n)
            }
        }
    }
}

fn check_layers(layers: &[Linear]) -> Result<(), GpuError> {
    at_least("layers", layers.len(), 1)?;
    for layer in layers {
        equal("weights", layer.weights.len(), layer.n_in * layer.n_out)?;
        equal("bias", layer.bias.len(), layer.n_out)?;
        at_least("inputs of a layer", layer.n_in, 1)?;
        at_least("outputs of a layer", layer.n_out, 1)?;
    }
    layers.windows(2).try_for_each(|pair| equal("inputs of a layer", pair[1].n_in, pair[0].n_out))
}

const KERNEL: &str = "contrastive training";

fn equal(operand: &'static str, found: usize, expected: usize) -> Result<(), GpuError> {
    let shape = GpuError::Shape { kernel: KERNEL, operand, expected, found };
    if found == expected { Ok(()) } else { Err(shape) }
}

fn at_least(operand: &'static str, found: usize, expected: usize) -> Result<(), GpuError> {
    let shape = GpuError::Shape { kernel: KERNEL, operand, expected, found };
    if found >= expected { Ok(()) } else { Err(shape) }
}

fn at_most(setting: &'static str, found: usize, capacity: usize) -> Result<(), GpuError> {
    let supported = "at most the capacity";
    let refusal = GpuError::Unsupported { kernel: KERNEL, setting, found, supported };
    if found <= capacity { Ok(()) } else { Err(refusal) }
}
