//! Long texts made short, for people who read them.

use sha2::{Digest, Sha256};

/// Digits of the hash between the two ends of a text.
const DIGITS: usize = 16;

/// The beginning of a text, at most so many bytes, and an ellipsis where that is not all of it.
pub fn shortened(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let mut short = beginning(text, most).to_owned();
    short.push('…');
    short
}

/// Beginning and end of a text, together at most so many bytes, and between them the beginning of the SHA-256 of all of it: whoever
/// chooses one end cannot push out the other, and two texts are not taken for one.
pub fn both_ends(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let hash = hex::encode(Sha256::digest(text));
    let start = beginning(text, most / 2);
    let after = (text.len() - most / 2..=text.len()).find(|&at| text.is_char_boundary(at)).unwrap_or(text.len());
    let (hash, end) = (hash.get(..DIGITS).unwrap_or_default(), text.get(after..).unwrap_or_default());
    format!("{start}…{hash}…{end}")
}

fn beginning(text: &str, most: usize) -> &str {
    let end = (0..=most.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
    text.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_of_a_long_text_stay_and_tell_it_from_others() {
        assert_eq!(both_ends("asset:orders", 64), "asset:orders");
        let long = |inner: &str| both_ends(&format!("/admin{inner}/delete-payroll"), 64);
        let short = long(&"/".repeat(300));
        assert!(short.starts_with("/admin///") && short.ends_with("///delete-payroll"), "{short}");
        assert!(short.len() <= 64 + DIGITS + 6);
        assert_ne!(short, long(&"/".repeat(301)));
        let letters = both_ends(&"é".repeat(1000), 63);
        assert!(letters.starts_with("é") && letters.ends_with("é"), "cut between letters: {letters}");
    }
}
