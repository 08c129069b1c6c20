//! Reading a rule as it was written: everything that does not fit is told at once, each with the key it is about.
//!
//! Whether what fits also makes sense (paths, captures, header names) is for [`super::compile`] to say.

use doorward_domain::{Action, nearest};
use serde_json::{Map, Value};

use crate::rules::{RuleText, pattern::Pattern, text::Unnamed};

/// What does not fit in a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleMistake {
    /// The key, with dots: `when.query`. Empty is the rule itself.
    pub key: String,
    /// What, in a sentence without its end.
    pub text: String,
}

/// What may stand at a key.
#[derive(Debug, Clone, Copy)]
enum Shape {
    Text,
    Truth,
    Action,
    Unnamed,
    /// One text, or a list of them.
    Texts,
    /// A name, or names with their values.
    Wanted,
    /// Names with their values.
    Values,
    /// A place in a JSON text, or places with their values.
    Json,
    Section(&'static [(&'static str, Shape)]),
}

const RULE: &[(&str, Shape)] = &[
    ("match", Shape::Text),
    ("action", Shape::Action),
    ("name", Shape::Text),
    ("called", Shape::Text),
    ("resource", Shape::Texts),
    ("targets", Shape::Unnamed),
    ("when", Shape::Section(&[("query", Shape::Wanted), ("header", Shape::Wanted), ("json", Shape::Json)])),
    ("changes_state", Shape::Truth),
    ("answer", Shape::Section(&[("headers", Shape::Values), ("service_worker", Shape::Truth)])),
    ("why", Shape::Text),
];

/// What a rule cannot be without, and how it looks.
const REQUIRED: [(&str, &str); 2] = [
    ("match", "which requests it is for: `GET /path/**`"),
    ("action", "what they amount to: view, run, edit, manage or admin"),
];

/// Reads a rule.
pub fn read(value: &Value) -> Result<RuleText, Vec<RuleMistake>> {
    let mut mistakes = Mistakes::default();
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            mistakes.in_section("", fields, RULE);
            let is_missing = |key: &str| fields.get(key).is_none_or(Value::is_null);
            for (key, what) in REQUIRED.iter().filter(|(key, _)| is_missing(key)) {
                mistakes.add("", format!("a rule needs `{key}`, {what}"));
            }
        }
        _ => mistakes.add("", "a rule is written `{match: \"GET /path/**\", action: view}`"),
    }
    if !mistakes.0.is_empty() {
        // It is compiled no more, which would tell this.
        if let Some(Err(mistake)) = value.get("match").and_then(Value::as_str).map(Pattern::parse) {
            mistakes.add("match", format!("match: {mistake}"));
        }
        return Err(mistakes.0);
    }
    let unexpected = |error: serde_json::Error| vec![RuleMistake { key: String::new(), text: error.to_string() }];
    serde_json::from_value(value.clone()).map_err(unexpected)
}

#[derive(Default)]
struct Mistakes(Vec<RuleMistake>);

impl Mistakes {
    fn add(&mut self, key: &str, text: impl Into<String>) {
        self.0.push(RuleMistake { key: key.to_owned(), text: text.into() });
    }

    fn in_section(&mut self, above: &str, fields: &Map<String, Value>, known: &[(&str, Shape)]) {
        for (name, value) in fields {
            let key = if above.is_empty() { name.clone() } else { format!("{above}.{name}") };
            match known.iter().find(|(own, _)| own == name) {
                Some((_, shape)) if !value.is_null() => self.in_value(&key, value, *shape),
                Some(_) => {}
                None => self.add(&key, unknown_key(&key, name, known)),
            }
        }
    }

    fn in_value(&mut self, key: &str, value: &Value, shape: Shape) {
        match (shape, value) {
            (Shape::Text | Shape::Texts | Shape::Wanted | Shape::Json, Value::String(_))
            | (Shape::Truth, Value::Bool(_)) => {}
            (Shape::Action, Value::String(word)) => self.in_action(key, word),
            (Shape::Unnamed, Value::String(word)) if Unnamed::ALL.contains(&word.as_str()) => {}
            (Shape::Texts, Value::Array(items)) => items.iter().for_each(|item| self.in_value(key, item, Shape::Text)),
            (Shape::Wanted, Value::Object(fields)) => {
                let valued = fields.iter().filter(|(_, value)| !value.is_null());
                valued.for_each(|(name, value)| self.in_value(&format!("{key}.{name}"), value, Shape::Text));
            }
            (Shape::Json, Value::Object(fields)) => fields.iter().for_each(|(name, value)| {
                if !(value.is_null() || value.is_string() || value.is_boolean() || value.is_i64()) {
                    self.add(
                        &format!("{key}.{name}"),
                        format!("`{key}.{name}` must be text, an integer, `true` or `false`"),
                    );
                }
            }),
            (Shape::Values, Value::Object(fields)) => {
                fields.iter().for_each(|(name, value)| self.in_value(&format!("{key}.{name}"), value, Shape::Text));
            }
            (Shape::Section(known), Value::Object(fields)) => self.in_section(key, fields, known),
            (Shape::Text, Value::Number(_) | Value::Bool(_)) => {
                self.add(key, format!("`{key}` must be text; write it in quotes: \"{value}\""));
            }
            _ => self.add(key, format!("`{key}` must be {}", shape.describe())),
        }
    }

    fn in_action(&mut self, key: &str, word: &str) {
        let known = Action::ALL.map(Action::as_str);
        if !known.contains(&word) {
            let meant = nearest(word, known).map(|meant| format!("; did you mean `{meant}`?")).unwrap_or_default();
            self.add(key, format!("`{word}` is no action; actions are {}{meant}", known.join(", ")));
        }
    }
}

fn unknown_key(key: &str, name: &str, known: &[(&str, Shape)]) -> String {
    let names: Vec<&str> = known.iter().map(|(own, _)| *own).collect();
    let hint = nearest(name, names.iter().copied()).map(|meant| format!("; did you mean `{meant}`?"));
    format!("unknown key `{key}`{}", hint.unwrap_or_else(|| format!("; known here: {}", names.join(", "))))
}

impl Shape {
    fn describe(self) -> String {
        match self {
            Self::Text => "text".into(),
            Self::Truth => "`true` or `false`".into(),
            Self::Action => "one of view, run, edit, manage, admin".into(),
            Self::Unnamed => format!("one of {}", Unnamed::ALL.join(", ")),
            Self::Texts => "text, or a list of texts".into(),
            Self::Wanted => "a name, or names with their values: `{page: \"1\"}`".into(),
            Self::Values => "names with their values: `{X-Frame-Options: DENY}`".into(),
            Self::Json => "a place, or places with their values: `{/op: delete}`".into(),
            Self::Section(known) => {
                let names: Vec<&str> = known.iter().map(|(own, _)| *own).collect();
                format!("a section with {}", names.join(" or "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use insta::assert_snapshot;
    use serde_json::json;

    fn told(value: &Value) -> String {
        let mistakes = read(value).expect_err("mistakes");
        mistakes.iter().map(|mistake| format!("{}: {}", mistake.key, mistake.text)).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn everything_that_does_not_fit_is_told_at_once_and_in_words() {
        let rule = json!({
            "match": 7, "acton": "view", "name": true, "resource": ["a:b", 1], "changes_state": "yes",
            "when": {"querry": "x", "header": {"page": 1}}, "answer": {"headers": "DENY", "service_worker": 1}
        });
        assert_snapshot!(told(&rule), @r#"
        acton: unknown key `acton`; did you mean `action`?
        answer.headers: `answer.headers` must be names with their values: `{X-Frame-Options: DENY}`
        answer.service_worker: `answer.service_worker` must be `true` or `false`
        changes_state: `changes_state` must be `true` or `false`
        match: `match` must be text; write it in quotes: "7"
        name: `name` must be text; write it in quotes: "true"
        resource: `resource` must be text; write it in quotes: "1"
        when.header.page: `when.header.page` must be text; write it in quotes: "1"
        when.querry: unknown key `when.querry`; did you mean `query`?
        : a rule needs `action`, what they amount to: view, run, edit, manage or admin
        "#);
    }

    #[test]
    fn typical_slips_are_told_in_our_words() {
        let slips = [
            json!(null),
            json!({}),
            json!("GET /x: view"),
            json!([]),
            json!({"match": "GET /x"}),
            json!({"match": null, "action": "view"}),
            json!({"match": "GET /x", "action": "look"}),
            json!({"match": "POST", "action": "see"}),
            json!({"match": "GET /x", "action": "Edit"}),
            json!({"match": "GET /x", "action": ["view", "run"]}),
            json!({"match": ["GET /x"], "action": "view"}),
            json!({"match": "GET /x", "action": "view", "colour": "red"}),
            json!({"match": "GET /x", "action": "view", "when": "query"}),
            json!({"match": "GET /x", "action": "view", "resource": {"kind": "job"}}),
            json!({"match": "GET /x", "action": "view", "targets": "everything"}),
        ];
        assert_snapshot!(slips.iter().map(told).collect::<Vec<_>>().join("\n"), @r#"
        : a rule is written `{match: "GET /path/**", action: view}`
        : a rule is written `{match: "GET /path/**", action: view}`
        : a rule is written `{match: "GET /path/**", action: view}`
        : a rule is written `{match: "GET /path/**", action: view}`
        : a rule needs `action`, what they amount to: view, run, edit, manage or admin
        : a rule needs `match`, which requests it is for: `GET /path/**`
        action: `look` is no action; actions are view, run, edit, manage, admin
        action: `see` is no action; actions are view, run, edit, manage, admin
        match: match: `POST` is not of the form `METHOD /path/{capture}/**`
        action: `Edit` is no action; actions are view, run, edit, manage, admin; did you mean `edit`?
        action: `action` must be one of view, run, edit, manage, admin
        match: `match` must be text
        colour: unknown key `colour`; known here: match, action, name, called, resource, targets, when, changes_state, answer, why
        when: `when` must be a section with query or header or json
        resource: `resource` must be text, or a list of texts
        targets: `targets` must be one of shell, whole, unknown
        "#);
    }

    #[test]
    fn every_key_of_a_rule_can_be_written() {
        let full = json!({
            "match": "POST /x", "action": "view", "name": "n", "called": "C", "resource": "a:b", "targets": "whole", "when": {"query": "q", "header": {"a": "b"}, "json": {"/op": "delete", "/n": 5, "/sure": true, "/x": null}},
            "changes_state": true, "answer": {"headers": {"X-Frame-Options": "DENY"}, "service_worker": true}, "why": "because"
        });
        let rule = read(&full).expect("a rule");
        let written = serde_json::to_value(&rule).expect("JSON");
        let keys: Vec<&str> = written.as_object().expect("a section").keys().map(String::as_str).collect();
        assert_eq!(keys.len(), RULE.len(), "{keys:?}");
        assert_eq!(written, full);
    }
}
