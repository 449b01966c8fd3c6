//! Text as it really arrives: gzipped or not, with any line end, quoted or not, in any encoding.

mod fields;
mod lines;
mod names;
mod numbers;
mod reader;
mod rows;
mod table;

pub(crate) use fields::{Separator, unquote};
pub(crate) use lines::LineReader;
pub(crate) use names::{NameLook, damaged_by_excel, look_at_names};
pub(crate) use numbers::{Number, parse_number};
pub(crate) use reader::SourceReader;
pub(crate) use rows::RowReader;
pub(crate) use table::{TableReader, TextTable};
