//! What every root field of the tool acts on: with no arguments, and with all of them.

use doorward_domain::Targets;
use doorward_profile::Profile;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::door::{Request, read};

/// Types of the tool's schema by name.
type Types<'s> = BTreeMap<&'s str, &'s Value>;

/// Lists in one another in an argument, at most: no input type of Dagster's holds itself.
const DEPTH: usize = 8;

/// The table.
pub fn table(profile: &Profile) -> String {
    let schema: Value = serde_json::from_str(include_str!("../data/dagster_introspection.json")).expect("the schema");
    let schema = schema.pointer("/data/__schema").expect("a schema");
    let types: Types<'_> = schema["types"]
        .as_array()
        .expect("types")
        .iter()
        .map(|own| (own["name"].as_str().expect("a name"), own))
        .collect();
    let mut out = String::from(
        "# Dagster: what operations act on\n\nWritten by `DOORWARD_GOLDEN=write cargo test -p doorward-profile --test golden`; every change is \
         to be reviewed.\nEvery argument holds its own name, and `job:pipelineName` is a job whose name stands in `pipelineName`. A thing stands \
         under all its names, outermost first;\n`?` are the kinds of names it goes by as well, which the request does not tell.\n",
    );
    for (kind, root) in [("query", "queryType"), ("mutation", "mutationType"), ("subscription", "subscriptionType")] {
        write!(out, "\n## {kind}\n\n| field | without arguments | with all arguments |\n|---|---|---|\n").unwrap();
        let root =
            schema.get(root).and_then(|root| root["name"].as_str()).and_then(|root| types.get(root)).expect("a root");
        let mut fields: Vec<&Value> = root["fields"].as_array().expect("fields").iter().collect();
        fields.sort_by_key(|field| field["name"].as_str());
        for field in fields {
            let name = field["name"].as_str().expect("a name");
            let arguments = arguments(&types, field["args"].as_array().expect("arguments"), DEPTH);
            let with = if arguments.is_empty() {
                String::new()
            } else {
                acts_on(profile, kind, &format!("{name}({arguments})"))
            };
            writeln!(out, "| `{name}` | {} | {with} |", acts_on(profile, kind, name)).unwrap();
        }
    }
    out.push_str(&tags(profile));
    out
}

/// Tags beside those that the profile names.
const OTHER_TAGS: [&str; 9] = [
    "Dagster/Backfill",
    "dagster/backfill ",
    "dagster/schedule_name",
    "dagster/sensor_name",
    "dagster/will_retry",
    ".dagster/grpc_info",
    "dagster-k8s/config",
    "team",
    "user",
];

/// What a launch acts on by its tags.
fn tags(profile: &Profile) -> String {
    let mut out = String::from("\n## tags of a launch\n\n| key | acts on |\n|---|---|\n");
    let rules = &profile.graphql().expect("GraphQL").rules().tags;
    for key in rules.keys.keys().map(String::as_str).chain(OTHER_TAGS) {
        let own = key.replace('*', "…");
        let tag = format!("{{key: \"{}\", value: \"value\"}}", key.replace('*', "anything"));
        let launch = format!(
            "launchRun(executionParams: {{selector: {{jobName: \"job\"}}, executionMetadata: {{tags: [{tag}]}}}})"
        );
        let acts_on = acts_on(profile, "mutation", &launch);
        let named = acts_on.split("; ").find(|thing| !thing.starts_with("`job:job`")).unwrap_or("nothing else");
        writeln!(out, "| `{own}` | {named} |").unwrap();
    }
    out
}

fn acts_on(profile: &Profile, kind: &str, field: &str) -> String {
    let document = format!("{kind} {{ {field} }}");
    let request = if kind == "subscription" {
        Request::socket(&document)
    } else {
        Request::graphql(&document, &serde_json::json!({}))
    };
    let intents = read(profile, &request).unwrap_or_else(|misread| panic!("{document}: {misread}"));
    let mut all: Vec<String> =
        intents.last().expect("an intent").operations.iter().map(|own| shown(profile, &own.targets)).collect();
    all.dedup();
    all.join(" **and** ")
}

/// Targets in words.
pub fn shown(profile: &Profile, targets: &Targets) -> String {
    let kinds = profile.kinds().names();
    let thing = |thing: &doorward_domain::Target| {
        let names = thing.names().iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" ");
        let untold: Vec<&str> = kinds.iter().copied().filter(|kind| thing.may_be_called(kind)).collect();
        if untold.is_empty() { names } else { format!("{names} ? {}", untold.join(" ")) }
    };
    match targets {
        Targets::Shell => "the page".to_owned(),
        Targets::Whole => "everything".to_owned(),
        Targets::Unknown => "unknown".to_owned(),
        Targets::These(things) => things.iter().map(thing).collect::<Vec<_>>().join("; "),
    }
}

/// `name: value` for each, with the name itself wherever a text may stand.
fn arguments(types: &Types<'_>, arguments: &[Value], depth: usize) -> String {
    let one = |argument: &Value| {
        let name = argument["name"].as_str().expect("a name");
        format!("{name}: {}", value(types, name, &argument["type"], depth))
    };
    arguments.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn value(types: &Types<'_>, name: &str, of: &Value, depth: usize) -> String {
    assert!(depth > 0, "{name} holds itself");
    match of["kind"].as_str().expect("a kind") {
        "NON_NULL" => value(types, name, &of["ofType"], depth),
        "LIST" => format!("[{}]", value(types, name, &of["ofType"], depth)),
        _ => match of["name"].as_str().expect("a name") {
            "String" | "ID" | "RunConfigData" => format!("\"{name}\""),
            "Int" | "Float" => "1".to_owned(),
            "Boolean" => "true".to_owned(),
            other => match types.get(other).and_then(|own| own["inputFields"].as_array()) {
                Some(fields) => format!("{{{}}}", arguments(types, fields, depth - 1)),
                None => "ENUM".to_owned(),
            },
        },
    }
}
