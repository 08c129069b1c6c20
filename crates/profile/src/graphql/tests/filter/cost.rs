//! What filtering an answer costs: as much as the answer is long, whatever is asked for in it, and no more memory than it may.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use super::{NOTHING, all_but_b, ask, filtered, read, world::answer};
use crate::AnswerFilter;

/// So many fields, by keys of their own.
fn fields(count: usize, field: &str) -> String {
    (0..count).fold(String::new(), |mut fields, n| {
        let _ = write!(fields, "k{n}:{field} ");
        fields
    })
}

/// The least of a few tries.
fn time(filter: &AnswerFilter, answer: &str) -> Duration {
    let one = |_| {
        let began = Instant::now();
        assert!(!filter.filter(answer.into(), &all_but_b).is_empty());
        began.elapsed()
    };
    (0..5).map(one).min().unwrap()
}

/// What looks at each of four times as much stays below this many times as long.
const LINEAR: f64 = 10.0;

/// How much longer four times as much takes.
fn ratio(document: impl Fn(usize) -> String, count: usize) -> f64 {
    let took = |count: usize| {
        let (document, filter) = filtered(&ask(&document(count)));
        let answer = answer(&document).to_string();
        assert!(!read(&filter, &answer).contains("cannot be filtered"));
        time(&filter, &answer).as_secs_f64()
    };
    // Whoever else wants the processor may have it while one of them is measured: three times over, nobody is so unlucky.
    let mut least = f64::INFINITY;
    for _ in 0..3 {
        least = least.min(took(4 * count) / took(count));
        if least < LINEAR {
            break;
        }
    }
    least
}

// What is looked up for each field among all of them takes sixteen times as long.

#[test]
fn what_is_told_by_what_stands_beside_it_costs_as_much_as_the_answer_is_long() {
    let feed = |count| {
        format!(
            "{{runsFeedOrError(limit:2,view:RUNS){{...on RunsFeedConnection{{{} z:hasMore}}}}}}",
            fields(count, "cursor")
        )
    };
    let ratio = ratio(feed, 1500);
    assert!(ratio < LINEAR, "{ratio}");
}

#[test]
fn flags_cost_as_much_as_the_answer_is_long() {
    let runs =
        |count| format!("{{runsOrError{{...on Runs{{results{{{}}}}}}}}}", fields(count, "hasTerminatePermission"));
    let ratio = ratio(runs, 1500);
    assert!(ratio < LINEAR, "{ratio}");
}

#[test]
fn many_fields_that_are_told_by_one_beside_are_told_alike() {
    let both = |more: bool| {
        let (document, filter) = filtered(&ask(
            "{runsFeedOrError(limit:2,view:RUNS){...on RunsFeedConnection{a:cursor z:hasMore b:cursor y:hasMore}}}",
        ));
        let mut answer = answer(&document);
        for key in ["z", "y"] {
            answer["data"]["runsFeedOrError"][key] = more.into();
        }
        for key in ["a", "b"] {
            answer["data"]["runsFeedOrError"][key] = "next".into();
        }
        read(&filter, &answer.to_string())
    };
    assert_eq!(both(true), r#"{"data":{"runsFeedOrError":{"a":"next","b":"next","y":true,"z":true}}}"#);
    assert_eq!(both(false), r#"{"data":{"runsFeedOrError":{"a":"","b":"","y":false,"z":false}}}"#);
}

#[test]
fn what_is_said_of_what_is_not_found_is_bounded_by_the_answer() {
    let not_found = |count| {
        format!(
            "{{assetNodeOrError(assetKey:{{path:[\"x\"]}}){{...on AssetNode{{assetMaterializations{{runOrError{{...on RunNotFoundError{{{}}}}}}}}}}}}}",
            fields(count, "message")
        )
    };
    let filtered_of = |count: usize, times: usize| {
        let (document, filter) = filtered(&ask(&not_found(count)));
        let mut answer = answer(&document);
        let events = &mut answer["data"]["assetNodeOrError"]["assetMaterializations"];
        let hidden = events[0].clone();
        *events = std::iter::repeat_n(hidden, times).collect();
        (answer.to_string().len(), read(&filter, &answer.to_string()))
    };
    let (_, few) = filtered_of(2, 3);
    assert_eq!(few.matches("There is no such run.").count(), 6, "{few}");
    // A hundred kilobytes would become thirty megabytes.
    let (length, many) = filtered_of(2000, 500);
    assert!(
        many.contains("cannot be filtered") && !many.contains("There is no such run"),
        "{} of {length}",
        many.len()
    );
}

#[test]
fn an_answer_of_more_values_than_there_is_memory_for_is_not_shown() {
    let (_, filter) = filtered(&ask("{version}"));
    let of = |values: usize| format!(r#"{{"data":{{"version":[{}1]}}}}"#, "1,".repeat(values));
    assert_eq!(read(&filter, &of(999_000)), NOTHING);
    assert!(read(&filter, &of(1_000_000)).contains("cannot be filtered"));
}
