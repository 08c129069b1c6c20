//! What of a request rules look at beside its path: the method, the query, the headers, and the body where one was read.

use http::HeaderMap;
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;

use crate::Misread;
use crate::json::pointer::{OtherSpelling, is_another_spelling};
use crate::json::{At, Kind, Pointer, Tree, Value};
use crate::rules::condition::{decode, values_of};
use crate::rules::methods::Verb;

/// A request, by one reading of its path.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// What it does by its method.
    pub verb: Verb,
    /// The raw query.
    pub query: Option<&'a str>,
    /// The headers.
    pub headers: &'a HeaderMap,
    /// The body; none as long as it is not read. Until then whatever a rule asks of it might be so.
    pub body: Option<&'a Body<'a>>,
}

/// A JSON body, and what rules have found in it: each place is looked for once, however many rules and readings of the path ask.
#[derive(Debug)]
pub struct Body<'a> {
    tree: &'a Tree,
    found: RefCell<HashMap<Pointer, Result<Found, Misread>>>,
}

/// [`At`], by the number of the value.
#[derive(Debug, Clone, Copy)]
enum Found {
    Value(usize),
    Nothing,
    OffTheWay,
}

impl<'a> Body<'a> {
    /// A body that was read.
    pub fn new(tree: &'a Tree) -> Self {
        Self { tree, found: RefCell::default() }
    }

    fn find(&self, pointer: &Pointer) -> Result<At<'a>, Misread> {
        let known = self.found.borrow().get(pointer).cloned();
        let found = known.unwrap_or_else(|| {
            let found = self.look_for(pointer);
            self.found.borrow_mut().insert(pointer.clone(), found.clone());
            found
        });
        Ok(match found? {
            Found::Value(index) => self.tree.value(index).map_or(At::Nothing, At::Value),
            Found::Nothing => At::Nothing,
            Found::OffTheWay => At::OffTheWay,
        })
    }

    fn look_for(&self, pointer: &Pointer) -> Result<Found, Misread> {
        let Some(root) = self.tree.root() else { return Ok(Found::Nothing) };
        let found = pointer.find(root).map_err(|OtherSpelling(key)| {
            let place = pointer.as_str();
            let detail =
                format!("A rule looks for {place} in the body, and there is “{key}”, which some apps take for it.");
            Misread::new("ambiguous_key", detail)
        });
        Ok(match found? {
            At::Value(value) => Found::Value(value.index()),
            At::Nothing => Found::Nothing,
            At::OffTheWay => Found::OffTheWay,
        })
    }
}

impl<'a> Seen<'a> {
    /// What is at a place of the body, which must have been read. A parameter of the query that is called like it would be another answer to
    /// the same question, to tools that put both into one list.
    pub fn at(&self, pointer: &Pointer) -> Result<At<'a>, Misread> {
        let Some(body) = self.body else { return Ok(At::Nothing) };
        let is_called_so = |name: &str| name == pointer.root() || is_another_spelling(name, pointer.root());
        if self.query.is_some_and(|query| names_in(query).any(|name| is_called_so(&name))) {
            let detail =
                format!("A rule looks for {} in the body, and the URL has a parameter of that name.", pointer.as_str());
            return Err(Misread::new("ambiguous_request", detail));
        }
        body.find(pointer)
    }

    /// The one value of a parameter of the query, if it is there.
    pub fn parameter(&self, name: &str) -> Result<Option<String>, Misread> {
        let query = self.query.unwrap_or_default();
        if names_in(query).any(|own| is_another_spelling(&own, name)) {
            let detail = format!("The URL has a parameter that some apps take for “{name}”.");
            return Err(Misread::new("ambiguous_parameter", detail));
        }
        let mut found = values_of(query, name);
        let Some(value) = found.next() else { return Ok(None) };
        // `a=1;b=2` is one parameter to some tools and two to others.
        let pairs = query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        let mut whole = pairs.filter(|(key, _)| decode(key) == name).map(|(_, value)| value);
        match (found.next(), whole.next(), whole.next()) {
            (None, Some(raw), None) if decode(raw) == value && !value.contains('\u{fffd}') => {
                Ok(Some(value.into_owned()))
            }
            _ => Err(Misread::new(
                "duplicate_parameter",
                format!("What the URL says of “{name}” can be read in two ways."),
            )),
        }
    }
}

/// The names of all parameters, as whoever makes lists and tables of them reads them: `a[]`, `a[b]` and `a.b` are about `a`.
fn names_in(query: &str) -> impl Iterator<Item = Cow<'_, str>> {
    query.split(['&', ';']).map(|pair| {
        let key = decode(pair.split_once('=').map_or(pair, |(key, _)| key));
        match key.find(['[', '.']) {
            Some(end) => Cow::Owned(key.get(..end).unwrap_or_default().to_owned()),
            None => key,
        }
    })
}

/// What a value of a body names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Names<'a> {
    /// One thing.
    One(Cow<'a, str>),
    /// Each of these.
    Each(Vec<Cow<'a, str>>),
    /// Nothing, or what nobody can tell.
    Untold,
}

/// More things are not told apart: whoever names them has to be allowed everything.
const MOST: usize = 1000;

impl<'a> Names<'a> {
    /// What is at a place.
    pub fn of(at: At<'a>) -> Result<Self, Misread> {
        let At::Value(value) = at else { return Ok(Self::Untold) };
        if value.kind() != Kind::Array {
            return Ok(name(value)?.map_or(Self::Untold, Self::One));
        }
        let mut each = Vec::new();
        for item in value.children() {
            match name(item)? {
                Some(name) if each.len() < MOST => each.push(name),
                _ => return Ok(Self::Untold),
            }
        }
        Ok(if each.is_empty() { Self::Untold } else { Self::Each(each) })
    }
}

/// What a value says, if it is a name.
fn name(value: Value<'_>) -> Result<Option<Cow<'_, str>>, Misread> {
    match value.kind() {
        Kind::String => {
            let text = value.as_str().unwrap_or_default();
            check_name(&text)?;
            Ok(Some(text).filter(|text| !text.is_empty()))
        }
        Kind::Number if is_plain_integer(value.raw()) => Ok(Some(Cow::Borrowed(value.raw()))),
        Kind::Number => Err(unplain_number()),
        Kind::Bool(_) | Kind::Null | Kind::Object | Kind::Array => Ok(None),
    }
}

/// Refuses what ends a name for some tools.
pub(crate) fn check_name(text: &str) -> Result<(), Misread> {
    if text.chars().any(char::is_control) {
        return Err(Misread::new("ambiguous_name", "A name in the request holds a control character."));
    }
    Ok(())
}

/// Whether every reader takes it for the same number, and writes it like this: `1.0`, `1e0` and `-0` are others to some, and beyond 2^53 many
/// only come near it.
pub(crate) fn is_plain_integer(raw: &str) -> bool {
    const EXACT: u64 = 1 << 53;
    let digits = raw.strip_prefix('-').unwrap_or(raw);
    let is_integer = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_integer && raw != "-0" && digits.parse::<u64>().is_ok_and(|number| number <= EXACT)
}

pub(crate) fn unplain_number() -> Misread {
    Misread::new("ambiguous_number", "A number in the body that a rule looks at is not a plain integer.")
}

#[cfg(test)]
mod tests;
