//! A grant, and a denial, on one thing of every kind that Dagster has: what it reaches, and what it doesn't.

use std::fmt::Write as _;

use super::checked_in;
use super::people::{Column, Company};
use super::reading::Request;
use super::things::{Pair, things};
use super::verdicts::verdict;
use crate::house::House;

/// With two keys for each thing: whose it is, and to whom it is denied.
async fn company() -> Company {
    let mut company = Company::empty(House::empty().await);
    for (thing, _) in things() {
        company.keys_for_and_against(thing).await;
    }
    company
}

fn word(company: &Company, request: &Request, column: &Column) -> String {
    let intents = request.read(&company.app.profile).unwrap_or_else(|misread| panic!("{misread:?}"));
    let verdict = verdict(company, &intents, column);
    // By which grant is clear.
    verdict.trim_end_matches(|letter: char| letter == ' ' || letter.is_ascii_digit()).to_owned()
}

/// Of every request what becomes of it: for the holder about the thing, then about the other one; the same for whom it is denied.
fn verdicts(company: &Company) -> Vec<(&'static str, &'static str, [String; 4])> {
    let mut all = Vec::new();
    for (keys, (thing, pairs)) in company.columns.chunks(2).zip(things()) {
        for Pair { name, own, other } in pairs {
            let [holder, denied] =
                [&keys[0], &keys[1]].map(|column| [&own, &other].map(|request| word(company, request, column)));
            let ([a, b], [c, d]) = (holder, denied);
            all.push((thing, name, [a, b, c, d]));
        }
    }
    all
}

#[tokio::test]
async fn a_grant_on_one_thing_of_any_kind_reaches_that_and_no_other() {
    let verdicts = verdicts(&company().await);
    let mut table = include_str!("about_kinds.md").to_owned();
    table.push_str("\n| on | request | holder | of another | denied | of another |\n|---|---|---|---|---|---|\n");
    for (thing, name, [own, other, denied, beside]) in &verdicts {
        writeln!(table, "| `{thing}` | {name} | {own} | {other} | {denied} | {beside} |").unwrap();
    }
    checked_in::compare("kinds.md", &table);
    let is_allowed = |said: &str| said.ends_with("allowed");
    for (thing, name, [own, other, denied, _]) in &verdicts {
        assert!(is_allowed(own) || own.ends_with('?'), "{name}: {thing} does not reach it");
        assert!(!is_allowed(other), "{name} of another: {thing} reaches it");
        assert!(!is_allowed(denied), "{name}: {thing} being denied does not keep from it");
    }
    for (thing, _) in things() {
        let reached = verdicts.iter().filter(|(own, ..)| *own == thing);
        assert!(reached.into_iter().any(|(.., [own, ..])| is_allowed(own)), "{thing} reaches nothing");
    }
}

#[test]
fn every_kind_of_thing_has_its_row() {
    let profile = doorward_profile::Profile::builtin("dagster").unwrap();
    let things = things();
    let mut rows: Vec<&str> = things.iter().map(|(thing, _)| thing.split(':').next().unwrap()).collect();
    let mut kinds = profile.kinds().names();
    rows.sort_unstable();
    kinds.sort_unstable();
    assert_eq!(rows, kinds);
}
