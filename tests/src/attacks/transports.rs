//! Other transports.

use flate2::{Compression, write::GzEncoder};
use serde_json::json;
use std::io::Write as _;

use super::{Attempt, Attempts, Field, JSON, body_of, quoted};

fn utf16(text: &str, big: bool, mark: bool) -> Vec<u8> {
    let units = mark.then_some(0xfeff).into_iter().chain(text.encode_utf16());
    units.flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
}

/// The same mutation through other transports: content types, URLs, encodings.
pub fn transports(label: &str, field: Field<'_>) -> Vec<Attempt> {
    let mut all = Attempts::new(label, field);
    all.add("get", &|m| (format!("GET /graphql?query={}", quoted(m)), String::new(), vec![]));
    all.add("get-json-type", &|m| (format!("GET /graphql?query={}", quoted(m)), JSON.into(), vec![]));
    all.add("get-body", &|m| ("GET /graphql".into(), JSON.into(), body_of(m).into()));
    for method in ["HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "post", "QUERY"] {
        all.add(&format!("method-{method}"), &|m| {
            (format!("{method} /graphql?query={}", quoted(m)), JSON.into(), body_of(m).into())
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
        all.add(&format!("json-as-{number}"), &|m| {
            ("POST /graphql".into(), format!("Content-Type: {kind}\r\n"), body_of(m).into())
        });
    }
    all.add("graphql-type", &|m| ("POST /graphql".into(), "Content-Type: application/graphql\r\n".into(), m.into()));
    for (number, kind) in
        ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "Application/JSON"]
            .iter()
            .enumerate()
    {
        let header = if kind.is_empty() { String::new() } else { format!("Content-Type: {kind}\r\n") };
        all.add(&format!("url-beside-{number}"), &|m| {
            (format!("POST /graphql?query={}", quoted(m)), header.clone(), b"{\"query\":\"{version}\"}".to_vec())
        });
        all.add(&format!("url-alone-{number}"), &|m| {
            (format!("POST /graphql?query={}", quoted(m)), header.clone(), vec![])
        });
    }
    all.add("two-types", &|m| {
        (
            format!("POST /graphql?query={}", quoted(m)),
            "Content-Type: text/plain\r\nContent-Type: application/json\r\n".into(),
            body_of("{version}").into(),
        )
    });
    all.add("two-types-turned", &|m| {
        (
            "POST /graphql?query=%7Bversion%7D".into(),
            "Content-Type: application/json\r\nContent-Type: text/plain\r\n".into(),
            body_of(m).into(),
        )
    });
    all.add("url-and-json", &|m| {
        (format!("POST /graphql?query={}", quoted(m)), JSON.into(), body_of("{version}").into())
    });
    all.add("json-and-url", &|m| ("POST /graphql?query=%7Bversion%7D".into(), JSON.into(), body_of(m).into()));
    all.add("url-twice", &|m| {
        (format!("POST /graphql?query=%7Bversion%7D&query={}", quoted(m)), String::new(), vec![])
    });
    all.add("key-twice", &|m| {
        ("POST /graphql".into(), JSON.into(), format!("{{\"query\":\"{{version}}\",\"query\":{}}}", json!(m)).into())
    });
    all.add("key-twice-escaped", &|m| {
        (
            "POST /graphql".into(),
            JSON.into(),
            format!("{{\"query\":\"{{version}}\",\"qu\\u0065ry\":{}}}", json!(m)).into(),
        )
    });
    all.add("byte-order-mark", &|m| {
        ("POST /graphql".into(), JSON.into(), [b"\xef\xbb\xbf", body_of(m).as_bytes()].concat())
    });
    all.add("utf-16-le", &|m| ("POST /graphql".into(), JSON.into(), utf16(&body_of(m), false, true)));
    all.add("utf-16-be", &|m| ("POST /graphql".into(), JSON.into(), utf16(&body_of(m), true, false)));
    all.add("batch", &|m| ("POST /graphql".into(), JSON.into(), format!("[{}]", body_of(m)).into()));
    all.add("gzip", &|m| {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all(body_of(m).as_bytes()).unwrap();
        ("POST /graphql".into(), format!("{JSON}Content-Encoding: gzip\r\n"), gzip.finish().unwrap())
    });
    all.add("chunked", &|m| {
        let body = body_of(m);
        let chunks = format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
        ("POST /graphql".into(), format!("{JSON}Transfer-Encoding: chunked\r\n"), chunks.into())
    });
    all.add("batch-of-two", &|m| {
        let batch = json!([{"query": "{version}"}, {"query": m}]).to_string();
        ("POST /graphql".into(), JSON.into(), batch.into())
    });
    all.add("form", &|m| {
        let form = "Content-Type: application/x-www-form-urlencoded\r\n";
        ("POST /graphql".into(), form.into(), format!("query={}", quoted(m)).into())
    });
    for field in ["query", "operations"] {
        all.add(&format!("multipart-{field}"), &|m| multipart(field, m));
    }
    all.all
}

/// As files are sent along with GraphQL: the envelope, or the document, is one part of the body.
fn multipart(field: &str, document: &str) -> (String, String, Vec<u8>) {
    let value = if field == "operations" { body_of(document) } else { document.to_owned() };
    let part =
        |name: &str, value: &str| format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
    let body = format!("{}{}--x--\r\n", part(field, &value), part("map", "{}"));
    ("POST /graphql".into(), "Content-Type: multipart/form-data; boundary=x\r\n".into(), body.into())
}
