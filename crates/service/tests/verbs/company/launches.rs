//! What people try: the rows about launching.

use serde_json::{Value, json};

use super::reading::Request;
use super::words::{BOTH, FINANCE, MARKETING, keys, mutation, repository, row, within};

fn launch(location: &str, job: &str, assets: &[&str], tags: &Value) -> Value {
    let mut selector = within(location, &json!({"jobName": job}));
    if !assets.is_empty() {
        selector["assetSelection"] = keys(assets);
    }
    json!({"selector": selector, "runConfigData": {}, "mode": "default", "executionMetadata": {"tags": tags}})
}

fn launched(params: &Value) -> Request {
    mutation("launchRun", "executionParams", "ExecutionParams!", params)
}

/// In the words of Dagster's own pages.
pub fn launching() -> Vec<(String, Request)> {
    let mut rows = Vec::new();
    for (place, job) in
        [(FINANCE, "nightly_ledger"), (FINANCE, "close_books"), (MARKETING, "nightly_ads"), (MARKETING, "send_mail")]
    {
        rows.push(row(format!("{job} of {place}"), launched(&launch(place, job, &[], &json!([])))));
    }
    for (place, assets) in [
        (FINANCE, &["ledger/entries"][..]),
        (FINANCE, &["ledger/eu/entries"]),
        (FINANCE, &["ledger/entries", "ledger/eu/entries"]),
        (FINANCE, &["ledger/entries", "payroll/salaries"]),
        (FINANCE, &["payroll/salaries"]),
        (MARKETING, &["ads/clicks"]),
    ] {
        let name = format!("materialize {} of {place}", assets.join(" and "));
        rows.push(row(name, launched(&launch(place, "__ASSET_JOB", assets, &json!([])))));
    }
    let both =
        json!([launch(FINANCE, "nightly_ledger", &[], &json!([])), launch(MARKETING, "send_mail", &[], &json!([]))]);
    rows.push(row(
        "nightly_ledger of finance and send_mail of marketing",
        mutation("launchMultipleRuns", "executionParamsList", "[ExecutionParams!]!", &both),
    ));
    let backfill = |more: Value| mutation("launchPartitionBackfill", "backfillParams", "LaunchBackfillParams!", &more);
    for place in BOTH {
        let set = json!({"selector": {"partitionSetName": "nightly_ledger_partition_set", "repositorySelector": repository(place)}, "partitionNames": ["x"]});
        rows.push(row(format!("backfill a partition set of {place}"), backfill(set)));
    }
    for key in ["ledger/entries", "payroll/salaries", "ads/clicks"] {
        rows.push(row(
            format!("backfill {key}"),
            backfill(json!({"assetSelection": keys(&[key]), "partitionNames": ["x"]})),
        ));
    }
    rows
}

/// The same in other words, and what looks like it.
pub fn in_other_words() -> Vec<(String, Request)> {
    let literal = |location: &str, job: &str| {
        format!(
            r#"launchRun(executionParams: {{selector: {{repositoryLocationName: "{location}", repositoryName: "__repository__", jobName: "{job}"}}}}) {{ __typename }}"#
        )
    };
    let tagged =
        |key: &str, value: &str| launched(&launch(MARKETING, "send_mail", &[], &json!([{"key": key, "value": value}])));
    let default = r#"mutation($l: String! = "finance") { launchRun(executionParams: {selector: {repositoryLocationName: $l, repositoryName: "__repository__", jobName: "close_books"}}) { __typename } }"#;
    let (own, others) = (literal(MARKETING, "send_mail"), literal(FINANCE, "close_books"));
    vec![
        row("send_mail of marketing, as a document", Request::document(&format!("mutation {{ {own} }}"))),
        row("close_books of finance, as a document", Request::document(&format!("mutation {{ {others} }}"))),
        row("both, under aliases", Request::graphql(&format!("mutation {{ a: {own} b: {others} }}"), &json!({}))),
        row(
            "both, in fragments",
            Request::graphql(
                &format!(
                    "mutation {{ ...A ...B }} fragment A on Mutation {{ {own} }} fragment B on Mutation {{ b: {others} }}"
                ),
                &json!({}),
            ),
        ),
        row(
            "both, one skipped",
            Request::graphql(
                &format!("mutation {{ {own} b: {} }}", others.replace(" { __", " @skip(if: true) { __")),
                &json!({}),
            ),
        ),
        row("of finance by default", Request::graphql(default, &json!({}))),
        row("of marketing, finance being the default", Request::graphql(default, &json!({"l": MARKETING}))),
        row(
            "send_mail of nowhere",
            Request::graphql(
                r#"mutation { launchRun(executionParams: {selector: {jobName: "send_mail"}}) { __typename } }"#,
                &json!({}),
            ),
        ),
        row("send_mail, as a retry of finance-close_books", tagged("dagster/root_run_id", "finance-close_books")),
        row("send_mail, as a retry of marketing-send_mail", tagged("dagster/root_run_id", "marketing-send_mail")),
        row("send_mail, as if by a schedule", tagged("dagster/schedule_name", "at_night")),
        row("send_mail, with a label", tagged("team", "mail")),
        row(
            "send_mail, in a batch of one",
            Request::http("POST /graphql").with_body(&json!([{"query": format!("mutation {{ {own} }}")}])),
        ),
        row(
            "send_mail, by GET",
            Request::http(&format!(
                "GET /graphql?query={}",
                url::form_urlencoded::byte_serialize(format!("mutation {{ {own} }}").as_bytes()).collect::<String>()
            )),
        ),
    ]
}
