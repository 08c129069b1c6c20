//! Passwords that are tried first: a list, and the small changes people make to what is on it.

/// One a line, in lower case: what people choose most, and words they decorate.
const LIST: &str = include_str!("common.txt");

/// Digits and signs at the end (and start) that do not make a password harder to guess.
const DECORATION: usize = 6;

/// Whether the password is on the list, is a decorated word of it, or is a trivial pattern.
pub(super) fn is_common(password: &str) -> bool {
    let lower = password.to_lowercase();
    is_pattern(&lower) || LIST.lines().any(|word| is_decorated(&lower, word))
}

/// Whether the password is this word, perhaps decorated.
pub(super) fn is_variation_of(password: &str, word: &str) -> bool {
    is_decorated(&password.to_lowercase(), &word.to_lowercase())
}

/// `password` in lower case is `word`, with at most a few digits and signs around it, perhaps written with look-alike signs.
fn is_decorated(password: &str, word: &str) -> bool {
    if password == word {
        return true;
    }
    let long = password.chars().count();
    let shorter = word.chars().count();
    if word.is_empty() || long < shorter || long > shorter + DECORATION {
        return false;
    }
    let plain: Vec<char> = password.chars().map(plain).collect();
    let word: Vec<char> = word.chars().map(self::plain).collect();
    plain.windows(word.len()).enumerate().any(|(at, part)| {
        part == word
            && password.chars().enumerate().all(|(i, c)| (at..at + word.len()).contains(&i) || !c.is_alphabetic())
    })
}

/// The letter a look-alike stands for.
fn plain(c: char) -> char {
    match c {
        '0' => 'o',
        '1' | '!' | '|' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        c => c,
    }
}

/// Hardly any different signs, or signs that follow each other: `aaaaaaaa`, `12121212`, `abcdefgh`, `87654321`.
fn is_pattern(lower: &str) -> bool {
    let signs: Vec<u32> = lower.chars().map(u32::from).collect();
    let mut distinct = signs.clone();
    distinct.sort_unstable();
    distinct.dedup();
    let steps_by =
        |step: i64| signs.windows(2).all(|pair| matches!(pair, [a, b] if i64::from(*b) - i64::from(*a) == step));
    distinct.len() <= 2 || steps_by(1) || steps_by(-1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_tried_first_is_common() {
        for password in [
            "password",
            "Password1",
            "P@ssw0rd",
            "password123!",
            "12345678",
            "1234567890",
            "qwertyuiop",
            "Iloveyou",
            "letmein2026",
            "Summer2026!",
            "aaaaaaaa",
            "abababab",
            "abcdefgh",
            "87654321",
            "doorward",
            "Dagster123",
            "welcome1",
            "1q2w3e4r",
            "administrator",
            "changeme!",
        ] {
            assert!(is_common(password), "{password}");
        }
    }

    #[test]
    fn what_takes_guessing_is_not() {
        for password in
            ["correct horse battery staple", "tall blue horse", "xK9-vq2L-pp", "summerhouse by the sea", "kühlöfäß"]
        {
            assert!(!is_common(password), "{password}");
        }
    }

    #[test]
    fn the_list_is_clean() {
        let mut words: Vec<_> = LIST.lines().collect();
        assert!(words.len() > 800, "{}", words.len());
        assert!(
            words.iter().all(|w| w.len() >= 4 && *w == w.to_lowercase() && *w == w.trim()),
            "short, upper-case or blank line"
        );
        let listed = words.len();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), listed, "a word is listed twice");
    }
}
