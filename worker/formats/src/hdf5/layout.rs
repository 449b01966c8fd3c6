//! Telling HDF5 layouts apart, and refusing those that hold no usable matrix.

use hdf5_reader::Datatype;

use super::SIGNATURE;
use super::container::{Container, Group, Node};
use super::dataset::Dataset;
use super::numbers;
use crate::error::{FormatError, Place};
use crate::input::InputFile;
use crate::sniff::Format;

/// Whether the file has an HDF5 superblock at 0, or after a user block at 512, 1024, 2048, …
pub(crate) fn has_signature(file: &InputFile) -> Result<bool, FormatError> {
    let mut offset = 0;
    while offset + SIGNATURE.len() as u64 <= file.source.len() && offset <= 1 << 20 {
        let mut bytes = [0; 8];
        let read = file.source.read_at(offset, &mut bytes);
        read.map_err(|error| FormatError::from_io(file, Place::Byte(offset), &error))?;
        if bytes == SIGNATURE {
            return Ok(true);
        }
        offset = if offset == 0 { 512 } else { offset * 2 };
    }
    Ok(false)
}

/// Which layout the HDF5 file has.
pub(crate) fn sniff(file: &InputFile) -> Result<Format, FormatError> {
    let root = Container::open(file)?.root()?;
    let names = root.names()?;
    let has = |name: &str| names.iter().any(|own| own == name);
    if has("row_attrs") && has("col_attrs") {
        return Ok(Format::Loom);
    }
    if let Some(matrix) = root.group("matrix")?
        && matrix.dataset("barcodes")?.is_some()
    {
        return Ok(Format::TenxH5V3);
    }
    if has("barcode_idx") || (has("barcode") && has("umi") && has("reads")) {
        return Ok(Format::MoleculeInfo);
    }
    if (has("obs") && has("var"))
        || (has("X") && (has("obs") || has("var")))
        || has("mod") && has("obs")
    {
        return Ok(Format::H5ad);
    }
    if !genomes(&root, &names)?.is_empty() {
        return Ok(Format::TenxH5V2);
    }
    Ok(Format::OtherHdf5)
}

/// The groups of a 10x version 2 file: one for each genome.
pub(crate) fn genomes(root: &Group, names: &[String]) -> Result<Vec<String>, FormatError> {
    let mut genomes = Vec::new();
    for name in names {
        let Some(group) = root.group(name)? else { continue };
        let own = group.names()?;
        if ["data", "indices", "indptr", "barcodes", "genes"]
            .iter()
            .all(|part| own.iter().any(|name| name == part))
        {
            genomes.push(name.clone());
        }
    }
    Ok(genomes)
}

/// Why an HDF5 file without a usable layout cannot be read.
pub(crate) fn refuse(files: &[InputFile]) -> FormatError {
    let mut reason = None;
    for file in files {
        match has_signature(file) {
            Ok(true) => reason = Some(refuse_one(file)),
            Ok(false) => {}
            Err(error) => reason = Some(error),
        }
    }
    reason.unwrap_or_else(|| FormatError::NotAMatrix {
        file: files.first().map_or_else(String::new, |file| file.name.clone()),
        found: "no HDF5 file".to_owned(),
        remedy: "Choose the file again.".to_owned(),
    })
}

fn refuse_one(file: &InputFile) -> FormatError {
    describe(file).unwrap_or_else(|error| error)
}

fn describe(file: &InputFile) -> Result<FormatError, FormatError> {
    let root = Container::open(file)?.root()?;
    let names = root.names()?;
    let has = |name: &str| names.iter().any(|own| own == name);
    let not_a_matrix = |found: &str, remedy: &str| FormatError::NotAMatrix {
        file: file.name.clone(),
        found: found.to_owned(),
        remedy: remedy.to_owned(),
    };
    if has("barcode_idx") || (has("barcode") && has("umi")) {
        return Ok(not_a_matrix(
            "a 10x molecule_info file (a list of molecules)",
            "Drop filtered_feature_bc_matrix.h5 from the same folder.",
        ));
    }
    if has("assays") && (has("cell.names") || has("meta.data")) {
        return Ok(not_a_matrix(
            "an h5Seurat file",
            "In R: SeuratDisk::Convert(\"file.h5Seurat\", dest = \"h5ad\").",
        ));
    }
    let mut datasets = Vec::new();
    collect(&root, 3, &mut datasets)?;
    let listed: Vec<String> = datasets.iter().take(6).map(in_words).collect();
    let found = if listed.is_empty() { "no data set".to_owned() } else { listed.join(", ") };
    let matrix = datasets.iter().find(|dataset| could_be_expression(dataset));
    Ok(match matrix {
        Some(matrix) => FormatError::MissingNames {
            file: file.name.clone(),
            place: Place::Object(matrix.path.clone()),
            missing: "gene names".to_owned(),
            found: format!("the file holds {found}, and nothing says which column is which gene"),
            remedy: "Add them in Python: anndata.AnnData(X, var=pandas.DataFrame(index=gene_names)).write_h5ad(file)."
                .to_owned(),
        },
        None => not_a_matrix(
            &format!("an HDF5 file of an unknown layout ({found})"),
            "Lexicell reads h5ad, 10x HDF5 (filtered_feature_bc_matrix.h5) and loom.",
        ),
    })
}

fn could_be_expression(dataset: &Dataset) -> bool {
    let counts =
        matches!(dataset.dtype(), Datatype::FixedPoint { .. } | Datatype::FloatingPoint { .. });
    counts && dataset.shape().len() == 2 && dataset.shape().iter().all(|&length| length >= 10)
}

fn in_words(dataset: &Dataset) -> String {
    let shape: Vec<String> = dataset.shape().iter().map(u64::to_string).collect();
    format!(
        "{} ({} {})",
        dataset.path.trim_start_matches('/'),
        shape.join(" × "),
        numbers::name(dataset.dtype())
    )
}

/// The data sets of a group and the groups in it, some levels down.
fn collect(group: &Group, depth: usize, into: &mut Vec<Dataset>) -> Result<(), FormatError> {
    for name in group.names()?.iter().take(100) {
        match group.child(name) {
            Ok(Some(Node::Dataset(dataset))) => into.push(dataset),
            Ok(Some(Node::Group(group))) if depth > 0 => collect(&group, depth - 1, into)?,
            // What cannot be opened is left out of a description.
            _ => {}
        }
    }
    Ok(())
}
