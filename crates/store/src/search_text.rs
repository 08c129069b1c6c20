//! Texts to search in, and what finds them, for every engine.

use sea_orm::sea_query::LikeExpr;
use sha2::{Digest, Sha256};

/// A column that a search looks through: these texts, in lower case. An engine may end a text at a NUL, or take none.
pub(crate) fn searchable(texts: &[&str]) -> String {
    texts.join("\n").to_lowercase().replace('\0', " ")
}

/// A text for people, as it is stored: an engine may take no NUL.
pub(crate) fn storable(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// What stands for a text in an index: of any length, and only the same to the letter is the same (SHA-256).
pub(crate) fn fingerprint(text: &str) -> Vec<u8> {
    Sha256::digest(text).to_vec()
}

/// The escape character of [`containing`]: not a backslash, which engines treat differently inside strings.
const ESCAPE: char = '!';

/// A `LIKE` pattern for "contains this text", with the wildcards in it taken literally. For columns made by [`searchable`].
pub(crate) fn containing(text: &str) -> LikeExpr {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for c in searchable(&[text]).chars() {
        if matches!(c, '%' | '_' | ESCAPE) {
            pattern.push(ESCAPE);
        }
        pattern.push(c);
    }
    pattern.push('%');
    LikeExpr::new(pattern).escape(ESCAPE)
}
