//! What is wrong with a configuration. Everything is gathered first and told at once.

use std::fmt;

use super::Origin;

/// One thing that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where it was said.
    pub at: Origin,
    /// A sentence. Never repeats the value of a secret.
    pub what: String,
}

/// Everything that is wrong, in the order of the file, variables after it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// Adds one.
    pub fn add(&mut self, at: &Origin, what: impl Into<String>) {
        self.0.push(Problem { at: at.clone(), what: what.into() });
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.0.iter()
    }

    /// Puts them into the order in which one would mend them: the file from top to bottom, then variables, then options.
    pub fn sort(&mut self) {
        self.0.sort_by_key(|problem| match &problem.at {
            Origin::File { line, column, .. } => (0, *line, *column, String::new()),
            Origin::Variable(name) => (1, 0, 0, name.clone()),
            Origin::Option(_) => (2, 0, 0, String::new()),
            Origin::Default => (3, 0, 0, String::new()),
        });
        self.0.dedup();
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.len() {
            1 => f.write_str("the configuration has a problem:")?,
            many => write!(f, "the configuration has {many} problems:")?,
        }
        for problem in &self.0 {
            match &problem.at {
                Origin::Default => write!(f, "\n  {}", problem.what)?,
                at => write!(f, "\n  {at}: {}", problem.what)?,
            }
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

/// The known word nearest to a mistyped one, if any is near enough to be meant.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let allowed = word.chars().count() / 3 + 1;
    known
        .into_iter()
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// How many letters have to be added, dropped or changed (Levenshtein).
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.chars().enumerate() {
        let mut next = vec![i + 1];
        for ((b, diagonal), above) in to.iter().zip(&row).zip(row.iter().skip(1)) {
            let left = next.last().copied().unwrap_or(usize::MAX - 1);
            next.push((diagonal + usize::from(a != *b)).min(above + 1).min(left + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
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
    }
}
