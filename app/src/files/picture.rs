use js_sys::Array;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Blob, BlobPropertyBag, HtmlImageElement, OffscreenCanvas, OffscreenCanvasRenderingContext2d,
    Url,
};

use super::hand_over::download_blob;
use crate::worker_client::in_words;

/// Pixels of a picture in a CSS pixel: 300 to the inch.
const SCALE: f64 = 300.0 / 96.0;

/// Gives a figure to the scientist as a PNG of 300 pixels to the inch, drawn by the browser from its SVG.
///
/// `size`: the figure's width and height in CSS pixels.
pub(crate) async fn hand_over_png(name: &str, svg: &str, size: (f64, f64)) -> Result<(), String> {
    draw(name, svg, size).await.map_err(|error| in_words(&error))
}

async fn draw(name: &str, svg: &str, (width, height): (f64, f64)) -> Result<(), JsValue> {
    let kind = BlobPropertyBag::new();
    kind.set_type("image/svg+xml");
    let blob = Blob::new_with_str_sequence_and_options(&Array::of1(&svg.into()), &kind)?;
    let url = Url::create_object_url_with_blob(&blob)?;
    let image = decoded(&url).await;
    Url::revoke_object_url(&url)?;
    let (width, height) = ((width * SCALE).round(), (height * SCALE).round());
    let canvas = OffscreenCanvas::new(width as u32, height as u32)?;
    let context = canvas.get_context("2d")?.ok_or("no 2-D canvas")?;
    let context: OffscreenCanvasRenderingContext2d = context.unchecked_into();
    context.draw_image_with_html_image_element_and_dw_and_dh(&image?, 0.0, 0.0, width, height)?;
    let picture = JsFuture::from(canvas.convert_to_blob()?).await?;
    download_blob(name, picture.unchecked_ref())
}

async fn decoded(url: &str) -> Result<HtmlImageElement, JsValue> {
    let image: HtmlImageElement = document().create_element("img")?.unchecked_into();
    image.set_src(url);
    JsFuture::from(image.decode()).await?;
    Ok(image)
}
