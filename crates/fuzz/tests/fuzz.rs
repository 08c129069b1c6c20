//! Every target on its seeds and on many mutations of them; `DOORWARD_FUZZ_SECONDS=60` runs each for so long instead.

#![expect(clippy::expect_used, reason = "a test says what it misses by panicking")]

use doorward_fuzz::{Bound, TARGETS, Target, drive, seeds};
use std::path::Path;

fn run(name: &str) {
    let target = TARGETS.into_iter().find(|target| target.name == name).expect("a target");
    let seeds = seeds(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds"), name).expect("seeds");
    assert!(!seeds.is_empty(), "{name} has no seeds");
    drive(target.body, &seeds, Bound::from_environment());
}

#[test]
fn graphql_requests_are_understood_or_refused_and_never_mistaken() {
    run("graphql");
}

#[test]
fn json_bodies_mean_to_every_reader_what_they_meant_to_us() {
    run("json");
}

#[test]
fn paths_have_one_canonical_form_or_none() {
    run("path");
}

#[test]
fn headers_tell_the_tool_nothing_a_client_made_up() {
    run("headers");
}

#[test]
fn return_addresses_stay_at_home() {
    run("next");
}

#[test]
fn frames_are_read_alike_however_they_come_in() {
    run("frames");
}

#[test]
fn chunked_bodies_are_what_the_standard_says() {
    run("chunks");
}

#[test]
fn heads_of_answers_have_one_meaning() {
    run("answer_heads");
}

#[test]
fn patterns_reach_what_their_definition_says() {
    run("patterns");
}

#[test]
fn every_target_has_seeds_and_a_test_here() {
    let source = include_str!("fuzz.rs");
    for target in TARGETS {
        assert!(source.contains(&format!("run(\"{}\")", target.name)), "{}", target.name);
    }
}

/// No other command builds those: they need another toolchain.
#[test]
fn every_target_is_one_of_cargo_fuzz_too() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz");
    let text = |file: &str| std::fs::read_to_string(folder.join(file)).expect(file);
    let manifest = text("Cargo.toml");
    assert_eq!(manifest.matches("[[bin]]").count(), TARGETS.len());
    for Target { name, .. } in TARGETS {
        assert!(manifest.contains(&format!("name = \"{name}\"\npath = \"fuzz_targets/{name}.rs\"")), "{name}");
        let calls = format!("libfuzzer_sys::fuzz_target!(|data: &[u8]| doorward_fuzz::targets::{name}(data));");
        assert!(text(&format!("fuzz_targets/{name}.rs")).contains(&calls), "{name} is called by none");
    }
}

#[test]
#[should_panic(expected = "found it")]
fn the_loop_finds_what_is_one_mutation_away() {
    drive(
        |data| assert!(!data.windows(3).any(|part| part == b"%2e"), "found it"),
        &[b"/".to_vec()],
        Bound::Inputs(20_000),
    );
}
