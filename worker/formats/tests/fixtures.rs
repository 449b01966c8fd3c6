//! The committed HDF5 files, each in another encoding, against the arrays that they were written from.

#![allow(
    clippy::result_large_err,
    reason = "an error ends a load; its fields are what the page shows"
)]

use std::path::{Path, PathBuf};

use lexicell_formats::{FormatError, InputFile, Inspection, LoadChoice, Loaded, Loader, inspect};
use lexicell_matrix::{Column, DataFrame};
use serde_json::Value;

fn folder() -> PathBuf {
    Path::new(&std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"))
        .join("../../tests/data/formats/hdf5")
}

fn expected() -> serde_json::Map<String, Value> {
    let text = std::fs::read_to_string(folder().join("expected.json"))
        .expect("expected.json is committed");
    match serde_json::from_str(&text).expect("JSON") {
        Value::Object(map) => map,
        other => panic!("an object, not {other}"),
    }
}

fn open(name: &str) -> InputFile {
    InputFile::from_bytes(
        name,
        std::fs::read(folder().join(name)).expect("the fixture is committed"),
    )
}

fn load(file: &InputFile, limit: usize) -> Result<(Inspection, Loaded), FormatError> {
    let files = std::slice::from_ref(file);
    let inspection = inspect(files)?;
    let mut loader = Loader::new(files, &inspection, &LoadChoice::proposed(&inspection))?;
    while !loader.run(limit)?.finished {}
    Ok((inspection, loader.finish()?))
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

fn values(column: &Column) -> Vec<Value> {
    match column {
        Column::Categorical(values) => {
            (0..values.codes.len()).map(|row| values.value(row).into()).collect()
        }
        Column::Float(values) => values.iter().map(|&value| value.into()).collect(),
        Column::Integer(values) => values.iter().map(|&value| value.into()).collect(),
        Column::Boolean(values) => values.iter().map(|&value| value.into()).collect(),
        Column::Text(values) => values.iter().map(|value| value.as_deref().into()).collect(),
    }
}

fn check_table(name: &str, table: &DataFrame, wanted: &Value) {
    let wanted = wanted.as_object().expect("columns");
    let names: Vec<&str> = table.columns().iter().map(|(column, _)| &column[..]).collect();
    assert_eq!(names.len(), wanted.len(), "{name}: {names:?}");
    for (column, wanted) in wanted {
        let found = values(
            table
                .column(column)
                .unwrap_or_else(|| panic!("{name}: no column {column}, only {names:?}")),
        );
        assert_eq!(&found, wanted.as_array().expect("values"), "{name}: {column}");
    }
}

#[test]
fn every_fixture_reads_as_it_was_written() {
    for (name, wanted) in expected().iter().filter(|(_, wanted)| wanted.get("refused").is_none()) {
        let (inspection, loaded) =
            load(&open(name), 3).unwrap_or_else(|error| panic!("{name}: {error}"));
        let data = &loaded.adata;
        assert_eq!(
            inspection.matrices[inspection.chosen].name,
            wanted["matrix"].as_str().expect("a name"),
            "{name}: {}",
            inspection.why
        );
        assert_eq!(data.obs.index, texts(&wanted["cells"]), "{name}");
        assert_eq!(data.var.index, texts(&wanted["genes"]), "{name}");
        for (row, wanted) in wanted["x"].as_array().expect("rows").iter().enumerate() {
            let mut found = vec![0.0; data.n_vars()];
            let (columns, values) = data.x.row(row);
            for (&column, &value) in columns.iter().zip(values) {
                assert!(value != 0.0, "{name}: a stored zero");
                found[column as usize] = value;
            }
            let wanted: Vec<f32> = wanted
                .as_array()
                .expect("a row")
                .iter()
                .filter_map(Value::as_f64)
                .map(|v| v as f32)
                .collect();
            assert_eq!(found, wanted, "{name}: row {row}");
        }
        check_table(name, &data.obs, &wanted["obs"]);
        check_table(name, &data.var, &wanted["var"]);
        for (key, width) in wanted["obsm"].as_object().into_iter().flatten() {
            let embedding = data.obsm.get(key).unwrap_or_else(|| panic!("{name}: no {key}"));
            assert_eq!(
                (embedding.n_rows() as u64, Some(embedding.n_cols() as u64)),
                (data.n_obs() as u64, width.as_u64()),
                "{name}"
            );
            assert!(inspection.obsm.iter().any(|(own, _)| own == key), "{name}");
        }
        let dropped: Vec<_> = inspection.dropped.iter().chain(&loaded.dropped).collect();
        for column in texts(&wanted["dropped"]) {
            let own = dropped.iter().find(|dropped| dropped.what.ends_with(column));
            assert!(
                own.is_some_and(|own| !own.why.is_empty()),
                "{name}: {column} not among {dropped:?}"
            );
        }
        if let Some(note) = wanted["note"].as_str() {
            let notes: Vec<_> =
                inspection.notes.iter().chain(&loaded.notes).map(|note| &note.text).collect();
            assert!(
                notes.iter().any(|text| text.contains(note)),
                "{name}: {note} not in {notes:?}"
            );
        }
    }
}

#[test]
fn every_step_size_gives_the_same_data() {
    for (name, _) in expected().iter().filter(|(_, wanted)| wanted.get("refused").is_none()) {
        let file = open(name);
        let whole = load(&file, usize::MAX).unwrap_or_else(|error| panic!("{name}: {error}")).1;
        for limit in [1, 7, 50] {
            let (_, other) = load(&file, limit).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(other.adata.x, whole.adata.x, "{name}, {limit} at a time");
            assert_eq!(
                other.adata.obs.n_rows(),
                whole.adata.obs.n_rows(),
                "{name}, {limit} at a time"
            );
        }
    }
}

#[test]
fn every_refusal_names_the_file_the_place_and_the_remedy() {
    for (name, wanted) in expected().iter().filter(|(_, wanted)| wanted.get("refused").is_some()) {
        let error = match load(&open(name), 1000) {
            Ok((inspection, _)) => panic!("{name} was read as {}", inspection.format_name),
            Err(error) => error,
        };
        let message = error.to_string();
        assert_eq!(
            format!("{:?}", error.kind()),
            wanted["refused"].as_str().expect("a kind"),
            "{message}"
        );
        assert!(message.starts_with(name.as_str()), "{message}");
        for word in texts(&wanted["words"]) {
            assert!(message.contains(word), "{name}: {word:?} not in {message:?}");
        }
    }
}

#[test]
fn a_choice_that_is_not_there_is_refused() {
    let file = [open("tenx_v3.h5")];
    let inspection = inspect(&file).expect("it is a 10x file");
    let matrix = LoadChoice { matrix: 5, ..LoadChoice::default() };
    let message =
        Loader::new(&file, &inspection, &matrix).err().expect("one matrix only").to_string();
    assert!(message.contains("matrix number 5"), "{message}");
    let genome = LoadChoice { genome: Some("danRer11".to_owned()), ..LoadChoice::default() };
    let message =
        Loader::new(&file, &inspection, &genome).err().expect("no such genome").to_string();
    assert!(message.contains("danRer11") && message.contains("GRCh38, mm10"), "{message}");
}

#[test]
fn features_and_genomes_of_a_10x_file_can_be_chosen() {
    let file = [open("tenx_v3.h5")];
    let inspection = inspect(&file).expect("it is a 10x file");
    assert_eq!(
        inspection.feature_types,
        [("Gene Expression".to_owned(), 7), ("Antibody Capture".to_owned(), 2)]
    );
    let genes = |choice: LoadChoice| {
        let loader = Loader::new(&file, &inspection, &choice).expect("a valid choice");
        let data = loader.finish().expect("a valid file").adata;
        assert_eq!(data.var.n_rows(), data.n_vars());
        data.n_vars()
    };
    assert_eq!(genes(LoadChoice { keep_non_gene_features: true, ..LoadChoice::default() }), 9);
    assert_eq!(genes(LoadChoice { genome: Some("GRCh38".to_owned()), ..LoadChoice::default() }), 4);
    assert_eq!(genes(LoadChoice { genome: Some("mm10".to_owned()), ..LoadChoice::default() }), 3);
}
