//! CSV records (RFC 4180) out of files that people made.
//!
//! The `csv` crate parses each record; which lines make up a record is decided here, so
//! that a quote that is never closed costs the line it stands on and not the rest of
//! the file.

use std::{collections::VecDeque, io::Read};

use csv::{ByteRecord, ReaderBuilder, Terminator};

use super::{
    ReadError, Reject,
    lines::{Line, Lines, MAX_LINE_BYTES},
};

/// The most lines a quoted cell may reach over.
const MAX_RECORD_LINES: usize = 1_000;

/// A record with as many cells as the header.
pub struct CsvRecord {
    /// The line it starts on, from 1.
    pub line: u64,
    /// Its cells.
    pub cells: ByteRecord,
    /// Whether text follows a closing quote inside a cell, so that the quotes were guessed.
    pub stray_quote: bool,
}

/// Reads the records of a CSV file, with `,`, `;` or TAB between cells.
pub struct CsvRecords<R> {
    lines: Lines<R>,
    /// Lines read ahead for a quoted cell that turned out broken.
    read_ahead: VecDeque<(u64, Line)>,
    delimiter: u8,
    columns: usize,
    failed: bool,
}

impl<R: Read> CsvRecords<R> {
    /// Reads the header; the names in it are trimmed. The delimiter is the one of `,`, `;`
    /// and TAB that occurs most in it.
    pub fn new(file: R) -> Result<(Self, Vec<String>), ReadError> {
        let mut lines = Lines::new(file);
        let header = loop {
            match lines.next_line()? {
                None => return Err(header_error("the file is empty; it needs a header line")),
                Some((_, Line::TooLong)) => {
                    return Err(header_error("the header line is longer than 1 MiB"));
                }
                Some((_, Line::Text(text))) if is_blank(&text) => {}
                Some((_, Line::Text(text))) => break text,
            }
        };
        let header = String::from_utf8(header)
            .map_err(|_| header_error("the header is not UTF-8; save the file as UTF-8"))?;
        if header.contains('\0') {
            return Err(header_error(
                "the header has null bytes; save the file as UTF-8",
            ));
        }
        if header.contains('\r') {
            return Err(header_error(
                "lines end in CR alone; save the file with LF or CRLF",
            ));
        }
        let delimiter = likely_delimiter(&header);
        let mut quotes = Quotes::new(delimiter);
        quotes.feed(header.as_bytes());
        if quotes.open() {
            return Err(header_error(
                "a quote in the header is not closed on its line",
            ));
        }
        let names: Vec<String> = parse(header.as_bytes(), delimiter)
            .iter()
            .map(|name| String::from_utf8_lossy(name).trim().to_owned())
            .collect();
        let read_ahead = VecDeque::new();
        Ok((
            Self {
                lines,
                read_ahead,
                delimiter,
                columns: names.len(),
                failed: false,
            },
            names,
        ))
    }

    fn take_line(&mut self) -> std::io::Result<Option<(u64, Line)>> {
        match self.read_ahead.pop_front() {
            Some(line) => Ok(Some(line)),
            None => self.lines.next_line(),
        }
    }

    /// The record that starts with `first`, reading on while a quote is open.
    fn record(&mut self, line: u64, first: Vec<u8>) -> std::io::Result<Result<CsvRecord, Reject>> {
        let mut quotes = Quotes::new(self.delimiter);
        quotes.feed(&first);
        let mut text = first;
        let mut more = Vec::new();
        while quotes.open() {
            let next = self.take_line()?;
            let fits = more.len() < MAX_RECORD_LINES && text.len() < MAX_LINE_BYTES;
            match next {
                Some((number, Line::Text(next))) if fits => {
                    quotes.feed(b"\n");
                    quotes.feed(&next);
                    text.push(b'\n');
                    text.extend(&next);
                    more.push((number, Line::Text(next)));
                }
                other => {
                    more.extend(other);
                    self.give_back(more);
                    let reason = "a quote is opened in this line and never closed";
                    return Ok(Err(reject(line, reason.to_owned())));
                }
            }
        }
        let cells = parse(&text, self.delimiter);
        let broken = cells.len() != self.columns || quotes.stray;
        if broken && !more.is_empty() {
            self.give_back(more);
            return Ok(Err(reject(
                line,
                "a quote in this line is out of place".to_owned(),
            )));
        }
        if cells.len() != self.columns {
            let reason = format!(
                "the line has {} columns where the header has {}",
                cells.len(),
                self.columns
            );
            return Ok(Err(reject(line, reason)));
        }
        Ok(Ok(CsvRecord {
            line,
            cells,
            stray_quote: quotes.stray,
        }))
    }

    fn give_back(&mut self, lines: Vec<(u64, Line)>) {
        for line in lines.into_iter().rev() {
            self.read_ahead.push_front(line);
        }
    }

    fn next_record(&mut self) -> std::io::Result<Option<Result<CsvRecord, Reject>>> {
        loop {
            match self.take_line()? {
                None => return Ok(None),
                Some((line, Line::TooLong)) => {
                    return Ok(Some(Err(reject(
                        line,
                        "the line is longer than 1 MiB".to_owned(),
                    ))));
                }
                Some((_, Line::Text(text))) if is_blank(&text) => {}
                Some((line, Line::Text(text))) => return self.record(line, text).map(Some),
            }
        }
    }
}

impl<R: Read> Iterator for CsvRecords<R> {
    type Item = Result<CsvRecord, Reject>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        match self.next_record() {
            Ok(next) => next,
            Err(error) => {
                self.failed = true;
                Some(Err(self.lines.failure(&error)))
            }
        }
    }
}

fn header_error(what: &str) -> ReadError {
    ReadError::Header(what.to_owned())
}

fn reject(line: u64, reason: String) -> Reject {
    Reject {
        line,
        external_id: None,
        reason,
    }
}

fn is_blank(text: &[u8]) -> bool {
    text.iter().all(u8::is_ascii_whitespace)
}

/// The cells of one record. A bare CR is part of its cell.
fn parse(record: &[u8], delimiter: u8) -> ByteRecord {
    let mut cells = ByteRecord::new();
    let read = ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .terminator(Terminator::Any(b'\n'))
        .buffer_capacity(record.len().max(1))
        .from_reader(record)
        .read_byte_record(&mut cells);
    // Reading from memory does not fail, and one record cannot be of uneven length.
    debug_assert!(read.is_ok());
    cells
}

fn likely_delimiter(header: &str) -> u8 {
    let mut quoted = false;
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0)];
    for byte in header.bytes() {
        quoted ^= byte == b'"';
        for (delimiter, count) in &mut counts {
            *count += i32::from(!quoted && *delimiter == byte);
        }
    }
    let most = counts.iter().map(|(_, count)| *count).max();
    counts
        .iter()
        .find(|(_, count)| Some(*count) == most)
        .map_or(b',', |(delimiter, _)| *delimiter)
}

/// Where a record's quotes stand, by the same rules as the `csv` crate's parser: a quote
/// opens a cell only at its start, and `""` inside is one quote.
struct Quotes {
    delimiter: u8,
    state: QuoteState,
    /// Whether something other than a delimiter or the end followed a closing quote.
    stray: bool,
}

#[derive(PartialEq, Eq)]
enum QuoteState {
    CellStart,
    Bare,
    Quoted,
    AfterQuote,
}

impl Quotes {
    fn new(delimiter: u8) -> Self {
        Self {
            delimiter,
            state: QuoteState::CellStart,
            stray: false,
        }
    }

    fn open(&self) -> bool {
        self.state == QuoteState::Quoted
    }

    fn feed(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.state = match (&self.state, *byte) {
                (QuoteState::Quoted, b'"') => QuoteState::AfterQuote,
                (QuoteState::CellStart | QuoteState::AfterQuote, b'"')
                | (QuoteState::Quoted, _) => QuoteState::Quoted,
                (_, byte) if byte == self.delimiter => QuoteState::CellStart,
                (QuoteState::AfterQuote, _) => {
                    self.stray = true;
                    QuoteState::Bare
                }
                _ => QuoteState::Bare,
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each record as its line and cells, or its line and why it was rejected.
    fn read(file: &str) -> Vec<(u64, Vec<String>)> {
        let (records, _) = CsvRecords::new(file.as_bytes()).unwrap();
        records
            .map(|record| match record {
                Ok(record) => {
                    let cells = record
                        .cells
                        .iter()
                        .map(|c| String::from_utf8_lossy(c).into());
                    (record.line, cells.collect())
                }
                Err(reject) => (reject.line, vec![reject.reason]),
            })
            .collect()
    }

    fn row(line: u64, cells: &[&str]) -> (u64, Vec<String>) {
        (line, cells.iter().map(|cell| (*cell).to_owned()).collect())
    }

    #[test]
    fn quoted_cells_may_hold_anything() {
        let file = "a,b\r\n1,\"x, \"\"y\"\"\nz\"\r\n\r\n2,\"\"\r\n";
        assert_eq!(
            read(file),
            [row(2, &["1", "x, \"y\"\nz"]), row(5, &["2", ""])]
        );
    }

    #[test]
    fn the_delimiter_is_found_in_the_header() {
        assert_eq!(read("a;\"b,c\";d\n1;2,5;3\n"), [row(2, &["1", "2,5", "3"])]);
        assert_eq!(read("a\tb\n1\t2\n"), [row(2, &["1", "2"])]);
        assert_eq!(read("\u{feff}a\n1\n"), [row(2, &["1"])]);
    }

    #[test]
    fn an_uneven_line_costs_itself_alone() {
        let few = "the line has 1 columns where the header has 2";
        let many = "the line has 3 columns where the header has 2";
        assert_eq!(
            read("a,b\n1\n2,x,y\n3,z\n"),
            [row(2, &[few]), row(3, &[many]), row(4, &["3", "z"])]
        );
    }

    #[test]
    fn a_broken_quote_costs_itself_alone() {
        let never = "a quote is opened in this line and never closed";
        assert_eq!(
            read("a,b\n1,\"x\n2,y\n"),
            [row(2, &[never]), row(3, &["2", "y"])]
        );
        // The next quoted cell would close the quote and glue two records together.
        let misplaced = "a quote in this line is out of place";
        assert_eq!(
            read("a,b,c\n1,\"x,r\n2,\"y\",s\n3,z,t\n"),
            [
                row(2, &[misplaced]),
                row(3, &["2", "y", "s"]),
                row(4, &["3", "z", "t"])
            ]
        );
    }

    #[test]
    fn text_after_a_closing_quote_is_kept_and_told() {
        let (mut records, _) = CsvRecords::new("a,b\n1,\"x\" y\n".as_bytes()).unwrap();
        let record = records.next().unwrap().unwrap();
        assert_eq!(record.cells.get(1), Some(b"x y".as_slice()));
        assert!(record.stray_quote);
    }

    #[test]
    fn unreadable_headers_are_named() {
        for (file, part) in [
            (b"".as_slice(), "empty"),
            (b"\n \n", "empty"),
            (b"a,\"b\n1,2\n", "quote"),
            (b"a,b\r1,2\r", "CR"),
            (b"a,\xFF\n", "UTF-8"),
            (b"\xFF\xFEa\0,\0", "UTF-8"),
        ] {
            let error = CsvRecords::new(file).err().unwrap().to_string();
            assert!(error.contains(part), "{error}");
        }
    }
}
