//! A trained head as a file: safetensors, with a description in JSON among its metadata.
//!
//! Tensors: `hidden.weight` `[hidden × d]` and `hidden.bias` (none where the head is linear),
//! `output.weight` `[dim × hidden]` and `output.bias`, laid out as PyTorch's `Linear`; `centering.mean`
//! `[d]` in f64; `centroids` `[n_classes × dim]`; `threshold`, one value or none; `whitening.mean` `[d]`
//! and `whitening.map` `[d × d]` in f64 where the gene vectors behind the cells were whitened.

use lexicell_matrix::DenseMatrix;

use super::{
    Classifier, Head, HeadShape, Refiner,
    archive::{Archive, Values},
};
use crate::{AnalysisError, centering::Centering, unit, whitening::Whitening};

const WHAT: &str = "saved head";
const FORMAT: &str = "lexicell head 1";

/// What a saved head holds.
#[derive(Debug, Clone, PartialEq)]
pub struct HeadFile {
    /// Centring and head.
    pub refiner: Refiner,
    /// What tells classes of refined cells; `None` for a head that was trained without labels.
    pub classifier: Option<Classifier>,
    /// The map that the gene vectors behind the cells went through, if they did.
    pub whitening: Option<Whitening>,
    /// JSON that the caller chose: settings, names of the classes, hash of the gene table.
    pub description: String,
}

/// The bytes of a saved head.
#[must_use]
pub fn write(file: &HeadFile) -> Vec<u8> {
    let mut archive = Archive::new(WHAT, FORMAT);
    archive.set_text("description", &file.description);
    set_refiner(&mut archive, "", &file.refiner);
    if let Some(Classifier { centroids, threshold }) = &file.classifier {
        let shape = [centroids.n_rows(), centroids.n_cols()];
        archive.set("centroids", &shape, Values::F32(centroids.data().to_vec()));
        let threshold: Vec<f32> = threshold.iter().copied().collect();
        archive.set("threshold", &[threshold.len()], Values::F32(threshold));
    }
    if let Some(whitening) = &file.whitening {
        let d = whitening.mean().len();
        archive.set("whitening.mean", &[d], Values::F64(whitening.mean().to_vec()));
        archive.set("whitening.map", &[d, d], Values::F64(whitening.map()));
    }
    archive.write()
}

/// Reads a saved head.
///
/// # Errors
/// [`AnalysisError::SavedFile`] if the bytes are damaged, cut short, or not a head that
/// [`write`] wrote.
pub fn read(bytes: &[u8]) -> Result<HeadFile, AnalysisError> {
    let mut archive = Archive::read(WHAT, FORMAT, bytes)?;
    let description = archive.text("description")?.to_owned();
    let refiner = take_refiner(&mut archive, "")?;
    let classifier = read_classifier(&mut archive, refiner.head.shape().dim)?;
    let whitening = read_whitening(&mut archive, refiner.head.shape().inputs)?;
    archive.finish()?;
    Ok(HeadFile { refiner, classifier, whitening, description })
}

/// Adds centring and head, their tensors named with a prefix.
pub(super) fn set_refiner(archive: &mut Archive, prefix: &str, refiner: &Refiner) {
    let head = &refiner.head;
    let layers = head.shape().layers();
    for (layer, name) in layers.iter().zip(names(layers.len())) {
        let floats =
            |range: &std::ops::Range<usize>| Values::F32(head.parameters()[range.clone()].to_vec());
        let shape = [layer.outputs, layer.inputs];
        archive.set(&format!("{prefix}{name}.weight"), &shape, floats(&layer.weights));
        archive.set(&format!("{prefix}{name}.bias"), &[layer.outputs], floats(&layer.biases));
    }
    let mean = refiner.centering.mean();
    archive.set(&format!("{prefix}centering.mean"), &[mean.len()], Values::F64(mean.to_vec()));
}

/// Takes centring and head that [`set_refiner`] added.
pub(super) fn take_refiner(archive: &mut Archive, prefix: &str) -> Result<Refiner, AnalysisError> {
    let shape = shape_of(archive, prefix)?;
    let layers = shape.layers();
    let mut parameters = Vec::with_capacity(shape.n_parameters());
    for name in names(layers.len()) {
        for part in ["weight", "bias"] {
            parameters.append(&mut archive.take_f32(&format!("{prefix}{name}.{part}"))?);
        }
    }
    let inside = |archive: &Archive, error: AnalysisError| archive.wrong(error.to_string());
    let head = Head::try_new(shape, parameters).map_err(|error| inside(archive, error))?;
    let mean = archive.take_f64(&format!("{prefix}centering.mean"))?;
    if mean.len() != shape.inputs {
        let (found, expected) = (mean.len(), shape.inputs);
        return Err(
            archive.wrong(format!("its mean has {found} values, its head takes {expected}"))
        );
    }
    let centering = Centering::from_mean(mean).map_err(|error| inside(archive, error))?;
    Ok(Refiner { centering, head })
}

fn read_classifier(archive: &mut Archive, dim: usize) -> Result<Option<Classifier>, AnalysisError> {
    let Some(shape) = archive.shape("centroids") else { return Ok(None) };
    let &[n_classes, width] = shape else {
        return Err(archive.wrong("its centroids are no matrix"));
    };
    if width != dim || n_classes == 0 {
        return Err(archive
            .wrong(format!("its centroids are {n_classes} × {width}, its head has width {dim}")));
    }
    let values = archive.take_f32("centroids")?;
    let centroids = DenseMatrix::try_new(n_classes, dim, values)?;
    unit::check(&centroids, "centroids").map_err(|error| archive.wrong(error.to_string()))?;
    let threshold = archive.take_f32("threshold")?;
    match threshold[..] {
        [] => Ok(Some(Classifier { centroids, threshold: None })),
        [value] if value.is_finite() => Ok(Some(Classifier { centroids, threshold: Some(value) })),
        _ => Err(archive.wrong("its threshold is not one number")),
    }
}

fn read_whitening(archive: &mut Archive, d: usize) -> Result<Option<Whitening>, AnalysisError> {
    let Some(shape) = archive.shape("whitening.map") else { return Ok(None) };
    if shape != [d, d] {
        return Err(archive.wrong(format!("its whitening is {shape:?}, its head takes {d} values")));
    }
    let mean = archive.take_f64("whitening.mean")?;
    let map = archive.take_f64("whitening.map")?;
    let whitening = Whitening::from_parts(mean, map);
    whitening.map(Some).map_err(|error| archive.wrong(error.to_string()))
}

/// Names of the layers of a head.
fn names(n_layers: usize) -> impl Iterator<Item = &'static str> {
    ["hidden", "output"].into_iter().skip(2 - n_layers.min(2))
}

/// The sizes of the head, from the shapes of its weights.
fn shape_of(archive: &Archive, prefix: &str) -> Result<HeadShape, AnalysisError> {
    let shape = |name: &str| archive.shape(&format!("{prefix}{name}"));
    let matrix = |name: &str| match shape(name) {
        Some(&[outputs, inputs]) if outputs > 0 && inputs > 0 => Ok((outputs, inputs)),
        _ => Err(archive.wrong(format!("tensor {name:?} is missing or no matrix"))),
    };
    let (dim, before) = matrix("output.weight")?;
    let (inputs, hidden) = match shape("hidden.weight") {
        None => (before, None),
        Some(_) => {
            let (hidden, inputs) = matrix("hidden.weight")?;
            (inputs, Some(hidden))
        }
    };
    let sizes = HeadShape { inputs, hidden, dim };
    if before != hidden.unwrap_or(inputs) {
        return Err(archive.wrong("its layers do not fit each other"));
    }
    let bias = |name: &str, expected| shape(name) == Some(&[expected][..]);
    if !bias("output.bias", dim) || hidden.is_some_and(|width| !bias("hidden.bias", width)) {
        return Err(archive.wrong("its biases do not fit its weights"));
    }
    Ok(sizes)
}
