//! What is wrong with a profile or with rules, all at once.

use std::fmt;

/// A profile, or rules for one, that cannot be used: every mistake with its place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ProfileError {
    /// Never empty.
    pub mistakes: Vec<Mistake>,
}

/// One mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Where.
    pub place: Place,
    /// What, in a sentence without its end.
    pub text: String,
}

/// Where a mistake is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In a text, both counted from 1.
    Text {
        /// The line.
        line: u64,
        /// The column.
        column: u64,
    },
    /// In a list of rules, counted from 0.
    Rule {
        /// The rule.
        index: usize,
    },
}

impl Mistake {
    /// With the name of the file it is in, as editors and terminals follow it: `etl.yaml:4:5: …`.
    pub fn in_file(&self, file: &str) -> String {
        match self.place {
            Place::Text { line, column } => format!("{file}:{line}:{column}: {}", self.text),
            Place::Rule { .. } => format!("{file}: {self}"),
        }
    }
}

impl fmt::Display for ProfileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (count, mistake) in self.mistakes.iter().enumerate() {
            if count > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{mistake}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place {
            Place::Text { line, column } => write!(f, "line {line}, column {column}: {}", self.text),
            Place::Rule { index } => write!(f, "rule {}: {}", index + 1, self.text),
        }
    }
}
