use super::thrift::Value;
use crate::error::{FormatError, Place};
use crate::input::InputFile;
use crate::vectors::unsupported;

const LONGEST_FOOTER: u64 = 256 << 20;

/// What the footer says.
pub(super) struct Meta {
    pub n_rows: u64,
    pub leaves: Vec<Leaf>,
    /// For each row group its chunks, one for each leaf.
    pub groups: Vec<Vec<Chunk>>,
}

/// A column that holds values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Leaf {
    pub path: String,
    pub physical: Physical,
    pub max_def: u16,
    pub max_rep: u16,
    /// Definition level from which on an entry is an element of its list.
    pub element_def: u16,
}

/// How values are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Physical {
    Float,
    Double,
    Bytes,
    Other,
}

impl Physical {
    pub(super) fn is_real(self) -> bool {
        matches!(self, Self::Float | Self::Double)
    }
}

/// The values of one column in one row group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Chunk {
    pub codec: i64,
    pub n_values: u64,
    pub start: u64,
    pub length: u64,
}

impl Meta {
    pub(super) fn read(file: &InputFile) -> Result<Self, FormatError> {
        let length = file.source.len();
        let mut end = [0; 8];
        if length >= 12 {
            read(file, length - 8, &mut end)?;
        }
        if &end[4..] == b"PARE" {
            return Err(unsupported(
                &file.name,
                Place::Whole,
                "a table that is not encrypted",
                "an encrypted one",
                "Save it without encryption.",
            ));
        }
        let footer = u64::from(u32::from_le_bytes([end[0], end[1], end[2], end[3]]));
        if &end[4..] != b"PAR1" {
            return Err(FormatError::Truncated {
                file: file.name.clone(),
                place: Place::Byte(length),
                expected: "PAR1 at the end of the Parquet file".to_owned(),
                found: "something else".to_owned(),
            });
        }
        if footer > LONGEST_FOOTER || footer + 12 > length {
            return Err(damaged(file, length - 8, &format!("a footer of {footer} bytes")));
        }
        let start = length - 8 - footer;
        let mut bytes = vec![0; footer as usize];
        read(file, start, &mut bytes)?;
        let (value, _) =
            Value::read(&bytes).ok_or_else(|| damaged(file, start, "something else"))?;
        Self::of(&value)
            .ok_or_else(|| damaged(file, start, "a footer without schema or row groups"))
    }

    /// Places of the leaves that pass a test.
    pub(super) fn places(&self, test: impl Fn(&Leaf) -> bool) -> Vec<usize> {
        self.leaves.iter().enumerate().filter(|(_, leaf)| test(leaf)).map(|(at, _)| at).collect()
    }

    fn of(value: &Value) -> Option<Self> {
        let mut schema = value.list(2).iter();
        let root = schema.next()?;
        let mut leaves = Vec::new();
        for _ in 0..root.count(5)? {
            walk(&mut schema, &Parents::default(), &mut leaves)?;
        }
        let groups = value
            .list(4)
            .iter()
            .map(|group| group.list(1).iter().map(Chunk::of).collect::<Option<Vec<_>>>());
        let groups = groups.collect::<Option<Vec<_>>>()?;
        Some(Self { n_rows: u64::try_from(value.whole(3)?).ok()?, leaves, groups })
    }
}

impl Chunk {
    fn of(column: &Value) -> Option<Self> {
        let meta = column.field(3)?;
        let offset = |id| meta.whole(id).and_then(|offset| u64::try_from(offset).ok());
        let data = offset(9)?;
        // Some writers put 0 where there is no dictionary.
        let start = offset(11)
            .filter(|&dictionary| dictionary > 0)
            .map_or(data, |dictionary| dictionary.min(data));
        Some(Self { codec: meta.whole(4)?, n_values: offset(5)?, start, length: offset(7)? })
    }
}

#[derive(Debug, Clone, Default)]
struct Parents {
    path: Vec<String>,
    def: u16,
    rep: u16,
    element_def: u16,
}

fn walk<'a>(
    schema: &mut impl Iterator<Item = &'a Value>,
    parents: &Parents,
    leaves: &mut Vec<Leaf>,
) -> Option<()> {
    let element = schema.next()?;
    let mut own = parents.clone();
    if own.path.len() > 16 {
        return None;
    }
    own.path.push(element.text(4).unwrap_or_default());
    match element.whole(3) {
        Some(1) => own.def += 1,
        Some(2) => {
            own.def += 1;
            own.rep += 1;
            own.element_def = own.def;
        }
        _ => {}
    }
    let children = element.count(5).unwrap_or(0);
    if children == 0 {
        let physical = match element.whole(1) {
            Some(4) => Physical::Float,
            Some(5) => Physical::Double,
            Some(6) => Physical::Bytes,
            _ => Physical::Other,
        };
        let Parents { path, def, rep, element_def } = own;
        leaves.push(Leaf {
            path: path.join("."),
            physical,
            max_def: def,
            max_rep: rep,
            element_def,
        });
        return Some(());
    }
    (0..children).try_for_each(|_| walk(schema, &own, leaves))
}

pub(super) fn read(file: &InputFile, offset: u64, buffer: &mut [u8]) -> Result<(), FormatError> {
    file.source
        .read_at(offset, buffer)
        .map_err(|error| FormatError::from_io(file, Place::Byte(offset), &error))
}

pub(super) fn damaged(file: &InputFile, offset: u64, found: &str) -> FormatError {
    FormatError::Damaged {
        file: file.name.clone(),
        place: Place::Byte(offset),
        expected: "what the Parquet format demands".to_owned(),
        found: found.to_owned(),
    }
}
