use js_sys::{Array, ArrayBuffer};
use leptos::prelude::*;
use lexicell_protocol::SavedFile;
use wasm_bindgen::prelude::*;
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, Url};

use crate::worker_client::in_words;

/// Gives a file to the scientist as a download; it never leaves the machine.
pub(crate) fn hand_over(file: &SavedFile, bytes: &ArrayBuffer) -> Result<(), String> {
    download(&file.name, &file.media_type, bytes).map_err(|error| in_words(&error))
}

/// Gives a text file to the scientist.
pub(crate) fn hand_over_text(name: &str, text: &str) -> Result<(), String> {
    hand_over_as(name, "text/plain", text)
}

/// Gives a text file of that media type to the scientist.
pub(crate) fn hand_over_as(name: &str, media_type: &str, text: &str) -> Result<(), String> {
    download(name, media_type, &text.into()).map_err(|error| in_words(&error))
}

fn download(name: &str, media_type: &str, content: &JsValue) -> Result<(), JsValue> {
    let kind = BlobPropertyBag::new();
    kind.set_type(media_type);
    let blob = Blob::new_with_buffer_source_sequence_and_options(&Array::of1(content), &kind)?;
    download_blob(name, &blob)
}

pub(super) fn download_blob(name: &str, blob: &Blob) -> Result<(), JsValue> {
    let url = Url::create_object_url_with_blob(blob)?;
    let link: HtmlAnchorElement = document().create_element("a")?.unchecked_into();
    link.set_href(&url);
    link.set_download(name);
    link.click();
    // The browser reads the blob after the click; a minute is plenty.
    set_timeout(
        move || {
            let _ = Url::revoke_object_url(&url);
        },
        std::time::Duration::from_secs(60),
    );
    Ok(())
}
