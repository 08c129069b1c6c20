//! `apps.NAME.rules`: profile rules in the configuration. Mistakes in them are told with their place, together with all others.

use doorward_profile::RuleText;
use doorward_profile::error::Place;
use serde::de::Error;
use serde::{Deserialize as _, Deserializer};
use serde_json::{Value, json};

use crate::config::setting::Setting;
use crate::config::{Data, Node, Origin, Problems};

/// A list of rules; what is in them profiles know.
pub struct Rules;

impl Setting for Rules {
    type Value = Vec<Value>;

    fn schema() -> Value {
        json!({"type": "array", "items": {"type": "object"}, "words": "a list of profile rules", "separator": " "})
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Value>, D::Error> {
        let Value::Array(rules) = Value::deserialize(deserializer)? else {
            return Err(D::Error::custom("write rules as a list, each `{match: \"GET /path/**\", action: view}`"));
        };
        Ok(rules)
    }
}

/// Reads the rules, written in this list; what cannot be used is told and left out.
pub fn read(list: &Node, written: &[Value], problems: &mut Problems) -> Vec<RuleText> {
    let Data::List(items) = &list.data else { return Vec::new() };
    let (mut rules, mut places) = (Vec::new(), Vec::new());
    for (item, written) in items.iter().zip(written) {
        match RuleText::read(written) {
            Ok(rule) => {
                rules.push(rule);
                places.push(&item.at);
            }
            Err(mistakes) => {
                for mistake in mistakes {
                    problems.add(place_of(item, &mistake.key), mistake.text);
                }
            }
        }
    }
    if let Err(error) = RuleText::check(&rules) {
        for mistake in error.mistakes {
            let place = if let Place::Rule { index } = mistake.place { places.get(index).copied() } else { None };
            problems.add(place.unwrap_or(&list.at), mistake.text);
        }
    }
    rules
}

/// Where a key below the rule is written, or as much of its path as there is.
fn place_of<'a>(rule: &'a Node, key: &str) -> &'a Origin {
    let (mut node, mut at) = (rule, &rule.at);
    for name in key.split('.') {
        let Some(entry) = node.entries().iter().find(|entry| entry.key == name) else { return at };
        (node, at) = (&entry.value, &entry.at);
    }
    at
}
