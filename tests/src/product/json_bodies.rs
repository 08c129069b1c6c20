//! A tool whose requests say in a JSON body what is to be done: viewers and holders of single things, and every odd way to write it.

use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};
use std::io::Write as _;
use std::time::Duration;

use crate::harness::person::Person;
use crate::harness::{Door, Echo, eventually, raw};

const PROFILES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/profiles");

async fn door_before(echo: &Echo) -> Door {
    Door::guarding(&echo.url(), "echo").config(&format!("profiles: {PROFILES}")).start().await
}

/// What the door answers to these bytes.
async fn send(door: &Door, person: &Person, start: &str, headers: &str, body: &[u8]) -> u16 {
    let cookie = format!("Cookie: {}\r\n{headers}", person.cookie);
    raw::status(&raw::send(door.port, &raw::request(door.port, start, &cookie, body)).await)
}

async fn post(door: &Door, person: &Person, body: &str) -> u16 {
    send(door, person, "POST /api/jobs", "Content-Type: application/json\r\n", body.as_bytes()).await
}

#[tokio::test]
async fn a_viewer_lists_jobs_and_changes_none_in_any_spelling() {
    let echo = Echo::start();
    let door = door_before(&echo).await;
    let eve = door.user("eve", "viewer").await;
    assert_eq!(post(&door, &eve, r#"{"op": "list"}"#).await, 200);
    assert_eq!(
        (echo.last().body_start.as_str(), echo.last().values("content-type")),
        (r#"{"op": "list"}"#, vec!["application/json"])
    );
    for (body, status) in [
        (r#"{"op": "delete", "job": "a"}"#, 403),
        (r#"{"\u006fp": "\u0064elete", "job": "a"}"#, 403),
        (r#"{"op": "start", "job": "a"}"#, 403),
        (r#"{"op": "LIST"}"#, 403),
        (r#"{"op": null}"#, 403),
        ("{}", 403),
        (r#"{"x": {"op": "list"}}"#, 403),
        (r#"{"op": "list", "op": "delete"}"#, 400),
        (r#"{"op": "list", "\u006fp": "delete"}"#, 400),
        (r#"{"op": "list", "Op": "delete"}"#, 400),
        (r#"{"op": ["list"]}"#, 400),
        (r#"[{"op": "list"}]"#, 400),
        (r#"{"op": "list"}{"op": "delete"}"#, 400),
        ("\u{feff}{\"op\": \"list\"}", 400),
        (r#"{"op": "list", "_method": "DELETE"}"#, 400),
        ("", 400),
    ] {
        assert_eq!(post(&door, &eve, body).await, status, "{body}");
    }
    let utf16: Vec<u8> = r#"{"op": "list"}"#.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let json = "Content-Type: application/json\r\n";
    assert_eq!(send(&door, &eve, "POST /api/jobs", json, &utf16).await, 400);
    for headers in [
        "",
        "Content-Type: text/json\r\n",
        "Content-Type: application/x-ndjson\r\n",
        "Content-Type: application/x-www-form-urlencoded\r\n",
        "Content-Type: application/json; charset=latin-1\r\n",
        "Content-Type: application/json\r\nContent-Type: text/plain\r\n",
        "Content-Type: application/json\r\nX-HTTP-Method-Override: DELETE\r\n",
        "Content-Type: application/json\r\nContent-Encoding: br\r\n",
    ] {
        assert_eq!(send(&door, &eve, "POST /api/jobs", headers, br#"{"op": "list"}"#).await, 400, "{headers}");
    }
    for start in ["POST /api/jobs?op=delete", "POST /api/jobs?_method=DELETE", "POST /api//jobs", "POST /API/jobs"] {
        assert_eq!(send(&door, &eve, start, json, br#"{"op": "list"}"#).await, 400, "{start}");
    }
    assert_eq!(echo.seen().len(), 1, "{:?}", echo.seen());
}

#[tokio::test]
async fn coded_and_chunked_bodies_are_read_as_what_they_hold() {
    let echo = Echo::start();
    let door = door_before(&echo).await;
    let eve = door.user("eve", "viewer").await;
    let coded = |text: &str| {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
        gzip.write_all(text.as_bytes()).expect("it is memory");
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::default());
        zlib.write_all(text.as_bytes()).expect("it is memory");
        [("gzip", gzip.finish().expect("it is memory")), ("deflate", zlib.finish().expect("it is memory"))]
    };
    let (list, delete) = (r#"{"op": "list"}"#, r#"{"op": "delete", "job": "a"}"#);
    for (text, status) in [(list, 200), (delete, 403)] {
        for (coding, body) in coded(text) {
            let headers = format!("Content-Type: application/json\r\nContent-Encoding: {coding}\r\n");
            assert_eq!(send(&door, &eve, "POST /api/jobs", &headers, &body).await, status, "{coding} {text}");
        }
        let headers = "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n";
        let (one, two) = text.split_at(5);
        let body = format!("5\r\n{one}\r\n{:x}\r\n{two}\r\n0\r\n\r\n", two.len());
        assert_eq!(send(&door, &eve, "POST /api/jobs", headers, body.as_bytes()).await, status, "chunked {text}");
    }
    let seen = echo.seen();
    assert_eq!(seen.len(), 3);
    assert!(seen.iter().all(|seen| seen.body_start == list && seen.values("content-encoding").is_empty()), "{seen:?}");
}

#[tokio::test]
async fn whoever_holds_one_job_reaches_no_other_and_is_told_why() {
    let echo = Echo::start();
    let door = door_before(&echo).await;
    let eve = door.user("eve", "viewer").await;
    for command in [
        ["user", "set-role", "eve", "none"].as_slice(),
        &["grant", "add", "eve", "--role", "operator", "--app", "tool", "--resource", "job:a"],
    ] {
        assert_eq!(door.cli(command).code, 0, "{command:?}");
    }
    let start = |job: &str| format!(r#"{{"op": "start", "job": {job}}}"#);
    // Another process has given it: it counts within a second.
    let is_given = || async { post(&door, &eve, &start(r#""a""#)).await == 200 };
    assert!(eventually(Duration::from_secs(5), is_given).await);
    let before = echo.seen().len();
    for own in [r#""a""#, r#""\u0061""#, r#"["a"]"#, r#"["a", "a"]"#] {
        assert_eq!(post(&door, &eve, &start(own)).await, 200, "{own}");
    }
    for other in
        [r#""b""#, r#"["a", "b"]"#, "7", "null", "true", r#""""#, r#"{"name": "a"}"#, r#"["a", null]"#, r#""A""#]
    {
        assert_eq!(post(&door, &eve, &start(other)).await, 403, "{other}");
    }
    for unclear in ["1e0", r#""a\u0000""#, r#""a", "Job": "b""#, r#""b", "job": "a""#] {
        assert_eq!(post(&door, &eve, &start(unclear)).await, 400, "{unclear}");
    }
    assert_eq!(post(&door, &eve, r#"{"op": "delete", "job": "a"}"#).await, 403);
    let batch = |jobs: &str| format!(r#"{{"spec": {{"jobs": {jobs}}}}}"#);
    for (jobs, status) in [(r#"["a"]"#, 200), (r#"["a", "b"]"#, 403)] {
        let json = "Content-Type: application/json\r\n";
        assert_eq!(send(&door, &eve, "PUT /api/red/batch", json, batch(jobs).as_bytes()).await, status, "{jobs}");
    }
    assert_eq!(echo.seen().len() - before, 5);
    std::fs::write(door.file("body.json"), start(r#""b""#)).expect("it can be written");
    let told = door.explain(&["--as", "eve", "POST", "/api/jobs", "--body", "body.json"]);
    assert_eq!(
        (&told["decision"], &told["rule"], &told["resources"][0]),
        (&"deny".into(), &"start".into(), &"job:b".into())
    );
    assert!(told["remedy"].as_str().is_some_and(|remedy| remedy.contains("--resource 'job:b'")), "{told}");
    assert_eq!(door.cli(&["profile", "test", "echo"]).code, 0);
    assert_eq!(door.cli(&["profile", "test", &format!("{PROFILES}/echo.yaml")]).code, 0);
}
