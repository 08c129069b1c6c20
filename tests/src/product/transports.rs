//! Every way known to make Dagster run a mutation that whoever guards it did not see. The proof is Dagster itself: each attempt
//! would set a pool limit with a name of its own, and afterwards Dagster must know none of them.

use flate2::{Compression, write::GzEncoder};
use serde_json::json;
use std::io::Write;
use url::form_urlencoded::byte_serialize;

use crate::harness::dagster::{Dagster, limit_mutation};
use crate::harness::{Door, raw};

/// One attempt: its name, the request line without version, header lines, body.
type Attempt = (String, String, String, Vec<u8>);
/// Makes an attempt's request line, headers and body from the mutation.
type Make<'a> = &'a dyn Fn(&str) -> (String, String, Vec<u8>);

fn quoted(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect()
}

fn body_of(document: &str) -> String {
    json!({"query": document}).to_string()
}

fn utf16(text: &str, big: bool, mark: bool) -> Vec<u8> {
    let units = mark.then_some(0xfeff).into_iter().chain(text.encode_utf16());
    units.flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
}

/// The same mutation through other transports: content types, URLs, encodings.
fn transports(port: u16) -> Vec<Attempt> {
    let mut all: Vec<Attempt> = Vec::new();
    let mut add = |name: &str, make: Make<'_>| {
        let key = format!("attack-{name}-{port}");
        let (line, headers, body) = make(&limit_mutation(&key));
        all.push((key, line, headers, body));
    };
    let json_type = "Content-Type: application/json\r\n";
    add("get", &|m| (format!("GET /graphql?query={}", quoted(m)), String::new(), vec![]));
    add("get-json-type", &|m| (format!("GET /graphql?query={}", quoted(m)), json_type.into(), vec![]));
    add("get-body", &|m| ("GET /graphql".into(), json_type.into(), body_of(m).into()));
    for method in ["HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "post", "QUERY"] {
        add(&format!("method-{method}"), &|m| {
            (format!("{method} /graphql?query={}", quoted(m)), json_type.into(), body_of(m).into())
        });
    }
    for (number, kind) in [
        "text/plain; x=application/json",
        "application/json-seq",
        "application/graphql; x=application/json",
        "x/y;application/json",
        "application/json; charset=utf-16",
        "APPLICATION/JSON; application/json",
    ]
    .iter()
    .enumerate()
    {
        add(&format!("json-as-{number}"), &|m| {
            ("POST /graphql".into(), format!("Content-Type: {kind}\r\n"), body_of(m).into())
        });
    }
    add("graphql-type", &|m| ("POST /graphql".into(), "Content-Type: application/graphql\r\n".into(), m.into()));
    for (number, kind) in
        ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "Application/JSON"]
            .iter()
            .enumerate()
    {
        let header = if kind.is_empty() { String::new() } else { format!("Content-Type: {kind}\r\n") };
        add(&format!("url-beside-{number}"), &|m| {
            (format!("POST /graphql?query={}", quoted(m)), header.clone(), b"{\"query\":\"{version}\"}".to_vec())
        });
        add(&format!("url-alone-{number}"), &|m| {
            (format!("POST /graphql?query={}", quoted(m)), header.clone(), vec![])
        });
    }
    add("two-types", &|m| {
        (
            format!("POST /graphql?query={}", quoted(m)),
            "Content-Type: text/plain\r\nContent-Type: application/json\r\n".into(),
            body_of("{version}").into(),
        )
    });
    add("two-types-turned", &|m| {
        (
            "POST /graphql?query=%7Bversion%7D".into(),
            "Content-Type: application/json\r\nContent-Type: text/plain\r\n".into(),
            body_of(m).into(),
        )
    });
    add("url-and-json", &|m| {
        (format!("POST /graphql?query={}", quoted(m)), json_type.into(), body_of("{version}").into())
    });
    add("json-and-url", &|m| ("POST /graphql?query=%7Bversion%7D".into(), json_type.into(), body_of(m).into()));
    add("url-twice", &|m| (format!("POST /graphql?query=%7Bversion%7D&query={}", quoted(m)), String::new(), vec![]));
    add("key-twice", &|m| {
        (
            "POST /graphql".into(),
            json_type.into(),
            format!("{{\"query\":\"{{version}}\",\"query\":{}}}", json!(m)).into(),
        )
    });
    add("key-twice-escaped", &|m| {
        (
            "POST /graphql".into(),
            json_type.into(),
            format!("{{\"query\":\"{{version}}\",\"qu\\u0065ry\":{}}}", json!(m)).into(),
        )
    });
    add("byte-order-mark", &|m| {
        ("POST /graphql".into(), json_type.into(), [b"\xef\xbb\xbf", body_of(m).as_bytes()].concat())
    });
    add("utf-16-le", &|m| ("POST /graphql".into(), json_type.into(), utf16(&body_of(m), false, true)));
    add("utf-16-be", &|m| ("POST /graphql".into(), json_type.into(), utf16(&body_of(m), true, false)));
    add("batch", &|m| ("POST /graphql".into(), json_type.into(), format!("[{}]", body_of(m)).into()));
    add("gzip", &|m| {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all(body_of(m).as_bytes()).unwrap();
        ("POST /graphql".into(), format!("{json_type}Content-Encoding: gzip\r\n"), gzip.finish().unwrap())
    });
    add("chunked", &|m| {
        let body = body_of(m);
        let chunks = format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
        ("POST /graphql".into(), format!("{json_type}Transfer-Encoding: chunked\r\n"), chunks.into())
    });
    all
}

/// The same mutation at other paths, and as a page or another method by headers.
fn places(port: u16) -> Vec<Attempt> {
    let mut all: Vec<Attempt> = Vec::new();
    let mut add = |name: &str, make: Make<'_>| {
        let key = format!("attack-{name}-{port}");
        let (line, headers, body) = make(&limit_mutation(&key));
        all.push((key, line, headers, body));
    };
    let json_type = "Content-Type: application/json\r\n";
    for (name, path) in [
        ("letter", "/%67raphql"),
        ("all-letters", "/%67%72%61%70%68%71%6c"),
        ("fragment", "/graphql#x"),
        ("absolute", "http://any.host/graphql"),
        ("slashes", "//graphql"),
        ("slash-after", "/graphql/"),
        ("dots", "/x/../graphql"),
        ("semicolon", "/graphql;x"),
        ("case", "/GraphQL"),
        ("encoded-slash", "/%2fgraphql"),
        ("backslash", "/\\graphql"),
        // Starlette's regular expressions end with `$`, which also matches before a line end.
        ("line-end", "/graphql%0A"),
    ] {
        add(&format!("path-{name}"), &|m| (format!("POST {path}"), json_type.into(), body_of(m).into()));
    }
    add("get-line-end", &|m| (format!("GET /graphql%0a?query={}", quoted(m)), String::new(), vec![]));
    // With this Accept it is a page and nothing runs; a proxy that takes the header away makes it a request again.
    for (number, connection) in ["close, Accept", "Accept", "x,ACCEPT"].iter().enumerate() {
        add(&format!("page-{number}"), &|m| {
            let headers = format!("Accept: text/html\r\nConnection: {connection}\r\n");
            (format!("GET /graphql?query={}", quoted(m)), headers, vec![])
        });
    }
    for name in ["X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"] {
        add(&format!("override-{name}"), &|m| {
            (format!("GET /graphql?query={}", quoted(m)), format!("{name}: POST\r\n{json_type}"), vec![])
        });
    }
    all
}

/// The same mutation hidden in the document or in the envelope of an ordinary POST.
fn documents(port: u16) -> Vec<Attempt> {
    let mut all: Vec<Attempt> = Vec::new();
    let mut add = |name: &str, make: &dyn Fn(&str) -> serde_json::Value| {
        let key = format!("attack-{name}-{port}");
        let field = format!("setConcurrencyLimit(concurrencyKey: \"{key}\", limit: 1)");
        let body = make(&field).to_string().into_bytes();
        all.push((key, "POST /graphql".into(), "Content-Type: application/json\r\n".into(), body));
    };
    add("plain", &|f| json!({"query": format!("mutation {{ {f} }}")}));
    add("alias", &|f| json!({"query": format!("mutation {{ version: {f} }}")}));
    add(
        "operation-name",
        &|f| json!({"query": format!("query A {{version}} mutation B {{ {f} }}"), "operationName": "B"}),
    );
    add("operation-name-null", &|f| json!({"query": format!("mutation B {{ {f} }}"), "operationName": null}));
    add("named-fragment", &|f| json!({"query": format!("fragment q on Mutation {{ {f} }} mutation {{ ...q }}")}));
    add(
        "nested-fragment",
        &|f| json!({"query": format!("mutation {{ ...a }} fragment a on Mutation {{ ...b }} fragment b on Mutation {{ {f} }}")}),
    );
    add("inline-fragment", &|f| json!({"query": format!("mutation {{ ... on Mutation {{ ... {{ {f} }} }} }}")}));
    add("include", &|f| json!({"query": format!("mutation {{ {f} @include(if: true) }}")}));
    add(
        "skip-variable",
        &|f| json!({"query": format!("mutation($s: Boolean = true) {{ {f} @skip(if: $s) }}"), "variables": {"s": false}}),
    );
    add("telemetry-beside", &|f| json!({"query": format!("mutation {{ setNuxSeen {f} }}")}));
    add("comment", &|f| json!({"query": format!("# query {{version}}\nmutation # {{\n{{ {f} }}")}));
    add("commas-and-mark", &|f| json!({"query": format!("\u{feff},,,mutation,,{{,,{f},,}},,")}));
    add(
        "block-string",
        &|f| json!({"query": format!("mutation {{ a: setConcurrencyLimit(concurrencyKey: \"\"\"}} query {{version}}\"\"\", limit: 1) {f} }}")}),
    );
    add("carriage-return", &|f| json!({"query": format!("#\rmutation {{ {f} }}")}));
    add("variables-as-text", &|f| json!({"query": format!("mutation {{ {f} }}"), "variables": "{}"}));
    add("looks-like-a-query", &|f| json!({"query": format!("mutation query {{ {f} }}"), "operationName": "query"}));
    add(
        "persisted",
        &|f| json!({"query": format!("mutation {{ {f} }}"), "extensions": {"persistedQuery": {"version": 1, "sha256Hash": "0"}}}),
    );
    add(
        "subscription-beside",
        &|f| json!({"query": format!("subscription S {{ locationStateChangeEvents {{ __typename }} }} mutation M {{ {f} }}"), "operationName": "M"}),
    );
    all
}

async fn attack(attempts: &[Attempt], role: &str, door: &Door, dagster: &Dagster) {
    let person = door.user(&format!("the-{role}"), role).await;
    for (name, line, headers, body) in attempts {
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
    for (name, line, headers, body) in documents(door.port) {
        let headers = format!("Cookie: {}\r\n{headers}", manager.cookie);
        let answer = raw::send(door.port, &raw::request(door.port, &line, &headers, &body)).await;
        assert!(dagster.executed(&name).await, "{name} was refused to a manager: {answer}");
    }
}

#[tokio::test]
async fn no_transport_carries_a_mutation_past_the_roles() {
    let dagster = Dagster::shared();
    let door = Door::guarding(&dagster.url, "dagster").start().await;
    attack(&[transports(door.port), places(door.port)].concat(), "operator", &door, &dagster).await;
}

#[tokio::test]
async fn no_document_hides_a_mutation_from_the_roles() {
    let dagster = Dagster::shared();
    let door = Door::guarding(&dagster.url, "dagster").start().await;
    attack(&documents(door.port), "developer", &door, &dagster).await;
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
