//! How many connections each person has.

use doorward_domain::Subject;
use std::collections::HashMap;

/// Everybody who has any.
#[derive(Debug, Default)]
pub(super) struct Persons(HashMap<Subject, usize>);

impl Persons {
    /// A connection counts for somebody else than before; for nobody, where nobody is known, or it is gone.
    pub(super) fn moves(&mut self, from: Option<Subject>, to: Option<Subject>) {
        if let Some(person) = to {
            *self.0.entry(person).or_default() += 1;
        }
        let Some(person) = from else { return };
        if let Some(count) = self.0.get_mut(&person) {
            *count -= 1;
            if *count == 0 {
                self.0.remove(&person);
            }
        }
    }

    /// How many one person has.
    pub(super) fn of(&self, person: Subject) -> usize {
        self.0.get(&person).copied().unwrap_or_default()
    }

    /// Who has most, if that is more than so many.
    pub(super) fn with_most(&self, more_than: usize) -> Option<Subject> {
        let (person, count) = self.0.iter().max_by_key(|(_, count)| **count)?;
        (*count > more_than).then_some(*person)
    }
}
