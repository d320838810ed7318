//! Text that is safe to show and to put into XML.

use std::borrow::Cow;

/// The text without what no XML document may hold (XML 1.0 section 2.2) and without the characters that
/// turn the direction of the text after them (Unicode Standard Annex 9): with those a title could rearrange
/// the words around it. Tabs and line breaks stay.
pub fn visible(text: &str) -> Cow<'_, str> {
    if text.chars().all(is_visible) {
        Cow::Borrowed(text)
    } else {
        text.chars().filter(|char| is_visible(*char)).collect()
    }
}

/// The same in one line.
pub fn line(text: &str) -> String {
    let text = visible(text);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn is_visible(char: char) -> bool {
    match char {
        '\t' | '\n' | '\r' => true,
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fffe}' | '\u{ffff}' => false,
        char => !char.is_control(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_turns_the_text_around_or_breaks_xml_is_left_out() {
        assert_eq!(
            visible("a\u{202e}b\u{2067}c\u{ffff}d\u{1}e\u{85}\n"),
            "abcde\n"
        );
        assert_eq!(visible("שלום\u{200f} עולם"), "שלום\u{200f} עולם");
        assert_eq!(line(" a\n\tb "), "a b");
    }
}
