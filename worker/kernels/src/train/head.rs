use super::layer::Layer;
use super::losses::Losses;
use super::table::Table;
use super::{Contrast, Inputs, LayerState, Linear};
use crate::batch::Batch;
use crate::error::GpuError;
use crate::gpu::{Buffer, Gpu, Weights};
use crate::ops::{
    AdamWStep, ColumnSums, ContrastiveGradient, ContrastiveRows, Epilogue, GatherRows, L2Normalize,
    L2NormalizeBackward, Matmul, MatmulBackward,
};

/// A projection head in training: linear layers with ReLUs between them, rows of unit length at the
/// end.
pub struct GpuHead {
    gpu: Gpu,
    layers: Vec<Layer>,
    table: Table,
    capacity: usize,
    rows: Buffer<u32>,
    groups: Vec<Buffer<u32>>,
    x: Buffer<f32>,
    z: Buffer<f32>,
    contrast: Option<ContrastBuffers>,
    losses: Losses,
}

/// What a loss over all pairs of a batch needs; absent until the first step.
struct ContrastBuffers {
    similarities: Buffer<f32>,
    gradient: Buffer<f32>,
    row_numbers: Buffer<[f32; 2]>,
    row_losses: Buffer<f32>,
}

impl GpuHead {
    /// Uploads a head and the rows that it is trained on; batches have at most `capacity` rows.
    ///
    /// # Shapes
    /// `layers`: each as wide as the one before gives; `table`: `[n × d]`, `d` the first layer's
    /// input. It may be empty where every batch is [`Inputs::Given`].
    ///
    /// # Errors
    /// [`GpuError::Shape`] for layers that do not follow each other, [`GpuError::OutOfMemory`] or
    /// [`GpuError::TooLarge`] where the device has no room, or the device is lost.
    pub async fn new(
        gpu: &Gpu,
        layers: &[Linear],
        table: &[f32],
        capacity: usize,
    ) -> Result<Self, GpuError> {
        check_layers(layers)?;
        let d = layers.first().map_or(0, |layer| layer.n_in);
        let dim = layers.last().map_or(0, |layer| layer.n_out);
        let layers = layers.iter().map(|layer| Layer::new(gpu, layer, capacity));
        let head = Self {
            gpu: gpu.clone(),
            layers: layers.collect::<Result<_, _>>()?,
            table: Table::upload(gpu, table, d)?,
            capacity,
            rows: gpu.alloc(capacity)?,
            groups: Vec::new(),
            x: gpu.alloc(capacity * d)?,
            z: gpu.alloc(capacity * dim)?,
            contrast: None,
            losses: Losses::default(),
        };
        // On the web a failed allocation is told only now.
        gpu.settle().await?;
        Ok(head)
    }

    /// Submits one step: forward, backward and AdamW. Nothing is read back.
    ///
    /// # Errors
    /// [`GpuError::Shape`] or [`GpuError::Range`] for a batch above the capacity, groups of another
    /// number or rows outside the table, and what the device reports; on the web the latter comes
    /// with the next [`GpuHead::losses`].
    pub fn step(
        &mut self,
        inputs: Inputs<'_>,
        contrasts: &[Contrast<'_>],
        optimizer: &AdamWStep,
    ) -> Result<(), GpuError> {
        let mut batch = self.gpu.batch();
        let n = self.load(inputs, &mut batch)?;
        self.load_groups(contrasts, n)?;
        self.forward_batch(&mut batch, n)?;
        self.contrast(&mut batch, contrasts, n)?;
        self.backward_batch(&mut batch, n)?;
        for layer in &self.layers {
            layer.update(&mut batch, optimizer)?;
        }
        batch.submit()?;
        self.losses.taken();
        Ok(())
    }

    /// The work of a step with `n` rows and `n_terms` terms, in the unit of [`Batch::cost`].
    pub fn step_cost(&self, n: usize, n_terms: usize) -> f64 {
        let weights: usize = self.layers.iter().map(|layer| layer.n_in * layer.n_out).sum();
        let dim = self.layers.last().map_or(0, |layer| layer.n_out);
        let (n, pairs) = (n as f64, (n * n) as f64);
        n * 6.0 * weights as f64 + pairs * (4 * dim + 80 * n_terms) as f64 + 40.0 * weights as f64
    }

    /// Waits for the losses of the steps since the last call, in their order.
    ///
    /// # Errors
    /// The device is lost or refused something since then.
    pub async fn losses(&mut self) -> Result<Vec<f32>, GpuError> {
        if self.losses.is_empty() {
            self.gpu.settle().await?;
        }
        self.losses.read(&self.gpu).await
    }

    /// The rows that the head makes of others, of unit length; a batch at a time.
    ///
    /// # Shapes
    /// Returns `[n × dim]`; any number of inputs.
    ///
    /// # Errors
    /// As [`GpuHead::step`] and [`GpuHead::losses`].
    pub async fn forward(&self, inputs: Inputs<'_>) -> Result<Vec<f32>, GpuError> {
        let (d, dim) = (self.layers[0].n_in, self.dim());
        let mut z = Vec::new();
        match inputs {
            Inputs::Rows(rows) => {
                for rows in rows.chunks(self.capacity) {
                    z.extend(self.forward_one(Inputs::Rows(rows), dim).await?);
                }
            }
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

    async fn forward_one(&self, inputs: Inputs<'_>, dim: usize) -> Result<Vec<f32>, GpuError> {
        let mut batch = self.gpu.batch();
        let n = self.load(inputs, &mut batch)?;
        self.forward_batch(&mut batch, n)?;
        batch.submit()?;
        self.gpu.read(&self.z, ..n * dim).await
    }

    /// Brings the inputs to `x`, and says how many there are.
    fn load(&self, inputs: Inputs<'_>, batch: &mut Batch) -> Result<usize, GpuError> {
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

    fn load_groups(&mut self, contrasts: &[Contrast<'_>], n: usize) -> Result<(), GpuError> {
        while self.groups.len() < contrasts.len() {
            self.groups.push(self.gpu.alloc(self.capacity)?);
        }
        for (contrast, groups) in contrasts.iter().zip(&self.groups) {
            equal("groups", contrast.groups.len(), n)?;
            self.gpu.write(groups, 0, contrast.groups)?;
        }
        if self.contrast.is_none() {
            self.contrast = Some(ContrastBuffers::new(&self.gpu, self.capacity)?);
        }
        Ok(())
    }

    fn forward_batch(&self, batch: &mut Batch, n: usize) -> Result<(), GpuError> {
        let mut input = &self.x;
        for (i, layer) in self.layers.iter().enumerate() {
            layer.forward(batch, input, n, i + 1 == self.layers.len())?;
            input = &layer.output;
        }
        let d = self.dim();
        // The way back needs the rows as they were before they are scaled in place.
        let (first, rows) = (0, None);
        batch.run(&GatherRows {
            table: input,
            first,
            n_table: n,
            rows,
            out: &self.z,
            n_rows: n,
            d,
        })?;
        batch.run(&L2Normalize { rows: &self.z, n_rows: n, d })?;
        Ok(())
    }

    /// The loss, and its gradient with respect to the last layer's output.
    fn contrast(
        &mut self,
        batch: &mut Batch,
        contrasts: &[Contrast<'_>],
        n: usize,
    ) -> Result<(), GpuError> {
        let (Some(buffers), Some(last)) = (&self.contrast, self.layers.last()) else {
            return Ok(());
        };
        let (dim, z) = (last.n_out, &self.z);
        batch.run(&Matmul {
            a: z,
            weights: &Weights::F32(z.clone()),
            bias: None,
            epilogue: Epilogue::None,
            out: &buffers.similarities,
            m: n,
            n,
            k: dim,
        })?;
        let (loss, slot) = self.losses.slot(&self.gpu)?;
        for (i, contrast) in contrasts.iter().enumerate() {
            buffers.term(batch, contrast, &self.groups[i], i > 0, n)?;
            batch.run(&ColumnSums {
                x: &buffers.row_losses,
                out: loss,
                first: slot,
                accumulate: i > 0,
                n_rows: n,
                n_columns: 1,
            })?;
        }
        batch.run(&MatmulBackward {
            a: &buffers.gradient,
            transposed: false,
            b: z,
            mask: None,
            out: &last.gradient,
            m: n,
            n: dim,
            k: n,
        })?;
        let (y, gradient) = (&last.output, &last.gradient);
        batch.run(&L2NormalizeBackward { y, gradient, n_rows: n, d: dim })?;
        Ok(())
    }

    fn backward_batch(&self, batch: &mut Batch, n: usize) -> Result<(), GpuError> {
        for (i, layer) in self.layers.iter().enumerate().rev() {
            match i.checked_sub(1).map(|below| &self.layers[below]) {
                Some(below) => {
                    layer.backward(batch, &below.output, n)?;
                    layer.backward_to(batch, below, n)?;
                }
                None => layer.backward(batch, &self.x, n)?,
            }
        }
        Ok(())
    }
}

impl ContrastBuffers {
    fn new(gpu: &Gpu, capacity: usize) -> Result<Self, GpuError> {
        Ok(Self {
            similarities: gpu.alloc(capacity * capacity)?,
            gradient: gpu.alloc(capacity * capacity)?,
            row_numbers: gpu.alloc(capacity)?,
            row_losses: gpu.alloc(capacity)?,
        })
    }

    /// One term's losses, and its gradient, onto those of the terms before.
    fn term(
        &self,
        batch: &mut Batch,
        contrast: &Contrast<'_>,
        groups: &Buffer<u32>,
        accumulate: bool,
        n: usize,
    ) -> Result<(), GpuError> {
        let (similarities, temperature) = (&self.similarities, contrast.temperature);
        let (rows, losses, scale) = (&self.row_numbers, &self.row_losses, contrast.scale());
        batch.run(&ContrastiveRows {
            similarities,
            groups,
            rows,
            losses,
            n,
            temperature,
            scale,
        })?;
        batch.run(&ContrastiveGradient {
            similarities,
            groups,
            rows,
            out: &self.gradient,
            accumulate,
            n,
            temperature,
            scale,
        })?;
        Ok(())
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
