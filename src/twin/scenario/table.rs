//! A CSV file with a header, plain or gzipped, whose cells know where they are.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use csv::{ReaderBuilder, StringRecord, Trim};
use flate2::read::MultiGzDecoder;

use super::values::ColumnName;
use crate::twin::error::{Place, TwinError};

/// The first two bytes of a gzipped file.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// A table in memory.
#[derive(Debug)]
pub(super) struct Table {
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
    pub(super) fn read(path: &Path) -> Result<Self, TwinError> {
        let unreadable = |error| TwinError::Read(path.to_owned(), error);
        let mut bytes = fs::read(path).map_err(unreadable)?;
        if bytes.starts_with(&GZIP) {
            let mut plain = Vec::new();
            MultiGzDecoder::new(bytes.as_slice())
                .read_to_end(&mut plain)
                .map_err(unreadable)?;
            bytes = plain;
        }
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
            Place::line(path, line).wrong(format!("expected CSV with one header and rows of its width: {error}"))
        };
        let header = reader.headers().map_err(wrong)?.clone();
        let rows = reader.into_records().collect::<Result<_, _>>().map_err(wrong)?;
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

    /// The column with exactly this name; else the only one whose name begins so; or the one of this number.
    pub(super) fn column(&self, wanted: &ColumnName) -> Result<Column, TwinError> {
        let there = || self.header.iter().collect::<Vec<_>>().join(", ");
        let wrong = |what: String| Err(self.place(1, None).wrong(what));
        match wanted {
            ColumnName::Number(number) if (1..=self.header.len()).contains(number) => Ok(Column(number - 1)),
            ColumnName::Number(number) => wrong(format!(
                "there is no column {number}; it has columns 1 to {}: {}",
                self.header.len(),
                there()
            )),
            ColumnName::Text(name) => {
                let name = plain(name);
                let found = |matches: &dyn Fn(&str) -> bool| -> Vec<usize> {
                    let columns = self.header.iter().enumerate();
                    columns
                        .filter(|(_, other)| matches(&plain(other)))
                        .map(|(at, _)| at)
                        .collect()
                };
                let exact = found(&|other| other == name);
                let begins = found(&|other| !name.is_empty() && other.starts_with(&name));
                match (exact.as_slice(), begins.as_slice()) {
                    ([only], _) | ([], [only]) => Ok(Column(*only)),
                    ([_, ..], _) => wrong(format!(
                        "several columns are named {name:?}; name one by its number from 1: {}",
                        there()
                    )),
                    ([], []) => wrong(format!("expected a column {name:?}; it has: {}", there())),
                    ([], _) => wrong(format!(
                        "several columns begin with {name:?}; write more of one: {}",
                        there()
                    )),
                }
            }
        }
    }

    /// The column of exactly this name, if there is one.
    pub(super) fn named(&self, name: &str) -> Option<Column> {
        self.header.iter().position(|other| other == name).map(Column)
    }

    /// A column whose name is this but for small and large letters.
    pub(super) fn alike(&self, name: &str) -> Option<&str> {
        self.header.iter().find(|other| other.eq_ignore_ascii_case(name))
    }
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
        place.wrong(format!("expected {expected}; found {:?}", self.text(column)))
    }
}
