//! One word for one thing, wherever people read.

use doorward_domain::{Action, Operation, Refusal, Remedy, RuleName, Targets, Unresolved, Why};
use doorward_service::gate::sentence;

use super::words;

/// A template without what askama puts in or decides by.
fn literal(template: &str) -> String {
    let mut text = String::new();
    let mut rest = template;
    while let Some(at) = ["{{", "{%", "{#"].iter().filter_map(|open| rest.find(open)).min() {
        text.push_str(&rest[..at]);
        rest = rest[at..].split_once('}').map_or("", |(_, after)| after.trim_start_matches('}'));
    }
    text + rest
}

#[test]
fn what_stands_behind_the_door_is_called_an_app_on_every_page() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/templates");
    let mut looked_at = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let said = words(&literal(&std::fs::read_to_string(&path).unwrap())).to_lowercase();
        speaks_of_apps(&said, &path.display().to_string());
        looked_at += usize::from(said.contains("app"));
    }
    assert!(looked_at > 5, "only {looked_at} templates speak of apps");
}

#[test]
fn it_is_called_an_app_in_the_sentence_of_a_refusal_too() {
    for why in [Unresolved::TooMany, Unresolved::NoAnswer, Unresolved::NotFound] {
        let said = sentence(&unresolved(why), "");
        speaks_of_apps(&said.to_lowercase(), why.as_str());
        assert!(said.contains("the app"), "{why:?}: {said}");
    }
}

/// No other word for an app is in what people read.
fn speaks_of_apps(said: &str, place: &str) {
    for word in said.split(|letter: char| !letter.is_alphanumeric()) {
        assert!(
            !["tool", "tools", "application", "applications", "service", "services", "upstream"].contains(&word),
            "{place}: `{word}` where people read `app`: {said}"
        );
    }
}

/// What somebody is refused because the app that was asked could not tell what it acts on.
fn unresolved(why: Unresolved) -> Refusal {
    Refusal {
        id: "01936f2e-5a77-7c11-8000-000000000001".parse().unwrap(),
        name: "ada".parse().unwrap(),
        is_key: false,
        is_capped: false,
        held: None,
        on_parts: None,
        operation: Operation {
            name: "terminateRun".into(),
            action: Action::Run,
            rule: RuleName::UNCLASSIFIED,
            called: None,
            family: None,
            targets: Targets::Unknown,
        },
        why: Why::Untold,
        denied: None,
        unresolved: Some(why),
        in_doubt: None,
        remedy: Remedy::Nothing,
        lacks: None,
        ended: None,
    }
}
