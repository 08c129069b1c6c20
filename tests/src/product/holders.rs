//! Whoever holds one location of a real Dagster tries every known attack on another one. The proof is Dagster itself: each attempt would set the
//! cursor of that location's sensor to a name of its own.

use serde_json::json;

use super::told::Two;
use crate::attacks::{self, Attempt};
use crate::harness::raw;

/// What each attempt would run in a location.
fn set_cursor(location: &str, name: &str, directives: &str) -> String {
    format!(
        r#"setSensorCursor(sensorSelector: {{repositoryLocationName: "{location}", repositoryName: "__repository__", sensorName: "sensor_{location}"}}, cursor: "{name}") {directives} {{ __typename }}"#
    )
}

impl Two {
    async fn cursor(&self, location: &str) -> String {
        let selector = json!({"repositoryLocationName": location, "repositoryName": "__repository__", "sensorName": format!("sensor_{location}")});
        let query = "query($s: SensorSelector!) { sensorOrError(sensorSelector: $s) { __typename ... on Sensor { sensorState { typeSpecificData { ... on SensorData { lastCursor } } } } } }";
        let answer = self.root.graphql_json(query, json!({"s": selector})).await;
        assert_eq!(answer["data"]["sensorOrError"]["__typename"], "Sensor", "{answer}");
        let cursor = answer.pointer("/data/sensorOrError/sensorState/typeSpecificData/lastCursor");
        cursor.and_then(serde_json::Value::as_str).unwrap_or_default().to_owned()
    }

    async fn send(&self, credential: &str, Attempt { line, headers, body, .. }: &Attempt) -> String {
        let headers = format!("{credential}{headers}");
        raw::send(self.door.port, &raw::request(self.door.port, line, &headers, body)).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_attack_leads_from_one_location_to_another() {
    let two = Two::start().await;
    let key = two.new_key("a-only", "admin", &["--resource", "location:a"]);
    let denied = two.door.user("dan", "admin").await;
    two.door.cli(&["grant", "add", "dan", "--deny", "--app", "dagster", "--resource", "location:b"]).done();
    let holders = [("key", format!("Doorward-Key: {key}\r\n")), ("denial", format!("Cookie: {}\r\n", denied.cookie))];
    for (label, credential) in &holders {
        let others = |name: &str, directives: &str| set_cursor("b", name, directives);
        let attempts = [attacks::transports, attacks::places, attacks::documents].map(|all| all(label, &others));
        for attempt in attempts.concat() {
            let answer = two.send(credential, &attempt).await;
            assert_ne!(two.cursor("b").await, attempt.name, "{} got through by the {label}: {answer}", attempt.name);
        }
        let own = |name: &str, directives: &str| set_cursor("a", name, directives);
        for attempt in attacks::documents(label, &own) {
            let answer = two.send(credential, &attempt).await;
            assert_eq!(two.cursor("a").await, attempt.name, "the attack is none, by the {label}: {answer}");
        }
    }
    assert_eq!(two.cursor("b").await, "");
}
