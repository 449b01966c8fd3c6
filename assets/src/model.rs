//! Encoder models: any Hugging Face BERT folder becomes what the page loads, with f16 weights.

mod pickle;
mod tokenizer;
mod torch;
mod weights;

use std::path::Path;

use lexicell_encoder::{Model, ModelFiles, TokenizerSource};
use lexicell_protocol::ModelAsset;

use crate::{
    AssetError, Result,
    fetch::Fetcher,
    manifest::ModelEntry,
    output::Output,
    store::{self, TemporaryFolder},
};

pub use torch::{Tensor, read_checkpoint};

/// Files of a model folder that may be there beside config, weights and tokenizer.
const OPTIONAL: [&str; 3] =
    ["tokenizer_config.json", "sentence_bert_config.json", "1_Pooling/config.json"];

/// A converted model: the files of its folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Converted {
    /// Path in the folder and content; `config.json` first.
    pub files: Vec<(String, Vec<u8>)>,
}

/// Converts a Hugging Face BERT folder: weights to f16 under the names of `BertModel`, vocabulary to
/// `tokenizer.json`.
///
/// # Errors
/// A file that is missing, unreadable or contradicts the others, named.
pub fn convert(folder: &Path) -> Result<Converted> {
    let config = store::read_whole(&folder.join("config.json"))?;
    let weights = weights::to_f16(folder)?;
    let read = |name: &str| {
        let path = folder.join(name);
        if path.is_file() { store::read_whole(&path).map(Some) } else { Ok(None) }
    };
    let tokenizer_config = read("tokenizer_config.json")?;
    let tokenizer = match read("tokenizer.json")? {
        Some(json) => json,
        None => tokenizer::from_vocabulary(&folder.join("vocab.txt"), tokenizer_config.as_deref())?,
    };
    let mut files = vec![
        ("config.json".to_owned(), config),
        ("model.safetensors".to_owned(), weights),
        ("tokenizer.json".to_owned(), tokenizer),
    ];
    for name in OPTIONAL {
        if let Some(bytes) = read(name)? {
            files.push((name.to_owned(), bytes));
        }
    }
    let converted = Converted { files };
    // What the page could not load must not be written.
    converted.load(&folder.display().to_string())?;
    Ok(converted)
}

impl Converted {
    /// Reads the files of an already converted folder.
    ///
    /// # Errors
    /// A required file that is missing.
    pub fn read(folder: &Path) -> Result<Self> {
        let mut files = Vec::new();
        for name in ["config.json", "model.safetensors", "tokenizer.json"] {
            files.push((name.to_owned(), store::read_whole(&folder.join(name))?));
        }
        for name in OPTIONAL {
            let path = folder.join(name);
            if path.is_file() {
                files.push((name.to_owned(), store::read_whole(&path)?));
            }
        }
        Ok(Self { files })
    }

    fn get(&self, name: &str) -> Option<&[u8]> {
        self.files.iter().find(|(path, _)| path == name).map(|(_, bytes)| bytes.as_slice())
    }

    /// Loads the model as the page does.
    ///
    /// # Errors
    /// What the encoder does not accept.
    pub fn load(&self, model: &str) -> Result<Model> {
        let required = |name: &str| self.get(name).unwrap_or_default();
        Model::load(ModelFiles {
            config: required("config.json"),
            weights: required("model.safetensors").to_vec(),
            tokenizer: TokenizerSource::Json(required("tokenizer.json")),
            tokenizer_config: self.get(OPTIONAL[0]),
            sentence_config: self.get(OPTIONAL[1]),
            pooling_config: self.get(OPTIONAL[2]),
        })
        .map_err(|source| AssetError::Encoder { model: model.to_owned(), source })
    }

    /// Writes the files into a folder.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn write(&self, folder: &Path) -> Result<()> {
        for (path, bytes) in &self.files {
            store::write_whole(&folder.join(path), bytes)?;
        }
        Ok(())
    }
}

/// Fetches and converts a model of the manifest; the result is kept in the cache.
///
/// # Errors
/// A file that no alternative gives, or a folder that cannot be converted.
pub fn obtain(fetcher: &Fetcher, entry: &ModelEntry) -> Result<Converted> {
    let mut sources = Vec::new();
    for file in &entry.files {
        let (path, _) =
            fetcher.fetch(&format!("{}/{}", entry.id, file.path), &file.alternatives)?;
        sources.push((file.path.as_str(), path));
    }
    let mut key = format!("f16-v1 {}", entry.id);
    for (name, path) in &sources {
        key.push_str(&format!("\n{name} {}", store::sha256_of_file(path)?));
    }
    let kept = fetcher.cache().join("models").join(&store::sha256(key.as_bytes())[..16]);
    if kept.join(".complete").is_file() {
        return Converted::read(&kept);
    }
    let folder = TemporaryFolder::inside(fetcher.cache(), "model")?;
    for (name, path) in &sources {
        let to = folder.path().join(name);
        if let Some(parent) = to.parent() {
            std::fs::create_dir_all(parent).map_err(AssetError::file(parent))?;
        }
        std::fs::copy(path, &to).map_err(AssetError::file(path))?;
    }
    let converted = convert(folder.path())?;
    converted.write(&kept)?;
    store::write_whole(&kept.join(".complete"), b"")?;
    Ok(converted)
}

/// Adds a model to the folder that the page is served from.
///
/// # Errors
/// A file that cannot be written, or a model that cannot be loaded.
pub fn add_to(output: &mut Output, entry: &ModelEntry, converted: &Converted) -> Result<Model> {
    let model = converted.load(&entry.id)?;
    let mut files = Vec::new();
    for (path, bytes) in &converted.files {
        let (stem, extension) = path.rsplit_once('.').unwrap_or((path, "bin"));
        let stem = format!("{}-{}", entry.id, stem.replace('/', "-"));
        files.push(output.add(path, &stem, extension, bytes)?);
    }
    output.index.models.push(ModelAsset {
        id: entry.id.clone(),
        name: entry.name.clone(),
        files,
        dim: model.dimension() as u32,
        layers: model.config.num_hidden_layers as u32,
        max_tokens: model.tokenizer.max_tokens() as u32,
        hash: model.hash.to_string(),
        licence: entry.licence.clone(),
        origin: entry.origin.clone(),
    });
    Ok(model)
}
