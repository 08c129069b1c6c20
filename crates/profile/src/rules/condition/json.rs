//! `json` of a rule's `when`: what must stand at which places of the body.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use crate::Misread;
use crate::json::{At, Kind, Pointer};
use crate::rules::seen::{Seen, is_plain_integer, unplain_number};

/// As it is written: a place where something must be, or places with the values they must have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum JsonText {
    /// Something is there, whatever it is.
    Place(String),
    /// Each has this value; without one, something is there.
    Values(BTreeMap<String, Option<Scalar>>),
}

/// A value that a rule asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Scalar {
    /// `true` or `false`.
    Truth(bool),
    /// An integer.
    Number(i64),
    /// A text.
    Text(String),
}

impl Scalar {
    /// As it would stand in a body, so that a text is never a number.
    pub(super) fn written(&self) -> String {
        match self {
            Self::Truth(truth) => truth.to_string(),
            Self::Number(number) => number.to_string(),
            Self::Text(text) => crate::json::quoted(text),
        }
    }

    fn what(&self) -> &'static str {
        match self {
            Self::Truth(_) => "`true` or `false`",
            Self::Number(_) => "a number",
            Self::Text(_) => "a text",
        }
    }
}

/// The same, ready.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JsonCondition(Vec<(Pointer, Option<Scalar>)>);

impl JsonText {
    /// Each place with the value it must have, if it must have one.
    pub(super) fn demands(&self) -> impl Iterator<Item = (&str, Option<&Scalar>)> {
        let (place, values) = match self {
            Self::Place(place) => (Some((place.as_str(), None)), None),
            Self::Values(values) => (None, Some(values)),
        };
        let values = values.into_iter().flatten().map(|(place, value)| (place.as_str(), value.as_ref()));
        place.into_iter().chain(values)
    }

    /// Reads the places, or says all that is wrong with them.
    pub(crate) fn compile(&self) -> Result<JsonCondition, Vec<String>> {
        let mut mistakes = Vec::new();
        let mut demands = Vec::new();
        for (place, value) in self.demands() {
            match Pointer::parse(place) {
                Ok(pointer) => demands.push((pointer, value.cloned())),
                Err(mistake) => mistakes.push(format!("when.json: {mistake}")),
            }
            if let Some(Scalar::Number(number)) = value
                && !is_plain_integer(&number.to_string())
            {
                mistakes.push(format!("when.json: {number} is more than every app reads exactly"));
            }
        }
        if mistakes.is_empty() && demands.is_empty() {
            mistakes.push("`when.json` names no place".to_owned());
        }
        if mistakes.is_empty() { Ok(JsonCondition(demands)) } else { Err(mistakes) }
    }
}

impl JsonCondition {
    /// Whether it holds. Of a body that is not read yet, it might.
    pub fn holds(&self, seen: &Seen<'_>) -> Result<bool, Misread> {
        if seen.body.is_none() {
            return Ok(true);
        }
        let mut hold = true;
        for (pointer, wanted) in &self.0 {
            // All are looked at, so that it does not hang on the order what is refused.
            hold &= holds(pointer, wanted.as_ref(), seen.at(pointer)?)?;
        }
        Ok(hold)
    }
}

fn holds(pointer: &Pointer, wanted: Option<&Scalar>, at: At<'_>) -> Result<bool, Misread> {
    let wrong = |is: &str| {
        let asked = wanted.map_or("something", Scalar::what);
        Misread::new(
            "wrong_type",
            format!("A rule looks for {asked} at {} of the body, and there is {is}.", pointer.as_str()),
        )
    };
    let value = match at {
        At::Nothing => return Ok(false),
        // Some tools take a short form there for a long one.
        At::OffTheWay => return Err(wrong("something else on the way")),
        At::Value(value) => value,
    };
    match (wanted, value.kind()) {
        (None, _) => Ok(true),
        (Some(_), Kind::Null) => Ok(false),
        (Some(Scalar::Text(wanted)), Kind::String) => Ok(value.as_str().is_some_and(|text| text == wanted.as_str())),
        (Some(Scalar::Truth(wanted)), Kind::Bool(truth)) => Ok(*wanted == truth),
        (Some(Scalar::Number(wanted)), Kind::Number) if is_plain_integer(value.raw()) => {
            Ok(value.raw() == wanted.to_string())
        }
        (Some(Scalar::Number(_)), Kind::Number) => Err(unplain_number()),
        (Some(_), Kind::String) => Err(wrong("a text")),
        (Some(_), Kind::Number) => Err(wrong("a number")),
        (Some(_), Kind::Bool(_)) => Err(wrong("`true` or `false`")),
        (Some(_), Kind::Object | Kind::Array) => Err(wrong("an object or a list")),
    }
}
