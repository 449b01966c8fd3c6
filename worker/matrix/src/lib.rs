//! CSR and dense matrices, data frames and AnnData: the vocabulary that every step shares.
//!
//! Names and slots follow AnnData (Virshup et al. 2021): `X`, `obs`, `var`, `obsm`, `varm`, `obsp`.

mod anndata;
mod csr;
mod dataframe;
mod dense;
mod error;

pub use anndata::AnnData;
pub use csr::CsrMatrix;
pub use dataframe::{Categorical, Column, DataFrame, MISSING_CODE};
pub use dense::DenseMatrix;
pub use error::MatrixError;
