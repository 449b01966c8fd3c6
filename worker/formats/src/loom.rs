//! Loom, versions 1 to 3: genes × cells, with attributes of rows and columns.

mod attributes;

use crate::assembly::Columns;
use crate::choose::choose;
use crate::error::{FormatError, Place};
use crate::h5ad::{first_of, other_files, summary};
use crate::hdf5::container::{Container, Group, Node};
use crate::hdf5::dense::DenseParts;
use crate::hdf5::loader::{Axis, Hdf5Loader};
use crate::hdf5::parts::{self, Parts};
use crate::input::InputFile;
use crate::inspect::{Dropped, Inspection, Note, Orientation};
use crate::load::{FormatLoader, LoadChoice};
use crate::sniff::Format;
use attributes::Table;

/// Attributes that name the genes, best first: symbols map to most, ids are a second choice.
const GENE_NAMES: &[&str] = &[
    "Gene",
    "var_names",
    "GeneName",
    "gene_name",
    "gene_names",
    "gene",
    "genes",
    "Symbol",
    "symbol",
    "gene_symbol",
    "GeneSymbol",
    "featurename",
    "feature_name",
    "Accession",
    "gene_id",
    "gene_ids",
    "GeneID",
    "ensembl_ids",
    "id",
    "rownames",
];
/// Attributes that name the cells, best first.
const CELL_NAMES: &[&str] = &[
    "CellID",
    "obs_names",
    "cell_id",
    "Cell",
    "cell",
    "cell_names",
    "CellName",
    "cell_name",
    "barcode",
    "barcodes",
    "Barcode",
    "colnames",
];

/// A matrix by its name, or the reason why it cannot be read.
type Found = (String, Result<Parts, FormatError>);

/// An open loom file.
struct Source {
    file: InputFile,
    root: Group,
    cells: Table,
    genes: Table,
}

impl Source {
    fn open(files: &[InputFile]) -> Result<Self, FormatError> {
        let file = first_of(files, Format::Loom)?;
        let root = Container::open(&file)?.root()?;
        let matrix = root.demand("matrix")?;
        let &[n_vars, n_obs] = matrix.shape() else {
            return Err(matrix.wrong_type("a matrix of two dimensions"));
        };
        root.container.check_rows(&matrix.path, n_obs, n_vars)?;
        let cells = Table::open(&root, "col_attrs", n_obs, CELL_NAMES)?;
        let genes = Table::open(&root, "row_attrs", n_vars, GENE_NAMES)?;
        if genes.index().is_none() {
            return Err(FormatError::MissingNames {
                file: file.name,
                place: Place::Object("/row_attrs".to_owned()),
                missing: "gene names".to_owned(),
                found: format!("the attributes are: {}", genes.attribute_names()),
                remedy: "Add a row attribute named Gene (symbols) or Accession (Ensembl ids)."
                    .to_owned(),
            });
        }
        Ok(Self { file, root, cells, genes })
    }

    fn shape(&self) -> (u64, u64) {
        (self.cells.len(), self.genes.len())
    }

    /// `matrix` and the layers, readable or not.
    fn matrices(&self) -> Result<Vec<Found>, FormatError> {
        let mut matrices =
            vec![("matrix".to_owned(), self.parts(Node::Dataset(self.root.demand("matrix")?)))];
        let Some(layers) = self.root.group("layers")? else { return Ok(matrices) };
        for name in layers.names()? {
            let parts = layers.child(&name).and_then(|node| match node {
                Some(node) => self.parts(node),
                None => {
                    Err(layers.container.damaged(&layers.path_of(&name), "a matrix", "nothing"))
                }
            });
            matrices.push((format!("layers/{name}"), parts));
        }
        Ok(matrices)
    }

    fn parts(&self, node: Node) -> Result<Parts, FormatError> {
        let dataset = match node {
            Node::Dataset(dataset) => dataset,
            Node::Group(group) => {
                return Err(group.container.damaged(&group.path, "a matrix", "a group"));
            }
        };
        let parts = DenseParts::open(dataset, 1)?;
        if (parts.n_obs(), parts.n_vars()) == self.shape() {
            return Ok(Parts::Dense(parts));
        }
        Err(FormatError::DimensionMismatch {
            file: self.file.name.clone(),
            place: Place::Object(parts.dataset.path.clone()),
            expected: format!(
                "{} genes × {} cells, as the main matrix has",
                self.genes.len(),
                self.cells.len()
            ),
            found: format!("{} × {}", parts.n_vars(), parts.n_obs()),
            remedy: "Choose the main matrix.".to_owned(),
        })
    }

    fn format_name(&self) -> Result<String, FormatError> {
        let stated = match self.root.group("attrs")? {
            Some(attributes) => match attributes.dataset("LOOM_SPEC_VERSION")? {
                Some(version) => version.texts().ok().and_then(|texts| texts.into_iter().next()),
                None => None,
            },
            None => self.root.attributes().text("LOOM_SPEC_VERSION"),
        };
        Ok(stated.map_or_else(|| "Loom".to_owned(), |version| format!("Loom {version}")))
    }
}

/// Finds out what the file holds.
pub(crate) fn inspect(files: &[InputFile]) -> Result<Inspection, FormatError> {
    let source = Source::open(files)?;
    let shape = source.shape();
    let candidates: Vec<_> = source
        .matrices()?
        .into_iter()
        .map(|(name, parts)| parts::candidate(&name, shape, parts))
        .collect();
    let Some((chosen, why)) = choose(&candidates) else {
        let problem = candidates.into_iter().find_map(|candidate| candidate.problem);
        return Err(problem.unwrap_or_else(|| crate::hdf5::refuse(files)));
    };
    let mut dropped = other_files(files, &source.file);
    dropped.extend(source.cells.dropped().into_iter().chain(source.genes.dropped()));
    for slot in ["row_graphs", "col_graphs"] {
        let names =
            source.root.group(slot)?.map(|group| group.names()).transpose()?.unwrap_or_default();
        if !names.is_empty() {
            let why = format!("not used by Lexicell ({})", names.join(", "));
            dropped.push(Dropped { what: slot.to_owned(), why });
        }
    }
    let mut notes = Vec::new();
    match source.cells.index() {
        None => notes.push(Note::warning("The cells have no names; they are numbered from 0.")),
        Some(name) if name != CELL_NAMES[0] => {
            notes.push(Note::info(format!("Cell names are taken from {name:?}.")))
        }
        Some(_) => {}
    }
    match source.genes.index() {
        Some(name) if name != GENE_NAMES[0] => {
            notes.push(Note::info(format!("Gene names are taken from {name:?}.")))
        }
        _ => {}
    }
    Ok(Inspection {
        format: Format::Loom,
        format_name: source.format_name()?,
        files: vec![summary(&source.file)],
        n_obs: shape.0,
        n_vars: shape.1,
        first_obs_names: source.cells.first_names()?,
        first_var_names: source.genes.first_names()?,
        obs_columns: source.cells.summaries(),
        var_columns: source.genes.summaries(),
        obsm: source.cells.embeddings(),
        genomes: Vec::new(),
        feature_types: Vec::new(),
        orientation: Orientation {
            transposed: true,
            is_a_guess: false,
            why: "loom stores genes × cells".to_owned(),
        },
        notes,
        dropped,
        matrices: candidates,
        chosen,
        why,
    })
}

/// Prepares to load the chosen matrix.
pub(crate) fn loader(
    files: &[InputFile],
    inspection: &Inspection,
    choice: &LoadChoice,
) -> Result<Box<dyn FormatLoader>, FormatError> {
    let source = Source::open(files)?;
    let wanted = &inspection.matrices[choice.matrix].name;
    let found = source.matrices()?.into_iter().find(|(name, _)| name == wanted);
    let Some((_, parts)) = found else {
        return Err(source.root.container.damaged(
            wanted,
            "the matrix that was there at first",
            "none",
        ));
    };
    let (n_obs, n_vars) = source.shape();
    let mut tasks = source.cells.tasks(Axis::Obs);
    tasks.extend(source.genes.tasks(Axis::Var));
    let reader =
        parts?.reader(parts::subject(&source.file.name, wanted), Columns::all(n_vars as usize))?;
    Ok(Box::new(Hdf5Loader::new(
        source.file.name,
        n_obs as usize,
        vec![true; n_vars as usize],
        tasks,
        reader,
    )))
}
