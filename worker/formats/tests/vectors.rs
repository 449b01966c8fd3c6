//! Tables of gene vectors, as NumPy, pandas, Arrow and safetensors write them
//! (tests/data/formats/make_text_fixtures.py).
#![expect(
    clippy::result_large_err,
    reason = "the error is the crate's own, and these tests are not on a hot path"
)]

use std::path::PathBuf;

use lexicell_formats::{
    FormatError, InputFile, VectorFormat, VectorLoader, VectorTable, sniff_vectors,
};

const NAMES: [&str; 7] = ["TP53", "CD3E", "GAPDH", "MALAT1", "HLA-DRB1", "ACTB", "MS4A1"];

fn open(names: &[&str]) -> Vec<InputFile> {
    let folder = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"))
        .join("../../tests/data/formats");
    let open = |name: &&str| {
        let path = folder.join(name);
        let bytes =
            std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        InputFile::from_bytes(*name, bytes)
    };
    names.iter().map(open).collect()
}

fn load(files: &[InputFile]) -> Result<VectorTable, FormatError> {
    let mut loader = VectorLoader::new(files)?;
    let mut before = 0;
    while let status = loader.run(3)?
        && !status.finished
    {
        assert!(status.done >= before && status.done <= status.total, "{status:?}");
        before = status.done;
    }
    loader.finish()
}

fn expected() -> Vec<f32> {
    (0..35).map(|at| ((at * 37 % 101 - 50) as f32) / 64.0).collect()
}

#[test]
fn every_way_of_saving_gives_the_same_table() {
    for names in [
        &["text_vectors.npz"][..],
        &["text_vectors_swapped.npz"],
        &["text_vectors_each.npz"],
        &["text_vectors.npy", "text_vectors_names.txt"],
        &["text_vectors_names.json", "text_vectors_fortran.npy"],
        &["text_vectors.npy", "text_vectors_names.npy"],
        &["text_vectors.csv"],
        &["text_vectors_plain.tsv"],
        &["text_vectors_lists.csv"],
        &["text_vectors_word2vec.txt"],
        &["text_vectors.safetensors"],
        &["text_vectors_half.safetensors", "text_vectors_names.txt"],
        &["text_vectors_columns.parquet"],
        &["text_vectors_lists.parquet"],
        &["text_vectors_v2.parquet"],
        &["text_vectors_plain.parquet"],
        &["text_vectors_split.parquet"],
        &["text_vectors_fixed.parquet"],
    ] {
        let table = load(&open(names)).unwrap_or_else(|error| panic!("{names:?}: {error}"));
        assert_eq!(table.names, NAMES, "{names:?}");
        assert_eq!(table.dim, 5, "{names:?}");
        assert_eq!(table.data, expected(), "{names:?}");
    }
}

#[test]
fn formats_are_told_by_their_bytes() {
    for (name, format) in [
        ("text_vectors.npz", VectorFormat::Npz),
        ("text_vectors.npy", VectorFormat::Npy),
        ("text_vectors.csv", VectorFormat::Csv),
        ("text_vectors.safetensors", VectorFormat::Safetensors),
        ("text_vectors_fixed.parquet", VectorFormat::Parquet),
    ] {
        let files = [InputFile::from_bytes("text", b"a,1\n".to_vec()), open(&[name]).remove(0)];
        let at = usize::from(format != VectorFormat::Csv);
        assert_eq!(sniff_vectors(&files), Some((at, format)), "{name}");
    }
    assert_eq!(sniff_vectors(&[InputFile::from_bytes("x", vec![0; 100])]), None);
}

#[test]
fn what_cannot_be_read_is_said() {
    for (names, words) in [
        (&["text_vectors_objects.npz"][..], "pickled Python objects"),
        (&["text_vectors.npy"], "the file with the 7 gene names of its vectors is missing"),
        (&["text_vectors_brotli.parquet"], "found Brotli"),
        (
            &["text_vectors_ragged.parquet"],
            "expected vectors of 2 numbers, like the first, found one of 1",
        ),
    ] {
        let message = load(&open(names)).expect_err("unreadable").to_string();
        assert!(message.contains(words), "{names:?}: {message}");
    }
    let pickle = InputFile::from_bytes("GenePT.pickle", b"\x80\x04\x95\x00".to_vec());
    let message = load(&[pickle]).expect_err("a pickle").to_string();
    assert!(message.contains("numpy.savez"), "{message}");
    let mut files = open(&["text_vectors.npy"]);
    files.push(InputFile::from_bytes("names.txt", b"A\nB\n".to_vec()));
    let message = load(&files).expect_err("too few names").to_string();
    assert!(
        message.contains("names.txt has 2 lines") && message.contains("expected 7 gene names"),
        "{message}"
    );
    for (text, words) in [
        ("gene,a,b\nTP53,1,2\nCD3E,1\n", "line 3: the file is damaged: expected 3 fields"),
        (
            "gene,a,b\nTP53,1,2\nCD3E,1,x\n",
            "line 3, field 3: the file is damaged: expected a number, found \"x\"",
        ),
        ("1,2,3\n4,5,6\n", "a column of names"),
    ] {
        let message = load(&[InputFile::from_bytes("v.csv", text.as_bytes().to_vec())])
            .expect_err("damaged")
            .to_string();
        assert!(message.contains(words), "{message}");
    }
}

#[test]
fn vectors_that_are_not_finite_are_left_out() {
    let text = "gene,a,b\nTP53,1,2\nCD3E,NA,2\nGAPDH,3,4\nGAPDH,0,0\n";
    let table = load(&[InputFile::from_bytes("v.csv", text.as_bytes().to_vec())]).expect("loads");
    assert_eq!(table.names, ["TP53", "GAPDH", "GAPDH"]);
    assert_eq!(table.data, [1., 2., 3., 4., 0., 0.]);
    let notes: Vec<&str> = table.notes.iter().map(|note| &note.text[..]).collect();
    assert!(notes[0].starts_with("1 vectors hold missing"), "{notes:?}");
    assert!(
        notes.iter().any(|note| note.contains("all zero"))
            && notes.iter().any(|note| note.contains("repeat"))
    );
}
