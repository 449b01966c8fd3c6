use js_sys::{ArrayBuffer, Uint8Array};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::File;

/// A header larger than this is no head's.
const LONGEST: u64 = 8 << 20;

/// Whether a safetensors file is a head that Lexicell saved: its header names Lexicell.
pub(crate) async fn is_head(file: &File) -> bool {
    if !file.name().to_lowercase().ends_with(".safetensors") {
        return false;
    }
    let Some(length) = read(file, 0, 8).await.as_deref().and_then(header_length) else {
        return false;
    };
    read(file, 8, 8 + length).await.is_some_and(|header| names_lexicell(&header))
}

async fn read(file: &File, from: u64, to: u64) -> Option<Vec<u8>> {
    let part = file.slice_with_f64_and_f64(from as f64, to as f64).ok()?;
    let bytes = JsFuture::from(part.array_buffer()).await.ok()?.dyn_into::<ArrayBuffer>().ok()?;
    Some(Uint8Array::new(&bytes).to_vec())
}

/// The length of the header, in the first eight bytes.
fn header_length(bytes: &[u8]) -> Option<u64> {
    let length = u64::from_le_bytes(bytes.try_into().ok()?);
    (2..=LONGEST).contains(&length).then_some(length)
}

/// Whether the header's `__metadata__`, a map of texts, has an entry of Lexicell.
fn names_lexicell(header: &[u8]) -> bool {
    let Ok(serde_json::Value::Object(header)) = serde_json::from_slice(header) else {
        return false;
    };
    let metadata = header.get("__metadata__").and_then(|metadata| metadata.as_object());
    metadata.is_some_and(|metadata| {
        metadata.iter().any(|(key, value)| {
            let value = value.as_str().unwrap_or_default();
            key.to_lowercase().contains("lexicell") || value.to_lowercase().starts_with("lexicell")
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_names_lexicell_in_its_metadata_alone() {
        let head = br#"{"__metadata__":{"lexicell":"{\"n_train\":3}"},"w1":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#;
        assert!(names_lexicell(head));
        assert!(names_lexicell(br#"{"__metadata__":{"format":"lexicell-head-1"}}"#));
        assert!(!names_lexicell(br#"{"__metadata__":{"format":"pt"}}"#));
        assert!(!names_lexicell(
            br#"{"lexicell":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}"#
        ));
        assert!(!names_lexicell(b"not json"));
    }

    #[test]
    fn the_first_eight_bytes_are_the_length() {
        assert_eq!(header_length(&300u64.to_le_bytes()), Some(300));
        assert_eq!(header_length(&u64::MAX.to_le_bytes()), None);
        assert_eq!(header_length(&[1, 2]), None);
    }
}
