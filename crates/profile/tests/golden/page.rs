//! The tables of `docs/roles.md`, from the same reading.

use doorward_domain::{Action, Role};
use doorward_profile::Profile;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::door::{Request, read};
use super::rows::{examples, listed, nested, too_much};

const BEGIN: &str = "<!-- golden: begin -->\n";
const END: &str = "<!-- golden: end -->";

/// The page with its tables written anew.
pub fn with_tables(page: &str, profile: &Profile) -> Option<String> {
    let (before, rest) = page.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}{}\n{}{END}{after}", operations(profile), routes(profile)))
}

/// Role by role: what it adds, and the operations behind it.
fn operations(profile: &Profile) -> String {
    let mut rows: BTreeMap<(Action, String), Vec<String>> = BTreeMap::new();
    for own in listed().iter().filter(|own| own.kind != "route") {
        let document = format!("{} {{ {} }}", own.kind, own.field);
        let subscription = own.kind == "subscription";
        let request =
            if subscription { Request::socket(&document) } else { Request::graphql(&document, &serde_json::json!({})) };
        add(&mut rows, profile, &request, format!("`{}`", own.field));
    }
    let wipe =
        Request::graphql("mutation { deleteDynamicPartitions(wipeMaterializations: true) }", &serde_json::json!({}));
    add(&mut rows, profile, &wipe, "`deleteDynamicPartitions(wipeMaterializations: true)`".to_owned());
    for (name, document) in nested().into_iter().take(4).chain(too_much()) {
        add(&mut rows, profile, &Request::graphql(&document, &serde_json::json!({})), format!("`{name}`"));
    }
    table("operations", &rows)
}

fn routes(profile: &Profile) -> String {
    let mut rows = BTreeMap::new();
    for own in
        listed().iter().filter(|own| own.kind == "route" && !own.field.contains("/graphql") && own.field.len() < 60)
    {
        for line in examples(&own.field).iter().take(1) {
            add(&mut rows, profile, &Request::http(line), format!("`{}`", own.field));
        }
    }
    table("requests", &rows)
}

fn add(rows: &mut BTreeMap<(Action, String), Vec<String>>, profile: &Profile, request: &Request, name: String) {
    let intents = read(profile, request).unwrap_or_else(|misread| panic!("{name}: {misread}"));
    // The last of the strongest: a field below the root comes after it.
    let operations = intents.last().map(|intent| &intent.operations).expect("an intent");
    let operation = operations.iter().max_by_key(|operation| operation.action).expect("an operation");
    let called = operation.called.as_deref().unwrap_or("Asking for the version").to_owned();
    rows.entry((operation.action, called)).or_default().push(name);
}

fn table(heading: &str, rows: &BTreeMap<(Action, String), Vec<String>>) -> String {
    let mut out = format!("| from role | what | {heading} |\n|---|---|---|\n");
    for role in Role::ALL {
        for ((action, called), names) in rows.iter().filter(|((action, _), _)| action.required_role() == role) {
            writeln!(out, "| `{}` | {called} | {} |", action.required_role(), names.join(", "))
                .expect("a string takes all");
        }
    }
    out
}
