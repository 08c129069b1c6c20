//! What may stand in names that people give.

use std::borrow::Cow;

/// Whether a character steers how text is shown instead of being shown: control characters, and those that turn the direction of what
/// comes after them (Unicode's embeddings, overrides and isolates), by which a name could change how the text around it reads. The marks
/// that languages are written with (U+200E, U+200F, joiners) are none.
pub fn steers(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The same text, in which every character that steers is shown as `�`.
pub fn readable(text: &str) -> Cow<'_, str> {
    if !text.chars().any(steers) {
        return Cow::Borrowed(text);
    }
    text.chars().map(|c| if steers(c) { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_turns_text_round_is_told_from_text_that_runs_the_other_way() {
        for c in ['\u{202e}', '\u{202a}', '\u{2066}', '\u{2069}', '\n', '\u{1b}', '\u{85}'] {
            assert!(steers(c), "{}", c.escape_unicode());
        }
        let name =
            "\u{645}\u{62d}\u{645}\u{62f}\u{200f} \u{5d3}\u{5d5}\u{5d3} Ren\u{e9} o'Neil \u{1f469}\u{200d}\u{1f52c}";
        assert!(!name.chars().any(steers));
        assert_eq!(readable(name), name);
        assert_eq!(readable("a\u{202e}b\nc\u{1b}"), "a\u{fffd}b\u{fffd}c\u{fffd}");
    }
}
