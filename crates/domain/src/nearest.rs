//! Finding the word that somebody meant and mistyped, for sentences that end in "did you mean …?".

/// The known word nearest to a mistyped one, if any is near enough to be meant: a third of its letters may be wrong, and one more
/// (Levenshtein distance).
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let known: Vec<&str> = known.into_iter().collect();
    // Who writes a beginning means what begins so.
    if word.chars().count() >= 2
        && let Some(begun) = known.iter().find(|candidate| candidate.starts_with(word))
    {
        return Some(begun);
    }
    let allowed = word.chars().count() / 3 + 1;
    known
        .into_iter()
        .map(|candidate| (strsim::levenshtein(word, candidate), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_finds_the_word_that_was_meant() {
        let known = ["listen", "lifetime", "upstream"];
        assert_eq!(nearest("lissten", known), Some("listen"));
        assert_eq!(nearest("upstraem", known), Some("upstream"));
        assert_eq!(nearest("cheese", known), None);
        assert_eq!(nearest("loc", ["log", "location"]), Some("location"));
        assert_eq!(nearest("", known), None);
        assert_eq!(nearest("l", ["job", "location"]), None);
    }
}
