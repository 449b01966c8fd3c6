//! Which format a file has, by its content and never by its name.

use std::io::Read;

use crate::error::{FormatError, Place};
use crate::hdf5;
use crate::input::InputFile;

/// A format that is recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// AnnData in HDF5.
    H5ad,
    /// 10x Genomics HDF5 of Cell Ranger 3 and later.
    TenxH5V3,
    /// 10x Genomics HDF5 of Cell Ranger 1 and 2: one group per genome.
    TenxH5V2,
    /// Loom, genes × cells in HDF5.
    Loom,
    /// 10x Genomics `molecule_info.h5`: molecules, not a matrix.
    MoleculeInfo,
    /// HDF5 of no known layout.
    OtherHdf5,
    /// Matrix Market coordinate or array file, gzipped or not.
    MatrixMarket,
    /// Delimited text, gzipped or not: a table, or the names beside a Matrix Market file.
    Delimited,
    /// A zip archive.
    Zip,
}

impl Format {
    /// Whether the bytes are HDF5.
    #[must_use]
    pub fn is_hdf5(self) -> bool {
        use Format::{H5ad, Loom, MoleculeInfo, OtherHdf5, TenxH5V2, TenxH5V3};
        matches!(self, H5ad | TenxH5V3 | TenxH5V2 | Loom | MoleculeInfo | OtherHdf5)
    }
}

/// How many bytes of text [`decoded_head`] looks at.
pub(crate) const HEAD_BYTES: usize = 64 << 10;

/// The first bytes of a file, unpacked if it is gzipped.
pub(crate) struct Head {
    /// Up to [`HEAD_BYTES`] bytes.
    pub bytes: Vec<u8>,
    /// Whether they came out of gzip.
    pub gzipped: bool,
}

/// Says which format a file has.
///
/// # Errors
/// `NotRecognised` with what the content looks like, `Truncated`, `Io`.
pub fn sniff(file: &InputFile) -> Result<Format, FormatError> {
    if file.source.is_empty() {
        return Err(not_recognised(
            file,
            "an empty file",
            "Choose the file again: nothing was saved in it.",
        ));
    }
    if hdf5::has_signature(file)? {
        return hdf5::sniff(file);
    }
    let head = decoded_head(file)?;
    if head.gzipped && head.bytes.starts_with(hdf5::SIGNATURE) {
        return Err(not_recognised(
            file,
            "an HDF5 file inside gzip",
            "Unpack it first (gunzip), then drop the HDF5 file.",
        ));
    }
    if let Some((found, remedy)) = foreign(&head.bytes) {
        return Err(not_recognised(file, found, remedy));
    }
    if head.bytes.starts_with(b"PK\x03\x04") || head.bytes.starts_with(b"PK\x05\x06") {
        return Ok(Format::Zip);
    }
    let text = without_bom(&head.bytes);
    if text.len() >= 14 && text[..14].eq_ignore_ascii_case(b"%%MatrixMarket") {
        return Ok(Format::MatrixMarket);
    }
    if is_text(&head.bytes) {
        return Ok(Format::Delimited);
    }
    Err(not_recognised(file, "binary data of an unknown kind", REMEDY))
}

/// The first bytes of a file, through gzip where its magic bytes say so.
pub(crate) fn decoded_head(file: &InputFile) -> Result<Head, FormatError> {
    let length = file.source.len().min(HEAD_BYTES as u64) as usize;
    let mut raw = vec![0; length];
    file.source
        .read_at(0, &mut raw)
        .map_err(|error| FormatError::from_io(file, Place::Byte(0), &error))?;
    if !raw.starts_with(&[0x1f, 0x8b]) {
        return Ok(Head { bytes: raw, gzipped: false });
    }
    let mut bytes = Vec::new();
    // The head of a longer stream ends early: what came out until then is what is wanted.
    let mut decoder = flate2::read::MultiGzDecoder::new(&raw[..]).take(HEAD_BYTES as u64);
    let _ = decoder.read_to_end(&mut bytes);
    Ok(Head { bytes, gzipped: true })
}

const REMEDY: &str =
    "Lexicell reads h5ad, 10x HDF5, Matrix Market with its two name files, CSV/TSV and loom.";

fn not_recognised(file: &InputFile, found: &str, remedy: &str) -> FormatError {
    FormatError::NotRecognised {
        file: file.name.clone(),
        found: found.to_owned(),
        remedy: remedy.to_owned(),
    }
}

/// Formats that people try and that hold no readable matrix, with the way out.
fn foreign(head: &[u8]) -> Option<(&'static str, &'static str)> {
    const R: (&str, &str) = (
        "an R data file (RDS or RData)",
        "In R, save it with anndataR::write_h5ad, SeuratDisk or zellkonverter::writeH5AD.",
    );
    const MAGIC: &[(&[u8], (&str, &str))] = &[
        (b"RDX2\n", R),
        (b"RDX3\n", R),
        (b"X\n\0\0\0", R),
        (b"A\n2\n", R),
        (b"A\n3\n", R),
        (b"PAR1", ("an Apache Parquet table", "Save the matrix as h5ad, or as CSV.")),
        (
            b"\x93NUMPY",
            ("a NumPy array without gene names", "Save it as h5ad with gene and cell names."),
        ),
        (
            b"\xd0\xcf\x11\xe0",
            (
                "an old Excel workbook",
                "Save the sheet as CSV (beware: Excel turns gene names into dates).",
            ),
        ),
        (b"%PDF", ("a PDF document", REMEDY)),
        (b"\x89PNG", ("a picture", REMEDY)),
        (b"\xff\xd8\xff", ("a picture", REMEDY)),
        (b"II*\0", ("a TIFF picture", REMEDY)),
        (b"7z\xbc\xaf", ("a 7z archive", "Unpack it first.")),
        (b"Rar!", ("a RAR archive", "Unpack it first.")),
        (b"BZh", ("a bzip2 file", "Unpack it first.")),
        (b"\xfd7zXZ", ("an xz file", "Unpack it first.")),
        (b"\x28\xb5\x2f\xfd", ("a zstd file", "Unpack it first.")),
        (
            b"BAM\x01",
            ("an alignment file (BAM)", "Count it first (Cell Ranger, STARsolo, kallisto)."),
        ),
    ];
    if head.get(257..262) == Some(b"ustar") {
        return Some(("a tar archive", "Unpack it first, then drop the files in it together."));
    }
    let trimmed = head.trim_ascii_start();
    if trimmed.len() >= 5
        && (trimmed[..5].eq_ignore_ascii_case(b"<!doc")
            || trimmed[..5].eq_ignore_ascii_case(b"<html"))
    {
        return Some((
            "a web page",
            "The download gave a page instead of the data: fetch the file itself.",
        ));
    }
    MAGIC.iter().find(|(magic, _)| head.starts_with(magic)).map(|(_, known)| *known)
}

fn without_bom(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

/// Text in any 8-bit encoding, or UTF-16 with its mark.
fn is_text(bytes: &[u8]) -> bool {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return true;
    }
    let odd = bytes
        .iter()
        .filter(|&&byte| byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c))
        .count();
    !bytes.is_empty() && !bytes.contains(&0) && odd * 100 <= bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).expect("in memory");
        encoder.finish().expect("in memory")
    }

    fn of(name: &str, bytes: &[u8]) -> Result<Format, FormatError> {
        sniff(&InputFile::from_bytes(name, bytes.to_vec()))
    }

    #[test]
    fn content_decides_and_the_name_does_not() {
        let market = b"%%MatrixMarket matrix coordinate integer general\n1 1 1\n1 1 1\n";
        assert_eq!(of("lies.h5ad", market), Ok(Format::MatrixMarket));
        assert_eq!(of("matrix.mtx", &gzip(market)), Ok(Format::MatrixMarket));
        assert_eq!(of("matrix.mtx.gz", b"\xef\xbb\xbf,g1,g2\nc1,0,1\n"), Ok(Format::Delimited));
        assert_eq!(of("a", b"PK\x03\x04rest"), Ok(Format::Zip));
    }

    #[test]
    fn foreign_files_are_named() {
        for (bytes, word) in [
            (&b"RDX3\nX\n"[..], "R data file"),
            (&gzip(b"X\n\0\0\0\x03\0\x04")[..], "R data file"),
            (b"%PDF-1.4", "PDF"),
            (b"<!DOCTYPE html><html>", "web page"),
            (b"", "empty"),
            (b"\0\x01\x02\x03", "unknown kind"),
        ] {
            let message = of("file", bytes).expect_err("not a data set").to_string();
            assert!(message.contains(word), "{message}");
        }
    }
}
