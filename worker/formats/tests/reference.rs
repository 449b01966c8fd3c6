//! Every HDF5 file of the shared data against what anndata, scanpy and loompy read from it.

#![allow(
    clippy::result_large_err,
    reason = "an error ends a load; its fields are what the page shows"
)]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use lexicell_formats::{
    FileSource, FormatError, FormatErrorKind, InputFile, Inspection, LoadChoice, Loaded, Loader,
    inspect,
};
use serde_json::Value;

/// Files that the reference cannot read, or reads otherwise than here, and what is done with them.
const EXCEPTIONS: &[(&str, Outcome)] = &[
    // anndata fails on the (n, 1) column and on missing cell names: here both are read.
    ("sc/scvi_starmap_mouse_mpfc.loom", Outcome::Reads(3704, 158)),
    // anndata fails on the graph's float indices: graphs are not read here.
    ("odd/Bioconductor+LoomExperiment/inst/extdata/L1_DRG_20_example.loom", Outcome::Reads(20, 20)),
    // No gene names: refused with the reason.
    ("sc/worm_neuron_cell.h5", Outcome::Refuses(FormatErrorKind::MissingNames, "gene names")),
    // h5py's and h5wasm's own test files: no matrix with names in them.
    ("odd/generated/blosc.h5", Outcome::Refuses(FormatErrorKind::NoMatrix, "unknown layout")),
    ("odd/generated/latest.h5", Outcome::Refuses(FormatErrorKind::MissingNames, "gene names")),
    (
        "odd/usnistgov+h5wasm/test/array.h5",
        Outcome::Refuses(FormatErrorKind::NoMatrix, "unknown layout"),
    ),
    (
        "odd/usnistgov+h5wasm/test/compressed.h5",
        Outcome::Refuses(FormatErrorKind::MissingNames, "gene names"),
    ),
    (
        "odd/usnistgov+h5wasm/test/vlen.h5",
        Outcome::Refuses(FormatErrorKind::NoMatrix, "unknown layout"),
    ),
    // Saved without a matrix: anndata opens them with X = None, here there is nothing to show.
    (
        "odd/kaizhang+anndata-rs/anndata-test-utils/tests/data/sample.h5ad",
        Outcome::Refuses(FormatErrorKind::NoMatrix, "saved without its matrix"),
    ),
    (
        "odd/scverse+anndata/tests/data/archives/v0.11.4/adata.h5ad",
        Outcome::Refuses(FormatErrorKind::NoMatrix, "saved without its matrix"),
    ),
    // Cut off: libhdf5 says the same.
    (
        "odd/broadinstitute+scp-ingest-pipeline/tests/data/anndata/bad.h5",
        Outcome::Refuses(FormatErrorKind::Damaged, "cut off"),
    ),
];

enum Outcome {
    Reads(usize, usize),
    Refuses(FormatErrorKind, &'static str),
}

fn shared() -> Option<PathBuf> {
    let folder = std::env::var_os("LEXICELL_SHARED").map(PathBuf::from);
    let folder = folder
        .unwrap_or_else(|| {
            Path::new(&std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"))
                .join("../../../shared")
        })
        .join("data");
    folder.join("expected.json").exists().then_some(folder)
}

fn open(path: &Path) -> InputFile {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    InputFile::new(name, Arc::new(FileSource::open(path).expect("the listed file opens")))
}

fn load(file: &InputFile, inspection: &Inspection, matrix: usize) -> Result<Loaded, FormatError> {
    let choice = LoadChoice { matrix, keep_non_gene_features: true, ..LoadChoice::default() };
    let mut loader = Loader::new(std::slice::from_ref(file), inspection, &choice)?;
    // Small steps, so that windows end everywhere.
    let mut last = 0;
    loop {
        let status = loader.run(4_000)?;
        assert!(
            status.done >= last && status.done <= status.total,
            "progress {status:?} after {last}"
        );
        last = status.done;
        if status.finished {
            return loader.finish();
        }
    }
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn compare(
    path: &Path,
    expected: &Value,
    differences: &mut Vec<String>,
) -> Result<(), FormatError> {
    let file = open(path);
    let inspection = inspect(std::slice::from_ref(&file))?;
    let mut say = |what: &str, found: String, wanted: String| {
        if found != wanted {
            differences
                .push(format!("{}: {what}: found {found}, expected {wanted}", path.display()));
        }
    };
    let layers: Vec<&str> = inspection
        .matrices
        .iter()
        .filter_map(|matrix| matrix.name.strip_prefix("layers/"))
        .collect();
    let mut wanted_layers = texts(&expected["layers"]);
    wanted_layers.sort();
    let mut found_layers: Vec<String> = layers.iter().map(|name| (*name).to_owned()).collect();
    found_layers.sort();
    say("layers", format!("{found_layers:?}"), format!("{wanted_layers:?}"));
    if let Some(raw) = expected["raw"].as_array() {
        let own = inspection.matrices.iter().find(|matrix| matrix.name == "raw/X");
        let shape = own.map(|matrix| (Some(matrix.n_obs), Some(matrix.n_vars)));
        say("raw", format!("{shape:?}"), format!("{:?}", Some((raw[0].as_u64(), raw[1].as_u64()))));
    }
    let main = ["X", "matrix"];
    let at = inspection
        .matrices
        .iter()
        .position(|matrix| main.contains(&&matrix.name[..]))
        .unwrap_or(inspection.chosen);
    let loaded = load(&file, &inspection, at)?;
    let data = &loaded.adata;
    say("n_obs", data.n_obs().to_string(), expected["n_obs"].to_string());
    say("n_vars", data.n_vars().to_string(), expected["n_vars"].to_string());
    say(
        "obs names",
        format!("{:?}", &data.obs.index[..3.min(data.n_obs())]),
        format!("{:?}", texts(&expected["obs_names"])),
    );
    say(
        "var names",
        format!("{:?}", &data.var.index[..3.min(data.n_vars())]),
        format!("{:?}", texts(&expected["var_names"])),
    );
    say(
        "table rows",
        format!("{:?}", (data.obs.n_rows(), data.var.n_rows())),
        format!("{:?}", (data.n_obs(), data.n_vars())),
    );
    let mut columns: Vec<String> =
        data.obs.columns().iter().map(|(name, _)| name.clone()).collect();
    let mut wanted = texts(&expected["obs"]);
    columns.sort();
    wanted.sort();
    say(
        "obs columns",
        format!("{columns:?} (dropped {:?})", loaded.dropped),
        format!("{wanted:?} (dropped [])"),
    );
    let sum: f64 = data.x.data().iter().map(|&value| f64::from(value)).sum();
    let wanted = expected["x_sum"].as_f64().unwrap_or(f64::NAN);
    let scale: f64 = data.x.data().iter().map(|&value| f64::from(value.abs())).sum();
    if (sum - wanted).abs() > 1e-6 * scale.max(1.0) {
        differences.push(format!("{}: sum of X {sum}, expected {wanted}", path.display()));
    }
    let chosen = &inspection.matrices[inspection.chosen];
    eprintln!("{}: {} chosen: {}", path.display(), chosen.name, inspection.why);
    for note in inspection.notes.iter().chain(&loaded.notes) {
        eprintln!("    {:?}: {}", note.level, note.text);
    }
    for dropped in &inspection.dropped {
        eprintln!("    dropped {}: {}", dropped.what, dropped.why);
    }
    Ok(())
}

#[test]
fn every_shared_hdf5_file_reads_as_the_reference_reads_it() {
    let Some(folder) = shared() else {
        eprintln!("skipped: no shared data (set LEXICELL_SHARED)");
        return;
    };
    let text = std::fs::read_to_string(folder.join("expected.json")).expect("expected.json");
    let expected: Value = serde_json::from_str(&text).expect("JSON");
    let mut differences = Vec::new();
    let mut compared = 0;
    for (path, expected) in expected.as_object().expect("an object") {
        if ![".h5", ".h5ad", ".loom"].iter().any(|end| path.ends_with(end)) {
            continue;
        }
        compared += 1;
        let exception = EXCEPTIONS.iter().find(|(name, _)| name == path);
        let file = folder.join(path);
        match exception {
            Some((_, outcome)) => check_exception(&file, outcome, &mut differences),
            None => {
                if let Err(error) = compare(&file, expected, &mut differences) {
                    differences.push(format!("{path}: {error}"));
                }
            }
        }
    }
    assert!(compared > 50, "only {compared} files");
    assert!(
        differences.is_empty(),
        "{} differences:\n{}",
        differences.len(),
        differences.join("\n")
    );
}

fn check_exception(path: &Path, outcome: &Outcome, differences: &mut Vec<String>) {
    let file = open(path);
    let result = inspect(std::slice::from_ref(&file))
        .and_then(|inspection| load(&file, &inspection, inspection.chosen));
    let found = match (&result, outcome) {
        (Ok(loaded), Outcome::Reads(n_obs, n_vars))
            if (loaded.adata.n_obs(), loaded.adata.n_vars()) == (*n_obs, *n_vars) =>
        {
            return;
        }
        (Err(error), Outcome::Refuses(kind, word))
            if error.kind() == *kind && error.to_string().contains(word) =>
        {
            return;
        }
        (Ok(loaded), _) => format!("read {} × {}", loaded.adata.n_obs(), loaded.adata.n_vars()),
        (Err(error), _) => format!("{:?}: {error}", error.kind()),
    };
    differences.push(format!("{}: {found}", path.display()));
}

/// MuData is not among the reference's expectations: its gene expression must load or be refused with a reason.
#[test]
fn shared_mudata_files_give_one_modality() {
    let Some(folder) = shared() else {
        eprintln!("skipped: no shared data (set LEXICELL_SHARED)");
        return;
    };
    let archives = folder.join("odd/scverse+mudata/tests/data/archives");
    let mut seen = 0;
    for version in std::fs::read_dir(archives).expect("a readable folder") {
        for path in std::fs::read_dir(version.expect("an entry").path()).expect("a readable folder")
        {
            let path = path.expect("an entry").path();
            if path.extension().is_none_or(|end| end != "h5mu") {
                continue;
            }
            let file = open(&path);
            let inspection =
                inspect(std::slice::from_ref(&file)).unwrap_or_else(|error| panic!("{error}"));
            let loaded = load(&file, &inspection, inspection.chosen)
                .unwrap_or_else(|error| panic!("{error}"));
            eprintln!(
                "{}: {} {:?} {} × {}",
                path.display(),
                inspection.format_name,
                inspection.notes,
                loaded.adata.n_obs(),
                loaded.adata.n_vars()
            );
            assert!(
                loaded.adata.n_obs() > 0
                    && inspection.notes.iter().any(|note| note.text.contains("mod/"))
            );
            seen += 1;
        }
    }
    assert!(seen > 2, "only {seen} files");
}
