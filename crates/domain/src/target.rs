//! What an operation acts on.

use serde::Serialize;
use std::sync::Arc;

use crate::Resource;

/// What an operation acts on, as far as the request tells.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Targets {
    /// The tool's own page and its assets: open to whoever may do anything there at all.
    Shell,
    /// All of the app: lists of everything, settings.
    Whole,
    /// It acts on single things, and nobody can tell which. So it stands until somebody says otherwise.
    #[default]
    Unknown,
    /// On these; never empty. All of them must be allowed.
    These(Vec<Target>),
}

/// One thing under all the names the request gives it, outermost first: `location:etl`, `repository:…`, `job:nightly`. A pattern that
/// reaches any of them reaches the thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Target {
    names: Box<[Resource]>,
    /// The kinds of names it has as well, that the request does not tell.
    #[serde(skip)]
    untold: Arc<[Box<str>]>,
}

impl Target {
    /// A thing with these names, outermost first, which also has names of the kinds `untold`. Names of a kind that is told are told.
    pub fn new(names: impl Into<Box<[Resource]>>, untold: Arc<[Box<str>]>) -> Self {
        Self { names: names.into(), untold }
    }

    /// A thing that has these names and no others.
    pub fn told(names: impl Into<Box<[Resource]>>) -> Self {
        Self::new(names, Arc::default())
    }

    /// The same thing with more of its names, and without those kinds of names that it is now known to have, or not to have.
    #[must_use]
    pub fn also_called(&self, names: &[Resource], known: &[&str]) -> Self {
        let own = self.names.iter().filter(|own| !names.contains(own));
        let untold = self.untold.iter().filter(|kind| !known.contains(&&***kind)).cloned().collect();
        Self { names: names.iter().chain(own).cloned().collect(), untold }
    }

    /// Its own name, without those of what it stands in.
    pub fn own_name(&self) -> Option<&Resource> {
        self.names.last()
    }

    /// Whether all its names are told.
    pub fn is_told(&self) -> bool {
        self.untold.is_empty()
    }

    /// Its names, outermost first.
    pub fn names(&self) -> &[Resource] {
        &self.names
    }

    /// Whether it may have a name of this kind that the request does not tell.
    pub fn may_be_called(&self, kind: &str) -> bool {
        self.untold.iter().any(|untold| **untold == *kind)
    }
}

impl Targets {
    /// Both, as one: whoever is allowed that is allowed each of them.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Shell, other) => other,
            (own, Self::Shell) => own,
            (Self::Whole, Self::Whole) => Self::Whole,
            (Self::These(mut things), Self::These(more)) => {
                things.extend(more);
                Self::These(things)
            }
            _ => Self::Unknown,
        }
    }

    /// The names of the things it acts on.
    pub fn names(&self) -> impl Iterator<Item = &Resource> {
        let things = match self {
            Self::These(things) => things.as_slice(),
            _ => &[],
        };
        things.iter().flat_map(Target::names)
    }
}
