//! Documents: which operation runs and what it asks for, whatever they look like.

use serde_json::json;

use super::{ask, ask_with, post};

fn verdict_of(document: &str, operation: &str) -> String {
    post("application/json", json!({"query": document, "operationName": operation}).to_string()).verdict()
}

fn joined(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().concat()
}

const OPERATOR: &str = "run by graphql.mutation.terminateRun: terminateRun, changes state [run:r]";
const T: &str = r#"terminateRun(runId:"r"){__typename}"#;

#[test]
fn a_mutation_is_found_however_it_is_written() {
    for document in [
        format!("mutation{{{T}}}"),
        format!("mutation M {{ alias: {T} }}"),
        format!("mutation{{version:{T}}}"),
        format!("mutation{{...on Mutation{{{T}}}}}"),
        format!("mutation{{...{{...@include(if:true){{{T}}}}}}}"),
        format!("mutation{{...F}} fragment F on Mutation{{...G}} fragment G on Mutation{{{T}}}"),
        format!("fragment G on Mutation{{{T}}} mutation{{...on Anything{{...G}}}}"),
        "mutation{terminateRun(runId:\"r\")@skip(if:true){__typename}}".to_owned(),
        format!("mutation{{...F@include(if:false)}} fragment F on Mutation{{{T}}}"),
        format!("\u{feff}mutation#{{version}}\r{{,,,{T},,,}}"),
        format!("mutation\u{feff}M\u{feff}{{{T}}}"),
        format!("# mutation\n#\nmutation # {{ version }} \"\"\"\n{{ # }}\n{T} }}"),
        format!("mutation M($a:String=\"\"\"query{{\"\"\"@x(a:\"}}\")){{{T}}}"),
        r#"mutation{terminateRun(runId:"""r"""){__typename}}"#.to_owned(),
        r#"mutation{terminateRun(runId:"\u0072"){__typename}}"#.to_owned(),
        format!("mutation{{{T} {T}}}"),
    ] {
        assert_eq!(ask(&document).verdict(), OPERATOR, "{document}");
    }
}

#[test]
fn the_operation_that_runs_is_the_one_that_counts() {
    let both = format!("query A{{version}} mutation B{{{T}}}");
    assert_eq!(verdict_of(&both, "A"), "view by graphql.query: version []");
    assert_eq!(verdict_of(&both, "B"), OPERATOR);
    assert_eq!(verdict_of(&both, "C"), "refused: unknown_operation");
    assert_eq!(verdict_of(&both, "a"), "refused: unknown_operation");
    assert_eq!(verdict_of(&both, ""), "refused: unknown_operation");
    assert_eq!(ask(&both).verdict(), "refused: unknown_operation");
    assert_eq!(verdict_of("{version}", "A"), "refused: unknown_operation");
    assert_eq!(verdict_of("query A{version}", "A"), "view by graphql.query: version []");
}

#[test]
fn everything_asked_for_counts() {
    let document = format!("mutation{{setNuxSeen {T} ...F}} fragment F on Mutation{{reloadWorkspace{{__typename}}}}");
    insta::assert_snapshot!(ask(&document).verdict(), @"edit by graphql.mutation.reloadWorkspace: reloadWorkspace terminateRun setNuxSeen, changes state [run:r]");
    insta::assert_snapshot!(ask("mutation{__typename a:__typename}").verdict(), @"view by graphql.introspection: __typename []");
    insta::assert_snapshot!(ask("mutation{setNuxSeen dropEverything}").verdict(), @"admin by unclassified: dropEverything setNuxSeen, changes state []");
}

#[test]
fn documents_that_nobody_should_execute_are_refused() {
    for document in [
        "",
        "   ",
        "#",
        "{}",
        "query",
        "query{}",
        "mutation",
        "{version",
        "{version}}",
        "{version} {version}",
        "query A{version} {version}",
        "query A{version} query A{version}",
        "query A{version} mutation A{setNuxSeen}",
        "fragment F on Query{version}",
        "{...F}",
        "{...F} fragment F on Query{version} fragment F on Query{version}",
        "{...F} fragment F on Query{...F}",
        "{...F} fragment F on Query{...G} fragment G on Query{...F}",
        "{version} fragment F on Query{a{...G}} fragment G on X{b{...F}}",
        "{version} fragment F on Query{...Nowhere}",
        "{version} type Query{version:String}",
        "{version} extend type Query{a:Int}",
        "{version} schema{query:Query}",
        "{version} directive @a on FIELD",
        "{version} scalar X",
        "{version} enum E{A}",
        "{version} input I{a:Int}",
        "{version} union U = A",
        "{version} interface I{a:Int}",
        "type Query{version:String}",
        "subscription",
        "MUTATION{setNuxSeen}",
        "{a(x)}",
        "{a(x:)}",
        "{a()}",
        "{a(x:{y})}",
        "{a(x:{y:})}",
        "{a(x:1 x:2)}",
        "{a(x:{y:1 y:2})}",
        "{a@d(x:1 x:2)}",
        "{a(x:[1)}",
        "{a(x:[1}",
        "query($a:Int $a:Int){version}",
        "query($a){version}",
        "query($a:){version}",
        "query($a:Int=$b){version}",
        "query(){version}",
        "fragment on on Query{version} {...on}",
        "fragment F($a:Int) on Query{version} {...F}",
        "{a:1}",
        "{a:b:c}",
        "{1}",
        "{a(x:0xF)}",
        "{a(x:01)}",
        "{a(x:1.)}",
        "{a(x:1a)}",
        "{a(x:1.2.3)}",
        "{a(x:\"\n\")}",
        "{a(x:\"\\x\")}",
        "{a(x:\"\\u{110000}\")}",
        "{a(x:\"\\ud800\")}",
        "{a(x:\"\"\"abc)}",
        "{a(x:'b')}",
        "{a & b}",
        "{a;b}",
        "{a\u{a0}b}",
        "{a\u{0}b}",
        "{\u{e9}}",
        "{a..b}",
        "{..F}",
        "{...}",
        "query A B{version}",
        "\"doc\" query A{version}x",
    ] {
        let verdict = ask(document).verdict();
        assert!(verdict.starts_with("refused: graphql_syntax"), "{document:?}: {verdict}");
    }
}

#[test]
fn two_meanings_under_one_key_are_refused() {
    assert_eq!(ask("mutation{a:setNuxSeen a:reloadWorkspace{__typename}}").refused(), "conflicting_fields");
    assert_eq!(ask("{a:version ...F} fragment F on Query{a:instance{id}}").refused(), "conflicting_fields");
}

#[test]
fn nesting_is_bounded_through_fragments_too() {
    let nested = |n: usize| format!("{}{}{}", "{a".repeat(n), "", "}".repeat(n));
    assert!(ask(&nested(60)).read().is_ok());
    assert_eq!(ask(&nested(70)).refused(), "graphql_too_large");
    let chain = joined((0..80).map(|n| format!("fragment F{n} on Query{{...F{}}} ", n + 1)));
    assert_eq!(ask(&format!("{{...F0}} {chain} fragment F80 on Query{{version}}")).refused(), "graphql_too_large");
    assert_eq!(ask(&format!("{{a(x:{}1{})}}", "[".repeat(500), "]".repeat(500))).refused(), "graphql_too_large");
    assert_eq!(ask(&format!("{{a(x:{}1{})}}", "{a:".repeat(500), "}".repeat(500))).refused(), "graphql_too_large");
    assert_eq!(
        ask(&format!("query($a:{}Int{}){{a}}", "[".repeat(500), "]".repeat(500))).refused(),
        "graphql_too_large"
    );
}

/// Nothing here may take time that grows faster than the text; where a bound is passed, the bound answers.
#[test]
fn hostile_documents_meet_a_bound() {
    let mega = 1 << 20;
    for document in [
        "{".repeat(mega),
        "{a".repeat(mega / 2),
        "\"".repeat(mega),
        "\"\"\"".repeat(mega / 3),
        "...".repeat(mega / 3),
        "a ".repeat(mega / 2),
        ",".repeat(mega),
        format!("{{{}}}", "a ".repeat(100_000)),
        format!("{{a(x:[{}])}}", "1 ".repeat(100_000)),
        "#\n".repeat(120_000),
    ] {
        assert_eq!(ask(&document).refused(), "graphql_too_large", "{document:.20}");
    }
    for document in [
        format!("{{a(x:\"{}", "x".repeat(200_000)),
        format!("{{{}}}", "a".repeat(200_000)),
        "\"".repeat(9_000),
        "\\".repeat(200_000),
        "\u{e9}".repeat(120_000),
    ] {
        assert_eq!(ask(&document).refused(), "graphql_syntax", "{document:.20}");
    }
}

#[test]
fn fragments_that_double_are_counted_once() {
    let doubling = joined((0..30).map(|n| format!("fragment F{n} on Query{{...F{m} ...F{m}}} ", m = n + 1)));
    let document = format!("{{...F0 ...F0}} {doubling} fragment F30 on Query{{version}}");
    assert_eq!(ask(&document).verdict(), "view by graphql.query: version []");
}

#[test]
fn fragments_that_double_around_a_permission_flag_are_refused() {
    let doubling = joined((0..30).map(|n| format!("fragment F{n} on Query{{...F{m} ...F{m}}} ", m = n + 1)));
    let document = format!("{{...F0 ...F0}} {doubling} fragment F30 on Query{{canBulkTerminate}}");
    assert_eq!(ask(&document).refused(), "graphql_too_large");
}

#[test]
fn a_long_name_is_refused() {
    assert_eq!(ask(&format!("{{{}}}", "a".repeat(257))).refused(), "graphql_syntax");
}

#[test]
fn a_large_variable_used_a_thousand_times_is_looked_through_once() {
    let ids: Vec<String> = (0..20_000).map(|n| format!("run-{n}")).collect();
    let uses = joined((0..500).map(|n| format!("a{n}:terminateRuns(runIds:$ids){{__typename}} ")));
    let understood = ask_with(&format!("mutation($ids:[String!]!){{{uses}}}"), &json!({"ids": ids})).understood();
    assert_eq!(understood.intent().resources.len(), 20_000);
    assert_eq!(understood.intent().operations.len(), 1);
}

#[test]
fn fragments_that_fan_out_a_little_are_followed_and_more_are_refused() {
    let level = |name: usize| format!("fragment F{name} on X{{a{{...F{m}}}b{{...F{m}}}c{{...F{m}}}}} ", m = name + 1);
    let document = |levels: usize| {
        let all = joined((0..levels).map(level));
        format!("{{...F0}} {all} fragment F{levels} on X{{canBulkTerminate}}")
    };
    assert!(ask(&document(5)).read().is_ok());
    assert_eq!(ask(&document(8)).refused(), "graphql_too_large");
}

/// Clients that work in bulk ask for many things at once.
#[test]
fn a_document_of_many_aliases_passes_up_to_the_tokens_of_the_profile() {
    let of = |n: usize| {
        let one = |n| {
            format!(
                "run{n}: runOrError(runId: \"6f1c9b4e-{n}\") {{ ... on Run {{ id status canTerminate hasDeletePermission }} }}\n"
            )
        };
        format!("query Bulk {{\n{}}}", joined((0..n).map(one)))
    };
    for n in [1_200, 1_500] {
        let understood = ask(&of(n)).understood();
        assert_eq!(understood.intent().operations.len(), 1, "{n}");
        assert!(understood.answer_rewriter().is_some(), "{n}");
    }
    assert_eq!(ask(&of(2_500)).refused(), "graphql_too_large");
}

#[test]
fn another_limit_of_tokens_counts_for_documents_already_read_too() {
    let of = |n: usize| format!("{{ {} }}", joined((0..n).map(|n| format!("a{n}: version "))));
    let path = crate::CanonicalPath::parse("/graphql").unwrap();
    let read = |profile: &crate::Profile, n: usize| {
        let sent = ask(&of(n));
        let head = crate::RequestHead { method: &sent.method, path: &path, query: None, headers: &sent.headers };
        profile.read_body(&head, sent.body).map(drop).map_err(|misread| misread.detail)
    };
    let dagster = crate::Profile::builtin("dagster").unwrap();
    assert_eq!(read(&dagster, 1_200), Ok(()));
    let small = dagster.with_graphql_tokens(2_000);
    assert_eq!(read(&small, 100), Ok(()));
    let told = read(&small, 1_200).unwrap_err();
    assert!(told.starts_with("The GraphQL document has more than 2000 tokens (graphql.limits.tokens)"), "{told}");
    let large = small.with_graphql_tokens(250_000);
    assert_eq!(read(&large, 10_000), Ok(()));
}
