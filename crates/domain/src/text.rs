//! What may stand in names that people give.

use std::borrow::Cow;

/// Whether a character steers how text is shown instead of being shown: control characters, and those that turn the direction of what
/// comes after them (Unicode's embeddings, overrides and isolates), by which a name could change how the text around it reads. The marks
/// that languages are written with (U+200E, U+200F, joiners) are none.
pub fn steers(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether a character leaves nothing to be seen where it stands, or changes how others are read: those that [steer](steers), and those that
/// Unicode has ignored in display (`Default_Ignorable_Code_Point`), line separators among them. Languages are written with some of them.
pub fn is_unseen(c: char) -> bool {
    steers(c)
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
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
        for c in [
            '\u{202e}',
            '\n',
            '\u{200b}',
            '\u{ad}',
            '\u{2060}',
            '\u{feff}',
            '\u{3164}',
            '\u{e0041}',
            '\u{200d}',
            '\u{2028}',
        ] {
            assert!(is_unseen(c), "{}", c.escape_unicode());
        }
        assert!(!"a b-é名\u{1f469}\u{645}\u{a0}".chars().any(is_unseen));
        assert_eq!(readable("a\u{202e}b\nc\u{1b}"), "a\u{fffd}b\u{fffd}c\u{fffd}");
    }
}
