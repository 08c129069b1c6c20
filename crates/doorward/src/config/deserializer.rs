//! serde's deserializer of the tree. Every error knows what is at fault. serde stops at the first; `read` goes on, with something else in the
//! place of each node that was at fault.

use serde::de::value::BorrowedStrDeserializer;
use serde::de::{self, DeserializeSeed, Deserializer, IntoDeserializer, Unexpected, Visitor};
use serde::forward_to_deserialize_any;

use super::Origin;
use super::fault::{Fault, What};
use super::table::one_of;
use super::yaml::{Data, Entry, Node};

/// What is read in the place of a node that is at fault; nothing where it is left out.
pub(super) type Instead<'t> = (&'t Node, Option<&'t Node>);

/// A node of the tree, to read something from.
#[derive(Clone, Copy)]
pub(super) struct Place<'t, 'i> {
    node: &'t Node,
    instead: &'i [Instead<'t>],
}

impl<'t, 'i> Place<'t, 'i> {
    /// The root. Nodes are known by their addresses: nothing in the tree may move.
    pub(super) fn root(node: &'t Node, instead: &'i [Instead<'t>]) -> Self {
        Self { node, instead }
    }

    fn child(self, node: &'t Node) -> Option<Self> {
        match self.instead.iter().find(|(at_fault, _)| std::ptr::eq(*at_fault, node)) {
            Some((_, instead)) => self.child((*instead)?),
            None => Some(Self { node, ..self }),
        }
    }

    /// As it is written: words are words, whatever they look like.
    fn as_written<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Fault<'t>> {
        match &self.node.data {
            Data::Scalar { text, .. } => visitor.visit_borrowed_str(text),
            Data::Secret(secret) => visitor.visit_borrowed_str(secret.expose()),
            Data::List(items) => visitor.visit_seq(Items { place: self, rest: items.iter().enumerate() }),
            Data::Map(entries) => visitor.visit_map(Entries { place: self, rest: entries.iter(), value: None }),
        }
    }

    /// That it is no word, where one of these is expected.
    fn no_word<T>(self, words: &str) -> Result<T, Fault<'t>> {
        let found = if let Data::List(_) = self.node.data { Unexpected::Seq } else { Unexpected::Map };
        Err(de::Error::invalid_type(found, &words))
    }
}

impl<'t> Deserializer<'t> for Place<'t, '_> {
    type Error = Fault<'t>;

    fn deserialize_any<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Fault<'t>> {
        let Data::Scalar { text, plain: true } = &self.node.data else { return self.as_written(visitor) };
        match text.as_str() {
            _ if self.node.is_null() => visitor.visit_unit(),
            "true" | "false" => visitor.visit_bool(text == "true"),
            number => match number.parse() {
                Ok(number) => visitor.visit_i64(number),
                Err(_) => self.as_written(visitor),
            },
        }
    }

    fn deserialize_bool<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Fault<'t>> {
        match &self.node.data {
            Data::Scalar { text, plain: true } if matches!(text.as_str(), "true" | "false") => {
                self.deserialize_any(visitor)
            }
            Data::Scalar { text, .. } => Err(de::Error::custom(format!("`{text}` is neither true nor false"))),
            _ => self.no_word("`true` or `false`"),
        }
    }

    fn deserialize_option<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Fault<'t>> {
        if self.node.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'t>>(self, _: &'static str, visitor: V) -> Result<V::Value, Fault<'t>> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'t>>(
        self,
        _: &'static str,
        known: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault<'t>> {
        match &self.node.data {
            Data::Scalar { text, .. } => visitor.visit_enum(text.as_str().into_deserializer()),
            _ => self.no_word(&one_of(known.iter().copied())),
        }
    }

    fn deserialize_str<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Fault<'t>> {
        self.as_written(visitor)
    }

    /// Text: in a file, what YAML takes for something else is none. Where nothing can be quoted, as in a variable, all is text.
    fn deserialize_string<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Fault<'t>> {
        match &self.node.data {
            Data::Scalar { text, plain: true } if matches!(self.node.at, Origin::File { .. }) && is_no_text(text) => {
                Err(de::Error::custom(format!("`{text}` is no text; write \"{text}\" if it is meant so")))
            }
            _ => self.as_written(visitor),
        }
    }

    fn deserialize_seq<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Fault<'t>> {
        self.as_written(visitor)
    }

    fn deserialize_map<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Fault<'t>> {
        if let Data::Map(_) = self.node.data { self.as_written(visitor) } else { Err(Fault::new(What::NoSection)) }
    }

    fn deserialize_struct<V: Visitor<'t>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault<'t>> {
        self.deserialize_map(visitor)
    }

    forward_to_deserialize_any! {
        <V: Visitor<'t>> i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char bytes byte_buf unit unit_struct tuple tuple_struct identifier ignored_any
    }
}

/// Whether YAML takes it for a number or a truth value.
fn is_no_text(plain: &str) -> bool {
    let is_number = plain.contains(|c: char| c.is_ascii_digit()) && plain.parse::<f64>().is_ok();
    is_number || matches!(plain, "true" | "false")
}

struct Items<'t, 'i> {
    place: Place<'t, 'i>,
    rest: std::iter::Enumerate<std::slice::Iter<'t, Node>>,
}

impl<'t> de::SeqAccess<'t> for Items<'t, '_> {
    type Error = Fault<'t>;

    fn next_element_seed<T: DeserializeSeed<'t>>(&mut self, seed: T) -> Result<Option<T::Value>, Fault<'t>> {
        let place = self.place;
        let Some((index, item)) = self.rest.find_map(|(index, item)| Some((index, place.child(item)?))) else {
            return Ok(None);
        };
        seed.deserialize(item).map(Some).map_err(|error| error.at(&item.node.at, item.node).in_item(index))
    }
}

struct Entries<'t, 'i> {
    place: Place<'t, 'i>,
    rest: std::slice::Iter<'t, Entry>,
    value: Option<(&'t Entry, Place<'t, 'i>)>,
}

impl<'t> de::MapAccess<'t> for Entries<'t, '_> {
    type Error = Fault<'t>;

    fn next_key_seed<K: DeserializeSeed<'t>>(&mut self, seed: K) -> Result<Option<K::Value>, Fault<'t>> {
        let place = self.place;
        let Some((entry, value)) = self.rest.find_map(|entry| Some((entry, place.child(&entry.value)?))) else {
            return Ok(None);
        };
        self.value = Some((entry, value));
        let key = seed.deserialize(BorrowedStrDeserializer::<Fault<'t>>::new(&entry.key));
        key.map(Some)
            .map_err(|error| error.at(&entry.at, &entry.value).left_out().under(&entry.key, &self.place.node.at))
    }

    fn next_value_seed<V: DeserializeSeed<'t>>(&mut self, seed: V) -> Result<V::Value, Fault<'t>> {
        let Some((entry, value)) = self.value.take() else { return Err(de::Error::custom("a value without a key")) };
        let read = seed.deserialize(value);
        read.map_err(|error| error.at(&value.node.at, value.node).under(&entry.key, &self.place.node.at))
    }
}
