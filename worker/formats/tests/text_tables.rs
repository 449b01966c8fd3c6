//! Tables of text as people really save them.
#![expect(
    clippy::result_large_err,
    reason = "the error is the crate's own, and these tests are not on a hot path"
)]

use lexicell_formats::{FormatError, InputFile, Inspection, LoadChoice, Loaded, Loader, inspect};
use lexicell_matrix::Column;

fn load_as(text: &str, transpose: Option<bool>) -> Result<(Inspection, Loaded), FormatError> {
    let files = [InputFile::from_bytes("table.txt", text.as_bytes().to_vec())];
    let inspection = inspect(&files)?;
    let choice = LoadChoice { transpose, ..LoadChoice::proposed(&inspection) };
    let loaded = Loader::new(&files, &inspection, &choice)?.finish()?;
    Ok((inspection, loaded))
}

fn load(text: &str) -> Loaded {
    load_as(text, None).unwrap_or_else(|error| panic!("{text:?}: {error}")).1
}

/// The small matrix that the tables below all hold: three cells, two genes.
fn check(text: &str) -> Loaded {
    let loaded = load(text);
    let adata = &loaded.adata;
    assert_eq!(
        adata.obs.index,
        ["AAACATTGAGCTAC-1", "AAACCGTGCTTCCG-1", "AAACTTGAAAAACG-1"],
        "{text:?}"
    );
    assert_eq!(adata.var.index, ["CD3E", "GAPDH"], "{text:?}");
    assert_eq!(adata.x.indptr(), [0, 1, 3, 4], "{text:?}");
    assert_eq!(adata.x.indices(), [1, 0, 1, 0], "{text:?}");
    assert_eq!(adata.x.data(), [1.5, 2.0, 300.0, 0.25], "{text:?}");
    loaded
}

#[test]
fn every_separator_quote_corner_and_line_end() {
    let table =
        ",CD3E,GAPDH\nAAACATTGAGCTAC-1,0,1.5\nAAACCGTGCTTCCG-1,2,300\nAAACTTGAAAAACG-1,0.25,0\n";
    check(table);
    check(&table.replace(',', "\t"));
    check(&table.replace('\n', "\r\n"));
    check(&format!("\u{feff}{}", table.replace(',', ";")));
    check(&table.replace(',', ";").replace('.', ","));
    check(&table.replace(',', "\t").replace('.', ","));
    check(table.strip_prefix(',').expect("a corner"));
    check(&table.replacen(',', "barcode,", 1));
    check(&format!("# made by hand\n\n{table}\n\n"));
    check(table.trim_end());
    let quoted = table.lines().map(|line| {
        let fields: Vec<String> = line.split(',').map(|field| format!("\"{field}\"")).collect();
        fields.join(",")
    });
    check(&quoted.collect::<Vec<_>>().join("\n"));
}

#[test]
fn genes_in_rows_are_turned_round() {
    let table =
        "gene,AAACATTGAGCTAC-1,AAACCGTGCTTCCG-1,AAACTTGAAAAACG-1\nCD3E,0,2,0.25\nGAPDH,1.5,300,0\n";
    check(table);
    let (inspection, turned) = load_as(table, Some(false)).expect("loads");
    assert!(inspection.orientation.transposed && !inspection.orientation.is_a_guess);
    assert_eq!(turned.adata.obs.index, ["CD3E", "GAPDH"]);
    let labels = table.replacen("\nCD3E", "\ncell_type,T,B,T\nCD3E", 1);
    let loaded = check(&labels);
    let types =
        loaded.adata.obs.column("cell_type").and_then(Column::to_categorical).expect("labels");
    assert_eq!([types.value(0), types.value(1)], [Some("T"), Some("B")]);
    let described = "gene,AAACATTGAGCTAC-1,AAACCGTGCTTCCG-1,AAACTTGAAAAACG-1,chromosome\nCD3E,0,2,0.25,chr11\nGAPDH,1.5,300,0,chr12\n";
    assert!(check(described).adata.var.column("chromosome").is_some());
}

#[test]
fn labels_among_numbers_become_columns_of_obs() {
    let table = "cell,CD3E,type,GAPDH\nAAACATTGAGCTAC-1,0,T,1.5\nAAACCGTGCTTCCG-1,2,B,300\nAAACTTGAAAAACG-1,0.25,,0\n";
    let loaded = check(table);
    let Some(Column::Text(types)) = loaded.adata.obs.column("type") else {
        panic!("a text column")
    };
    assert_eq!(types[2], None);
    assert_eq!(types[0].as_deref(), Some("T"));
}

#[test]
fn what_is_missing_or_damaged_is_said() {
    let table = "cell,CD3E,GAPDH\nAAACATTGAGCTAC-1,NA,1.5\nAAACCGTGCTTCCG-1,2,300\nAAACTTGAAAAACG-1,0.25,\n";
    let loaded = check(table);
    assert_eq!(loaded.values.not_finite, 2);
    assert!(
        loaded.notes.iter().any(|note| note.text.contains("2 fields are empty or NA")),
        "{:?}",
        loaded.notes
    );
    let dates = load("gene,cell1,cell2\n1-Mar,1,2\n2-Sep,3,4\nGAPDH,5,6\n");
    assert!(
        dates.notes.iter().any(|note| note.text.contains("2 gene names are dates")),
        "{:?}",
        dates.notes
    );
}

#[test]
fn unnamed_cells_are_numbered_and_unnamed_genes_refused() {
    let loaded = load("CD3E,GAPDH,MALAT1\n0,1,2\n3,4,5\n");
    assert_eq!(loaded.adata.obs.index, ["cell_1", "cell_2"]);
    let loaded = load("CD3E\t0\t1\nGAPDH\t2\t3\nMALAT1\t4\t5\n");
    assert_eq!((loaded.adata.n_obs(), loaded.adata.n_vars()), (2, 3));
    let error = load_as("1,2,3\n4,5,6\n", None).expect_err("no names");
    assert!(matches!(error, FormatError::MissingNames { .. }), "{error}");
}

#[test]
fn errors_name_the_place() {
    let head = "gene,AAACATTGAGCTAC-1,AAACCGTGCTTCCG-1\n";
    let rows: String = (0..300).map(|at| format!("GENE{at},1,2\n")).collect();
    for (tail, words) in [
        (
            "CD3E,1\n",
            "table.txt, line 302: the file is damaged: expected 3 fields divided by commas, as in the rows before, found 2.",
        ),
        (
            "CD3E,1,x\n",
            "table.txt, line 302, field 3: the file is damaged: expected a number, found \"x\".",
        ),
        (
            "\"CD3E,1,2\n",
            "table.txt, line 302: the file is damaged: expected a quote that closes the quoted field, found none.",
        ),
    ] {
        let message =
            load_as(&format!("{head}{rows}{tail}"), None).expect_err("damaged").to_string();
        assert_eq!(message, words);
    }
    for (text, words) in [
        ("just\na\nlist\n", "divide evenly"),
        ("a,b\nx,y\nz,w\n", "columns that hold text"),
        ("a,b,c\n", "columns that hold text"),
    ] {
        let message = load_as(text, None).expect_err("no table").to_string();
        assert!(message.contains(words), "{message}");
    }
}

#[test]
fn a_very_wide_table_is_understood_from_few_rows() {
    let n = 400_000;
    let mut text = String::from("gene");
    for cell in 0..n {
        text += &format!("\tAAACATTGAGCTAC-{cell}");
    }
    for gene in ["CD3E", "GAPDH", "MALAT1"] {
        text += &format!("\n{gene}");
        text += &"\t1\t0".repeat(n / 2);
    }
    let loaded = load(&text);
    assert_eq!((loaded.adata.n_obs(), loaded.adata.n_vars()), (n, 3));
    assert_eq!(loaded.adata.x.nnz(), n / 2 * 3);
}
