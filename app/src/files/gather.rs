use js_sys::{Array, Function, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{DataTransfer, File, FileSystemDirectoryEntry, FileSystemEntry, FileSystemFileEntry};

/// Deeper folders than this are not searched.
const DEEPEST: usize = 4;
/// More files than this are no data set.
const MOST: usize = 2_000;

/// All files of a drop, those in dropped folders included.
///
/// The entries are taken before this returns its future: the browser empties the drop afterwards.
pub(crate) fn gather(transfer: &DataTransfer) -> impl Future<Output = Vec<File>> + use<> {
    let items = transfer.items();
    let mut entries = Vec::new();
    let mut files = Vec::new();
    for place in 0..items.length() {
        let Some(item) = items.get(place).filter(|item| item.kind() == "file") else { continue };
        match item.webkit_get_as_entry() {
            Ok(Some(entry)) if entry.is_directory() => entries.push(entry),
            _ => files.extend(item.get_as_file().ok().flatten()),
        }
    }
    async move {
        for entry in entries {
            walk(entry, &mut files).await;
        }
        files
    }
}

async fn walk(root: FileSystemEntry, files: &mut Vec<File>) {
    let mut waiting = vec![(root, 0)];
    while let Some((entry, depth)) = waiting.pop() {
        if files.len() >= MOST {
            return;
        }
        // Hidden files are the file manager's, not the scientist's.
        if entry.name().starts_with('.') {
            continue;
        }
        if entry.is_file() {
            files.extend(file_of(entry.unchecked_into()).await);
        } else if depth < DEEPEST {
            let inside = entries_of(entry.unchecked_into()).await;
            waiting.extend(inside.into_iter().rev().map(|entry| (entry, depth + 1)));
        }
    }
}

async fn file_of(entry: FileSystemFileEntry) -> Option<File> {
    let promise = Promise::new(&mut |resolve: Function, reject: Function| {
        entry.file_with_callback_and_callback(&resolve, &reject);
    });
    JsFuture::from(promise).await.ok()?.dyn_into().ok()
}

/// A reader hands a folder out in portions, until one is empty.
async fn entries_of(folder: FileSystemDirectoryEntry) -> Vec<FileSystemEntry> {
    let reader = folder.create_reader();
    let mut entries = Vec::new();
    loop {
        let promise = Promise::new(&mut |resolve: Function, reject: Function| {
            // A call that throws leaves the promise open; reject it by hand.
            if let Err(error) = reader.read_entries_with_callback_and_callback(&resolve, &reject) {
                let _ = reject.call1(&JsValue::NULL, &error);
            }
        });
        let Some(portion) =
            JsFuture::from(promise).await.ok().and_then(|list| list.dyn_into::<Array>().ok())
        else {
            return entries;
        };
        if portion.length() == 0 || entries.len() >= MOST {
            return entries;
        }
        entries.extend(portion.iter().filter_map(|entry| entry.dyn_into::<FileSystemEntry>().ok()));
    }
}
