//! [`FilterRules`], compiled when they are first needed: that is large, and most apps do without.

use std::sync::{Arc, OnceLock};

use super::{Filter, FilterRules};
use crate::kinds::Kinds;

/// What is made of them, or all that is wrong; nothing where nothing is said.
type Made = Result<Option<Arc<Filter>>, Vec<String>>;

/// What is made of the rules for a tool with these kinds of things.
#[derive(Debug, Clone, Default)]
pub(super) struct Compiled {
    kinds: Kinds,
    filter: Arc<OnceLock<Made>>,
}

/// The rest is made of these and of the rules.
impl PartialEq for Compiled {
    fn eq(&self, other: &Self) -> bool {
        self.kinds == other.kinds
    }
}

impl FilterRules {
    /// The same for a tool with these kinds of things. Whether all that is said can be followed, [`Self::check`] tells.
    #[must_use]
    pub fn of_kinds(self, kinds: &Kinds) -> Self {
        Self { compiled: Compiled { kinds: kinds.clone(), filter: Arc::default() }, ..self }
    }

    /// All that is wrong.
    pub fn check(&self) -> Result<(), Vec<String>> {
        self.made().map(drop)
    }

    /// What answers are filtered by; nothing where nothing is said.
    pub fn compiled(&self) -> Option<&Arc<Filter>> {
        self.made().ok().flatten()
    }

    fn made(&self) -> Result<Option<&Arc<Filter>>, Vec<String>> {
        let make = || self.is_any().then(|| self.compile(&self.compiled.kinds).map(Arc::new)).transpose();
        self.compiled.filter.get_or_init(make).as_ref().map(Option::as_ref).map_err(Clone::clone)
    }
}
