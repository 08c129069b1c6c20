//! `apps.NAME.rules`: profile rules in the configuration. Mistakes in them are told with their place, together with all others.

use doorward_profile::RuleText;
use doorward_profile::error::Place;

use crate::config::{Data, Node, Origin, Problems};

/// Reads the rules; what cannot be used is told and left out.
pub fn read(list: &Node, problems: &mut Problems) -> Vec<RuleText> {
    let Data::List(items) = &list.data else { return Vec::new() };
    let (mut rules, mut places) = (Vec::new(), Vec::new());
    for item in items {
        match RuleText::read(&item.to_json()) {
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
        let Data::Map(entries) = &node.data else { return at };
        let Some(entry) = entries.iter().find(|entry| entry.key == name) else { return at };
        (node, at) = (&entry.value, &entry.at);
    }
    at
}
