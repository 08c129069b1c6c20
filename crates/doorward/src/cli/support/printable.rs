//! What may go to a terminal. Names, paths and user agents come from strangers, arguments and files from wherever: none of them may steer
//! the terminal, or look like something else than it is.

use std::fmt::{Display, Write as _};

const LINE_END: &str = " ↵ ";

/// One line of text: where a line ends there is ` ↵ `, and every other character that steers or deceives is shown as `�`.
pub fn safe(text: &str) -> String {
    let shown = |c| if steers(c) { char::REPLACEMENT_CHARACTER } else { c };
    let text = text.replace("\r\n", "\n");
    let lines = text.split('\n').map(|line| line.chars().map(shown).collect());
    lines.collect::<Vec<String>>().join(LINE_END)
}

/// The same for text of several lines, in which line ends and tabs stay.
pub fn safe_lines(text: &str) -> String {
    let is_layout = |c| matches!(c, '\n' | '\t');
    text.chars().map(|c| if steers(c) && !is_layout(c) { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

/// JSON text that says the same in characters that do nothing to a terminal. Outside of strings JSON has none of the others.
pub fn escaped_json(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut units = [0; 2];
    for c in text.chars() {
        if c == '\n' || !steers(c) {
            escaped.push(c);
        } else {
            for unit in c.encode_utf16(&mut units) {
                // Writing into memory does not fail.
                let _ = write!(escaped, "\\u{unit:04x}");
            }
        }
    }
    escaped
}

/// Says something on standard error.
pub fn tell(text: impl Display) {
    eprintln!("{}", safe_lines(&text.to_string()));
}

/// Control characters (C0, DEL, C1), line ends that terminals and editors know beside `\n`, and what is not seen: marks that turn the
/// direction of writing, join, or have no width (Unicode's category `Cf`).
fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{890}'..='\u{891}' | '\u{8e2}'
            | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What steers or deceives: one of each kind.
    const BAD: &str = "\0\u{1b}\u{7f}\u{9b}\u{61c}\u{200b}\u{2028}\u{202e}\u{2066}\u{feff}\u{e0041}";

    #[test]
    fn what_steers_a_terminal_is_shown_and_does_nothing() {
        assert_eq!(safe(BAD), "\u{fffd}".repeat(BAD.chars().count()));
        assert_eq!(safe_lines(BAD), safe(BAD));
        assert_eq!(safe("a\nb\tc"), "a ↵ b\u{fffd}c");
        assert_eq!(
            safe("please\r\nsecond\n\nlast\r"),
            "please ↵ second ↵  ↵ last\u{fffd}",
            "lines show, and steer nothing"
        );
        assert_eq!(safe_lines("a\r\nb\tc"), "a\u{fffd}\nb\tc");
        assert_eq!(safe("Zoë Þórðr 日本 🙂"), "Zoë Þórðr 日本 🙂");
    }

    #[test]
    fn json_says_the_same_with_what_steers_escaped() {
        let value = serde_json::json!({"a": BAD, "b": ["Zoë 🙂", "\u{202e}"]});
        let text = escaped_json(&serde_json::to_string_pretty(&value).unwrap());
        assert!(text.chars().all(|c| c == '\n' || !steers(c)), "{text:?}");
        assert!(text.contains("Zoë 🙂") && text.contains(r"\u009b") && text.contains(r"\u202e"), "{text}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
    }
}
