//! The lines of a file, one at a time, whatever their length.

use std::io::{BufRead, BufReader, ErrorKind, Read};

use super::Reject;

/// The most bytes of a line that are kept; a longer one is skipped to its end.
pub const MAX_LINE_BYTES: usize = 1024 * 1024;

/// What stands on a line.
#[derive(Debug, PartialEq, Eq)]
pub enum Line {
    /// Its bytes, without the line ending (LF or CRLF).
    Text(Vec<u8>),
    /// Nothing: it has more than [`MAX_LINE_BYTES`].
    TooLong,
}

/// Reads lines and counts them.
pub struct Lines<R> {
    bytes: BufReader<R>,
    number: u64,
}

impl<R: Read> Lines<R> {
    /// The lines of `file`.
    pub fn new(file: R) -> Self {
        Self {
            bytes: BufReader::with_capacity(64 * 1024, file),
            number: 0,
        }
    }

    /// The next line and its number, from 1; none at the end. A byte order mark before
    /// the first line is not part of it.
    pub fn next_line(&mut self) -> std::io::Result<Option<(u64, Line)>> {
        let mut text = Vec::new();
        let mut too_long = false;
        loop {
            let available = match self.bytes.fill_buf() {
                Ok(available) => available,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if available.is_empty() {
                if text.is_empty() && !too_long {
                    return Ok(None);
                }
                break;
            }
            let end = available.iter().position(|byte| *byte == b'\n');
            let taken = end.unwrap_or(available.len());
            if text.len() + taken > MAX_LINE_BYTES {
                too_long = true;
                text = Vec::new();
            } else if !too_long {
                text.extend(available.iter().take(taken));
            }
            self.bytes.consume(taken + usize::from(end.is_some()));
            if end.is_some() {
                break;
            }
        }
        self.number += 1;
        Ok(Some((self.number, self.finish(text, too_long))))
    }

    /// The reject that stands for everything after a reading failure.
    pub fn failure(&self, error: &std::io::Error) -> Reject {
        let reason = format!("the file could not be read from here on: {error}");
        Reject {
            line: self.number + 1,
            external_id: None,
            reason,
        }
    }

    fn finish(&self, mut text: Vec<u8>, too_long: bool) -> Line {
        if too_long {
            return Line::TooLong;
        }
        if text.last() == Some(&b'\r') {
            text.pop();
        }
        if self.number == 1 && text.starts_with(b"\xEF\xBB\xBF") {
            text.drain(..3);
        }
        Line::Text(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(file: &[u8]) -> Vec<(u64, Line)> {
        let mut lines = Lines::new(file);
        std::iter::from_fn(|| lines.next_line().unwrap()).collect()
    }

    #[test]
    fn endings_and_byte_order_mark_are_no_part_of_a_line() {
        let lines = read(b"\xEF\xBB\xBFa\r\n\nb");
        let text = |text: &[u8]| Line::Text(text.to_vec());
        assert_eq!(lines, [(1, text(b"a")), (2, text(b"")), (3, text(b"b"))]);
        assert!(read(b"").is_empty());
    }

    #[test]
    fn an_overlong_line_is_skipped_and_the_next_is_read() {
        let mut file = vec![b'x'; 3 * MAX_LINE_BYTES];
        file.extend(b"\nnext\n");
        assert_eq!(
            read(&file),
            [(1, Line::TooLong), (2, Line::Text(b"next".to_vec()))]
        );
        let exact = vec![b'x'; MAX_LINE_BYTES];
        assert_eq!(read(&exact), [(1, Line::Text(exact.clone()))]);
    }
}
