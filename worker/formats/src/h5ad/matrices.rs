//! The matrices of an h5ad file: `X`, `raw/X` and the layers.

use super::frame::Frame;
use crate::error::{FormatError, Place};
use crate::hdf5::columns::encoding;
use crate::hdf5::container::{Group, Node};
use crate::hdf5::dense::DenseParts;
use crate::hdf5::parts::{self, Parts};
use crate::hdf5::sparse::SparseParts;
use crate::inspect::{Dropped, MatrixCandidate};

/// A matrix that was found, readable or not.
pub(crate) struct Matrix {
    pub(crate) name: String,
    pub(crate) n_obs: u64,
    pub(crate) n_vars: u64,
    pub(crate) parts: Result<Parts, FormatError>,
    /// `raw/var`, where the genes are not those of `var`.
    raw_var: Option<Frame>,
}

impl Matrix {
    /// The genes of this matrix.
    pub(crate) fn var<'a>(&'a self, var: &'a Frame) -> &'a Frame {
        self.raw_var.as_ref().unwrap_or(var)
    }

    /// What is to be said of it.
    pub(crate) fn candidate(&self) -> MatrixCandidate {
        parts::candidate(&self.name, (self.n_obs, self.n_vars), self.parts.clone())
    }
}

/// Finds all matrices; what is no matrix is dropped with its reason.
pub(crate) fn find(
    root: &Group,
    obs: &Frame,
    var: &Frame,
    dropped: &mut Vec<Dropped>,
) -> Result<Vec<Matrix>, FormatError> {
    let shape = (obs.n_rows(), var.n_rows());
    let mut matrices = Vec::new();
    match root.child("X") {
        Ok(Some(node)) if is_null(&node) => drop_it(dropped, "X", "it is empty (saved as None)"),
        Ok(Some(node)) => matrices.push(matrix("X", &node, shape, None)),
        Ok(None) => {}
        Err(error) => matrices.push(Matrix::unreadable("X", shape, error)),
    }
    match raw(root, shape.0) {
        Ok(raw) => matrices.extend(raw),
        Err(error) => drop_it(dropped, "raw", &error.to_string()),
    }
    let layers = root.group("layers")?;
    for name in layers.as_ref().map(Group::names).transpose()?.unwrap_or_default() {
        let path = format!("layers/{name}");
        match layers.as_ref().map(|layers| layers.child(&name)) {
            Some(Ok(Some(node))) => matrices.push(matrix(&path, &node, shape, None)),
            Some(Err(error)) => matrices.push(Matrix::unreadable(&path, shape, error)),
            _ => {}
        }
    }
    Ok(matrices)
}

impl Matrix {
    fn unreadable(name: &str, shape: (u64, u64), error: FormatError) -> Self {
        Self {
            name: name.to_owned(),
            n_obs: shape.0,
            n_vars: shape.1,
            parts: Err(error),
            raw_var: None,
        }
    }
}

/// `raw/X` with `raw/var`; anndata 0.6 and earlier wrote `raw.X` and `raw.var`.
fn raw(root: &Group, n_obs: u64) -> Result<Option<Matrix>, FormatError> {
    let (node, var) = if let Some(raw) = root.group("raw")? {
        let Some(node) = raw.child("X")? else { return Ok(None) };
        (node, Frame::open(&raw, "var")?)
    } else {
        let Some(node) = root.child("raw.X")? else { return Ok(None) };
        (node, Frame::open(root, "raw.var")?)
    };
    if is_null(&node) {
        return Ok(None);
    }
    let shape = (n_obs, var.n_rows());
    Ok(Some(matrix("raw/X", &node, shape, Some(var))))
}

fn matrix(name: &str, node: &Node, shape: (u64, u64), raw_var: Option<Frame>) -> Matrix {
    let parts = match node {
        Node::Group(group) => sparse(group, shape),
        Node::Dataset(dataset) => DenseParts::open(dataset.clone(), 0).and_then(|parts| {
            check_shape(
                &dataset.container.file.name,
                &dataset.path,
                shape,
                (parts.n_obs(), parts.n_vars()),
            )?;
            Ok(Parts::Dense(parts))
        }),
    };
    Matrix { name: name.to_owned(), n_obs: shape.0, n_vars: shape.1, parts, raw_var }
}

fn sparse(group: &Group, shape: (u64, u64)) -> Result<Parts, FormatError> {
    let attributes = group.attributes();
    let stated = encoding(&attributes).or_else(|| attributes.text("h5sparse_format"));
    let by_cell = match stated.as_deref() {
        Some("csr_matrix" | "csr") => true,
        Some("csc_matrix" | "csc") => false,
        Some(other) => {
            return Err(FormatError::Unsupported {
                file: group.container.file.name.clone(),
                place: Place::Object(group.path.clone()),
                expected: "a dense, CSR or CSC matrix".to_owned(),
                found: format!("the encoding {other:?}"),
                remedy: "Convert it in Python: adata.X = scipy.sparse.csr_matrix(adata.X)."
                    .to_owned(),
            });
        }
        // Some writers state nothing: then the number of pointers tells.
        None => group.demand("indptr")?.len() == shape.0 + 1,
    };
    let own = attributes.whole("shape").or_else(|| attributes.whole("h5sparse_shape"));
    if let Some([rows, columns]) = own.as_deref() {
        check_shape(
            &group.container.file.name,
            &group.path,
            shape,
            (*rows as u64, *columns as u64),
        )?;
    }
    Ok(Parts::Sparse(SparseParts::open(group, by_cell, shape.0, shape.1)?))
}

fn check_shape(
    file: &str,
    path: &str,
    expected: (u64, u64),
    found: (u64, u64),
) -> Result<(), FormatError> {
    if expected == found {
        return Ok(());
    }
    Err(FormatError::DimensionMismatch {
        file: file.to_owned(),
        place: Place::Object(path.to_owned()),
        expected: format!("{} cells × {} genes, as obs and var have", expected.0, expected.1),
        found: format!("{} × {}", found.0, found.1),
        remedy: "The matrix and its tables do not belong together: write the file again."
            .to_owned(),
    })
}

fn is_null(node: &Node) -> bool {
    match node {
        Node::Group(group) => {
            encoding(&group.attributes()).is_some_and(|encoding| encoding == "null")
        }
        Node::Dataset(dataset) => {
            dataset.shape().is_empty()
                || encoding(&dataset.attributes()).is_some_and(|encoding| encoding == "null")
        }
    }
}

fn drop_it(dropped: &mut Vec<Dropped>, what: &str, why: &str) {
    dropped.push(Dropped { what: what.to_owned(), why: why.to_owned() });
}
