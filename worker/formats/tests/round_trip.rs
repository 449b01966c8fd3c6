//! What the h5ad writer writes, the h5ad reader reads: the same matrix, tables and embeddings.

use std::io::Cursor;

use lexicell_formats::{InputFile, LoadChoice, Loader, inspect, write_h5ad};
use lexicell_matrix::{
    AnnData, Categorical, Column, CsrMatrix, DataFrame, DenseMatrix, MISSING_CODE,
};
use proptest::prelude::*;

/// Texts with what is easily lost: blanks, quotes, letters beyond ASCII, none at all.
fn text() -> impl Strategy<Value = String> {
    "[ -~äß细😀]{0,12}"
}

fn column(n: usize) -> impl Strategy<Value = Column> {
    let some = |value| proptest::option::weighted(0.8, value);
    prop_oneof![
        proptest::collection::vec(any::<i64>().prop_map(Some), n).prop_map(Column::Integer),
        proptest::collection::vec(proptest::option::of(any::<i64>()), n).prop_map(Column::Integer),
        proptest::collection::vec(-1e300_f64..1e300, n).prop_map(Column::Float),
        proptest::collection::vec(proptest::option::of(any::<bool>()), n).prop_map(Column::Boolean),
        proptest::collection::vec(text().prop_map(Some), n).prop_map(Column::Text),
        proptest::collection::vec(some(0..3_u32), n).prop_map(|codes| {
            let categories = ["b", "a ", "ü"].map(str::to_owned).to_vec();
            let codes = codes.into_iter().map(|code| code.unwrap_or(MISSING_CODE)).collect();
            Column::Categorical(Categorical { codes, categories })
        }),
    ]
}

prop_compose! {
    fn data()(n_obs in 1..8_usize, n_vars in 1..6_usize)(
        values in proptest::collection::vec(prop_oneof![Just(0.0_f32), 0.5_f32..1e6], n_obs * n_vars),
        cells in proptest::collection::vec(text(), n_obs),
        genes in proptest::collection::vec("[A-Za-z][A-Za-z0-9-]{0,9}", n_vars),
        columns in proptest::collection::vec(column(n_obs), 0..4),
        umap in proptest::collection::vec(-1e3_f32..1e3, n_obs * 2),
        n_vars in Just(n_vars),
    ) -> AnnData {
        let (mut indptr, mut indices, mut data) = (vec![0], Vec::new(), Vec::new());
        for row in values.chunks(n_vars) {
            for (column, &value) in row.iter().enumerate().filter(|(_, value)| **value != 0.0) {
                indices.push(column as u32);
                data.push(value);
            }
            indptr.push(indices.len());
        }
        let n_obs = cells.len();
        let mut obs = DataFrame::new(cells);
        for (at, column) in columns.into_iter().enumerate() {
            obs.insert(&format!("column {at}"), column).expect("as long as the table");
        }
        let mut adata = AnnData {
            x: CsrMatrix::try_new(n_obs, n_vars, indptr, indices, data).expect("a valid matrix").into(),
            obs,
            var: DataFrame::new(genes),
            ..AnnData::default()
        };
        let umap = DenseMatrix::try_new(n_obs, 2, umap).expect("a valid matrix");
        adata.obsm.insert("X_umap".to_owned(), umap);
        adata
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 128,
        failure_persistence: None,
        rng_seed: proptest::test_runner::RngSeed::Fixed(3),
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_saved_file_is_read_as_it_was(adata in data()) {
        let bytes = write_h5ad(&adata, Cursor::new(Vec::new())).expect("in memory").into_inner();
        let files = [InputFile::from_bytes("saved.h5ad", bytes)];
        let inspection = inspect(&files).expect("an h5ad file");
        let choice = LoadChoice::proposed(&inspection);
        let loaded = Loader::new(&files, &inspection, &choice).and_then(Loader::finish).expect("loads");
        prop_assert_eq!(&loaded.adata.x, &adata.x);
        prop_assert_eq!(&loaded.adata.obs, &adata.obs);
        prop_assert_eq!(&loaded.adata.var, &adata.var);
        prop_assert_eq!(&loaded.adata.obsm, &adata.obsm);
    }
}
