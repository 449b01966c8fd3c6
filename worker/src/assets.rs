//! The page's own static files, fetched when they are needed and checked against their hash.

use gloo_net::http::Request;
use js_sys::{Reflect, Uint8Array};
use lexicell_protocol::{AssetFile, AssetIndex, FailureKind};
use sha2::{Digest, Sha256};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::ReadableStreamDefaultReader;

use crate::task::{Stop, Task};

/// Address of a file beside the page, whatever path the page is served under.
fn address(file: &str) -> String {
    let base = Reflect::get(&js_sys::global(), &"LEXICELL_BASE".into())
        .ok()
        .and_then(|base| base.as_string());
    format!("{}assets/{file}", base.unwrap_or_else(|| "./".to_owned()))
}

/// Reads the list of assets.
pub(crate) async fn index() -> Result<AssetIndex, String> {
    let response =
        Request::get(&address("index.json")).send().await.map_err(|error| error.to_string())?;
    if !response.ok() {
        return Err(format!(
            "assets/index.json: the server answered {} {}",
            response.status(),
            response.status_text()
        ));
    }
    let text = response.text().await.map_err(|error| error.to_string())?;
    serde_json::from_str(&text).map_err(|error| format!("assets/index.json: {error}"))
}

/// Fetches an asset, telling how far it is, and checks its hash.
pub(crate) async fn fetch(task: &Task, asset: &AssetFile) -> Result<Vec<u8>, Stop> {
    let failure = |reason: String| {
        let mut failure = task.failure(
            FailureKind::Asset,
            format!("the page's own file {} could not be used: {reason}", asset.file),
        );
        failure.remedy = Some(
            "Reload the page. If it stays so, the site's copy is incomplete: build it again."
                .into(),
        );
        Stop::Failed(failure)
    };
    let response = Request::get(&address(&asset.file))
        .send()
        .await
        .map_err(|error| failure(error.to_string()))?;
    if !response.ok() {
        return Err(failure(format!(
            "the server answered {} {}",
            response.status(),
            response.status_text()
        )));
    }
    let mut bytes = Vec::with_capacity(asset.bytes as usize);
    if let Some(body) = response.body() {
        let reader: ReadableStreamDefaultReader = body.get_reader().unchecked_into();
        while let Some(chunk) =
            next_chunk(&reader).await.map_err(|error| failure(format!("{error:?}")))?
        {
            let start = bytes.len();
            bytes.resize(start + chunk.length() as usize, 0);
            chunk.copy_to(&mut bytes[start..]);
            task.tick("bytes", bytes.len() as u64, asset.bytes.max(bytes.len() as u64)).await?;
        }
    }
    let found = hex(&Sha256::digest(&bytes));
    if found != asset.sha256 {
        return Err(failure(format!(
            "expected SHA-256 {} and {} bytes, found {found} and {}",
            asset.sha256,
            asset.bytes,
            bytes.len()
        )));
    }
    Ok(bytes)
}

/// Bytes as lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn next_chunk(reader: &ReadableStreamDefaultReader) -> Result<Option<Uint8Array>, JsValue> {
    let result = JsFuture::from(reader.read()).await?;
    if Reflect::get(&result, &"done".into())?.is_truthy() {
        return Ok(None);
    }
    Ok(Some(Reflect::get(&result, &"value".into())?.unchecked_into()))
}
