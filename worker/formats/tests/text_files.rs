//! Text formats on real files of `../shared/data`: shapes, names and sums as the reference readers give them.
#![expect(
    clippy::result_large_err,
    reason = "the error is the crate's own, and these tests are not on a hot path"
)]

use std::path::PathBuf;
use std::sync::Arc;

use lexicell_formats::{
    FileSource, FormatError, InputFile, Inspection, LoadChoice, Loaded, Loader, PagedSource,
    inspect,
};
use lexicell_matrix::Column;

fn shared() -> Option<PathBuf> {
    let folder = std::env::var_os("LEXICELL_SHARED").map_or_else(
        || {
            PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"))
                .join("../../../shared")
        },
        PathBuf::from,
    );
    let data = folder.join("data");
    if data.is_dir() {
        return Some(data);
    }
    eprintln!("skipped: there is no shared data (LEXICELL_SHARED)");
    None
}

fn open(names: &[&str]) -> Option<Vec<InputFile>> {
    let data = shared()?;
    let open = |name: &&str| {
        let path = data.join(name);
        let file =
            FileSource::open(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        InputFile::new(name, Arc::new(PagedSource::new(Arc::new(file))))
    };
    Some(names.iter().map(open).collect())
}

fn load(files: &[InputFile]) -> Result<(Inspection, Loaded), FormatError> {
    let inspection = inspect(files)?;
    let mut loader = Loader::new(files, &inspection, &LoadChoice::proposed(&inspection))?;
    let mut before = 0;
    while let status = loader.run(10_000)?
        && !status.finished
    {
        assert!(status.done >= before && status.done <= status.total, "{status:?} after {before}");
        before = status.done;
    }
    Ok((inspection, loader.finish()?))
}

struct Expected<'a> {
    shape: (usize, usize),
    obs: [&'a str; 3],
    var: [&'a str; 3],
    sum: f64,
}

fn check(names: &[&str], expected: &Expected<'_>) -> Option<Loaded> {
    let files = open(names)?;
    let (inspection, loaded) = load(&files).unwrap_or_else(|error| panic!("{names:?}: {error}"));
    let adata = &loaded.adata;
    assert_eq!((adata.n_obs(), adata.n_vars()), expected.shape, "{names:?}");
    assert_eq!(
        (inspection.n_obs, inspection.n_vars),
        (adata.n_obs() as u64, adata.n_vars() as u64)
    );
    assert_eq!(adata.obs.index[..3], expected.obs, "{names:?}");
    assert_eq!(adata.var.index[..3], expected.var, "{names:?}");
    let sum: f64 = adata.x.data().iter().map(|&value| f64::from(value)).sum();
    assert!((sum - expected.sum).abs() <= 1e-6 * expected.sum.abs(), "{names:?}: {sum}");
    Some(loaded)
}

fn categories(loaded: &Loaded, column: &str) -> usize {
    let column = loaded
        .adata
        .obs
        .column(column)
        .unwrap_or_else(|| panic!("{column} in {:?}", loaded.adata.obs.columns()));
    column.to_categorical().expect("categories").categories.len()
}

const MOP: Expected<'static> = Expected {
    shape: (2284, 500),
    obs: ["GTGCGGTCAAGCGCTC-8", "ACTGAGTAGGGTTCCC-12", "TGTGGTAAGGGTTCCC-5"],
    var: ["Plp1", "Kctd12", "9630013A20Rik"],
    sum: 1_111_566.0,
};
const BROAD: &str = "odd/broadinstitute+scp-ingest-pipeline/tests/data/mtx";

#[test]
fn a_10x_triplet_with_labels() {
    let folder = "sc/mouse_MOp_sub_2284x500_mtx";
    let names = ["matrix.mtx.gz", "features.tsv.gz", "barcodes.tsv.gz", "labels.csv.gz"];
    let names = names.map(|name| format!("{folder}/{name}"));
    let Some(loaded) = check(&names.each_ref().map(String::as_str), &MOP) else { return };
    assert_eq!(categories(&loaded, "cell_type"), 44);
    let ids = loaded.adata.var.column("gene_ids").expect("ids");
    assert!(matches!(ids, Column::Text(ids) if ids[0].as_deref() == Some("ENSMUSG00000031425")));
}

#[test]
fn triplets_of_other_projects() {
    let seurat = "odd/satijalab+seurat/tests/testdata";
    let names = ["matrix.mtx", "genes.tsv", "barcodes.tsv"].map(|name| format!("{seurat}/{name}"));
    let expected = Expected {
        shape: (80, 240),
        obs: ["ATGCCAGAACGACT-1", "CATGGCCTGTGCAT-1", "GAACCTGATGAACC-1"],
        var: ["MS4A1", "CD79B", "CD79A"],
        sum: 23_110.0,
    };
    check(&names.each_ref().map(String::as_str), &expected);

    let names = ["matrix.mtx", "genes.tsv", "barcodes.tsv", "metadata_mtx_barcodes.tsv"];
    let names = names.map(|name| format!("{BROAD}/{name}"));
    let expected = Expected {
        shape: (25, 33_694),
        obs: ["AACGTTGGTTAAAGTG-1", "AGTAGTCAGAGCTATA-1", "ATCTGCCCATACTCTT-1"],
        var: ["RP11-34P13.3", "FAM138A", "OR4F5"],
        sum: 25.0,
    };
    if let Some(loaded) = check(&names.each_ref().map(String::as_str), &expected) {
        assert_eq!(categories(&loaded, "Cluster"), 3);
    }
}

#[test]
fn entries_in_any_order_give_the_same_matrix() {
    let folder = "sc/mouse_MOp_sub_2284x500_mtx";
    let names = ["matrix.mtx.gz", "features.tsv.gz", "barcodes.tsv.gz"];
    let Some(mut files) =
        open(&names.map(|name| format!("{folder}/{name}")).each_ref().map(String::as_str))
    else {
        return;
    };
    let (_, sorted) = load(&files).expect("loads");
    let mut text =
        String::from("%%MatrixMarket matrix coordinate integer general\n2284 500 174052\n");
    let x = &sorted.adata.x;
    // Gene by gene, and with cells in rows: both other than what the one-pass reader expects.
    for gene in 0..500 {
        for cell in 0..x.n_rows() {
            let (genes, values) = x.row(cell);
            if let Ok(at) = genes.binary_search(&gene) {
                text += &format!("{} {} {}\n", cell + 1, gene + 1, values[at]);
            }
        }
    }
    files[0] = InputFile::from_bytes("other.mtx", text.into_bytes());
    let (inspection, unsorted) = load(&files).expect("loads");
    assert!(!inspection.orientation.transposed);
    assert_eq!(sorted.adata, unsorted.adata);
}

#[test]
fn features_that_are_no_genes_are_left_out_and_said() {
    let folder = "odd/satijalab+seurat/tests/testdata/cr3.0";
    let names = ["matrix.mtx.gz", "features.tsv.gz", "barcodes.tsv.gz"]
        .map(|name| format!("{folder}/{name}"));
    let Some(files) = open(&names.each_ref().map(String::as_str)) else { return };
    let (inspection, loaded) = load(&files).expect("loads");
    assert_eq!((inspection.n_vars, loaded.adata.n_vars()), (5, 3));
    assert_eq!(
        inspection.feature_types,
        [("Antibody Capture".to_owned(), 2), ("Gene Expression".to_owned(), 3)]
    );
    assert!(loaded.dropped[0].what.contains("2 features of type Antibody Capture"));
    let all = LoadChoice { keep_non_gene_features: true, ..LoadChoice::proposed(&inspection) };
    let loaded = Loader::new(&files, &inspection, &all).expect("opens").finish().expect("loads");
    assert_eq!((loaded.adata.n_vars(), loaded.adata.x.nnz()), (5, 8));
}

#[test]
fn broken_files_are_named_with_the_place() {
    let Some(data) = shared() else { return };
    let _ = data;
    let beside = ["AB_toy_data_toy.genes.tsv", "AB_toy_data_toy.barcodes.tsv"];
    for (matrix, words) in [
        (
            "bad_format_has_character.mtx",
            "bad_format_has_character.mtx, line 4: the file is damaged: expected the size line: numbers of rows, columns and entries, found aaggg",
        ),
        (
            "bad_format_has_space.mtx",
            "bad_format_has_space.mtx, line 11: the file is cut off: expected 4352 entries, as the size line says, found the end of the file after 6",
        ),
    ] {
        let names = [matrix, beside[0], beside[1]].map(|name| format!("{BROAD}/{name}"));
        let files = open(&names.each_ref().map(String::as_str)).expect("shared data");
        let message = load(&files).expect_err("damaged").to_string();
        assert!(message.starts_with(words), "{message}");
    }
    let cut = open(&[
        &format!("{BROAD}/one_column_feature_file_data_models.mtx"),
        &format!("{BROAD}/one_column_feature_file_data_models.genes.tsv"),
        &format!("{BROAD}/one_column_feature_file_data_models.barcodes.tsv"),
    ]);
    let message = load(&cut.expect("shared data")).expect_err("cut off").to_string();
    assert!(message.contains("expected 772476 entries"), "{message}");
    let alone = open(&[&format!("{BROAD}/matrix.mtx")]).expect("shared data");
    let message = load(&alone).expect_err("no names").to_string();
    assert!(message.contains("gene names (features.tsv or genes.tsv) is missing"), "{message}");
    let wrong = open(&[&format!("{BROAD}/matrix.mtx"), &format!("{BROAD}/sampled_genes.tsv")]);
    let message = load(&wrong.expect("shared data")).expect_err("other names").to_string();
    assert!(
        message.contains("sampled_genes.tsv has 7 lines") && message.contains("33694 gene names"),
        "{message}"
    );
}

#[test]
fn tables_either_way_round() {
    check(&["sc/mouse_MOp_sub_2284x500.csv.gz"], &MOP);
    let loaded = check(
        &["sc/sc_mixology_sc_celseq2.count.csv.gz", "sc/sc_mixology_sc_celseq2.metadata.csv.gz"],
        &Expected {
            shape: (274, 28_204),
            obs: ["A1", "A10", "A11"],
            var: ["ENSG00000281131", "ENSG00000227456", "ENSG00000240767"],
            sum: 10_321_416.0,
        },
    );
    if let Some(loaded) = loaded {
        assert_eq!(categories(&loaded, "cell_line"), 3);
    }
    let loaded = check(
        &[
            "sc/sc_mixology_sc_celseq2_5cl_p1.metadata.csv.gz",
            "sc/sc_mixology_sc_celseq2_5cl_p1.count.csv.gz",
        ],
        &Expected {
            shape: (297, 15_564),
            obs: ["p1_A1", "p1_A10", "p1_A14"],
            var: ["ENSG00000154529", "ENSG00000215375", "ENSG00000198728"],
            sum: 9_783_530.0,
        },
    );
    if let Some(loaded) = loaded {
        assert_eq!(categories(&loaded, "cell_line_demuxlet"), 5);
    }
}

#[test]
fn labels_for_some_of_the_cells() {
    let names = ["sc/cellbrowser_mini_exprMatrix.tsv.gz", "sc/cellbrowser_mini_meta.tsv"];
    let Some(files) = open(&names) else { return };
    let (inspection, loaded) = load(&files).expect("loads");
    assert_eq!(
        (loaded.adata.n_obs(), loaded.adata.n_vars()),
        (7163, 99),
        "{:?}",
        inspection.orientation
    );
    let clusters =
        loaded.adata.obs.column("WGCNAcluster").and_then(Column::to_categorical).expect("joined");
    let known: usize = clusters.counts().iter().sum();
    assert_eq!((clusters.categories.len(), known), (47, 4261 - 132));
    assert!(
        loaded.notes.iter().any(|note| note.text.contains("4261 of 7163 cells")),
        "{:?}",
        loaded.notes
    );
}

#[test]
fn small_tables_of_other_projects() {
    let folder = "odd/scverse+anndata/tests/data";
    let Some(files) = open(&[&format!("{folder}/umi_tools.tsv.gz")]) else { return };
    let (_, loaded) = load(&files).expect("loads");
    assert_eq!(loaded.adata.obs.index[..2], ["ACAAGG", "TTCACG"]);
    assert_eq!(loaded.adata.var.index[0], "ENSG00000011304.18");
    assert_eq!(loaded.adata.x.row(0).1[0], 33.0);
    for name in ["adata.csv", "adata-comments.tsv"] {
        let files = open(&[&format!("{folder}/{name}")]).expect("shared data");
        let inspection = inspect(&files).unwrap_or_else(|error| panic!("{name}: {error}"));
        let as_it_stands =
            LoadChoice { transpose: Some(false), ..LoadChoice::proposed(&inspection) };
        let loaded = Loader::new(&files, &inspection, &as_it_stands)
            .expect("opens")
            .finish()
            .expect("loads");
        assert_eq!(loaded.adata.obs.index, ["r1", "r2", "r3"], "{name}");
        assert_eq!(loaded.adata.var.index, ["c1", "c2"], "{name}");
        assert_eq!(loaded.adata.x.data(), [1.0, 3.0, 5.0, 6.0], "{name}");
    }
    let headless = open(&[&format!("{BROAD}/sorted_matrix.mtx")]).expect("shared data");
    let message = load(&headless).expect_err("no names at all").to_string();
    assert!(message.contains("gene names are missing"), "{message}");
}

#[test]
fn archives_are_read_where_they_lie() {
    use std::io::Write;
    let Some(data) = shared() else { return };
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let folder = data.join("sc/mouse_MOp_sub_2284x500_mtx");
    for (name, method) in [
        ("matrix.mtx.gz", zip::CompressionMethod::Stored),
        ("features.tsv.gz", zip::CompressionMethod::Deflated),
        ("barcodes.tsv.gz", zip::CompressionMethod::Deflated),
        ("labels.csv.gz", zip::CompressionMethod::Stored),
    ] {
        let options = zip::write::SimpleFileOptions::default().compression_method(method);
        archive.start_file(format!("outs/{name}"), options).expect("in memory");
        archive.write_all(&std::fs::read(folder.join(name)).expect("reads")).expect("in memory");
    }
    let bytes = archive.finish().expect("in memory").into_inner();
    let files = [InputFile::from_bytes("outs.zip", bytes.clone())];
    let (inspection, loaded) = load(&files).expect("loads");
    assert_eq!((inspection.files.len(), loaded.adata.n_obs()), (4, 2284));
    assert_eq!(categories(&loaded, "cell_type"), 44);
    let cut = [InputFile::from_bytes("outs.zip", bytes[..bytes.len() / 2].to_vec())];
    let message = load(&cut).expect_err("cut off").to_string();
    assert!(
        message.contains("cut off: expected the directory at the end of the zip archive"),
        "{message}"
    );

    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    archive.start_file("data.h5ad", zip::write::SimpleFileOptions::default()).expect("in memory");
    let h5ad = std::fs::read(data.join("sc/mouse_MOp_sub_2284x500.h5ad")).expect("reads");
    archive.write_all(&h5ad).expect("in memory");
    let files = [
        InputFile::from_bytes("a.zip", archive.finish().expect("in memory").into_inner()),
        InputFile::from_bytes(
            "labels.csv.gz",
            std::fs::read(folder.join("labels.csv.gz")).expect("reads"),
        ),
    ];
    let (_, loaded) = load(&files).expect("loads");
    assert_eq!(loaded.adata.obs.index[..3], MOP.obs);
    assert!(loaded.adata.obs.column("cell_type (labels.csv.gz)").is_some(), "{:?}", loaded.notes);

    for (name, words) in [
        ("odd/scverse+anndata/tests/data/excel.xlsx", "Excel workbook"),
        ("odd/scverse+scanpy/src/scanpy/datasets/10x_pbmc68k_reduced.zarr.zip", "zarr store"),
    ] {
        let message =
            inspect(&open(&[name]).expect("shared data")).expect_err("foreign").to_string();
        assert!(message.contains(words), "{message}");
    }
}
