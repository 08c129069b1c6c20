//! The `when` of a rule: what the query, the headers or the body must hold.

pub mod json;

use http::{HeaderMap, HeaderName};
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, collections::BTreeMap};

use crate::Misread;
use json::JsonText;

/// What must hold beside method and path. All that is named must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// The query has this parameter, or these parameters with these values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<Wanted>,
    /// The request has this header, or these headers with these values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<Wanted>,
    /// The body is JSON and has something at this place, or at these places these values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub json: Option<JsonText>,
}

/// A name that must be there, or names with their values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Wanted {
    /// Is there, with whatever value.
    Name(String),
    /// Each is there exactly once, with this value; without one, it is there.
    Values(BTreeMap<String, Option<String>>),
}

impl Wanted {
    fn names(&self) -> Vec<&str> {
        match self {
            Self::Name(name) => vec![name],
            Self::Values(values) => values.keys().map(String::as_str).collect(),
        }
    }

    /// Each name with the value it must have, if it must have one.
    fn demands(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        let (name, values) = match self {
            Self::Name(name) => (Some((name.as_str(), None)), None),
            Self::Values(values) => (None, Some(values)),
        };
        let values = values.into_iter().flatten().map(|(name, value)| (name.as_str(), value.as_deref()));
        name.into_iter().chain(values)
    }
}

/// One thing that a condition demands. Header names are one in any case.
#[derive(Debug, PartialEq, Eq)]
struct Demand<'c> {
    part: Part,
    name: Cow<'c, str>,
    value: Option<Cow<'c, str>>,
}

/// Of which part of the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Query,
    Header,
    Json,
}

impl<'c> Demand<'c> {
    fn of(part: Part, name: Cow<'c, str>, value: Option<&'c str>) -> Self {
        Self { part, name, value: value.map(Cow::Borrowed) }
    }

    fn is_about(&self, other: &Self) -> bool {
        self.part == other.part && self.name == other.name
    }

    fn follows_from(&self, other: &Self) -> bool {
        self.is_about(other) && (self.value.is_none() || self.value == other.value)
    }

    fn excludes(&self, other: &Self) -> bool {
        self.is_about(other) && self.value.is_some() && other.value.is_some() && self.value != other.value
    }
}

impl Condition {
    /// What is wrong with it, if anything.
    pub fn mistakes(&self) -> Vec<String> {
        let mut mistakes = Vec::new();
        if self.query.is_none() && self.header.is_none() && self.json.is_none() {
            mistakes.push("`when` names neither `query` nor `header` nor `json`".to_owned());
        }
        let named = self.query.iter().chain(&self.header);
        if named.clone().any(|wanted| wanted.names().is_empty() || wanted.names().contains(&"")) {
            mistakes.push("`when` holds an empty name".to_owned());
        }
        for name in self.header.iter().flat_map(Wanted::names).filter(|name| !name.is_empty()) {
            if HeaderName::from_bytes(name.as_bytes()).is_err() {
                mistakes.push(format!("`{name}` is not a header name"));
            } else if name.contains('_') {
                let meant = name.replace('_', "-");
                mistakes.push(format!(
                    "no request has the header `{name}`: Doorward drops headers with an underscore in their name, which apps take for another's; \
                     did you mean `{meant}`?"
                ));
            }
        }
        mistakes
    }

    fn demands(&self) -> impl Iterator<Item = Demand<'_>> {
        let query = self.query.iter().flat_map(Wanted::demands);
        let query = query.map(move |(name, value)| Demand::of(Part::Query, Cow::Borrowed(name), value));
        let header = self.header.iter().flat_map(Wanted::demands);
        let lower = |name: &str| Cow::Owned(name.to_ascii_lowercase());
        let header = header.map(move |(name, value)| Demand::of(Part::Header, lower(name), value));
        let json = self.json.iter().flat_map(JsonText::demands);
        let json = json.map(|(place, value)| Demand {
            part: Part::Json,
            name: Cow::Borrowed(place),
            value: value.map(|value| Cow::Owned(value.written())),
        });
        query.chain(header).chain(json)
    }

    /// Whether it holds wherever these hold.
    pub(crate) fn follows_from<'c>(&self, others: impl IntoIterator<Item = &'c Self>) -> bool {
        let given: Vec<Demand<'_>> = others.into_iter().flat_map(Self::demands).collect();
        self.demands().all(|own| given.iter().any(|given| own.follows_from(given)))
    }

    /// Whether no request holds both: it would need two values of one name.
    pub(crate) fn excludes(&self, other: &Self) -> bool {
        self.demands().any(|own| other.demands().any(|others| own.excludes(&others)))
    }

    /// More, the more it demands.
    pub(crate) fn weight(&self) -> usize {
        self.demands().map(|demand| 1 + usize::from(demand.value.is_some())).sum()
    }

    /// The headers it looks at.
    pub(crate) fn headers(&self) -> impl Iterator<Item = HeaderName> {
        self.header.iter().flat_map(Wanted::names).filter_map(|name| HeaderName::from_bytes(name.as_bytes()).ok())
    }

    /// Whether it holds as far as the head tells. What the tool could read otherwise than we do is refused.
    pub fn holds(&self, query: Option<&str>, headers: &HeaderMap) -> Result<bool, Misread> {
        let in_query = self.query.as_ref().map_or(Ok(true), |wanted| query_has(wanted, query.unwrap_or_default()))?;
        let in_headers = self.header.as_ref().map_or(Ok(true), |wanted| headers_have(wanted, headers))?;
        Ok(in_query && in_headers)
    }
}

fn query_has(wanted: &Wanted, query: &str) -> Result<bool, Misread> {
    match wanted {
        Wanted::Name(name) => Ok(values_of(query, name).next().is_some()),
        Wanted::Values(values) => all(
            values,
            |name| values_of(query, name).next().is_some(),
            |name| exactly_one("query parameter", name, values_of(query, name)),
        ),
    }
}

fn headers_have(wanted: &Wanted, headers: &HeaderMap) -> Result<bool, Misread> {
    match wanted {
        Wanted::Name(name) => Ok(headers.contains_key(name.as_str())),
        Wanted::Values(values) => all(
            values,
            |name| headers.contains_key(name),
            |name| {
                let found = headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
                exactly_one("header", name, found)
            },
        ),
    }
}

fn all<'a>(
    values: &BTreeMap<String, Option<String>>,
    is_there: impl Fn(&str) -> bool,
    find: impl Fn(&str) -> Result<Option<Cow<'a, str>>, Misread>,
) -> Result<bool, Misread> {
    let mut hold = true;
    for (name, value) in values {
        hold &= match value {
            Some(value) => find(name)?.is_some_and(|found| found == value.as_str()),
            None => is_there(name),
        };
    }
    Ok(hold)
}

fn exactly_one<'a>(
    what: &str,
    name: &str,
    mut found: impl Iterator<Item = Cow<'a, str>>,
) -> Result<Option<Cow<'a, str>>, Misread> {
    let first = found.next();
    if found.next().is_some() {
        return Err(Misread::new("duplicate_parameter", format!("The {what} `{name}` is there more than once.")));
    }
    Ok(first)
}

/// The decoded values of a query parameter. `;` separates too: some servers take it so, and a name hidden behind one must not
/// escape a rule.
pub(crate) fn values_of<'a>(query: &'a str, name: &str) -> impl Iterator<Item = Cow<'a, str>> {
    query.split(['&', ';']).filter_map(move |pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode(key) == name).then(|| decode(value))
    })
}

pub(crate) fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains(['%', '+']) {
        return Cow::Borrowed(text);
    }
    let spaced = text.replace('+', " ");
    Cow::Owned(percent_decode_str(&spaced).decode_utf8_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(name: &str) -> Condition {
        Condition { query: Some(Wanted::Name(name.into())), ..Condition::default() }
    }

    fn value(name: &str, value: &str) -> Condition {
        Condition { query: Some(Wanted::Values([(name.into(), Some(value.into()))].into())), ..Condition::default() }
    }

    #[test]
    fn a_parameter_is_found_in_every_spelling() {
        let headers = HeaderMap::new();
        for text in [
            "remoteNode=x",
            "a=b&remoteNode",
            "remote%4eode=1",
            "a=1;remoteNode=2",
            "&&remoteNode=&",
            "remoteNode=1&remoteNode=2",
        ] {
            assert!(query("remoteNode").holds(Some(text), &headers).unwrap(), "{text}");
        }
        for text in ["", "remotenode=x", "a=remoteNode", "xremoteNode=1"] {
            assert!(!query("remoteNode").holds(Some(text), &headers).unwrap(), "{text}");
        }
    }

    #[test]
    fn a_value_given_twice_is_ambiguous() {
        let headers = HeaderMap::new();
        assert!(value("dry", "true").holds(Some("dry=%74rue"), &headers).unwrap());
        assert!(!value("dry", "true").holds(Some("dry=false"), &headers).unwrap());
        for text in ["dry=true&dry=false", "dry=true&dr%79=true", "dry=true;dry=false"] {
            assert_eq!(
                value("dry", "true").holds(Some(text), &headers).unwrap_err().code,
                "duplicate_parameter",
                "{text}"
            );
        }
    }

    #[test]
    fn a_name_without_a_value_must_only_be_there() {
        let condition: Condition = serde_json::from_str(r#"{"query": {"dry": "true", "node": null}}"#).unwrap();
        let headers = HeaderMap::new();
        assert!(condition.holds(Some("dry=true&node=a&node=b"), &headers).unwrap());
        assert!(!condition.holds(Some("dry=true"), &headers).unwrap());
    }

    #[test]
    fn a_header_is_found_by_its_name_in_any_case() {
        let condition = Condition { header: Some(Wanted::Name("X-Remote-Node".into())), ..Condition::default() };
        let mut headers = HeaderMap::new();
        assert!(!condition.holds(None, &headers).unwrap());
        headers.insert("x-remote-node", "1".parse().unwrap());
        assert!(condition.holds(None, &headers).unwrap());
    }
}
