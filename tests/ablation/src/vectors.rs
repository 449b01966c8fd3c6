//! Vectors of texts, computed once and kept in the user's cache folder.

use std::{
    fs::File,
    path::{Path, PathBuf},
    time::Duration,
};

use lexicell_assets::{
    fetch::{Fetcher, default_cache},
    manifest::Manifest,
    model,
    vectors::{Text, VectorStore, local},
};
use lexicell_encoder::Model;
use lexicell_matrix::DenseMatrix;

use crate::{
    error::{AblationError, Result},
    genes::{Texts, distinct},
    lock::lock,
};

/// Texts that are embedded before another run may add its own.
const AT_ONCE: usize = 1_024;

/// The default model and the vectors that it gave so far.
pub(crate) struct Vectors {
    model: Model,
    store: VectorStore,
    path: PathBuf,
}

impl Vectors {
    /// Opens the store of the page's default model; it starts with what `make assets` computed.
    pub(crate) fn open() -> Result<Self> {
        let manifest = Manifest::built_in()?;
        let fetcher = Fetcher::new(default_cache(), false);
        let entry = manifest.models.iter().find(|model| model.default);
        let entry = entry.ok_or_else(|| AblationError::DataSet {
            set: "manifest".to_owned(),
            message: "no model is the default".to_owned(),
        })?;
        let model = model::obtain(&fetcher, entry)?.load(&entry.id)?;
        let pages = local::store_path(&fetcher, &local::encoder_of(&entry.id, &model));
        let path = fetcher.cache().join("ablation").join(pages.file_name().unwrap_or_default());
        let _held = held(&path)?;
        if !path.exists() && pages.exists() {
            std::fs::copy(&pages, &path).map_err(AblationError::file(&path))?;
        }
        let store = VectorStore::open(&path, model.dimension())?;
        Ok(Self { model, store, path })
    }

    /// Computes the vectors that are missing.
    pub(crate) fn compute(&mut self, what: &str, texts: impl Iterator<Item = Text>) -> Result<()> {
        let texts = distinct(texts);
        let is_missing = |text: &&Text| !self.store.contains(text.hash);
        let missing: Vec<Text> = texts.iter().filter(is_missing).cloned().collect();
        eprintln!("{what}: {} texts, {} without a vector", texts.len(), missing.len());
        for (at, part) in missing.chunks(AT_ONCE).enumerate() {
            eprintln!("  {} of {} in {}", at * AT_ONCE, missing.len(), self.path.display());
            // Whoever writes cuts off what looks half written: never beside another, and always
            // after what the other has written.
            let _held = held(&self.path)?;
            self.store = VectorStore::open(&self.path, self.model.dimension())?;
            local::embed(&self.model, part, &mut self.store, part.len(), Duration::MAX)?;
        }
        Ok(())
    }

    /// The gene table of a data set, `[texts × d]`.
    pub(crate) fn table(&self, texts: &Texts) -> Result<DenseMatrix> {
        let d = self.store.dim();
        let mut table = DenseMatrix::zeros(texts.texts.len(), d);
        for (row, text) in texts.texts.iter().enumerate() {
            let vector = self.store.get(text.hash).ok_or_else(|| AblationError::DataSet {
                set: "gene vectors".to_owned(),
                message: format!("no vector was computed for {:?}", text.text),
            })?;
            table.row_mut(row).copy_from_slice(&vector);
        }
        Ok(table)
    }
}

fn held(store: &Path) -> Result<File> {
    let name = store.file_name().unwrap_or_default().to_string_lossy();
    lock(store.parent().unwrap_or(store), &name)
}
