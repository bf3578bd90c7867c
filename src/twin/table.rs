//! A CSV file with a header, plain or gzipped, whose cells know where they are.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use csv::{ReaderBuilder, StringRecord, Trim};
use flate2::bufread::MultiGzDecoder;

use super::error::{Place, TwinError};

/// The first two bytes of a gzipped file.
const GZIP: [u8; 2] = [0x1f, 0x8b];
/// Bytes of text: ten years of minutes in a wide table, or a million jobs.
const LARGEST: u64 = 256 << 20;
/// Characters of a cell that an error repeats.
const SHOWN: usize = 40;

/// A column as people name it. Subscript digits are read as plain ones, on both sides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ColumnName {
    /// Its name; else the beginning of its name; else, in digits, its number.
    Text(String),
    /// Its number from 1.
    Number(usize),
}

impl From<&str> for ColumnName {
    fn from(name: &str) -> Self {
        Self::Text(name.to_owned())
    }
}

/// A table in memory.
#[derive(Debug)]
pub struct Table {
    path: PathBuf,
    header: StringRecord,
    rows: Vec<StringRecord>,
}

/// A column of a table, found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column(usize);

/// A row of a table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row<'t> {
    table: &'t Table,
    cells: &'t StringRecord,
    /// From 1.
    pub(super) number: usize,
}

impl Table {
    /// Reads a whole file.
    ///
    /// # Errors
    /// [`TwinError`], if it cannot be read, is larger than 256 MiB of text, or is no CSV in UTF-8.
    pub fn read(path: &Path) -> Result<Self, TwinError> {
        let bytes = text_of(path).map_err(|error| TwinError::Read(path.to_owned(), error))?;
        if bytes.len() as u64 > LARGEST {
            let what = format!("expected no more than {LARGEST} bytes of text; cut it into parts");
            return Err(Place::file(path).wrong(what));
        }
        Self::parse(path, bytes)
    }

    /// Reads the bytes of a plain file; errors name it so.
    ///
    /// # Errors
    /// [`TwinError`], if it is no CSV in UTF-8.
    pub fn parse(path: &Path, mut bytes: Vec<u8>) -> Result<Self, TwinError> {
        // The reader counts a line that ends as on Windows with the row after it.
        bytes.dedup_by(|next, last| {
            let ends = (*last, *next) == (b'\r', b'\n');
            if ends {
                *last = b'\n';
            }
            ends
        });
        let text = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&bytes);
        let mut reader = ReaderBuilder::new().trim(Trim::All).from_reader(text);
        let wrong = |error: csv::Error| {
            let line = error.position().map_or(0, csv::Position::line);
            Place::line(path, line).wrong(format!(
                "expected CSV in UTF-8 with one header and rows of its width: {error}"
            ))
        };
        let header = reader.headers().map_err(wrong)?.clone();
        let rows = reader.into_records().collect::<Result<_, _>>().map_err(wrong)?;
        if header.is_empty() {
            return Err(Place::file(path).wrong("expected a line of column names and rows below it; the file is empty"));
        }
        Ok(Self {
            path: path.to_owned(),
            header,
            rows,
        })
    }

    /// A line, or the cell of a column in it.
    pub(super) fn place(&self, line: u64, column: Option<Column>) -> Place {
        let name = |Column(number): Column| match self.header.get(number) {
            Some(name) => format!("{} ({name:?})", number + 1),
            None => (number + 1).to_string(),
        };
        Place {
            column: column.map(name).unwrap_or_default(),
            ..Place::line(&self.path, line)
        }
    }

    /// All rows below the header.
    pub(super) fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().zip(1..).map(|(cells, number)| Row {
            table: self,
            cells,
            number,
        })
    }

    /// The column that is meant.
    pub(super) fn column(&self, wanted: &ColumnName) -> Result<Column, TwinError> {
        let of_number = |number: usize| (1..=self.header.len()).contains(&number).then(|| Column(number - 1));
        match wanted {
            ColumnName::Number(number) => of_number(*number).ok_or_else(|| {
                let columns = self.header.len();
                self.no_column(&format!("there is no column {number}; it has columns 1 to {columns}"))
            }),
            ColumnName::Text(name) => {
                let name = plain(name);
                let of_name = self.named_so(&name)?;
                let found = of_name.or_else(|| of_number(name.parse().ok()?));
                found.ok_or_else(|| self.no_column(&format!("expected a column {name:?}; it has")))
            }
        }
    }

    /// The only column whose name is this; if there is none, the only one whose name begins so.
    fn named_so(&self, name: &str) -> Result<Option<Column>, TwinError> {
        let found = |matches: &dyn Fn(&str) -> bool| -> Vec<usize> {
            let columns = self.header.iter().enumerate();
            let named = columns.filter(|(_, other)| matches(&plain(other)));
            named.map(|(at, _)| at).collect()
        };
        let exact = found(&|other| other == name);
        let begins = found(&|other| !name.is_empty() && other.starts_with(name));
        match (exact.as_slice(), begins.as_slice()) {
            ([only], _) | ([], [only]) => Ok(Some(Column(*only))),
            ([], []) => Ok(None),
            ([_, ..], _) => Err(self.no_column(&format!(
                "several columns are named {name:?}; name one by its number from 1"
            ))),
            ([], _) => Err(self.no_column(&format!("several columns begin with {name:?}; write more of one"))),
        }
    }

    /// The error that no column is meant, or none alone, with all there are.
    fn no_column(&self, why: &str) -> TwinError {
        self.place(1, None).wrong(format!("{why}: {}", self.names()))
    }

    /// The names of all columns, and why they may not be those that are meant.
    pub(super) fn names(&self) -> String {
        let names: Vec<&str> = self.header.iter().collect();
        match names.as_slice() {
            [only] if only.contains([';', '\t']) => format!("{only:?}; expected commas between columns"),
            _ => names.join(", "),
        }
    }

    /// The error that there is no row.
    pub(super) fn empty(&self) -> TwinError {
        self.place(1, None)
            .wrong("expected rows below the names of the columns; there is none")
    }

    /// The column of exactly this name, if there is one.
    pub(super) fn named(&self, name: &str) -> Result<Option<Column>, TwinError> {
        let mut named = self.header.iter().enumerate().filter(|(_, other)| *other == name);
        match (named.next(), named.next()) {
            (Some(_), Some(_)) => Err(self.no_column(&format!(
                "several columns are named {name:?}; leave one of them, or name it by its number under jobs.columns"
            ))),
            (first, _) => Ok(first.map(|(at, _)| Column(at))),
        }
    }

    /// A column whose name is this but for small and large letters.
    pub(super) fn alike(&self, name: &str) -> Option<&str> {
        self.header.iter().find(|other| other.eq_ignore_ascii_case(name))
    }
}

/// The text of a file, which may be gzipped; cut where it is too large.
fn text_of(path: &Path) -> io::Result<Vec<u8>> {
    let (mut file, mut text) = (BufReader::new(File::open(path)?), Vec::new());
    let reader: Box<dyn Read> = if file.fill_buf()?.starts_with(&GZIP) {
        Box::new(MultiGzDecoder::new(file))
    } else {
        Box::new(file)
    };
    reader.take(LARGEST + 1).read_to_end(&mut text)?;
    Ok(text)
}

/// Providers write CO₂ or CO2.
fn plain(name: &str) -> String {
    let digit = |c: char| match c {
        '₀'..='₉' => char::from(b'0' + (c as u32 - '₀' as u32) as u8),
        c => c,
    };
    name.trim().chars().map(digit).collect()
}

impl<'t> Row<'t> {
    /// The text of a cell.
    pub(super) fn text(&self, column: Column) -> &'t str {
        self.cells.get(column.0).unwrap_or_default()
    }

    /// The number in a cell, if there is one.
    pub(super) fn number(&self, column: Column) -> Option<f64> {
        let number: Option<f64> = self.text(column).parse().ok();
        number.filter(|number| number.is_finite())
    }

    /// The line that it begins in.
    pub(super) fn line(&self) -> u64 {
        self.cells.position().map_or(0, csv::Position::line)
    }

    /// The error that this cell should have held something else.
    pub(super) fn wrong(&self, column: Column, expected: &str) -> TwinError {
        let place = self.table.place(self.line(), Some(column));
        let found: String = self.text(column).chars().take(SHOWN).collect();
        place.wrong(format!("expected {expected}; found {found:?}"))
    }
}
