//! One word for one thing, wherever people read.

use doorward_domain::{Action, Operation, Refusal, Remedy, RuleName, Targets, Unresolved, Why};
use doorward_service::gate::sentence;
use std::path::Path;

use super::words;

/// The crates whose sentences people read: pages, refusals, answers that Doorward says itself, what sockets are closed with, log lines.
const SPEAKING: [&str; 5] = ["http", "profile", "proxy", "service", "web"];
/// What speaks to whoever writes a profile, where a tool is the program that it is about.
const FOR_AUTHORS: [&str; 3] = ["profile/src/schema/", "profile/src/schema.rs", "profile/src/check/"];

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

#[test]
fn it_is_called_an_app_in_every_sentence_of_the_sources() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut sources = Vec::new();
    for name in SPEAKING {
        sources_in(&crates.join(name).join("src"), &mut sources);
    }
    let mut looked_at = 0;
    for path in sources {
        let place = path.strip_prefix(crates).unwrap().display().to_string();
        if FOR_AUTHORS.iter().any(|start| place.starts_with(start)) {
            continue;
        }
        for sentence in sentences(&std::fs::read_to_string(&path).unwrap()) {
            // The first part of a media type is no word.
            let said = sentence.to_lowercase().replace("application/", "");
            for word in ["tool", "tools", "application", "applications"] {
                let is_said = said.split(|letter: char| !letter.is_alphanumeric()).any(|other| other == word);
                assert!(!is_said, "{place}: `{word}` where people read `app`: {sentence}");
            }
            looked_at += 1;
        }
    }
    assert!(looked_at > 500, "only {looked_at} sentences were found");
}

#[test]
fn sentences_are_found_however_they_are_written() {
    let source = r##"
        // "A comment."
        let mark = '"'; say("one of a line"); say("one of
            two lines"); raw(r#"with "quotes" in it"#); escaped("a \"word\"");
        single("word");
        #[cfg(test)]
        mod tests { say("of a test"); }
    "##;
    assert_eq!(
        sentences(&source.replace("        ", "")),
        ["one of a line", "one of\n    two lines", "with \"quotes\" in it", "a \\\"word\\\""]
    );
}

/// The sources below a folder that are not tests.
fn sources_in(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        if ["tests", "tests_support", "fakes"].contains(&name) {
            continue;
        }
        if path.is_dir() {
            sources_in(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The string literals of more than one word in a source, without those of its tests.
fn sentences(source: &str) -> Vec<String> {
    let spoken = source.split("\n#[cfg(test)]\nmod tests {").next().unwrap();
    let code: Vec<&str> = spoken.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let code = code.join("\n").replace("'\"'", "");
    let mut found = Vec::new();
    let mut rest = code.as_str();
    while let Some(at) = rest.find('"') {
        let (before, literal) = (&rest[..at], &rest[at + 1..]);
        let hashes = before.len() - before.trim_end_matches('#').len();
        let is_raw = before[..at - hashes].ends_with('r');
        let end = if is_raw {
            literal.find(&format!("\"{}", "#".repeat(hashes)))
        } else {
            literal.match_indices('"').map(|(at, _)| at).find(|at| is_even(trailing(&literal[..*at])))
        };
        let end = end.unwrap_or_else(|| panic!("a literal without an end: {literal:.60}"));
        found.push(literal[..end].to_owned());
        rest = &literal[end + 1..];
    }
    found.retain(|text| text.contains(' '));
    found
}

/// With how many backslashes a text ends.
fn trailing(text: &str) -> usize {
    text.len() - text.trim_end_matches('\\').len()
}

fn is_even(number: usize) -> bool {
    number.is_multiple_of(2)
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
