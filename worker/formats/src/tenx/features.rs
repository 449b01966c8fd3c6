//! The features of a 10x file: names, ids, types, genomes.

use crate::error::{FormatError, Place};
use crate::hdf5::columns;
use crate::hdf5::container::{Group, Node};
use crate::hdf5::dataset::Dataset;
use crate::hdf5::loader::{Axis, Task};
use crate::inspect::{ColumnSummary, Note};
use crate::load::LoadChoice;
use crate::sniff::Format;

/// The type of features that are genes.
const GENE_EXPRESSION: &str = "Gene Expression";

/// The features of one matrix.
pub(crate) struct Features {
    group: Group,
    version: Format,
}

impl Features {
    /// Opens the features that belong to a matrix.
    pub(crate) fn open(matrix: &Group, version: Format) -> Result<Self, FormatError> {
        if version == Format::TenxH5V2 {
            return Ok(Self { group: matrix.clone(), version });
        }
        match matrix.group("features")? {
            Some(group) => Ok(Self { group, version }),
            None => Err(missing(matrix, "features")),
        }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> Result<u64, FormatError> {
        Ok(self.index()?.len())
    }

    /// The first gene names, or ids where there are no names.
    pub(crate) fn first_names(&self, count: u64) -> Result<Vec<String>, FormatError> {
        self.index()?.first_texts(count)
    }

    fn index(&self) -> Result<Dataset, FormatError> {
        let (name, id) = self.name_and_id();
        match self.group.dataset(name)? {
            Some(names) => Ok(names),
            None => self.group.dataset(id)?.ok_or_else(|| missing(&self.group, name)),
        }
    }

    fn name_and_id(&self) -> (&'static str, &'static str) {
        if self.version == Format::TenxH5V2 { ("gene_names", "genes") } else { ("name", "id") }
    }

    /// Columns of `var`, under the names that scanpy gives them, with the data set of each.
    fn columns(&self) -> Result<Vec<(String, Node)>, FormatError> {
        let (index, id) = self.name_and_id();
        let names = match self.version {
            Format::TenxH5V2 => vec![id.to_owned()],
            _ => self.group.names()?,
        };
        let mut found = Vec::new();
        for own in names.into_iter().filter(|own| own != index && own != "_all_tag_keys") {
            let name = match &own[..] {
                own if own == id => "gene_ids",
                "feature_type" => "feature_types",
                own => own,
            };
            if let Ok(Some(node @ Node::Dataset(_))) = self.group.child(&own) {
                found.push((name.to_owned(), node));
            }
        }
        // Ids first, then in the file's order.
        found.sort_by_key(|(name, _)| name != "gene_ids");
        Ok(found)
    }

    /// Columns of `var`, without their values.
    pub(crate) fn summaries(&self) -> Result<Vec<ColumnSummary>, FormatError> {
        Ok(self.columns()?.iter().filter_map(|(name, node)| columns::summary(name, node)).collect())
    }

    /// What has to be read for `var`.
    pub(crate) fn tasks(&self) -> Result<Vec<Task>, FormatError> {
        let index = self.index()?;
        let mut tasks = vec![Task::Index(Axis::Var, Box::new(move || index.texts()))];
        for (name, node) in self.columns()? {
            tasks.push(Task::Column(Axis::Var, name, Box::new(move || columns::encoded(&node))));
        }
        Ok(tasks)
    }

    /// How many features have each value, most first; empty if the file does not say.
    pub(crate) fn counts(&self, name: &str) -> Result<Vec<(String, u64)>, FormatError> {
        let mut counts: Vec<(String, u64)> = Vec::new();
        for value in self.values(name)?.unwrap_or_default() {
            match counts.iter_mut().find(|(own, _)| *own == value) {
                Some((_, count)) => *count += 1,
                None => counts.push((value, 1)),
            }
        }
        counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        Ok(counts)
    }

    /// Which features are loaded.
    pub(crate) fn kept(&self, choice: &LoadChoice) -> Result<Vec<bool>, FormatError> {
        let mut kept = vec![true; self.len()? as usize];
        if !choice.keep_non_gene_features
            && let Some(types) = self.values("feature_type")?
        {
            for (kept, own) in kept.iter_mut().zip(&types) {
                *kept = own == GENE_EXPRESSION;
            }
        }
        let genomes = self.values("genome")?;
        if let (Some(wanted), Some(genomes)) = (&choice.genome, genomes) {
            if !genomes.contains(wanted) {
                let options = self
                    .counts("genome")?
                    .into_iter()
                    .map(|(name, _)| name)
                    .collect::<Vec<_>>()
                    .join(", ");
                let file = self.group.container.file.name.clone();
                return Err(FormatError::BadChoice {
                    file,
                    choice: format!("genome {wanted:?}"),
                    options,
                });
            }
            for (kept, own) in kept.iter_mut().zip(&genomes) {
                *kept &= own == wanted;
            }
        }
        if kept.iter().any(|&kept| kept) || kept.is_empty() {
            Ok(kept)
        } else {
            Err(self.no_genes()?)
        }
    }

    /// What is to be said about feature types; an error if none of them is genes.
    pub(crate) fn notes(&self, types: &[(String, u64)]) -> Result<Vec<Note>, FormatError> {
        let genes = types.iter().find(|(name, _)| name == GENE_EXPRESSION);
        if !types.is_empty() && genes.is_none() {
            return Err(self.no_genes()?);
        }
        let others: Vec<String> = types
            .iter()
            .filter(|(name, _)| name != GENE_EXPRESSION)
            .map(|(name, count)| format!("{count} × {name}"))
            .collect();
        if others.is_empty() {
            return Ok(Vec::new());
        }
        Ok(vec![Note::info(format!(
            "Besides {} genes the file holds {}, which are left out.",
            genes.map_or(0, |(_, count)| *count),
            others.join(", ")
        ))])
    }

    fn no_genes(&self) -> Result<FormatError, FormatError> {
        let types = self.counts("feature_type")?;
        let listed: Vec<String> =
            types.iter().map(|(name, count)| format!("{count} × {name}")).collect();
        Ok(FormatError::NoUsableMatrix {
            file: self.group.container.file.name.clone(),
            place: Place::Object(self.group.path_of("feature_type")),
            expected: format!("features of type {GENE_EXPRESSION:?}"),
            found: listed.join(", "),
            remedy: "Drop the gene expression matrix of this sample.".to_owned(),
        })
    }

    fn values(&self, name: &str) -> Result<Option<Vec<String>>, FormatError> {
        if self.version == Format::TenxH5V2 {
            return Ok(None);
        }
        self.group.dataset(name)?.map(|dataset| dataset.texts()).transpose()
    }
}

fn missing(group: &Group, name: &str) -> FormatError {
    FormatError::MissingNames {
        file: group.container.file.name.clone(),
        place: Place::Object(group.path_of(name)),
        missing: "gene names".to_owned(),
        found: "the part of the file that should hold them is not there".to_owned(),
        remedy: "Fetch the file again, or drop the Matrix Market files of the same sample."
            .to_owned(),
    }
}
