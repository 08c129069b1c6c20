//! What an event was, in a line that people read: "Launching runs · nightly · 8f1c…".
//!
//! Words for people at the edges, shared by pages, API and command line. What the event says in full is in its fields.

use doorward_domain::details::shortened;
use doorward_domain::{AuditAction, AuditEvent, AuditReason, NewAuditEvent};
use serde::Serialize;
use serde_json::Value;

use super::ACTS_ON;
use super::in_words::{did, is_in_peoples_words};

/// The kinds of resources that say best what was acted on, the best first; of others the first is taken.
const TELLING: [&str; 6] = ["job", "asset", "schedule", "sensor", "backfill", "location"];

/// Bytes of a reason that somebody gave; the event has all of it.
const LONGEST_REASON: usize = 160;

/// An event with its line.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    /// The event.
    #[serde(flatten)]
    pub event: AuditEvent,
    /// Its line.
    pub summary: String,
}

impl From<AuditEvent> for Row {
    fn from(event: AuditEvent) -> Self {
        let summary = summary(&event.event);
        Self { event, summary }
    }
}

/// The line of an event.
pub fn summary(event: &NewAuditEvent) -> String {
    let mut parts = if event.action == AuditAction::REQUEST { of_request(event) } else { of_doorward(event) };
    let targets: Vec<&str> = list(event, "targets").iter().filter_map(Value::as_str).collect();
    parts.push(several(&targets, 2));
    if let Some(times) = event.details.get("times").and_then(Value::as_u64) {
        parts.push(format!("{times} times"));
    }
    parts.retain(|part| !part.is_empty());
    parts.join(" · ")
}

fn of_request(event: &NewAuditEvent) -> Vec<String> {
    let detail = |name: &str| event.details.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let operations = list(event, "operations");
    let mut called: Vec<&str> = Vec::new();
    for operation in operations {
        let words = operation.get("called").or_else(|| operation.get("name")).and_then(Value::as_str);
        called.extend(words.filter(|words| !called.contains(words)));
    }
    if called.is_empty() {
        let what = event.target.clone().unwrap_or_else(|| format!("{} {}", detail("method"), detail("path")));
        return vec![why_not(event), what.trim().to_owned()];
    }
    vec![several(&called, 2), acted_on(event), ids(event)]
}

/// Why a request came to nothing. Our own pages and API refuse with a sentence for whoever asked; what has none was not understood.
fn why_not(event: &NewAuditEvent) -> String {
    let Some(word) = event.details.get("reason").and_then(Value::as_str) else { return String::new() };
    let reason = AuditReason::of_word(word);
    if reason == Some(AuditReason::AnswerWithheld) {
        return "Passed on, and the answer kept back".to_owned();
    }
    if !event.details.contains_key("sentence") {
        return format!("Not understood: {}", word.replace('_', " "));
    }
    let why = match reason {
        Some(AuditReason::Forbidden) => "the role does not include this".to_owned(),
        Some(AuditReason::Csrf) => "it lacked the token that Doorward's own pages send along".to_owned(),
        Some(AuditReason::CrossSite) => "it came from another site".to_owned(),
        Some(AuditReason::ServiceWorker) => "it would have become a service worker".to_owned(),
        Some(AuditReason::StepUpRequired) => "the password has to be given again first".to_owned(),
        _ => word.replace('_', " "),
    };
    format!("Refused: {why}")
}

/// The names that say best what was acted on; of what only the tool told, also where it is: "nightly of etl".
fn acted_on(event: &NewAuditEvent) -> String {
    let split = |name| list(event, name).iter().filter_map(|resource| resource.as_str()?.split_once(':'));
    let told: Vec<(&str, &str)> = split(ACTS_ON).collect();
    let answered = |kind, list_name| list(event, list_name).iter().filter_map(move |name| Some((kind, name.as_str()?)));
    let answered = answered("schedule", "schedule_ids").chain(answered("sensor", "sensor_ids"));
    let resources: Vec<(&str, &str)> = split("resources").chain(told.iter().copied()).chain(answered).collect();
    let of = |kind: &str| {
        let mut names: Vec<&str> = Vec::new();
        names.extend(resources.iter().filter(|r| r.0 == kind).map(|r| r.1));
        names.dedup();
        names
    };
    let best = TELLING.iter().map(|kind| (*kind, of(kind))).find(|(_, names)| !names.is_empty());
    let others = || resources.iter().filter(|r| r.0 != "run").map(|r| r.1).collect();
    let kind = best.as_ref().map(|(kind, _)| *kind);
    let names = several(&best.map_or_else(others, |(_, names)| names), 2);
    let places: Vec<&str> = told.iter().filter(|name| name.0 == "location").map(|name| name.1).collect();
    match places.as_slice() {
        [place] if kind != Some("location") => format!("{names} of {place}"),
        _ => names,
    }
}

/// The runs, or what else has an id: from the answer, else from the request.
fn ids(event: &NewAuditEvent) -> String {
    let told = |name: &str| list(event, name).iter().filter_map(Value::as_str).collect::<Vec<_>>();
    let asked = || list(event, "resources").iter().filter_map(|r| r.as_str()?.strip_prefix("run:")).collect::<Vec<_>>();
    let ids = [told("run_ids"), told("backfill_ids"), asked()].into_iter().find(|ids| !ids.is_empty());
    several(&ids.unwrap_or_default(), 1)
}

fn of_doorward(event: &NewAuditEvent) -> Vec<String> {
    let detail = |name: &str| event.details.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let what = did(&event.action).unwrap_or(event.action.as_str());
    let through =
        event.details.get("through").and_then(Value::as_i64).map(|seq| format!("up to {seq}")).unwrap_or_default();
    let denied = if event.details.contains_key("deny") { "denied" } else { "" };
    let target = event.target.clone().unwrap_or_default();
    vec![
        what.to_owned(),
        target,
        detail("member"),
        detail("role"),
        denied.to_owned(),
        detail("resource"),
        because(event),
        through,
    ]
}

/// Why, in words: somebody's own, or those for ours.
fn because(event: &NewAuditEvent) -> String {
    let word = event.details.get("reason").and_then(Value::as_str).unwrap_or_default();
    if is_in_peoples_words(&event.action) {
        return shortened(word, LONGEST_REASON);
    }
    match AuditReason::of_word(word) {
        Some(AuditReason::UnknownUser) => "nobody of that name".to_owned(),
        Some(AuditReason::WrongPassword) => "not the right password".to_owned(),
        Some(AuditReason::Overtaken) => "the password, the account or the session was changed meanwhile".to_owned(),
        _ => word.replace('_', " "),
    }
}

fn list<'e>(event: &'e NewAuditEvent, name: &str) -> &'e [Value] {
    event.details.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The first names, and how many more there are.
fn several(names: &[&str], shown: usize) -> String {
    let first = names.iter().take(shown).copied().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(shown) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::Telling as _;
    use crate::fakes::{StillClock, context};
    use serde_json::json;

    fn request() -> NewAuditEvent {
        context(&StillClock::at_noon()).own_event(AuditAction::REQUEST)
    }

    #[test]
    fn a_launch_names_what_was_done_the_job_and_the_run() {
        let event = request()
            .with("operations", json!([{"name": "launchPipelineExecution", "called": "Launching runs"}]))
            .with("resources", json!(["location:etl", "job:nightly"]))
            .with("run_ids", json!(["8f1c"]));
        assert_eq!(summary(&event), "Launching runs · nightly · 8f1c");
    }

    #[test]
    fn what_only_the_tool_told_is_named_with_its_place() {
        let event = request()
            .with("operations", json!([{"name": "terminateRun", "called": "Terminating runs"}]))
            .with("resources", json!(["run:8f1c"]));
        assert_eq!(summary(&event), "Terminating runs · 8f1c");
        let told = event.with("acts_on", json!(["location:etl", "repository:r@etl", "job:nightly"]));
        assert_eq!(summary(&told), "Terminating runs · nightly of etl · 8f1c");
        let schedule = request()
            .with("operations", json!([{"name": "stopRunningSchedule", "called": "Stopping schedules"}]))
            .with("resources", json!(["instigator:1:2"]))
            .with("acts_on", json!(["location:etl", "schedule:hourly"]));
        assert_eq!(summary(&schedule), "Stopping schedules · hourly of etl");
        assert_eq!(summary(&schedule.with("schedule_ids", json!(["hourly"]))), "Stopping schedules · hourly of etl");
        let by_id = request()
            .with("operations", json!([{"name": "stopSensor", "called": "Stopping sensors"}]))
            .with("resources", json!(["instigator:1:2"]));
        assert_eq!(summary(&by_id.with("sensor_ids", json!(["on_file"]))), "Stopping sensors · on_file");
    }

    #[test]
    fn refusals_that_are_counted_together_say_of_what() {
        let targets = json!(["POST /a", "POST /b", "POST /c"]);
        let event = request().with("operations", json!([{"name": "POST /**", "called": "Changing anything"}]));
        let event = event.with("times", json!(7)).with("targets", targets);
        assert_eq!(summary(&event), "Changing anything · POST /a, POST /b and 1 more · 7 times");
    }

    #[test]
    fn many_are_counted() {
        let event = request()
            .with(
                "operations",
                json!([{"name": "terminateRuns", "called": "Terminating runs"}, {"name": "x"}, {"name": "y"}]),
            )
            .with("resources", json!(["run:1", "run:2", "run:3"]))
            .with("times", 7);
        assert_eq!(summary(&event), "Terminating runs, x and 1 more · 1 and 2 more · 7 times");
    }

    #[test]
    fn what_was_not_understood_says_why() {
        let event = request().with("method", "GET").with("path", "/a").with("reason", "ambiguous_path");
        assert_eq!(summary(&event), "Not understood: ambiguous path · GET /a");
    }

    #[test]
    fn what_was_passed_on_was_understood() {
        let event = request().with("method", "POST").with("path", "/a").with("reason", "answer_withheld");
        assert_eq!(summary(&event), "Passed on, and the answer kept back · POST /a");
    }

    #[test]
    fn what_our_own_pages_refuse_was_understood() {
        let refused = |reason: &str| {
            let event =
                request().about("DELETE /_doorward/api/v1/users/7").with("reason", reason).with("sentence", "Not so.");
            summary(&event)
        };
        assert_eq!(refused("forbidden"), "Refused: the role does not include this · DELETE /_doorward/api/v1/users/7");
        assert_eq!(
            refused("csrf"),
            "Refused: it lacked the token that Doorward's own pages send along · DELETE /_doorward/api/v1/users/7"
        );
        assert_eq!(refused("last_admin"), "Refused: last admin · DELETE /_doorward/api/v1/users/7");
    }

    #[test]
    fn what_doorward_did_is_a_sentence_too() {
        let event =
            context(&StillClock::at_noon()).own_event(AuditAction::USER_UPDATE).about("ada").with("role", "viewer");
        assert_eq!(summary(&event), "Changing a user · ada · viewer");
    }

    #[test]
    fn names_and_peoples_words_stay_as_they_are_and_codes_are_read_as_words() {
        let event = |action| context(&StillClock::at_noon()).own_event(action);
        let grant = event(AuditAction::GRANT_PUT).about("bob").with("role", "operator");
        let given = |reason: &str| summary(&grant.clone().with("resource", "job:job_a").with("reason", reason));
        assert_eq!(given("for on_call"), "Making a grant · bob · operator · job:job_a · for on_call");
        assert_eq!(given("wrong_password"), "Making a grant · bob · operator · job:job_a · wrong_password");
        let approved = event(AuditAction::ACCESS_APPROVE).about("vera").with("resource", "asset:thing_*");
        assert_eq!(summary(&approved), "Approving access · vera · asset:thing_*");
        let code = event(AuditAction::SIGN_IN).about("ada").with("reason", "too_many_tries");
        assert_eq!(summary(&code), "Signing in · ada · too many tries");
        let known = event(AuditAction::SIGN_IN).about("ada").with("reason", "wrong_password");
        assert_eq!(summary(&known), "Signing in · ada · not the right password");
    }
}
