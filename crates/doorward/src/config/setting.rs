//! How a value is written: as a word of its own language, as one or several, as nothing. A section's fields name one of these in
//! `#[serde(with = "…")]`, where what they hold does not say it by its own type; serde and schemars both go by it.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, SeqAccess, Visitor};
use serde_json::Value;
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

/// A way to write something.
pub trait Setting {
    /// What is written so.
    type Value;

    /// What may be written, as a JSON Schema; for the table of keys, `words`, `separator` and `secret` beside it.
    fn schema() -> Value;

    /// Reads it.
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self::Value, D::Error>;
}

/// What is one word, for YAML.
pub trait Word {
    /// What it means.
    type Value;

    /// What may be written, as a JSON Schema, and the same in `words`.
    fn schema() -> Value;

    /// Reads it. A failure is a sentence that says how to write it instead.
    fn parse(text: &str) -> Result<Self::Value, String>;

    /// Whether what a file has without quotes may be no text in YAML: a number, or `true`.
    const MAY_BE_NO_TEXT: bool = true;
}

/// A word that there may be several of.
pub trait Several: Word {
    /// What may be written for all, as a JSON Schema, and beside it `words` and what parts them in a variable, the `separator`.
    fn all() -> Value;

    /// Reads one that stands alone, without a list.
    fn alone(text: &str) -> Result<Self::Value, String> {
        Self::parse(text)
    }

    /// What is wrong with all of them together.
    fn together(_all: &[Self::Value]) -> Result<(), String> {
        Ok(())
    }
}

/// Always something.
pub struct One<S>(PhantomData<S>);
/// Something or `null`.
pub struct Maybe<S>(PhantomData<S>);
/// A list of words, or one of them.
pub struct Many<W>(PhantomData<W>);

impl<S: Setting> One<S> {
    /// Reads it.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<S::Value, D::Error> {
        S::read(deserializer)
    }
}

impl<S: Setting> Maybe<S> {
    /// Reads it.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<S::Value>, D::Error> {
        deserializer.deserialize_option(Of::<Self>(PhantomData))
    }
}

impl<W: Word> Setting for W {
    type Value = W::Value;

    fn schema() -> Value {
        W::schema()
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<W::Value, D::Error> {
        if W::MAY_BE_NO_TEXT {
            deserializer.deserialize_str(Of::<W>(PhantomData))
        } else {
            deserializer.deserialize_string(Of::<W>(PhantomData))
        }
    }
}

impl<W: Several> Setting for Many<W> {
    type Value = Vec<W::Value>;

    fn schema() -> Value {
        W::all()
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<W::Value>, D::Error> {
        let all = deserializer.deserialize_seq(Of::<Self>(PhantomData))?;
        W::together(&all).map_err(D::Error::custom)?;
        Ok(all)
    }
}

/// Reads what is written so: serde's visitor and seed.
pub(super) struct Of<S>(pub(super) PhantomData<S>);

impl<'de, S: Setting> DeserializeSeed<'de> for Of<S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<S::Value, D::Error> {
        S::read(deserializer)
    }
}

impl<W: Word> Visitor<'_> for Of<W> {
    type Value = W::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&words::<W>())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<W::Value, E> {
        W::parse(text).map_err(E::custom)
    }
}

impl<'de, W: Several> Visitor<'de> for Of<Many<W>> {
    type Value = Vec<W::Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&words::<Many<W>>())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        W::alone(text).map(|word| vec![word]).map_err(E::custom)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        std::iter::from_fn(|| items.next_element_seed(Of::<W>(PhantomData)).transpose()).collect()
    }
}

impl<'de, S: Setting> Visitor<'de> for Of<Maybe<S>> {
    type Value = Option<S::Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&words::<S>())
    }

    fn visit_none<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        S::read(deserializer).map(Some)
    }
}

impl<S: Setting> JsonSchema for One<S> {
    fn schema_name() -> Cow<'static, str> {
        words::<S>().into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        described::<S>(false)
    }
}

impl<S: Setting> JsonSchema for Maybe<S> {
    fn schema_name() -> Cow<'static, str> {
        (words::<S>() + " or null").into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        described::<S>(true)
    }
}

fn described<S: Setting>(may_be_null: bool) -> Schema {
    let mut schema = Schema::try_from(S::schema()).unwrap_or_default();
    schema.insert("words".into(), words::<S>().into());
    schema.insert("may_be_null".into(), may_be_null.into());
    schema
}

/// What may be written, in a few words.
pub(super) fn words<S: Setting>() -> String {
    S::schema().get("words").and_then(Value::as_str).unwrap_or_default().to_owned()
}
