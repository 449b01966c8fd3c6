//! Which groups and data sets the file gets, in the order in which they are written.

use std::collections::{HashSet, VecDeque};

use lexicell_matrix::{
    AnnData, Categorical, Column, CsrMatrix, DataFrame, DenseMatrix, MISSING_CODE,
};

use super::super::hdf5::{Attribute, Kind};
use super::encoding;
use super::values::{Axis, Part, Sparse, Values};

pub(super) struct Plan {
    pub steps: VecDeque<Step>,
    pub notes: Vec<String>,
}

pub(super) enum Step {
    Begin { name: String, attributes: Vec<(&'static str, Attribute)> },
    Dataset(Dataset),
    End,
}

/// A data set to come, without its values.
pub(super) struct Dataset {
    pub name: String,
    pub kind: Kind,
    pub shape: Vec<u64>,
    pub values: Values,
}

impl Step {
    pub(super) fn values(&self) -> u64 {
        match self {
            Self::Dataset(dataset) => dataset.shape.iter().product(),
            Self::Begin { .. } | Self::End => 0,
        }
    }
}

impl Dataset {
    pub(super) fn attributes(&self) -> Vec<(&'static str, Attribute)> {
        let kind = match (self.kind, &self.shape[..]) {
            (Kind::Text, []) => "string",
            (Kind::Text, _) => "string-array",
            _ => "array",
        };
        encoding(kind, "0.2.0")
    }

    /// Values in that many rows.
    pub(super) fn values_of(&self, rows: u64) -> u64 {
        rows * self.shape.iter().skip(1).product::<u64>()
    }
}

pub(super) fn plan(adata: &AnnData, notes: &[(String, String)]) -> Plan {
    let mut plan = Plan { steps: VecDeque::new(), notes: Vec::new() };
    plan.begin("/", encoding("anndata", "0.1.0"));
    plan.sparse("X", Sparse::X, &adata.x);
    plan.frame("obs", Axis::Obs, &adata.obs);
    plan.frame("var", Axis::Var, &adata.var);
    for (name, axis, slot) in [("obsm", Axis::Obs, &adata.obsm), ("varm", Axis::Var, &adata.varm)] {
        plan.begin(name, encoding("dict", "0.1.0"));
        let mut taken = HashSet::new();
        for (key, matrix) in slot {
            let name = plan.link_name(name, key, &mut taken);
            plan.dense(name, Values::Dense(axis, key.clone()), matrix);
        }
        plan.end();
    }
    plan.begin("obsp", encoding("dict", "0.1.0"));
    let mut taken = HashSet::new();
    for (key, matrix) in &adata.obsp {
        let name = plan.link_name("obsp", key, &mut taken);
        plan.sparse(&name, Sparse::Obsp(key.clone()), matrix);
    }
    plan.end();
    for name in ["varp", "layers"] {
        plan.begin(name, encoding("dict", "0.1.0"));
        plan.end();
    }
    plan.begin("uns", encoding("dict", "0.1.0"));
    let mut taken = HashSet::new();
    for (key, text) in notes {
        let name = plan.link_name("uns", key, &mut taken);
        plan.dataset(name, Kind::Text, vec![], Values::Literal(text.clone()));
    }
    plan.end();
    plan.end();
    plan
}

impl Plan {
    fn begin(&mut self, name: &str, attributes: Vec<(&'static str, Attribute)>) {
        self.steps.push_back(Step::Begin { name: name.to_owned(), attributes });
    }

    fn end(&mut self) {
        self.steps.push_back(Step::End);
    }

    fn dataset(&mut self, name: impl Into<String>, kind: Kind, shape: Vec<u64>, values: Values) {
        self.steps.push_back(Step::Dataset(Dataset { name: name.into(), kind, shape, values }));
    }

    fn sparse(&mut self, name: &str, which: Sparse, matrix: &CsrMatrix) {
        let mut attributes = encoding("csr_matrix", "0.1.0");
        let shape = [matrix.n_rows() as u64, matrix.n_cols() as u64];
        attributes.push(("shape", Attribute::Shape(shape)));
        let nnz = matrix.nnz() as u64;
        let wide =
            |largest: u64| if i32::try_from(largest).is_ok() { Kind::I32 } else { Kind::I64 };
        self.begin(name, attributes);
        let part = |part| Values::Sparse(which.clone(), part);
        self.dataset("data", Kind::F32, vec![nnz], part(Part::Data));
        // scipy wants both index arrays of one width.
        let kind = wide(nnz.max(shape[1]));
        self.dataset("indices", kind, vec![nnz], part(Part::Indices));
        self.dataset("indptr", kind, vec![shape[0] + 1], part(Part::Indptr));
        self.end();
    }

    fn dense(&mut self, name: String, values: Values, matrix: &DenseMatrix) {
        let shape = vec![matrix.n_rows() as u64, matrix.n_cols() as u64];
        self.dataset(name, Kind::F32, shape, values);
    }

    fn frame(&mut self, name: &str, axis: Axis, frame: &DataFrame) {
        let mut taken = HashSet::from(["_index".to_owned()]);
        let mut names = Vec::new();
        for (column, _) in frame.columns() {
            names.push(self.link_name(name, column, &mut taken));
        }
        let mut attributes = encoding("dataframe", "0.2.0");
        attributes.push(("_index", Attribute::Text("_index".to_owned())));
        attributes.push(("column-order", Attribute::Texts(names.clone())));
        self.begin(name, attributes);
        let rows = frame.n_rows() as u64;
        self.dataset("_index", Kind::Text, vec![rows], Values::Index(axis));
        for (at, (name, (_, column))) in names.into_iter().zip(frame.columns()).enumerate() {
            self.column(name, rows, axis, at, column);
        }
        self.end();
    }

    fn column(&mut self, name: String, rows: u64, axis: Axis, at: usize, column: &Column) {
        let plain = Values::Column(axis, at);
        let missing = match column {
            Column::Integer(values) => values.iter().any(Option::is_none),
            Column::Boolean(values) => values.iter().any(Option::is_none),
            _ => false,
        };
        let kind = match column {
            Column::Categorical(categorical) => {
                return self.categorical(name, rows, distinct(categorical));
            }
            // Readers before anndata 0.12 refuse strings with missing values; categories they know.
            Column::Text(values) if values.iter().any(Option::is_none) => {
                return self.categorical(name, rows, column.to_categorical().unwrap_or_default());
            }
            Column::Float(_) => Kind::F64,
            Column::Integer(_) => Kind::I64,
            Column::Boolean(_) => Kind::Bool,
            Column::Text(_) => Kind::Text,
        };
        if !missing {
            return self.dataset(name, kind, vec![rows], plain);
        }
        let encoding_type =
            if kind == Kind::Bool { "nullable-boolean" } else { "nullable-integer" };
        self.begin(&name, encoding(encoding_type, "0.1.0"));
        self.dataset("values", kind, vec![rows], plain);
        self.dataset("mask", Kind::Bool, vec![rows], Values::Missing(axis, at));
        self.end();
    }

    fn categorical(&mut self, name: String, rows: u64, categorical: Categorical) {
        let count = categorical.categories.len();
        let kind = match count {
            0..=127 => Kind::I8,
            128..=32_767 => Kind::I16,
            _ => Kind::I32,
        };
        let mut attributes = encoding("categorical", "0.2.0");
        attributes.push(("ordered", Attribute::Bool(false)));
        self.begin(&name, attributes);
        self.dataset("codes", kind, vec![rows], Values::Codes(categorical.codes, kind));
        let categories = Values::Literals(categorical.categories);
        self.dataset("categories", Kind::Text, vec![count as u64], categories);
        self.end();
    }

    /// A name that HDF5 and anndata accept, and that no sibling has.
    fn link_name(&mut self, place: &str, wanted: &str, taken: &mut HashSet<String>) -> String {
        let mut name = wanted.replace(['/', '\0'], "_");
        if name.is_empty() || name == "." {
            name = "unnamed".to_owned();
        }
        while taken.contains(&name) {
            name.push('_');
        }
        if name != wanted {
            self.notes.push(format!("{place}: {wanted:?} is saved as {name:?}."));
        }
        taken.insert(name.clone());
        name
    }
}

/// The same column with every category once: pandas refuses repeats.
fn distinct(categorical: &Categorical) -> Categorical {
    let mut places = std::collections::HashMap::new();
    let mut categories: Vec<String> = Vec::new();
    let renamed: Vec<u32> = categorical
        .categories
        .iter()
        .map(|category| {
            *places.entry(category.as_str()).or_insert_with(|| {
                categories.push(category.clone());
                categories.len() as u32 - 1
            })
        })
        .collect();
    let rename = |code: &u32| renamed.get(*code as usize).copied().unwrap_or(MISSING_CODE);
    Categorical { codes: categorical.codes.iter().map(rename).collect(), categories }
}
