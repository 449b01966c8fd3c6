//! A dropped `File` as a source of bytes: read in pieces, never whole.

use std::cell::RefCell;
use std::io;
use std::sync::Arc;

use js_sys::Uint8Array;
use lexicell_formats::{ByteSource, InputFile, PagedSource};
use wasm_bindgen::JsValue;
use web_sys::{Blob, File, FileReaderSync};

thread_local! {
    // `ByteSource` must be `Send + Sync` and a JS object is neither: sources hold a place in this list.
    static FILES: RefCell<Vec<Option<Blob>>> = const { RefCell::new(Vec::new()) };
}

struct FileSource {
    place: usize,
    len: u64,
}

/// Makes dropped files readable.
pub(crate) fn input_files(files: Vec<File>) -> Vec<InputFile> {
    files.into_iter().map(|file| input_file(file.name(), Blob::from(file))).collect()
}

fn input_file(name: String, blob: Blob) -> InputFile {
    let len = blob.size() as u64;
    let place = FILES.with_borrow_mut(|files| {
        files.push(Some(blob));
        files.len() - 1
    });
    InputFile { name, source: Arc::new(PagedSource::new(Arc::new(FileSource { place, len }))) }
}

impl ByteSource for FileSource {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        let blob = FILES
            .with_borrow(|files| files.get(self.place).cloned().flatten())
            .ok_or_else(|| io::Error::other("the file belongs to another thread"))?;
        read_slice(&blob, offset, buffer).map_err(|error| io::Error::other(describe(&error)))
    }
}

impl Drop for FileSource {
    fn drop(&mut self) {
        FILES.with_borrow_mut(|files| {
            if let Some(place) = files.get_mut(self.place) {
                *place = None;
            }
        });
    }
}

fn read_slice(blob: &Blob, offset: u64, buffer: &mut [u8]) -> Result<(), JsValue> {
    let end = offset as f64 + buffer.len() as f64;
    let slice = blob.slice_with_f64_and_f64(offset as f64, end)?;
    let bytes = Uint8Array::new(&FileReaderSync::new()?.read_as_array_buffer(&slice)?.into());
    if bytes.length() as usize != buffer.len() {
        return Err(JsValue::from_str(&format!(
            "the file ends at byte {}",
            offset + u64::from(bytes.length())
        )));
    }
    bytes.copy_to(buffer);
    Ok(())
}

/// A browser's error in words. `NotReadableError` has two causes that the browser does not tell apart.
fn describe(error: &JsValue) -> String {
    let text = error
        .as_string()
        .unwrap_or_else(|| String::from(js_sys::Error::from(error.clone()).message()));
    let name = js_sys::Reflect::get(error, &"name".into()).ok().and_then(|name| name.as_string());
    match name.as_deref() {
        Some("NotReadableError") => format!(
            "{text} (the file was moved or changed on disk since it was dropped, or the browser cannot read this much at once)"
        ),
        _ => text,
    }
}
