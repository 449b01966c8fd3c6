//! The folder that the page is served from: files named by their content, and the index.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use lexicell_genes::{BundleSource, GeneBundle, Origin};
use lexicell_protocol::{AssetFile, AssetIndex, BundleAsset};

use crate::{AssetError, Result, fetch, store};

const INDEX: &str = "index.json";
const INPUTS: &str = ".inputs";

/// A folder of assets in the making.
#[derive(Debug)]
pub struct Output {
    folder: PathBuf,
    /// What the page will read first.
    pub index: AssetIndex,
}

impl Output {
    /// Starts with an empty index; the folder keeps its old index until [`Output::finish`].
    ///
    /// # Errors
    /// A folder that cannot be made.
    pub fn new(folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder).map_err(AssetError::file(folder))?;
        fetch::remove_leftovers(folder);
        Ok(Self { folder: folder.to_owned(), index: AssetIndex::default() })
    }

    /// Starts with the index that the folder has.
    ///
    /// # Errors
    /// A folder without a readable index.
    pub fn reopen(folder: &Path) -> Result<Self> {
        let path = folder.join(INDEX);
        let bytes = store::read_whole(&path)?;
        let index = serde_json::from_slice(&bytes)
            .map_err(|error| AssetError::content(&path, error.to_string()))?;
        Ok(Self { folder: folder.to_owned(), index })
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Writes a file under a name that holds a part of its hash.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn add(&self, role: &str, stem: &str, extension: &str, bytes: &[u8]) -> Result<AssetFile> {
        let sha256 = store::sha256(bytes);
        let file = format!("{stem}.{}.{extension}", &sha256[..8]);
        let path = self.folder.join(&file);
        // A name tells the content: what is there needs no second writing.
        if fs::metadata(&path).map(|found| found.len()).ok() != Some(bytes.len() as u64) {
            store::write_whole(&path, bytes)?;
        }
        Ok(AssetFile { role: role.to_owned(), file, bytes: bytes.len() as u64, sha256 })
    }

    /// Writes the shards of a bundle.
    ///
    /// # Errors
    /// Genes that cannot be encoded, or a file that cannot be written.
    pub fn add_bundle(&mut self, bundle: &BundleSource) -> Result<()> {
        let species = bundle.species.key();
        let mut shards = Vec::new();
        for (kind, bytes) in bundle.encode()? {
            shards.push(self.add(
                kind.name(),
                &format!("{species}-{}", kind.name()),
                "bin",
                &bytes,
            )?);
        }
        let with_summary = |origin: Origin| {
            bundle
                .genes
                .iter()
                .filter(|gene| gene.summary.as_ref().is_some_and(|s| s.origin == origin))
                .count() as u64
        };
        self.index.bundles.push(BundleAsset {
            species: species.to_owned(),
            shards,
            source: bundle.source.clone(),
            date: bundle.source_date.clone(),
            licence: bundle.licence.clone(),
            n_genes: bundle.genes.len() as u64,
            n_summaries: with_summary(Origin::Own),
            n_borrowed_summaries: with_summary(Origin::Orthologue),
            n_annotated: bundle.genes.iter().filter(|gene| !gene.go.is_empty()).count() as u64,
        });
        Ok(())
    }

    /// Writes the index, then removes hashed files that no index names any more.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn finish(&self) -> Result<()> {
        let path = self.folder.join(INDEX);
        let json = serde_json::to_vec_pretty(&self.index)
            .map_err(|error| AssetError::content(&path, error.to_string()))?;
        store::write_whole(&path, &json)?;
        let named: BTreeSet<&str> = self.files().map(|file| file.file.as_str()).collect();
        let entries = fs::read_dir(&self.folder).map_err(AssetError::file(&self.folder))?;
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if is_hashed_name(&name) && !named.contains(name.as_str()) {
                let _ = fs::remove_file(entry.path());
            }
        }
        Ok(())
    }

    /// Every file that the index names.
    pub fn files(&self) -> impl Iterator<Item = &AssetFile> {
        let index = &self.index;
        index
            .bundles
            .iter()
            .flat_map(|bundle| &bundle.shards)
            .chain(index.models.iter().flat_map(|model| &model.files))
            .chain(index.vector_tables.iter().map(|table| &table.file))
            .chain(index.demos.iter().map(|demo| &demo.file))
            .chain(index.ontologies.iter().map(|ontology| &ontology.file))
    }
}

/// Whether a folder holds what these inputs give: its index names files that are all there.
#[must_use]
pub fn is_up_to_date(folder: &Path, inputs: &str) -> bool {
    let same = fs::read_to_string(folder.join(INPUTS)).is_ok_and(|found| found == inputs);
    let whole = |file: &AssetFile| {
        fs::metadata(folder.join(&file.file)).is_ok_and(|found| found.len() == file.bytes)
    };
    same && Output::reopen(folder).is_ok_and(|output| output.files().all(whole))
}

/// Remembers the inputs of a finished folder.
///
/// # Errors
/// A file that cannot be written.
pub fn remember_inputs(folder: &Path, inputs: &str) -> Result<()> {
    store::write_whole(&folder.join(INPUTS), inputs.as_bytes())
}

/// Reads a bundle back from its shards.
///
/// # Errors
/// A shard that is missing, damaged, or not the one that the index names.
pub fn read_bundle(folder: &Path, asset: &BundleAsset) -> Result<GeneBundle> {
    let mut bundle: Option<GeneBundle> = None;
    for shard in &asset.shards {
        let path = folder.join(&shard.file);
        let bytes = store::read_whole(&path)?;
        let found = store::sha256(&bytes);
        if found != shard.sha256 {
            return Err(AssetError::Checksum {
                what: path.display().to_string(),
                expected: shard.sha256.clone(),
                found,
            });
        }
        match &mut bundle {
            None => bundle = Some(GeneBundle::from_index(&bytes)?),
            Some(bundle) => drop(bundle.attach(&bytes)?),
        }
    }
    bundle.ok_or_else(|| AssetError::content(folder, format!("{} has no shard", asset.species)))
}

/// What a bundle was written from.
#[must_use]
pub fn source_of(bundle: &GeneBundle) -> BundleSource {
    let header = bundle.header();
    BundleSource {
        species: header.species,
        source: header.source.clone(),
        source_date: header.source_date.clone(),
        licence: header.licence.clone(),
        genes: (0..bundle.len()).filter_map(|i| bundle.record(i)).collect(),
        terms: bundle.terms().to_vec(),
    }
}

/// `human-index.0123abcd.bin`
fn is_hashed_name(name: &str) -> bool {
    name.rsplit('.')
        .nth(1)
        .is_some_and(|hash| hash.len() == 8 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::is_hashed_name;

    #[test]
    fn only_hashed_names_are_ours_to_remove() {
        assert!(is_hashed_name("human-index.0123abcd.bin"));
        for name in ["index.json", "notes.txt", "a.0123abcg.bin", "0123abcd.bin.gz"] {
            assert!(!is_hashed_name(name), "{name}");
        }
    }
}
