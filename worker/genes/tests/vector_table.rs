//! Tables of gene vectors survive writing and reading, and damaged ones are refused.

use lexicell_genes::{
    VectorTable, VectorTableError, VectorTableHeader, VectorTableWriter, text_hash,
};

fn header() -> VectorTableHeader {
    VectorTableHeader {
        model: "all-MiniLM-L6-v2".into(),
        model_hash: "abc".into(),
        template_hash: 7,
        pooling: "mean".into(),
        dim: 3,
    }
}

fn table() -> Vec<u8> {
    let mut writer = VectorTableWriter::new(header());
    writer.push(text_hash("b"), &[0.0, 3.0, 4.0]).expect("a vector");
    writer.push(text_hash("a"), &[2.0, 0.0, 0.0]).expect("a vector");
    writer.push(text_hash("a"), &[0.0, 9.0, 0.0]).expect("a vector");
    writer.encode().expect("a table")
}

#[test]
fn a_table_survives_and_its_rows_have_unit_length() {
    let table = VectorTable::decode(&table()).expect("a table");
    assert_eq!((table.header(), table.len(), table.dim()), (&header(), 2, 3));
    let mut row = [0.0; 3];
    assert!(table.copy_into(text_hash("b"), &mut row));
    assert!((row[1] - 0.6).abs() < 1e-3 && (row[2] - 0.8).abs() < 1e-3, "{row:?}");
    assert!(table.copy_into(text_hash("a"), &mut row));
    assert_eq!(row, [1.0, 0.0, 0.0]);
    assert!(!table.copy_into(text_hash("c"), &mut row));
    assert!(!table.copy_into(text_hash("a"), &mut [0.0; 2]));
    assert_eq!(table.iter().count(), 2);
}

#[test]
fn damage_is_noticed() {
    let good = table();
    for length in 0..good.len() {
        assert!(VectorTable::decode(&good[..length]).is_err(), "{length} bytes");
    }
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 0x40;
        // The template's hash lies before the checksum: the page compares it anyway.
        if !(18..26).contains(&at) {
            assert!(VectorTable::decode(&bad).is_err(), "byte {at}");
        }
    }
    assert_eq!(VectorTable::decode(b"PK").expect_err("a zip"), VectorTableError::NotATable);
}

#[test]
fn vectors_without_direction_are_refused() {
    let mut writer = VectorTableWriter::new(header());
    assert!(matches!(writer.push(1, &[0.0; 3]), Err(VectorTableError::NotAVector { .. })));
    assert!(matches!(
        writer.push(1, &[f32::NAN, 0.0, 1.0]),
        Err(VectorTableError::NotAVector { .. })
    ));
    assert!(matches!(
        writer.push(1, &[1.0]),
        Err(VectorTableError::RowLength { expected: 3, found: 1 })
    ));
}
