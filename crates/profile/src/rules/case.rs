//! Paths as a server reads them that does not tell capitals from small letters, as Express and ASP.NET do.
//!
//! Only what a rule spells out is compared so: what it captures stays as it was written, since such servers give names on as they came.

use std::borrow::Cow;

/// Letters that anybody might take for the same come out as one. Beyond ASCII too: to a file system `\u{212a}` may be `k`.
pub fn folded(text: &str) -> Cow<'_, str> {
    if is_folded(text) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect())
}

/// Whether folding changes nothing.
fn is_folded(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_that_somebody_takes_for_the_same_are_one() {
        for text in ["ADMIN", "Admin", "admin", "adm\u{131}n"] {
            assert_eq!(folded(text), "admin", "{text}");
        }
        assert_eq!(folded("\u{212a}\u{17f}"), "ks");
        assert!(matches!(folded("a-1_%2f"), Cow::Borrowed(_)));
    }
}
