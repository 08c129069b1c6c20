//! Our reading of paths against the one that counts: Starlette's, with the routes of the installed Dagster.
//!
//! Whatever endpoint a path that we would pass on reaches there, we must have read it as at least that.

#![expect(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a test says what it misses by panicking")]

use doorward_domain::Action;
use doorward_profile::{CanonicalPath, HeadReading, Profile, RequestHead};
use http::{HeaderMap, HeaderValue, Method, header};
use proptest::prelude::*;
use serde_json::json;
use std::{
    cell::RefCell,
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

/// The long-lived Python process with Dagster in it.
struct Oracle {
    process: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Oracle {
    fn start() -> Self {
        let python = std::env::var_os("DOORWARD_TEST_PYTHON").expect(
            "DOORWARD_TEST_PYTHON names no Python with Dagster in it: run `cargo xtask test`, which installs one and sets it",
        );
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/dagster_routes/oracle.py");
        let mut command = Command::new(python);
        let mut process =
            command.arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("Python starts");
        let (questions, answers) = (process.stdin.take().unwrap(), process.stdout.take().unwrap());
        Self { process, questions, answers: BufReader::new(answers) }
    }

    /// The endpoint that would answer.
    fn met(&mut self, request: &Request, target: &str) -> Option<String> {
        let kind = if request.socket { "websocket" } else { "http" };
        let question = json!({"type": kind, "method": request.method, "target": target, "prefix": request.prefix});
        writeln!(self.questions, "{question}").unwrap();
        self.questions.flush().unwrap();
        let mut answer = String::new();
        self.answers.read_line(&mut answer).unwrap();
        serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{question} was answered by {answer:?}: {error}"))
    }
}

impl Drop for Oracle {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

#[derive(Debug, Clone)]
struct Request {
    prefix: &'static str,
    method: &'static str,
    socket: bool,
    path: String,
}

/// What we make of it.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Reading {
    Rules(Action),
    GraphQl,
}

/// What has to be known about a request to reach this endpoint.
fn demanded(endpoint: &str) -> Reading {
    match endpoint {
        "graphql_http_endpoint" | "graphql_ws_endpoint" => Reading::GraphQl,
        "download_debug_file_endpoint" => Reading::Rules(Action::Run),
        "download_notebook"
        | "report_asset_materialization_endpoint"
        | "report_asset_check_endpoint"
        | "report_asset_observation_endpoint" => Reading::Rules(Action::Edit),
        // Versions, logs, the page, its files, and the redirect to the prefix.
        "webserver_info_endpoint"
        | "download_captured_logs_endpoint"
        | "index_html_endpoint"
        | "next_static_file"
        | "_static_file"
        | "_redirect" => Reading::Rules(Action::View),
        other => panic!("an endpoint nobody has looked at: {other}"),
    }
}

/// The path that would be passed on, and how it was read; nothing when it is refused.
fn read(profile: &Profile, request: &Request) -> Option<(CanonicalPath, Reading)> {
    let path = CanonicalPath::parse(&request.path).ok()?;
    let below = path.below(request.prefix)?;
    let mut headers = HeaderMap::new();
    if request.socket {
        headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    }
    let method = Method::from_bytes(request.method.as_bytes()).unwrap();
    let head = RequestHead { method: &method, path: &below, query: None, headers: &headers };
    let graphql = profile.graphql().is_some_and(|dialect| dialect.wants(&head));
    match profile.read_head(&head).ok()? {
        _ if graphql => Some((path, Reading::GraphQl)),
        HeadReading::Understood(intent) => Some((path, Reading::Rules(intent.strongest()?.action))),
        other => panic!("read as GraphQL, but not its endpoint: {request:?} {other:?}"),
    }
}

fn requests() -> impl Strategy<Value = Request> {
    let routes = prop::sample::select(vec![
        "graphql",
        "notebook",
        "dagit",
        "download_debug",
        "logs",
        "report_asset_check",
        "report_asset_materialization",
        "server_info",
        "_next",
        "vendor",
        "dg",
        "a",
        "raw",
        "",
        "/",
    ]);
    let twists = prop::sample::select(vec![
        "/", "/", "/", "%2F", "%2f", ".", "..", "%2e", ";", ";a", "%3B", "?", "%3F", "%23", "%0A", "%0d", "%20", "%25",
        "%252F", "%67", "%6e", "%5C", "%c3%a9", "%ff", "|", "+", "~", "G", "-", "%2A",
    ]);
    let piece = prop_oneof![3 => routes.prop_map(str::to_owned), 2 => twists.prop_map(str::to_owned), 1 => escaped()];
    let path = prop::collection::vec(piece, 1..7).prop_map(|pieces| pieces.concat());
    let methods = prop::sample::select(vec!["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"]);
    (prop::sample::select(vec!["", "/dg"]), methods, prop::bool::weighted(0.1), prop::bool::weighted(0.8), path)
        .prop_map(|(prefix, method, socket, below, path)| {
            let path = if below { format!("{prefix}/{path}") } else { format!("/{path}") };
            Request { prefix, method: if socket { "GET" } else { method }, socket, path }
        })
}

/// A route with some of its letters escaped.
fn escaped() -> impl Strategy<Value = String> {
    let word =
        prop::sample::select(vec!["graphql", "notebook", "download_debug/x", "report_asset_check/x", "dagit/notebook"]);
    (word, any::<u32>()).prop_map(|(word, chosen)| {
        let letters = word.bytes().enumerate();
        letters
            .map(|(at, byte)| if chosen >> at & 1 == 1 { format!("%{byte:02x}") } else { char::from(byte).to_string() })
            .collect()
    })
}

fn check(profile: &Profile, oracle: &RefCell<Oracle>, request: &Request) {
    let Some((path, reading)) = read(profile, request) else { return };
    let Some(endpoint) = oracle.borrow_mut().met(request, path.as_str()) else { return };
    let demanded = demanded(&endpoint);
    assert!(reading >= demanded, "{request:?} goes on as {} to {endpoint}, but was read as {reading:?}", path.as_str());
    assert!(
        reading != Reading::GraphQl || demanded == Reading::GraphQl,
        "{request:?} was read as GraphQL and meets {endpoint}"
    );
}

#[test]
fn every_route_is_reached_in_its_plain_spelling() {
    let profile = Profile::builtin("dagster").unwrap();
    let oracle = RefCell::new(Oracle::start());
    for (method, path, expected) in [
        ("GET", "/graphql", "graphql_http_endpoint"),
        ("POST", "/graphql", "graphql_http_endpoint"),
        ("GET", "/notebook", "download_notebook"),
        ("HEAD", "/dagit/notebook", "download_notebook"),
        ("GET", "/download_debug/a", "download_debug_file_endpoint"),
        ("POST", "/report_asset_check/a/b", "report_asset_check_endpoint"),
        ("GET", "/logs/a", "download_captured_logs_endpoint"),
        ("GET", "/server_info", "webserver_info_endpoint"),
        ("GET", "/runs", "index_html_endpoint"),
    ] {
        for prefix in ["", "/dg"] {
            let request = Request { prefix, method, socket: false, path: format!("{prefix}{path}") };
            check(&profile, &oracle, &request);
            assert_eq!(oracle.borrow_mut().met(&request, &request.path).as_deref(), Some(expected), "{request:?}");
        }
    }
}

#[test]
fn no_spelling_of_a_path_reaches_more_than_it_was_read_as() {
    let profile = Profile::builtin("dagster").unwrap();
    let oracle = RefCell::new(Oracle::start());
    let reached = RefCell::new(0);
    proptest!(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(8192) }, |(request in requests())| {
        *reached.borrow_mut() += usize::from(read(&profile, &request).is_some());
        check(&profile, &oracle, &request);
    });
    assert!(reached.into_inner() > 500, "nearly everything was refused: nothing was compared");
}
