//! The genes of a data set and their texts, from NCBI's files.

use std::{
    collections::{HashMap, HashSet},
    path::Path,
};

use lexicell_assets::{
    bundles::Sources,
    fetch::{Fetcher, default_cache},
    manifest::Manifest,
    vectors::Text,
};
use lexicell_genes::{
    BundleSource, GeneBundle, GeneIndex, GeneMapping, Mapped, Recognised, Species, Template,
    detect_species,
};
use lexicell_matrix::Column;

use crate::{
    data::DataSet,
    error::{AblationError, Result},
};

/// Human and mouse genes.
pub(crate) struct Bundles {
    of: Vec<(GeneBundle, GeneIndex)>,
}

/// Which gene of the bundle each gene of a data set is.
pub(crate) struct MappedGenes {
    pub(crate) species: Species,
    mapping: GeneMapping,
    /// Genes that some kept cell expresses.
    expressed: Vec<bool>,
}

/// The texts of a data set's genes, each once.
pub(crate) struct Texts {
    /// The text of each gene, where it is mapped and expressed.
    pub(crate) of_gene: Vec<Option<u32>>,
    pub(crate) texts: Vec<Text>,
}

impl Bundles {
    /// Builds the bundles as `lexicell-assets build --ncbi` does; GO comes from the cache.
    pub(crate) fn build(ncbi: &Path) -> Result<Self> {
        let manifest = Manifest::built_in()?;
        let fetcher = Fetcher::new(default_cache(), true);
        let built =
            Sources { folder: Some(ncbi), manifest: &manifest, fetcher: &fetcher }.build()?;
        for line in &built.missing {
            eprintln!("  missing: {line}");
        }
        let of = built.bundles.iter().map(open).collect::<Result<_>>()?;
        Ok(Self { of })
    }

    /// Maps the genes of a data set by the column of names that maps most.
    pub(crate) fn map(&self, set: &DataSet) -> Result<MappedGenes> {
        let indexes: Vec<&GeneIndex> = self.of.iter().map(|(_, index)| index).collect();
        let mut best: Option<GeneMapping> = None;
        for names in name_columns(set) {
            let Some(Recognised::Supported(species)) = detect_species(&names, &indexes).species
            else {
                continue;
            };
            let Some(index) = indexes.iter().find(|index| index.species() == species) else {
                continue;
            };
            let mapping = index.map(&names, &[]);
            if best.as_ref().is_none_or(|best| mapping.n_mapped() > best.n_mapped()) {
                best = Some(mapping);
            }
        }
        let mapping = best.ok_or_else(|| AblationError::DataSet {
            set: set.spec.key.to_owned(),
            message: "expected names of human or mouse genes".to_owned(),
        })?;
        let mut expressed = vec![false; set.x.n_cols()];
        for (&gene, &value) in set.x.indices().iter().zip(set.x.data()) {
            expressed[gene as usize] |= value > 0.0;
        }
        Ok(MappedGenes { species: mapping.species, mapping, expressed })
    }

    /// The bundle of a species.
    pub(crate) fn bundle(&self, species: Species) -> Option<&GeneBundle> {
        self.of.iter().map(|(bundle, _)| bundle).find(|bundle| bundle.species() == species)
    }
}

impl MappedGenes {
    pub(crate) fn n_mapped(&self) -> usize {
        self.mapping.n_mapped()
    }

    /// The NCBI gene of each gene of the data set, as an index into its species' bundle.
    pub(crate) fn gene(&self, var: usize) -> Option<usize> {
        self.mapping.genes[var].map(|mapped| mapped.gene)
    }

    /// NCBI's identifier of each gene; of a mouse gene that of its human orthologue, if so wished and
    /// where there is one.
    pub(crate) fn keys(&self, bundles: &Bundles, human: bool) -> Vec<Option<u64>> {
        let bundle = bundles.bundle(self.species).filter(|_| human);
        let bundle = bundle.filter(|bundle| bundle.species() != Species::Human);
        let key = |mapped: &Option<Mapped>| {
            let mapped = mapped.as_ref()?;
            let orthologue = bundle
                .and_then(|bundle| bundle.record(mapped.gene)?.orthologues.first()?.id)
                .or(mapped.id);
            orthologue.map(|id| u64::from(id.0))
        };
        self.mapping.genes.iter().map(key).collect()
    }

    /// The texts of the genes that some cell expresses.
    pub(crate) fn texts(&self, bundles: &Bundles, template: &Template) -> Texts {
        let bundle = bundles.bundle(self.species);
        let mut places: HashMap<u64, u32> = HashMap::new();
        let mut texts = Texts { of_gene: Vec::new(), texts: Vec::new() };
        for var in 0..self.expressed.len() {
            let gene = self.gene(var).filter(|_| self.expressed[var]);
            let text = gene.and_then(|gene| bundle?.gene_text(gene, template));
            texts.of_gene.push(text.map(|text| {
                *places.entry(text.hash).or_insert_with(|| {
                    texts.texts.push(Text { hash: text.hash, text: text.text });
                    texts.texts.len() as u32 - 1
                })
            }));
        }
        texts
    }
}

/// The texts of several sets, each once.
pub(crate) fn distinct(texts: impl Iterator<Item = Text>) -> Vec<Text> {
    let mut seen = HashSet::new();
    texts.filter(|text| seen.insert(text.hash)).collect()
}

fn open(source: &BundleSource) -> Result<(GeneBundle, GeneIndex)> {
    let [index, text, go] = source.encode()?;
    let mut bundle = GeneBundle::from_index(&index.1)?;
    bundle.attach(&text.1)?;
    bundle.attach(&go.1)?;
    let index = GeneIndex::from_bundle(&bundle);
    Ok((bundle, index))
}

/// The row names and every text column of `var`.
fn name_columns(set: &DataSet) -> Vec<Vec<String>> {
    let mut columns = vec![set.var.index.clone()];
    for (_, column) in set.var.columns() {
        match column {
            Column::Text(values) => {
                columns.push(values.iter().map(|v| v.clone().unwrap_or_default()).collect());
            }
            Column::Categorical(values) => columns.push(
                (0..set.var.n_rows())
                    .map(|row| values.value(row).unwrap_or_default().to_owned())
                    .collect(),
            ),
            _ => {}
        }
    }
    columns
}
