//! Vectors of texts, computed once and kept in the user's cache folder.

use std::{path::PathBuf, time::Duration};

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
};

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
        if !path.exists() && pages.exists() {
            let folder = fetcher.cache().join("ablation");
            std::fs::create_dir_all(&folder).map_err(AblationError::file(&folder))?;
            std::fs::copy(&pages, &path).map_err(AblationError::file(&path))?;
        }
        let store = VectorStore::open(&path, model.dimension())?;
        Ok(Self { model, store, path })
    }

    /// Computes the vectors that are missing.
    pub(crate) fn compute(&mut self, what: &str, texts: impl Iterator<Item = Text>) -> Result<()> {
        let texts = distinct(texts);
        let missing = texts.iter().filter(|text| !self.store.contains(text.hash)).count();
        eprintln!("{what}: {} texts, {missing} without a vector", texts.len());
        if missing > 0 {
            eprintln!("  they are kept in {}", self.path.display());
            let must = texts.len();
            local::embed(&self.model, &texts, &mut self.store, must, Duration::MAX)?;
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
