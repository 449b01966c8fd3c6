//! Reading a labelled data set as the page reads it.

use std::{path::Path, sync::Arc};

use lexicell_analysis::{
    duplicates::{Duplicates, find_duplicates},
    rng::SplitMix64,
    state::{MatrixState, detect_state},
};
use lexicell_formats::{FileSource, InputFile, LoadChoice, Loader, inspect};
use lexicell_matrix::{AnnData, Categorical, Column, CsrMatrix, DataFrame, MISSING_CODE};

use crate::{
    error::{AblationError, Result},
    sets::SetSpec,
};

/// Larger sets are sampled down to this many labelled cells.
pub(crate) const MOST_CELLS: usize = 2_000;
/// Seed of that sample.
pub(crate) const SAMPLE_SEED: u64 = 0;

/// The labelled cells of a data set.
pub(crate) struct DataSet {
    pub(crate) spec: &'static SetSpec,
    /// Expression, `[n_obs × n_vars]`.
    pub(crate) x: CsrMatrix,
    pub(crate) state: MatrixState,
    pub(crate) var: DataFrame,
    pub(crate) labels: Categorical,
    pub(crate) groups: Option<Categorical>,
    pub(crate) duplicates: Duplicates,
    /// Cells in the file.
    pub(crate) n_obs: usize,
}

/// Reads a data set and keeps its labelled cells, at most [`MOST_CELLS`] of them.
pub(crate) fn read(spec: &'static SetSpec, folder: &Path) -> Result<DataSet> {
    let mut files = Vec::new();
    for name in spec.files {
        let path = folder.join(name);
        let source = FileSource::open(&path).map_err(AblationError::file(&path))?;
        files.push(InputFile::new(*name, Arc::new(source)));
    }
    let inspection = inspect(&files)?;
    let loader = Loader::new(&files, &inspection, &LoadChoice::proposed(&inspection))?;
    let adata = loader.finish()?.adata;
    let state = detect_state(&adata.x)?.state;
    let labels = column(&adata, spec, spec.label)?;
    let groups = spec.group.map(|name| column(&adata, spec, name)).transpose()?;
    let cells = kept(&labels);
    let take = |values: &Categorical| Categorical {
        codes: cells.iter().map(|&cell| values.codes[cell]).collect(),
        categories: values.categories.clone(),
    };
    let x = rows(&adata.x, &cells)?;
    Ok(DataSet {
        spec,
        duplicates: find_duplicates(&x),
        x,
        state,
        labels: without_empty(take(&labels)),
        groups: groups.as_ref().map(take),
        n_obs: adata.n_obs(),
        var: adata.var,
    })
}

fn column(adata: &AnnData, spec: &SetSpec, name: &str) -> Result<Categorical> {
    let missing = |message: String| AblationError::DataSet { set: spec.key.to_owned(), message };
    let names = || {
        let names: Vec<&str> = adata.obs.columns().iter().map(|(name, _)| &name[..]).collect();
        names.join(", ")
    };
    let column = adata.obs.column(name);
    let column = column.ok_or_else(|| missing(format!("no column {name:?} in {}", names())))?;
    let mut values = categories(column)
        .ok_or_else(|| missing(format!("{name:?} holds real numbers, not classes")))?;
    for code in &mut values.codes {
        let value = values.categories.get(*code as usize);
        if value.is_none_or(|value| spec.missing.contains(&value.trim())) {
            *code = MISSING_CODE;
        }
    }
    Ok(values)
}

/// The column as categories; whole numbers that were stored as real ones are classes too (starmap's batches).
fn categories(column: &Column) -> Option<Categorical> {
    let Column::Float(values) = column else { return column.to_categorical() };
    let whole = |value: &f64| (value.is_nan() || value.fract() == 0.0).then_some(*value as i64);
    let known = |value: &f64| whole(value).map(|number| (!value.is_nan()).then_some(number));
    Column::Integer(values.iter().map(known).collect::<Option<_>>()?).to_categorical()
}

/// The labelled cells, or a sample of them, rising.
fn kept(labels: &Categorical) -> Vec<usize> {
    let mut cells: Vec<usize> =
        (0..labels.codes.len()).filter(|&cell| labels.codes[cell] != MISSING_CODE).collect();
    if cells.len() > MOST_CELLS {
        SplitMix64::new(SAMPLE_SEED).shuffle(&mut cells);
        cells.truncate(MOST_CELLS);
        cells.sort_unstable();
    }
    cells
}

/// Rows of a matrix, in the order given.
pub(crate) fn rows(x: &CsrMatrix, cells: &[usize]) -> Result<CsrMatrix> {
    let (mut indptr, mut indices, mut data) = (vec![0], Vec::new(), Vec::new());
    for &cell in cells {
        let (genes, values) = x.row(cell);
        indices.extend_from_slice(genes);
        data.extend_from_slice(values);
        indptr.push(indices.len());
    }
    Ok(CsrMatrix::try_new(cells.len(), x.n_cols(), indptr, indices, data)?)
}

/// Classes that no kept cell has would only lengthen tables.
fn without_empty(labels: Categorical) -> Categorical {
    let counts = labels.counts();
    let mut place = vec![MISSING_CODE; counts.len()];
    let mut categories = Vec::new();
    for (class, name) in labels.categories.into_iter().enumerate() {
        if counts[class] > 0 {
            place[class] = categories.len() as u32;
            categories.push(name);
        }
    }
    let codes = labels.codes.iter().map(|&code| place[code as usize]).collect();
    Categorical { codes, categories }
}
