//! Every way known to make Dagster run a mutation that whoever guards it did not see. The proof is Dagster itself: each attempt
//! would set a pool limit with a name of its own, and afterwards Dagster must know none of them.

use serde_json::json;
use url::form_urlencoded::byte_serialize;

use crate::attacks::{self, Attempt};
use crate::harness::dagster::{Dagster, limit_mutation};
use crate::harness::{Door, raw};

fn quoted(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect()
}

fn body_of(document: &str) -> String {
    json!({"query": document}).to_string()
}

/// What each attempt would run.
fn set_limit(name: &str, directives: &str) -> String {
    format!("setConcurrencyLimit(concurrencyKey: \"{name}\", limit: 1) {directives}")
}

async fn attack(attempts: &[Attempt], role: &str, door: &Door, dagster: &Dagster) {
    let person = door.user(&format!("the-{role}"), role).await;
    for Attempt { name, line, headers, body } in attempts {
        let headers = format!("Cookie: {}\r\n{headers}", person.cookie);
        raw::send(door.port, &raw::request(door.port, line, &headers, body)).await;
        assert!(!dagster.executed(name).await, "{name} got through as {role}");
    }
    assert!(door.stranger().get("/_doorward/health").await.status() == 200, "the door still stands");
}

#[tokio::test]
async fn the_proof_works_for_whoever_may() {
    let dagster = Dagster::shared();
    let door = Door::guarding(&dagster.url, "dagster").start().await;
    let manager = door.user("mara", "manager").await;
    for Attempt { name, line, headers, body } in attacks::documents(&door.port.to_string(), &set_limit) {
        let headers = format!("Cookie: {}\r\n{headers}", manager.cookie);
        let answer = raw::send(door.port, &raw::request(door.port, &line, &headers, &body)).await;
        assert!(dagster.executed(&name).await, "{name} was refused to a manager: {answer}");
    }
}

#[tokio::test]
async fn no_transport_carries_a_mutation_past_the_roles() {
    let dagster = Dagster::shared();
    let door = Door::guarding(&dagster.url, "dagster").start().await;
    let label = door.port.to_string();
    let attempts = [attacks::transports(&label, &set_limit), attacks::places(&label, &set_limit)].concat();
    attack(&attempts, "operator", &door, &dagster).await;
}

#[tokio::test]
async fn no_document_hides_a_mutation_from_the_roles() {
    let dagster = Dagster::shared();
    let door = Door::guarding(&dagster.url, "dagster").start().await;
    let attempts = attacks::documents(&door.port.to_string(), &set_limit);
    attack(&attempts, "developer", &door, &dagster).await;
}

#[tokio::test]
async fn a_mutation_by_get_is_refused_to_everybody() {
    let dagster = Dagster::shared();
    let door = Door::guarding(&dagster.url, "dagster").start().await;
    let admin = door.admin().await;
    let key = format!("get-as-admin-{}", door.port);
    let answer = admin.get(&format!("/graphql?query={}", quoted(&limit_mutation(&key)))).await;
    assert_eq!(answer.status(), 400);
    assert!(!dagster.executed(&key).await);
    let read = admin.get("/graphql?query=%7Bversion%7D").await;
    assert_eq!(read.status(), 200, "a query by GET is fine");
    let page = admin.visit("/graphql").await;
    assert_eq!(page.status(), 200, "and GraphiQL opens");
    assert!(page.text().await.unwrap().contains("GraphiQL"));
}

#[tokio::test]
async fn requests_that_servers_split_differently_are_refused() {
    let dagster = Dagster::shared();
    let door = Door::guarding(&dagster.url, "dagster").start().await;
    let admin = door.admin().await;
    let key = format!("smuggled-{}", door.port);
    let inner = body_of(&limit_mutation(&key));
    let hidden = format!(
        "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{inner}",
        inner.len()
    );
    let host = format!("POST /graphql HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n", door.port);
    let head = format!("{host}Cookie: {}\r\nContent-Type: application/json\r\n", admin.cookie);
    let chunked = "5\r\n{\"a\":\r\n0\r\n\r\n";
    for framing in [
        format!("Content-Length: {}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{hidden}", 5 + hidden.len()),
        format!("Content-Length: 5\r\nContent-Length: 6\r\n\r\n{chunked}{hidden}"),
        format!("Transfer-Encoding: xchunked\r\n\r\n{chunked}{hidden}"),
        format!("Transfer-Encoding : chunked\r\n\r\n{chunked}{hidden}"),
        format!("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n{chunked}{hidden}"),
        format!("Content-Length: +5\r\n\r\n{chunked}{hidden}"),
        format!("Content-Length: 5, 5\r\nX: 1\r\n\r\n{chunked}{hidden}"),
        format!("Transfer-Encoding: chunked\r\n\r\n5;\nx\r\n{{\"a\":\r\n0\r\n\r\n{hidden}"),
    ] {
        raw::send(door.port, format!("{head}{framing}").as_bytes()).await;
        assert!(!dagster.executed(&key).await, "smuggled by {framing}");
    }
}
