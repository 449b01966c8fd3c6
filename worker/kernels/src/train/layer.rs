use super::{LayerState, Linear, area};
use crate::batch::Batch;
use crate::error::GpuError;
use crate::gpu::{Buffer, Gpu, Weights};
use crate::ops::{AdamW, AdamWStep, ColumnSums, Epilogue, Matmul, MatmulBackward};

/// A layer with its gradients, moments and, for one batch, its outputs.
pub(super) struct Layer {
    pub(super) n_in: usize,
    pub(super) n_out: usize,
    weights: Parameter,
    bias: Parameter,
    /// `[capacity × n_out]`, after the ReLU if there is one.
    pub(super) output: Buffer<f32>,
    /// The loss's gradient with respect to what the ReLU, if there is one, reads.
    pub(super) gradient: Buffer<f32>,
}

/// A tensor that is trained.
struct Parameter {
    values: Buffer<f32>,
    gradient: Buffer<f32>,
    first_moment: Buffer<f32>,
    second_moment: Buffer<f32>,
}

impl Layer {
    pub(super) fn new(gpu: &Gpu, layer: &Linear, capacity: usize) -> Result<Self, GpuError> {
        let (n_in, n_out) = (layer.n_in, layer.n_out);
        let outputs = area(gpu, capacity, n_out)?;
        Ok(Self {
            n_in,
            n_out,
            weights: Parameter::new(gpu, &layer.weights)?,
            bias: Parameter::new(gpu, &layer.bias)?,
            output: gpu.alloc(outputs)?,
            gradient: gpu.alloc(outputs)?,
        })
    }

    pub(super) fn forward(
        &self,
        batch: &mut Batch,
        input: &Buffer<f32>,
        n: usize,
        is_last: bool,
    ) -> Result<(), GpuError> {
        batch.run(&Matmul {
            a: input,
            weights: &Weights::F32(self.weights.values.clone()),
            bias: Some(&self.bias.values),
            epilogue: if is_last { Epilogue::None } else { Epilogue::Relu },
            out: &self.output,
            m: n,
            n: self.n_out,
            k: self.n_in,
        })?;
        Ok(())
    }

    /// The gradients of weights and bias, from that of the output.
    pub(super) fn backward(
        &self,
        batch: &mut Batch,
        input: &Buffer<f32>,
        n: usize,
    ) -> Result<(), GpuError> {
        batch.run(&MatmulBackward {
            a: &self.gradient,
            transposed: true,
            b: input,
            mask: None,
            out: &self.weights.gradient,
            m: self.n_out,
            n: self.n_in,
            k: n,
        })?;
        batch.run(&ColumnSums {
            x: &self.gradient,
            out: &self.bias.gradient,
            first: 0,
            accumulate: false,
            n_rows: n,
            n_columns: self.n_out,
        })?;
        Ok(())
    }

    /// The gradient of the layer below, through its ReLU.
    pub(super) fn backward_to(
        &self,
        batch: &mut Batch,
        below: &Layer,
        n: usize,
    ) -> Result<(), GpuError> {
        batch.run(&MatmulBackward {
            a: &self.gradient,
            transposed: false,
            b: &self.weights.values,
            mask: Some(&below.output),
            out: &below.gradient,
            m: n,
            n: self.n_in,
            k: self.n_out,
        })?;
        Ok(())
    }

    /// Weights decay, biases do not.
    pub(super) fn update(&self, batch: &mut Batch, step: &AdamWStep) -> Result<(), GpuError> {
        self.weights.update(batch, step)?;
        self.bias.update(batch, &AdamWStep { weight_decay: 0.0, ..*step })
    }

    pub(super) fn write(&self, gpu: &Gpu, state: &LayerState) -> Result<(), GpuError> {
        let of = |pick: fn(&Linear) -> &[f32]| {
            [pick(&state.values), pick(&state.first_moment), pick(&state.second_moment)]
        };
        self.weights.write(gpu, of(|layer| &layer.weights))?;
        self.bias.write(gpu, of(|layer| &layer.bias))
    }

    pub(super) async fn values(&self, gpu: &Gpu) -> Result<Linear, GpuError> {
        self.read(gpu, |parameter| &parameter.values).await
    }

    pub(super) async fn gradients(&self, gpu: &Gpu) -> Result<Linear, GpuError> {
        self.read(gpu, |parameter| &parameter.gradient).await
    }

    pub(super) async fn state(&self, gpu: &Gpu) -> Result<LayerState, GpuError> {
        Ok(LayerState {
            values: self.values(gpu).await?,
            first_moment: self.read(gpu, |parameter| &parameter.first_moment).await?,
            second_moment: self.read(gpu, |parameter| &parameter.second_moment).await?,
        })
    }

    async fn read(
        &self,
        gpu: &Gpu,
        pick: fn(&Parameter) -> &Buffer<f32>,
    ) -> Result<Linear, GpuError> {
        let weights = gpu.start_read(pick(&self.weights), ..)?;
        let bias = gpu.start_read(pick(&self.bias), ..)?;
        let (weights, bias) = (weights.finish().await?, bias.finish().await?);
        Ok(Linear { n_in: self.n_in, n_out: self.n_out, weights, bias })
    }
}

impl Parameter {
    fn new(gpu: &Gpu, values: &[f32]) -> Result<Self, GpuError> {
        Ok(Self {
            values: gpu.upload(values)?,
            gradient: gpu.alloc(values.len())?,
            first_moment: gpu.alloc(values.len())?,
            second_moment: gpu.alloc(values.len())?,
        })
    }

    fn update(&self, batch: &mut Batch, step: &AdamWStep) -> Result<(), GpuError> {
        batch.run(&AdamW {
            gradient: &self.gradient,
            weights: &self.values,
            first_moment: &self.first_moment,
            second_moment: &self.second_moment,
            n: self.values.len(),
            step: *step,
        })?;
        Ok(())
    }

    fn write(&self, gpu: &Gpu, [values, first, second]: [&[f32]; 3]) -> Result<(), GpuError> {
        gpu.write(&self.values, 0, values)?;
        gpu.write(&self.first_moment, 0, first)?;
        gpu.write(&self.second_moment, 0, second)
    }
}
