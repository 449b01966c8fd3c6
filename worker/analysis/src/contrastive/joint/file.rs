//! Trained heads of a joint view as a file: safetensors, with a description in JSON among its metadata.
//!
//! Tensors: those of a [saved head](crate::contrastive::head_file), named `text.…` and `expression.…`, and
//! `weight`, one value in f64.

use super::JointSpace;
use crate::{
    AnalysisError,
    contrastive::{
        archive::{Archive, Values},
        head_file::{set_refiner, take_refiner},
    },
};

const WHAT: &str = "saved joint view";
const FORMAT: &str = "lexicell joint view 1";

/// The bytes of a saved joint view; `description` is JSON that the caller chose.
#[must_use]
pub fn write(space: &JointSpace, description: &str) -> Vec<u8> {
    let mut archive = Archive::new(WHAT, FORMAT);
    archive.set_text("description", description);
    set_refiner(&mut archive, "text.", &space.text);
    set_refiner(&mut archive, "expression.", &space.expression);
    archive.set("weight", &[1], Values::F64(vec![space.weight]));
    archive.write()
}

/// Reads a saved joint view and its description.
///
/// # Errors
/// [`AnalysisError::SavedFile`] if the bytes are damaged, cut short, or not what [`write`] wrote.
pub fn read(bytes: &[u8]) -> Result<(JointSpace, String), AnalysisError> {
    let mut archive = Archive::read(WHAT, FORMAT, bytes)?;
    let description = archive.text("description")?.to_owned();
    let text = take_refiner(&mut archive, "text.")?;
    let expression = take_refiner(&mut archive, "expression.")?;
    let weight = match archive.take_f64("weight")?[..] {
        [weight] if (0.0..=1.0).contains(&weight) => weight,
        _ => return Err(archive.wrong("its weight is not one number from 0 to 1")),
    };
    if text.head.shape().dim != expression.head.shape().dim {
        return Err(archive.wrong("its heads do not end in one space"));
    }
    archive.finish()?;
    Ok((JointSpace { text, expression, weight }, description))
}
