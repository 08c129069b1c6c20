//! What holds a session, and with what its user showed who they are.

use std::{fmt, str::FromStr};

/// What holds a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionKind {
    /// A person's browser.
    Browser,
    /// A program that signed in through the API.
    Program,
}

impl SessionKind {
    /// As it is stored and told.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Browser => "browser",
            Self::Program => "program",
        }
    }
}

/// One thing by which somebody shows who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Factor {
    /// A password that only they know.
    Password,
}

impl Factor {
    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
        }
    }
}

/// All that somebody showed, each once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Factors(Box<[Factor]>);

impl Factors {
    /// These.
    pub fn of(factors: &[Factor]) -> Self {
        let mut factors = factors.to_vec();
        factors.sort_unstable();
        factors.dedup();
        Self(factors.into())
    }

    /// Each.
    pub fn iter(&self) -> impl Iterator<Item = Factor> {
        self.0.iter().copied()
    }

    /// Whether this is among them.
    pub fn contains(&self, factor: Factor) -> bool {
        self.0.contains(&factor)
    }
}

/// A word between spaces for each.
impl fmt::Display for Factors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<&str> = self.0.iter().map(|factor| factor.as_str()).collect();
        f.write_str(&words.join(" "))
    }
}

/// The word is none that is known: nothing is guessed from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an unknown kind of session, or way to sign in")]
pub struct UnknownWay;

impl FromStr for SessionKind {
    type Err = UnknownWay;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        [Self::Browser, Self::Program].into_iter().find(|kind| kind.as_str() == word).ok_or(UnknownWay)
    }
}

impl FromStr for Factors {
    type Err = UnknownWay;

    fn from_str(words: &str) -> Result<Self, Self::Err> {
        let known = |word: &str| [Factor::Password].into_iter().find(|factor| factor.as_str() == word);
        let factors: Option<Vec<Factor>> = words.split_whitespace().map(known).collect();
        factors.map(|factors| Self::of(&factors)).ok_or(UnknownWay)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_is_read_back_and_nothing_else_is() {
        for kind in [SessionKind::Browser, SessionKind::Program] {
            assert_eq!(kind.as_str().parse(), Ok(kind));
        }
        let twice = Factors::of(&[Factor::Password, Factor::Password]);
        assert_eq!(twice.to_string(), "password");
        for factors in [Factors::default(), twice] {
            assert_eq!(factors.to_string().parse(), Ok(factors));
        }
        assert_eq!("Browser".parse::<SessionKind>(), Err(UnknownWay));
        assert_eq!("password smoke_signal".parse::<Factors>(), Err(UnknownWay));
    }
}
