use insta::assert_snapshot;

use super::*;

fn files(texts: &[(&str, &str)]) -> Vec<ProfileFile> {
    let file = |(name, text): &(&str, &str)| ProfileFile {
        file: format!("profiles/{name}.yaml"),
        name: (*name).to_owned(),
        text: (*text).to_owned(),
    };
    texts.iter().map(file).collect()
}

fn mistakes(texts: &[(&str, &str)]) -> String {
    let mistakes = Profiles::with_files(files(texts)).unwrap_err();
    let told = mistakes.iter().map(|own| format!("{}: {}", own.file, own.mistake));
    told.collect::<Vec<_>>().join("\n")
}

#[test]
fn every_built_in_profile_is_there_and_shared() {
    let all = Profiles::default();
    assert_eq!(all.names().collect::<Vec<_>>(), Profile::builtin_names());
    assert!(Arc::ptr_eq(all.find("dagster").unwrap(), Profiles::builtin().find("dagster").unwrap()));
}

#[test]
fn all_that_a_built_in_profile_says_can_be_followed() {
    for name in Profile::builtin_names() {
        let text = Profile::builtin_text(name).unwrap();
        Draft::read(text).and_then(|draft| draft.finish(None)).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

#[test]
fn a_profile_says_what_it_says_and_the_rest_is_said_by_what_it_builds_on() {
    let texts = [
        ("strict", "profile: strict\nextends: etl\nrules: [{match: \"GET /**\", action: run}]"),
        (
            "etl",
            "profile: etl\nextends: dagster\nhand_over: [Remote-User]\nrules: [{match: \"GET /logs/**\", action: manage}]",
        ),
    ];
    let all = Profiles::with_files(files(&texts)).unwrap();
    let (strict, dagster) = (all.find("strict").unwrap(), all.find("dagster").unwrap());
    assert_eq!((strict.name(), strict.title(), strict.probe()), ("strict", Some("Dagster"), Some("/server_info")));
    assert_eq!(strict.hand_over(), crate::HandOver::from_iter([crate::IdentityHeader::RemoteUser]));
    assert_eq!(strict.menu(), dagster.menu());
    assert!(strict.graphql().is_some() && strict.reads_messages_like(dagster));
    assert_eq!(strict.rules().count(), dagster.rules().count() + 2);
    let firsts: Vec<&str> = strict.rules().take(2).map(|rule| rule.matches.as_str()).collect();
    assert_eq!(firsts, ["GET /**", "GET /logs/**"]);
    assert_eq!(all.text("etl").unwrap().1, Some("profiles/etl.yaml"));
    assert_eq!(all.text("dagster").unwrap().1, None);
}

#[test]
fn circles_and_names_that_nobody_has_are_told_with_their_places() {
    assert_snapshot!(mistakes(&[("a", "profile: a\nextends: b\n"), ("b", "profile: b\nextends: a\n"), ("c", "profile: c\nextends: a\n")]), @"
    profiles/a.yaml: line 2, column 10: `extends` goes round in a circle: a → b → a
    profiles/b.yaml: line 2, column 10: `extends` goes round in a circle: b → a → b
    ");
    assert_snapshot!(mistakes(&[("a", "profile: a\nextends: a\n")]), @"profiles/a.yaml: line 2, column 10: `extends` goes round in a circle: a → a");
    assert_snapshot!(mistakes(&[("a", "profile: a\nextends: dagstr\n")]), @"profiles/a.yaml: line 2, column 10: `extends`: there is no profile `dagstr`; profiles are dagster, generic; did you mean `dagster`?");
}

#[test]
fn a_file_must_have_the_name_of_its_profile_and_none_of_ours() {
    assert_snapshot!(mistakes(&[("a", "profile: b\n"), ("dagster", "\nprofile: dagster\n"), ("c", "profile: c\nrules: 7\n")]), @"
    profiles/a.yaml: line 1, column 10: the profile is called `b`, so its file must be called b.yaml
    profiles/dagster.yaml: line 2, column 10: `dagster` is built in; give yours another name, and say `extends: dagster` to build on it
    profiles/c.yaml: line 2, column 8: invalid type: integer `7`, expected a sequence
    ");
}

#[test]
fn what_builds_on_a_broken_file_is_not_told_too() {
    let told = mistakes(&[("a", "profile: a\nextends: b\n"), ("b", "profile: b\nrules: 7\n")]);
    assert_eq!(told.lines().count(), 1, "{told}");
}

#[test]
fn a_text_alone_may_build_on_what_is_built_in() {
    let own = Profile::from_yaml("profile: x\nextends: generic\nrules: [{match: \"GET /a\", action: run}]").unwrap();
    assert_eq!(own.rules().count(), 4);
    assert_snapshot!(Profile::from_yaml("profile: x\nextends: x\n").unwrap_err(), @"line 2, column 10: `extends`: there is no profile `x`; profiles are dagster, generic");
}
