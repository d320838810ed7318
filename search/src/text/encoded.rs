//! How the words of a record travel through the index library.
//!
//! Records are tokenized here, once, for all fields. The library is handed the result as text, one
//! word a line, each behind a character that says how often it counts or how far it is from the word
//! before; these tokenizers only take that apart.

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

/// `number` as the character in front of a word. At most 64.
pub(crate) fn mark(number: u8) -> char {
    char::from(b'0' + number.min(64))
}

fn number(mark: u8) -> usize {
    usize::from(mark.saturating_sub(b'0'))
}

/// The number in front of a word says how often the word is repeated: its frequency in the index.
#[derive(Clone, Default)]
pub(crate) struct Repeated {
    token: Token,
}

/// The number in front of a word says how many places it is after the word before.
#[derive(Clone, Default)]
pub(crate) struct Positioned {
    token: Token,
}

impl Tokenizer for Repeated {
    type TokenStream<'a> = RepeatedStream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> RepeatedStream<'a> {
        self.token.reset();
        RepeatedStream {
            lines: text.lines(),
            left: 0,
            token: &mut self.token,
        }
    }
}

impl Tokenizer for Positioned {
    type TokenStream<'a> = PositionedStream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> PositionedStream<'a> {
        self.token.reset();
        self.token.position = 0;
        PositionedStream {
            lines: text.lines(),
            token: &mut self.token,
        }
    }
}

pub(crate) struct RepeatedStream<'a> {
    lines: std::str::Lines<'a>,
    left: usize,
    token: &'a mut Token,
}

pub(crate) struct PositionedStream<'a> {
    lines: std::str::Lines<'a>,
    token: &'a mut Token,
}

impl TokenStream for RepeatedStream<'_> {
    fn advance(&mut self) -> bool {
        if self.left == 0 {
            let Some(line) = self.lines.next() else {
                return false;
            };
            self.left = line.bytes().next().map_or(1, number).max(1);
            self.token.text.clear();
            self.token.text.push_str(line.get(1..).unwrap_or_default());
        }
        self.left -= 1;
        self.token.position = self.token.position.wrapping_add(1);
        true
    }

    fn token(&self) -> &Token {
        self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        self.token
    }
}

impl TokenStream for PositionedStream<'_> {
    fn advance(&mut self) -> bool {
        let Some(line) = self.lines.next() else {
            return false;
        };
        self.token.position += line.bytes().next().map_or(1, number);
        self.token.text.clear();
        self.token.text.push_str(line.get(1..).unwrap_or_default());
        true
    }

    fn token(&self) -> &Token {
        self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        self.token
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_come_out_as_often_and_as_far_apart_as_marked() {
        let text = format!("{}coop\n{}hosting", mark(2), mark(1));
        let mut repeated = Repeated::default();
        let mut stream = repeated.token_stream(&text);
        let mut words = Vec::new();
        while stream.advance() {
            words.push(stream.token().text.clone());
        }
        assert_eq!(words, ["coop", "coop", "hosting"]);

        let mut positioned = Positioned::default();
        let mut stream = positioned.token_stream(&text);
        let mut places = Vec::new();
        while stream.advance() {
            places.push((stream.token().text.clone(), stream.token().position));
        }
        assert_eq!(places, [("coop".to_owned(), 2), ("hosting".to_owned(), 3)]);
    }
}
