//! Zip archives: their members become files of their own, read where they lie.

mod member;

use std::sync::Arc;

use zip::ZipArchive;
use zip::result::ZipError;

use crate::error::{FormatError, Place};
use crate::hdf5;
use crate::input::InputFile;
use crate::source::BytesSource;
use crate::text::SourceReader;
use member::{Compression, Member};

/// HDF5 is read at random, which a packed member does not allow: it is unpacked up to this size.
const LARGEST_UNPACKED: u64 = 1 << 30;
/// More members than this are no data set.
const MOST_MEMBERS: usize = 10_000;

/// The files, with every zip archive replaced by its members.
///
/// Stored members are read in place and deflated text is unpacked as it is read; only deflated
/// HDF5 is unpacked into memory, up to 1 GiB.
pub(crate) fn unpack(files: &[InputFile]) -> Result<Vec<InputFile>, FormatError> {
    let mut unpacked = Vec::with_capacity(files.len());
    for file in files {
        if is_zip(file)? {
            unpacked.extend(members(file, true)?);
        } else {
            unpacked.push(file.clone());
        }
    }
    Ok(unpacked)
}

/// Why an archive within an archive is not read.
pub(crate) fn nested(files: &[InputFile]) -> FormatError {
    FormatError::NotRecognised {
        file: files.first().map_or_else(String::new, |file| file.name.clone()),
        found: "a zip archive within another".to_owned(),
        remedy: "Unpack the outer one first.".to_owned(),
    }
}

/// Whether the bytes are a zip archive's.
pub(crate) fn is_zip(file: &InputFile) -> Result<bool, FormatError> {
    let mut magic = [0; 4];
    if file.source.len() < 22 {
        return Ok(false);
    }
    let read = file.source.read_at(0, &mut magic);
    read.map_err(|error| FormatError::from_io(file, Place::Byte(0), &error))?;
    Ok(magic == *b"PK\x03\x04" || magic == *b"PK\x05\x06")
}

/// The members as files; `for_cells` refuses archives that are another format inside.
pub(crate) fn members(file: &InputFile, for_cells: bool) -> Result<Vec<InputFile>, FormatError> {
    let reader = SourceReader::new(Arc::clone(&file.source));
    let mut archive = ZipArchive::new(reader).map_err(|error| broken(file, None, &error))?;
    if for_cells {
        refuse_foreign(file, &archive)?;
    }
    let mut unpacked = Vec::new();
    for at in 0..archive.len() {
        let entry = archive.by_index_raw(at).map_err(|error| broken(file, None, &error))?;
        let path = entry.name().map_err(|error| broken(file, None, &error))?.into_owned();
        let name = path.rsplit('/').next().unwrap_or(&path);
        if entry.is_dir()
            || name.is_empty()
            || name.starts_with('.')
            || path.starts_with("__MACOSX/")
        {
            continue;
        }
        let compression = match entry.compression() {
            _ if entry.encrypted() => return Err(unsupported(file, &path, "encryption")),
            zip::CompressionMethod::Stored => Compression::Stored,
            zip::CompressionMethod::Deflated => Compression::Deflated,
            other => return Err(unsupported(file, &path, &other.to_string())),
        };
        let start = entry.data_start().unwrap_or_else(|| entry.header_start());
        let member = Member {
            archive: Arc::clone(&file.source),
            start,
            packed: entry.compressed_size(),
            length: entry.size(),
            crc: entry.crc32(),
            compression,
        };
        unpacked.push(readable(file, name, &path, member)?);
    }
    if unpacked.is_empty() {
        return Err(FormatError::NotAMatrix {
            file: file.name.clone(),
            found: "an empty zip archive".to_owned(),
            remedy: "Choose an archive that has files in it.".to_owned(),
        });
    }
    Ok(unpacked)
}

/// A member as a file; deflated HDF5 is unpacked.
fn readable(
    file: &InputFile,
    name: &str,
    path: &str,
    member: Member,
) -> Result<InputFile, FormatError> {
    let member = match member.compression {
        Compression::Stored => return Ok(InputFile::new(name, Arc::new(member))),
        Compression::Deflated => InputFile::new(name, Arc::new(member::Inflated::new(member))),
    };
    let mut magic = [0; 8];
    let at_path = || Place::Object(path.to_owned());
    if member.source.len() < 8 {
        return Ok(member);
    }
    let read = member.source.read_at(0, &mut magic);
    read.map_err(|error| FormatError::from_io(file, at_path(), &error))?;
    if magic != *hdf5::SIGNATURE {
        return Ok(member);
    }
    let length = member.source.len();
    let too_large = || FormatError::TooLarge {
        file: file.name.clone(),
        place: at_path(),
        needed: format!("{} MiB to unpack the HDF5 file", length >> 20),
        limit: format!("at most {} MiB are unpacked in memory", LARGEST_UNPACKED >> 20),
        remedy: "Unpack the archive and drop the file in it.".to_owned(),
    };
    let mut bytes = Vec::new();
    let size = usize::try_from(length)
        .ok()
        .filter(|_| length <= LARGEST_UNPACKED)
        .ok_or_else(too_large)?;
    bytes.try_reserve_exact(size).map_err(|_| too_large())?;
    bytes.resize(size, 0);
    let read = member.source.read_at(0, &mut bytes);
    read.map_err(|error| FormatError::from_io(file, at_path(), &error))?;
    Ok(InputFile::new(name, Arc::new(BytesSource(bytes))))
}

/// Formats that are zip archives inside.
fn refuse_foreign(file: &InputFile, archive: &ZipArchive<SourceReader>) -> Result<(), FormatError> {
    let names: Vec<String> = archive.file_names().flatten().map(|name| name.into_owned()).collect();
    let any = |test: &dyn Fn(&str) -> bool| names.iter().any(|name| test(name));
    let refuse = |found: &str, remedy: &str| {
        Err(FormatError::NotRecognised {
            file: file.name.clone(),
            found: found.to_owned(),
            remedy: remedy.to_owned(),
        })
    };
    if any(&|name| name == "xl/workbook.xml") {
        return refuse(
            "an Excel workbook",
            "Save the sheet as CSV (beware: Excel turns gene names into dates).",
        );
    }
    if any(&|name| {
        name.ends_with(".zgroup") || name.ends_with(".zarray") || name.ends_with("zarr.json")
    }) {
        return refuse(
            "a zarr store",
            "In Python, save it as h5ad: anndata.read_zarr(…).write_h5ad(\"data.h5ad\").",
        );
    }
    if !names.is_empty() && names.iter().all(|name| name.ends_with(".npy")) {
        return refuse(
            "a NumPy archive (npz)",
            "As a table of gene vectors it can be dropped in the Embed step; cells are read from h5ad.",
        );
    }
    if archive.len() > MOST_MEMBERS {
        return refuse(
            "a zip archive of more than 10,000 files",
            "Drop the files of one data set.",
        );
    }
    Ok(())
}

fn broken(file: &InputFile, place: Option<&str>, error: &ZipError) -> FormatError {
    let place = place.map_or(Place::Whole, |path| Place::Object(path.to_owned()));
    match error {
        ZipError::Io(error) => FormatError::from_io(file, place, error),
        ZipError::UnsupportedArchive(what) => unsupported(file, "", what),
        // The directory stands at the end, so that a file cut off has none.
        error => FormatError::Truncated {
            file: file.name.clone(),
            place,
            expected: "the directory at the end of the zip archive".to_owned(),
            found: error.to_string(),
        },
    }
}

fn unsupported(file: &InputFile, path: &str, found: &str) -> FormatError {
    FormatError::Unsupported {
        file: file.name.clone(),
        place: Place::Object(path.to_owned()),
        expected: "members that are stored or deflated".to_owned(),
        found: found.to_owned(),
        remedy: "Unpack the archive and drop the files in it.".to_owned(),
    }
}
