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
pub struct Problems {
    told: Vec<Problem>,
    /// How many more there are.
    untold: usize,
}

/// Nobody reads more than so many.
const MOST: usize = 100;

impl Problems {
    /// Adds one.
    pub fn add(&mut self, at: &Origin, what: impl Into<String>) {
        if self.is_full() {
            self.untold += 1;
        } else {
            self.told.push(Problem { at: at.clone(), what: what.into() });
        }
    }

    /// Whether what is added is only counted.
    pub fn is_full(&self) -> bool {
        self.told.len() == MOST
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.told.is_empty()
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.told.iter()
    }

    /// Puts them into the order in which one would mend them: the file from top to bottom, then variables, then options.
    pub fn sort(&mut self) {
        self.told.sort_by_key(|problem| match &problem.at {
            Origin::File { line, column, .. } => (0, *line, *column, String::new()),
            Origin::Variable(name) => (1, 0, 0, name.clone()),
            Origin::Option(_) => (2, 0, 0, String::new()),
            Origin::Default => (3, 0, 0, String::new()),
        });
        self.told.dedup();
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.told.len() + self.untold {
            1 => f.write_str("the configuration has a problem:")?,
            many => write!(f, "the configuration has {many} problems:")?,
        }
        self.told.iter().try_for_each(|problem| write!(f, "\n  {problem}"))?;
        if self.untold > 0 { write!(f, "\n  … and {} more", self.untold) } else { Ok(()) }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.at {
            Origin::Default => f.write_str(&self.what),
            at => write!(f, "{at}: {}", self.what),
        }
    }
}

impl std::error::Error for Problems {}
