//! `examples` of a profile: requests, and what they must be read as. Whoever changes a rule sees at once what else it changed.
//!
//! An example is read as the door reads the request, by the same code; what is not said of it may be anything. Must not know who asks:
//! whether somebody may do it is a decision.

use bytes::Bytes;
use doorward_domain::{Action, Intent, Operation, Resource, Target, Targets};
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::error::{Mistake, Place};
use crate::rules::Unnamed;
use crate::{CanonicalPath, HeadReading, Misread, Profile, RequestHead};

/// An example as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExampleText {
    /// `GET /path?query`; `WEBSOCKET /path` opens one.
    request: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// Text as it is, anything else as JSON.
    #[serde(default)]
    body: Option<Value>,
    #[serde(flatten)]
    expected: Expected,
}

/// What is expected of a request.
#[derive(Debug, Deserialize)]
struct Expected {
    /// The strongest action of all it does.
    action: Option<Action>,
    /// What it is called: a rule's name or a root field of GraphQL; a list is of all that it does.
    name: Option<Names>,
    /// What is acted on by the strongest of what it does.
    targets: Option<TargetsText>,
    /// Whether it is recorded before it is passed on.
    changes_state: Option<bool>,
    /// It cannot be understood, with this code.
    refused: Option<String>,
}

/// One name, or several.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Names {
    One(String),
    All(Vec<String>),
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum TargetsText {
    Unnamed(Unnamed),
    /// Each by its own name, the innermost, or by all.
    Things(Vec<Names>),
}

/// What came of trying all examples of a profile.
#[derive(Debug, Default)]
pub struct Trial {
    /// How many hold.
    pub held: usize,
    /// What is not as the others say, in the order of the file.
    pub differences: Vec<Mistake>,
}

/// A request, and what it must be read as.
#[derive(Debug)]
pub struct Example {
    place: Place,
    shown: String,
    method: Method,
    path: String,
    query: Option<String>,
    headers: HeaderMap,
    body: Bytes,
    expected: Expected,
}

impl Profile {
    /// How many examples it has.
    pub fn examples(&self) -> usize {
        self.examples.len()
    }

    /// Reads all examples.
    pub fn try_examples(&self) -> Trial {
        let mut trial = Trial::default();
        for example in self.examples.iter() {
            let differences = example.differences(self);
            trial.held += usize::from(differences.is_empty());
            let told = |text| Mistake { place: example.place.clone(), text: format!("`{}`: {text}", example.shown) };
            trial.differences.extend(differences.into_iter().map(told));
        }
        trial
    }
}

/// The keys of an example, for telling of those that are none.
pub(crate) const KEYS: [&str; 8] =
    ["request", "headers", "body", "action", "name", "targets", "changes_state", "refused"];

impl Example {
    /// Reads what is written, or says what is wrong with it.
    pub(crate) fn read(value: &Value, place: Place) -> Result<Self, String> {
        let form = || "an example is written `{request: \"GET /path\", action: view}`".to_owned();
        let fields = value.as_object().ok_or_else(form)?;
        if let Some(unknown) = fields.keys().find(|key| !KEYS.contains(&key.as_str())) {
            return Err(format!("unknown key `{unknown}`; known here: {}", KEYS.join(", ")));
        }
        if fields.get("targets").is_some_and(|targets| {
            !targets.is_array() && targets.as_str().is_none_or(|word| !Unnamed::ALL.contains(&word))
        }) {
            return Err(format!("`targets` must be one of {}, or a list of things", Unnamed::ALL.join(", ")));
        }
        let told = |error: serde_json::Error| format!("this example cannot be read: {error}");
        let text: ExampleText = serde_json::from_value(value.clone()).map_err(told)?;
        let (word, target) = text.request.trim().split_once(char::is_whitespace).ok_or_else(form)?;
        let (path, query) = match target.trim_start().split_once('?') {
            Some((path, query)) => (path, Some(query.to_owned())),
            None => (target.trim_start(), None),
        };
        let is_socket = word == "WEBSOCKET";
        let method = if is_socket { "GET" } else { word };
        let method = Method::from_bytes(method.as_bytes()).map_err(|_| format!("`{word}` is no method"))?;
        Ok(Self {
            place,
            method,
            path: path.to_owned(),
            query,
            headers: text.headers(is_socket)?,
            body: match &text.body {
                None => Bytes::new(),
                Some(Value::String(text)) => Bytes::from(text.clone()),
                Some(value) => Bytes::from(value.to_string()),
            },
            expected: text.expected,
            shown: text.request,
        })
    }

    /// What is not as expected.
    fn differences(&self, profile: &Profile) -> Vec<String> {
        match (self.reading(profile), &self.expected.refused) {
            (Err(misread), Some(code)) if misread.code == code => Vec::new(),
            (Err(misread), expected) => {
                let expected = expected.as_ref().map(|code| format!(", expected {code}")).unwrap_or_default();
                vec![format!("it is refused with {}{expected}: {}", misread.code, misread.detail)]
            }
            (Ok(_), Some(code)) => vec![format!("it is understood, expected is that it is refused with {code}")],
            (Ok(intent), None) => self.expected.differences(&intent),
        }
    }

    /// What the profile reads it as.
    fn reading(&self, profile: &Profile) -> Result<Arc<Intent>, Misread> {
        let path = CanonicalPath::parse(&self.path)?;
        let (query, headers) = (self.query.as_deref(), &self.headers);
        let head = RequestHead { method: &self.method, path: &path, query, headers };
        match profile.read_head(&head)? {
            HeadReading::Understood(intent) | HeadReading::Socket { intent, .. } => Ok(intent),
            HeadReading::NeedsBody { .. } => Ok(Arc::clone(profile.read_body(&head, self.body.clone())?.intent())),
        }
    }
}

impl ExampleText {
    fn headers(&self, is_socket: bool) -> Result<HeaderMap, String> {
        let mut headers = HeaderMap::new();
        if is_socket {
            headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        }
        if self.body.as_ref().is_some_and(|body| !body.is_string()) {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        for (name, value) in &self.headers {
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| format!("`{name}` is not a header name"))?;
            let told = |_| format!("the value of `{name}` cannot stand in a header");
            let value = HeaderValue::from_str(value).map_err(told)?;
            headers.insert(name, value);
        }
        Ok(headers)
    }
}

impl Expected {
    fn differences(&self, intent: &Intent) -> Vec<String> {
        let mut told = Vec::new();
        let Some(strongest) = intent.strongest() else { return vec!["it does nothing at all".to_owned()] };
        let mut expect = |what: &str, found: String, expected: String| {
            told.push(format!("its {what} {found}, expected {expected}"));
        };
        if let Some(action) = self.action.filter(|action| *action != strongest.action) {
            expect("action is", strongest.action.to_string(), action.to_string());
        }
        match &self.name {
            Some(Names::One(name)) if !is_called(strongest, name) => {
                expect("name is", strongest.rule.to_string(), name.clone());
            }
            Some(Names::All(names)) if !are_called(&intent.operations, names) => {
                let found = intent.operations.iter().map(|operation| operation.name.as_ref());
                expect("names are", listed(found), listed(names.iter().map(String::as_str)));
            }
            _ => {}
        }
        if let Some(targets) = self.targets.as_ref().filter(|targets| !targets.are(&strongest.targets)) {
            expect("targets are", found(&strongest.targets), targets.shown());
        }
        if let Some(changes) = self.changes_state.filter(|changes| *changes != intent.changes_state) {
            expect("changes_state is", intent.changes_state.to_string(), changes.to_string());
        }
        told
    }
}

fn is_called(operation: &Operation, name: &str) -> bool {
    operation.rule.as_str() == name || operation.name == name
}

/// In whatever order.
fn are_called(operations: &[Operation], names: &[String]) -> bool {
    operations.len() == names.len()
        && names.iter().all(|name| operations.iter().any(|operation| is_called(operation, name)))
        && operations.iter().all(|operation| names.iter().any(|name| is_called(operation, name)))
}

fn listed<'n>(names: impl Iterator<Item = &'n str>) -> String {
    format!("[{}]", names.collect::<Vec<_>>().join(", "))
}

impl Names {
    fn are(&self, thing: &Target) -> bool {
        match self {
            Self::One(name) => thing.names().last().is_some_and(|own| own.as_str() == name),
            Self::All(names) => thing.names().iter().map(Resource::as_str).eq(names.iter().map(String::as_str)),
        }
    }

    fn shown(&self) -> String {
        match self {
            Self::One(name) => name.clone(),
            Self::All(names) => listed(names.iter().map(String::as_str)),
        }
    }
}

impl TargetsText {
    /// Things are compared in whatever order.
    fn are(&self, targets: &Targets) -> bool {
        match (self, targets) {
            (Self::Unnamed(unnamed), targets) => Targets::from(*unnamed) == *targets,
            (Self::Things(expected), Targets::These(things)) => {
                expected.iter().all(|names| things.iter().any(|thing| names.are(thing)))
                    && things.iter().all(|thing| expected.iter().any(|names| names.are(thing)))
            }
            (Self::Things(_), _) => false,
        }
    }

    fn shown(&self) -> String {
        match self {
            Self::Unnamed(unnamed) => found(&Targets::from(*unnamed)),
            Self::Things(things) => format!("[{}]", things.iter().map(Names::shown).collect::<Vec<_>>().join(", ")),
        }
    }
}

fn found(targets: &Targets) -> String {
    match targets {
        Targets::Shell => "shell".to_owned(),
        Targets::Whole => "whole".to_owned(),
        Targets::Unknown => "unknown".to_owned(),
        Targets::These(things) => {
            let shown = things.iter().map(|thing| match thing.names() {
                [name] => name.to_string(),
                names => listed(names.iter().map(Resource::as_str)),
            });
            format!("[{}]", shown.collect::<Vec<_>>().join(", "))
        }
    }
}

#[cfg(test)]
mod tests;
