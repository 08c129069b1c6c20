//! The variables an operation defines, found by name: whoever sends thousands must not make us look through them thousands of times.

use super::VariableDefinition;

/// In the order of the text.
#[derive(Debug, Default)]
pub struct Definitions {
    all: Vec<VariableDefinition>,
    /// Places in `all`, in the order of the names.
    by_name: Box<[usize]>,
}

impl Definitions {
    /// Of these; that names are unique is checked elsewhere.
    pub fn new(all: Vec<VariableDefinition>) -> Self {
        let mut by_name: Box<[usize]> = (0..all.len()).collect();
        by_name.sort_unstable_by_key(|place| all.get(*place).map(|definition| &*definition.name));
        Self { all, by_name }
    }

    /// The one with this name.
    pub fn get(&self, name: &str) -> Option<&VariableDefinition> {
        let own = |place: &usize| self.all.get(*place).map(|definition| &*definition.name);
        let found = self.by_name.binary_search_by(|place| own(place).cmp(&Some(name))).ok()?;
        self.all.get(*self.by_name.get(found)?)
    }

    /// All of them.
    pub fn all(&self) -> &[VariableDefinition] {
        &self.all
    }

    /// How much room finding them takes, in bytes.
    pub fn weight(&self) -> usize {
        size_of_val(&*self.all) + size_of_val(&*self.by_name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graphql::json::Span;

    #[test]
    fn each_is_found_by_its_name_and_nothing_by_another() {
        let names = ["b", "a", "ab", "c", ""];
        let definition =
            |name: &&str| VariableDefinition { name: Box::from(*name), default: None, span: Span { start: 0, end: 0 } };
        let definitions = Definitions::new(names.iter().map(definition).collect());
        for name in names {
            assert_eq!(&*definitions.get(name).unwrap().name, name);
        }
        assert!(definitions.get("d").is_none() && Definitions::default().get("a").is_none());
        assert!(definitions.all().iter().map(|definition| &*definition.name).eq(names));
    }
}
