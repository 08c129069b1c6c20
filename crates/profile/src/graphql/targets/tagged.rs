//! From the tags of what is launched to the things they name.

use super::{
    node::{Group, Node, Shape},
    things::{Search, Thing},
};
use crate::graphql::tags::Tag;
use crate::kinds::{KindId, KindSet};

impl<'a> Search<'a> {
    /// The same, of all but tags.
    pub fn without_tags(self) -> Self {
        Self { reads_tags: false, ..self }
    }

    /// Adds what tags name, one or many; false when it is not clear.
    pub(super) fn tags(&mut self, tags: Node<'a>, things: &mut Vec<Thing>) -> bool {
        tags.all_items(self.ground, |tag| {
            let Some(tag) = tag.filter(|_| self.step()) else { return false };
            match tag.shape(self.ground) {
                Shape::Nothing => !tag.is_text(),
                Shape::Object => self.tag(tag, things),
                _ => false,
            }
        })
    }

    /// Adds what one tag names. A key that is not plainly a text is nobody's own.
    fn tag(&self, tag: Node<'a>, things: &mut Vec<Thing>) -> bool {
        let rules = &self.rules.tags;
        let (mut keys, mut values) = (Vec::new(), Vec::new());
        let is_clear = Group::Object(tag).all(self.ground, |name, node| {
            let Some(node) = node else { return false };
            if *name == *rules.key_field {
                keys.push(node);
            } else if *name == *rules.value_field {
                values.push(node);
            }
            true
        });
        let ([key], true) = (keys.as_slice(), is_clear) else { return false };
        let key = match key.shape(self.ground) {
            Shape::Text(text) if key.is_text() => text,
            // An empty text is nobody's key.
            Shape::Nothing => return key.is_text(),
            _ => return false,
        };
        match (rules.find(&key), values.as_slice()) {
            (Tag::Nothing, _) => true,
            (Tag::Names(kind), [value]) => self.tagged(kind, *value, things),
            (Tag::Names(_) | Tag::Unknown, _) => false,
        }
    }

    fn tagged(&self, kind: KindId, value: Node<'a>, things: &mut Vec<Thing>) -> bool {
        let Shape::Text(name) = value.shape(self.ground) else { return false };
        let name = self.rules.kinds.name(kind, &name, &[]).filter(|_| value.is_text());
        let thing = name.map(|name| Thing { names: vec![name], kind, told: KindSet::default().with(kind) });
        thing.map(|thing| things.push(thing)).is_some()
    }
}
