//! What it takes to filter answers is bounded: documents that have to ask for names, what is remembered of them, and answers that nobody
//! reads.

use reqwest::{Method, header};
use serde_json::json;
use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use super::memory::{rest, stayed_small};
use crate::harness::{Door, Person};

/// How long an answer is, in bytes.
const LONG: usize = 6 << 20;

/// A tool that answers `version` at length, and everything else never.
fn tool() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("bound");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            std::thread::spawn(move || stream.map(serve));
        }
    });
    format!("http://{address}")
}

fn serve(mut stream: TcpStream) {
    let (mut seen, mut piece) = (Vec::new(), vec![0; 64 << 10]);
    loop {
        let Ok(read @ 1..) = stream.read(&mut piece) else { return };
        seen.extend_from_slice(&piece[..read]);
        let text = String::from_utf8_lossy(&seen).into_owned();
        let (is_ended, is_question) = (text.ends_with('}'), text.starts_with("GET "));
        if is_question || is_ended && text.contains("version") {
            let version = "v".repeat(if is_question { 1 } else { LONG });
            let answer = json!({"data": {"version": version}}).to_string();
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
                answer.len()
            );
            if stream.write_all(&[head.as_bytes(), answer.as_bytes()].concat()).is_err() {
                return;
            }
            seen.clear();
        }
    }
}

/// A door that filters, and somebody with one location.
async fn filtering() -> (Door, Person) {
    let app = format!("  dagster: {{upstream: \"{}\", profile: dagster, filter_answers: true}}", tool());
    let door = Door::serving(&app).start().await;
    door.admin()
        .await
        .api_done(Method::POST, "users", &json!({"username": "vera", "password": crate::harness::door::PASSWORD}))
        .await;
    door.cli(&["grant", "add", "vera", "--role", "viewer", "--app", "dagster", "--resource", "location:a"]).done();
    let vera = door.sign_in("vera").await;
    (door, vera)
}

/// Asks, and waits for an answer no longer than this.
async fn ask(person: &Person, document: &str, patience: Duration) {
    let request = person.ask(Method::POST, "/graphql").header(header::CONTENT_TYPE, "application/json");
    let request = request.body(json!({"query": document}).to_string());
    let _ = tokio::time::timeout(patience, request.send()).await;
}

#[tokio::test]
async fn filtered_answers_that_nobody_reads_take_little_memory() {
    let (door, vera) = filtering().await;
    ask(&vera, "{version}", Duration::from_secs(30)).await;
    let rest = rest(&door);
    let asking = (0..24).map(|_| async {
        let request = vera.ask(Method::POST, "/graphql").header(header::CONTENT_TYPE, "application/json");
        let answer =
            tokio::time::timeout(Duration::from_secs(5), request.body(r#"{"query":"{version}"}"#).send()).await;
        // What has come of it is held, and no more is read.
        tokio::time::sleep(Duration::from_secs(5)).await;
        answer.is_ok()
    });
    let answered = futures_util::future::join_all(asking).await;
    assert!(answered.contains(&true), "the attack is none");
    stayed_small(&door, rest);
}

#[tokio::test]
async fn documents_that_have_to_ask_for_many_names_take_little_memory() {
    let (door, vera) = filtering().await;
    let rest = rest(&door);
    let asking = (0..24).map(|number| {
        let roots = (0..1500).fold(String::new(), |mut roots, n| {
            let _ = write!(roots, "r{n}x{number}:runsFeedOrError(limit:1,view:RUNS){{...F}}");
            roots
        });
        let document = format!("{{{roots}}}fragment F on RunsFeedConnection{{results{{__typename}}}}");
        let vera = vera.clone();
        async move { ask(&vera, &document, Duration::from_secs(6)).await }
    });
    futures_util::future::join_all(asking).await;
    stayed_small(&door, rest);
}

#[tokio::test]
async fn what_is_remembered_of_documents_that_ask_for_names_takes_little_memory() {
    let (door, vera) = filtering().await;
    let rest = rest(&door);
    for batch in 0..60 {
        let asking = (0..20).map(|number| {
            let fields = (0..20).fold(String::new(), |mut fields, n| {
                let _ = write!(fields, "f{n}x{batch}x{number}:results{{__typename}}");
                fields
            });
            let document = format!("{{runsFeedOrError(limit:1,view:RUNS){{...on RunsFeedConnection{{{fields}}}}}}}");
            let vera = vera.clone();
            async move { ask(&vera, &document, Duration::from_millis(400)).await }
        });
        futures_util::future::join_all(asking).await;
    }
    stayed_small(&door, rest);
}

/// So many places of an answer that need a name each.
fn places(number: usize, count: usize) -> String {
    let places = (0..count).fold(String::new(), |mut places, n| {
        let _ = write!(places, "r{number}x{n}:results{{__typename}}");
        places
    });
    format!("query Q{number}{{x:runsFeedOrError{{...on RunsFeedConnection{{{places}}}}}}}")
}

#[tokio::test]
async fn documents_that_wait_for_room_take_little_memory() {
    let (door, vera) = filtering().await;
    let rest = rest(&door);
    let asking = (0..30).map(|number| {
        let (vera, document) = (vera.clone(), places(number, 1200));
        async move { ask(&vera, &document, Duration::from_secs(20)).await }
    });
    futures_util::future::join_all(asking).await;
    stayed_small(&door, rest);
}

/// A tool that never tells what a run is of is waited for.
#[tokio::test]
async fn what_short_documents_are_understood_as_takes_little_memory_while_the_tool_is_asked() {
    let door = Door::serving(&format!("  dagster: {{upstream: \"{}\", profile: dagster}}", tool())).start().await;
    let vera = door.user("vera", "viewer").await;
    door.cli(&["grant", "add", "vera", "--deny", "--app", "dagster", "--resource", "location:b"]).done();
    let rest = rest(&door);
    let asking = (0..300).map(|number| {
        let fields = (0..1200).fold(String::new(), |mut fields, n| {
            let _ = write!(fields, " a{n}:versioN");
            fields
        });
        let run = format!("00000000-0000-4000-8000-{number:012}");
        let document = format!("query Q{number}{{capturedLogs(logKey:[\"{run}\",\"x\",\"y\"]){{stdout}}{fields}}}");
        let vera = vera.clone();
        async move { ask(&vera, &document, Duration::from_secs(12)).await }
    });
    futures_util::future::join_all(asking).await;
    stayed_small(&door, rest);
}

#[tokio::test]
async fn long_documents_of_flags_take_little_memory() {
    let door = Door::serving(&format!("  dagster: {{upstream: \"{}\", profile: dagster}}", tool())).start().await;
    let vera = door.user("vera", "viewer").await;
    let rest = rest(&door);
    let asking = (0..30).map(|number| {
        let flags = (0..9500).fold(String::new(), |mut flags, n| {
            let _ = write!(flags, " a{number}x{n}:canBulkTerminate");
            flags
        });
        let (vera, document) = (vera.clone(), format!("query Q{number}{{{flags}}}"));
        async move { ask(&vera, &document, Duration::from_secs(15)).await }
    });
    futures_util::future::join_all(asking).await;
    stayed_small(&door, rest);
}
