//! Damaged and random text must give an error or a table, never a panic; and what is written is
//! read back.

use std::io::Write;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use lexicell_formats::{
    CellTable, InputFile, LoadChoice, Loaded, Loader, VectorLoader, inspect, write_cells_csv,
};
use lexicell_matrix::{AnnData, Column, CsrMatrix, DataFrame, DenseMatrix};
use proptest::prelude::*;

/// Time that each format's damage may take.
const BUDGET: Duration = Duration::from_secs(2);

fn load(files: &[InputFile]) -> Option<Loaded> {
    let inspection = inspect(files).ok()?;
    for transpose in [None, Some(true), Some(false)] {
        let choice = LoadChoice { transpose, ..LoadChoice::proposed(&inspection) };
        let loaded = Loader::new(files, &inspection, &choice).and_then(Loader::finish);
        if let Ok(loaded) = loaded {
            let adata = &loaded.adata;
            assert_eq!((adata.obs.n_rows(), adata.var.n_rows()), (adata.n_obs(), adata.n_vars()));
        }
    }
    Loader::new(files, &inspection, &LoadChoice::proposed(&inspection))
        .and_then(Loader::finish)
        .ok()
}

/// The bytes cut off at many places, and with one byte changed at many places.
fn damaged(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> + '_ {
    let step = bytes.len().div_ceil(150).max(1);
    let cut = (0..bytes.len()).step_by(step).map(|at| bytes[..at].to_vec());
    let mut state = 7_u64;
    let flipped = (0..300).map(move |_| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let mut copy = bytes.to_vec();
        let at = (state >> 33) as usize % copy.len();
        copy[at] ^= 1 << (state >> 61);
        copy
    });
    cut.chain(flipped)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).expect("in memory");
    encoder.finish().expect("in memory")
}

#[test]
fn damaged_triplets_and_tables_never_panic() {
    let mtx =
        b"%%MatrixMarket matrix coordinate integer general\n%\n3 2 4\n1 1 5\n3 1 2\n2 2 7\n1 2 1\n";
    let genes = b"ENSG01\tCD3E\tGene Expression\nENSG02\tGAPDH\tGene Expression\nENSG03\tCD3\tAntibody Capture\n";
    let cells = b"AAACATTGAGCTAC-1\nAAACCGTGCTTCCG-1\n";
    let table =
        b"gene,AAACATTGAGCTAC-1,\"AAACCGTGCTTCCG-1\"\nCD3E,0,2\n\"GAPDH\",1.5,300\ntype,T,B\n";
    let labels = b"cell\ttype\tn\nAAACATTGAGCTAC-1\tT\t1\nAAACCGTGCTTCCG-1\tB\t2\n";
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in [("matrix.mtx", &mtx[..]), ("genes.tsv", genes), ("barcodes.tsv", cells)] {
        archive.start_file(name, zip::write::SimpleFileOptions::default()).expect("in memory");
        archive.write_all(bytes).expect("in memory");
    }
    let archive = archive.finish().expect("in memory").into_inner();
    let sets: Vec<Vec<Vec<u8>>> = vec![
        vec![mtx.to_vec(), genes.to_vec(), cells.to_vec(), labels.to_vec()],
        vec![gzip(mtx), gzip(genes), cells.to_vec()],
        vec![table.to_vec(), labels.to_vec()],
        vec![gzip(table)],
        vec![archive],
    ];
    let mut tried = 0;
    for set in &sets {
        let whole: Vec<InputFile> =
            set.iter().map(|bytes| InputFile::from_bytes("f", bytes.clone())).collect();
        let named = |place: usize| format!("f{place}");
        let whole: Vec<InputFile> = whole
            .into_iter()
            .enumerate()
            .map(|(at, file)| InputFile::new(named(at), file.source))
            .collect();
        assert!(load(&whole).is_some(), "the undamaged files load");
        let start = Instant::now();
        for place in 0..set.len() {
            for bytes in damaged(&set[place]).take_while(|_| start.elapsed() < BUDGET) {
                let mut files = whole.clone();
                files[place] = InputFile::from_bytes(named(place), bytes);
                load(&files);
                tried += 1;
            }
        }
    }
    assert!(tried > 500, "only {tried} were tried");
}

#[test]
fn damaged_vectors_never_panic() {
    let folder = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"))
        .join("../../tests/data/formats");
    let names = InputFile::from_bytes(
        "names.txt",
        std::fs::read(folder.join("text_vectors_names.txt")).expect("reads"),
    );
    let mut tried = 0;
    let start = Instant::now();
    for entry in std::fs::read_dir(&folder).expect("fixtures") {
        let path = entry.expect("fixtures").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        if !name.starts_with("text_vectors") {
            continue;
        }
        let bytes = std::fs::read(&path).expect("reads");
        for bytes in damaged(&bytes).take_while(|_| start.elapsed() < 4 * BUDGET) {
            let files = [InputFile::from_bytes(&name, bytes), names.clone()];
            if let Ok(table) = VectorLoader::new(&files).and_then(VectorLoader::finish) {
                assert_eq!(table.data.len(), table.names.len() * table.dim);
            }
            tried += 1;
        }
    }
    assert!(tried > 1000, "only {tried} were tried");
}

/// A name that needs quotes now and then, but is no number and no list.
fn name() -> impl Strategy<Value = String> {
    "[A-Z][A-Za-z0-9,;\" .-]{1,8}[a-z]"
}

prop_compose! {
    fn small_data()(n_obs in 2..6_usize, n_vars in 2..5_usize)(
        values in proptest::collection::vec(prop_oneof![3 => Just(0.0_f32), 2 => -1e6_f32..1e6, 1 => (0..50_i32).prop_map(|whole| whole as f32)], n_obs * n_vars),
        stems in proptest::collection::vec(name(), n_vars),
        notes in proptest::collection::vec(proptest::option::of(name()), n_obs),
        n_obs in Just(n_obs),
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
        let cells = (0..n_obs).map(|at| format!("AAACATTGAGCTAC-{at}")).collect();
        let genes = stems.iter().enumerate().map(|(at, stem)| format!("{stem}{at}x")).collect();
        let mut obs = DataFrame::new(cells);
        obs.insert("note", Column::Text(notes)).expect("as long as the table");
        let dense = DenseMatrix::try_new(n_obs, n_vars, values).expect("a valid matrix");
        let mut adata = AnnData {
            x: CsrMatrix::try_new(n_obs, n_vars, indptr, indices, data).expect("a valid matrix").into(),
            obs,
            var: DataFrame::new(genes),
            ..AnnData::default()
        };
        adata.obsm.insert("X".to_owned(), dense);
        adata
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, rng_seed: proptest::test_runner::RngSeed::Fixed(7), ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_as_csv_is_read_back(adata in small_data()) {
        let mut written = Vec::new();
        let table = CellTable { obs: Some(vec!["note".to_owned()]), obsm: vec!["X".to_owned()] };
        write_cells_csv(&adata, &table, &mut written).expect("in memory");
        let files = [InputFile::from_bytes("t.csv", written.clone())];
        let inspection = inspect(&files).expect("a table");
        let choice = LoadChoice { transpose: Some(false), ..LoadChoice::proposed(&inspection) };
        let loaded = Loader::new(&files, &inspection, &choice).and_then(Loader::finish).expect("loads");
        prop_assert_eq!(&loaded.adata.x, &adata.x, "{}", String::from_utf8_lossy(&written));
        prop_assert_eq!(&loaded.adata.obs.index, &adata.obs.index);
    }

    #[test]
    fn random_text_never_panics(text in "[a-zA-Z0-9,;\t\"#% .\n\r-]{0,300}") {
        load(&[InputFile::from_bytes("t", text.clone().into_bytes())]);
        let _ = VectorLoader::new(&[InputFile::from_bytes("t", text.into_bytes())]).and_then(VectorLoader::finish);
    }
}
