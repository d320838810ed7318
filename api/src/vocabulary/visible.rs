//! Text that is safe to show and to put into XML.

use icu_properties::CodePointSetData;
use icu_properties::props::DefaultIgnorableCodePoint;
use std::borrow::Cow;

/// An empty cell of Braille: a symbol to Unicode, and nothing to see.
const BLANK_PATTERN: char = '\u{2800}';

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

/// Whether anything of a text can be seen: more than blanks, and more than what Unicode says to show as nothing
/// (Unicode Standard section 5.21, `Default_Ignorable_Code_Point`: zero-width spaces, marks of direction,
/// fillers).
pub fn shows(text: &str) -> bool {
    let ignorable = CodePointSetData::new::<DefaultIgnorableCodePoint>();
    visible(text)
        .chars()
        .any(|char| !char.is_whitespace() && char != BLANK_PATTERN && !ignorable.contains(char))
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

    #[test]
    fn something_is_there_to_see() {
        for nothing in [
            "",
            " \u{a0}\u{3000}\t",
            "\u{200b}\u{200d}\u{2060}\u{feff}",
            "\u{200e}\u{200f}\u{61c}\u{202e}\u{2066}",
            "\u{ad}\u{34f}\u{115f}\u{3164}\u{ffa0}\u{2800}",
            "\u{fe0f}\u{e0041}\u{e0100}\u{ffff}",
        ] {
            assert!(!shows(nothing), "{nothing:?}");
        }
        for something in ["x", "\u{200f}שלום", "…", "क्\u{200d}ष", "❤\u{fe0f}", "東"]
        {
            assert!(shows(something), "{something:?}");
        }
    }
}
