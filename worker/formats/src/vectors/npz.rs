use super::npy::{NpyHeader, NpyVectors, matrix, string_array};
use super::{VectorReader, VectorTable, unsupported};
use crate::archive;
use crate::error::{FormatError, Place};
use crate::input::InputFile;
use crate::inspect::Note;
use crate::load::LoadStatus;

/// Names that people give to the array of vectors and to that of gene names.
const VECTORS: [&str; 7] = ["vectors", "embeddings", "embedding", "X", "emb", "data", "arr_0"];
const NAMES: [&str; 11] = [
    "names",
    "genes",
    "gene_names",
    "symbols",
    "gene_symbols",
    "gene_ids",
    "ids",
    "keys",
    "index",
    "labels",
    "arr_1",
];

/// Whether a zip archive holds NumPy arrays.
pub(super) fn is_npz(file: &InputFile) -> bool {
    let members = archive::members(file, false).unwrap_or_default();
    !members.is_empty() && members.iter().all(|member| member.name.ends_with(".npy"))
}

/// Opens an archive with an array of vectors and one of names, or with one array for each gene.
pub(super) fn open(file: &InputFile) -> Result<Box<dyn VectorReader>, FormatError> {
    let mut matrices = Vec::new();
    let mut strings = Vec::new();
    let mut single = Vec::new();
    for member in archive::members(file, false)? {
        let Some(header) = NpyHeader::read(&member)? else { continue };
        match (header.element(), header.shape.len()) {
            (Some(_), 2) => matrices.push(member),
            (Some(_), 1) => single.push((member, header)),
            (None, 1) => strings.push(member),
            _ => {}
        }
    }
    if matrices.is_empty() && single.len() > 1 {
        return Ok(Box::new(OneEach::open(file, single)?));
    }
    matrices.sort_by_key(|member| {
        (rank(&member.name, &VECTORS), std::cmp::Reverse(member.source.len()))
    });
    strings.sort_by_key(|member| rank(&member.name, &NAMES));
    let Some(vectors) = matrices.first() else {
        return Err(unsupported(
            &file.name,
            Place::Whole,
            "an array of vectors, such as \"vectors\"",
            "none",
            REMEDY,
        ));
    };
    let matrix = matrix(vectors)?;
    for member in &strings {
        if let Some(names) = string_array(member)?.filter(|names| names.len() == matrix.rows) {
            let mut notes = vec![Note::info(format!(
                "Vectors are the array {:?}, names the array {:?}.",
                stem(&vectors.name),
                stem(&member.name)
            ))];
            if matrices.len() > 1 {
                notes.push(Note::info(format!(
                    "{} other matrices are not used.",
                    matrices.len() - 1
                )));
            }
            return Ok(Box::new(NpyVectors::new(matrix, names, notes)));
        }
    }
    let arrays: Vec<&str> = strings.iter().map(|member| stem(&member.name)).collect();
    Err(FormatError::MissingNames {
        file: file.name.clone(),
        place: Place::Object(stem(&vectors.name).to_owned()),
        missing: "gene names".to_owned(),
        found: format!("{} vectors, and arrays of text: {arrays:?}", matrix.rows),
        remedy: REMEDY.to_owned(),
    })
}

const REMEDY: &str =
    "In Python: numpy.savez(\"genes.npz\", names=numpy.array(names, dtype=str), vectors=vectors).";

/// One array for each gene, as `numpy.savez(path, **vectors)` writes a dictionary.
struct OneEach {
    members: std::vec::IntoIter<InputFile>,
    table: VectorTable,
    total: u64,
}

impl OneEach {
    fn open(file: &InputFile, members: Vec<(InputFile, NpyHeader)>) -> Result<Self, FormatError> {
        let dim = members[0].1.shape[0];
        if let Some((odd, header)) = members.iter().find(|(_, header)| header.shape[0] != dim) {
            return Err(FormatError::DimensionMismatch {
                file: file.name.clone(),
                place: Place::Object(odd.name.clone()),
                expected: format!("a vector of {dim} numbers like the first"),
                found: header.shape[0].to_string(),
                remedy: "Save vectors of one length.".to_owned(),
            });
        }
        let total = members.len() as u64 * dim;
        let data = super::room(&file.name, members.len() as u64, dim)?;
        let members: Vec<InputFile> = members.into_iter().map(|(member, _)| member).collect();
        let names = members.iter().map(|member| stem(&member.name).to_owned()).collect();
        let notes = vec![Note::info("The archive has one array for each gene.")];
        let table = VectorTable { names, dim: dim as usize, data, notes };
        Ok(Self { members: members.into_iter(), table, total })
    }
}

impl VectorReader for OneEach {
    fn run(&mut self, limit: usize) -> Result<LoadStatus, FormatError> {
        let mut done = 0;
        while done < limit {
            let Some(member) = self.members.next() else { break };
            let Some(header) = NpyHeader::read(&member)? else { continue };
            let Some(element) = header.element() else { continue };
            let mut bytes = vec![0; self.table.dim * element.size()];
            let read = member.source.read_at(header.start, &mut bytes);
            read.map_err(|error| FormatError::from_io(&member, Place::Byte(header.start), &error))?;
            element.decode(&bytes, &mut self.table.data);
            done += self.table.dim;
        }
        let finished = self.members.len() == 0;
        Ok(LoadStatus { done: self.table.data.len() as u64, total: self.total, finished })
    }

    fn finish(self: Box<Self>) -> Result<VectorTable, FormatError> {
        Ok(self.table)
    }
}

fn stem(name: &str) -> &str {
    name.strip_suffix(".npy").unwrap_or(name)
}

/// Lower is better.
fn rank(name: &str, known: &[&str]) -> usize {
    known.iter().position(|known| known.eq_ignore_ascii_case(stem(name))).unwrap_or(known.len())
}
