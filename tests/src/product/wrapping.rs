//! A tool started by Doorward, and how both end.

use reqwest::Method;
use serde_json::json;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::time::Duration;
use tokio::net::TcpStream;

use crate::harness::dagster::{LAUNCH, maintenance_job};
use crate::harness::person::text;
use crate::harness::process::{descendants, is_alive};
use crate::harness::{Door, Person, eventually, prepared};

pub(super) fn definitions() -> String {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../examples/quickstart/definitions.py");
    file.canonicalize().unwrap().display().to_string()
}

/// `doorward dagster …` with the tests' environment first in `PATH`.
async fn wrapped_dagster(more: &[&str]) -> Door {
    let definitions = definitions();
    let mut arguments = vec!["dagster", "-f", &definitions, "-h", "127.0.0.1", "-p", "{port}"];
    arguments.extend(more);
    let python = PathBuf::from(prepared("DOORWARD_TEST_PYTHON"));
    let path = format!("{}:{}", python.parent().unwrap().display(), std::env::var("PATH").unwrap());
    Door::command(&arguments)
        .env("PATH", path)
        .env("DAGSTER_HOME", "{folder}")
        .env("DAGSTER_DISABLE_TELEMETRY", "yes")
        .start()
        .await
}

/// A tool of one line of Python: answers on its port; `/pid` with its process id; dies on `/die`.
const TOOL: &str = "\
import http.server, os, sys
class H(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == '/die': os._exit(7)
        body = str(os.getpid()).encode()
        self.send_response(200); self.send_header('Content-Length', str(len(body))); self.end_headers(); self.wfile.write(body)
print('the tool speaks', flush=True)
http.server.ThreadingHTTPServer(('127.0.0.1', int(os.environ['PORT'])), H).serve_forever()
";

async fn wrapped_tool() -> Door {
    Door::command(&["run", "--profile", "generic", "--listen", "127.0.0.1:{port}", "--", "python3", "-c", TOOL])
        .start()
        .await
        .ready()
        .await
}

/// The tool's process id, asked through the door once it answers.
async fn tool_id(admin: &Person) -> u32 {
    let mut id = None;
    let answers = eventually(Duration::from_secs(20), || async {
        let answer = admin.get("/pid").await;
        answer.status() == 200
    });
    assert!(answers.await, "the tool never answers");
    id.get_or_insert(text(admin.get("/pid").await).await).parse().unwrap()
}

#[tokio::test]
async fn one_command_puts_a_guarded_dagster_up() {
    let door = wrapped_dagster(&[]).await;
    let admin = door.admin().await;
    let starting = admin.visit("/").await;
    if starting.status() == 503 {
        assert!(text(starting).await.contains("starting"));
        let api = admin.graphql("{version}", json!({})).await;
        assert!(api.status() == 503 || api.status() == 200, "{}", api.status());
        assert!(api.status() == 200 || api.headers().contains_key("retry-after"));
    }
    assert_eq!(door.stranger().get("/").await.status(), 401, "a stranger learns nothing");
    let door = door.ready().await;
    assert!(text(admin.visit("/").await).await.contains("Dagster"));
    let answer =
        admin.graphql_json(LAUNCH, json!({"params": {"selector": maintenance_job(), "runConfigData": "{}"}})).await;
    assert_eq!(answer["data"]["launchRun"]["__typename"], "LaunchRunSuccess", "{answer}");
    assert!(
        door.process
            .output()
            .lines()
            .any(|line| line.contains("dagster") && line.contains("Serving dagster-webserver"))
    );

    let children = descendants(door.process.id());
    assert!(children.len() >= 2, "the webserver and its code server");
    door.process.signal("KILL");
    let gone = eventually(Duration::from_secs(20), || async { !children.iter().any(|id| is_alive(*id)) });
    assert!(gone.await, "left behind: {:?}", children.iter().filter(|id| is_alive(**id)).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_path_prefix_is_passed_on_and_understood() {
    let mut door = wrapped_dagster(&["--path-prefix", "/dg"]).await.ready().await;
    let viewer = door.user("vera", "viewer").await;
    assert!(text(viewer.visit("/dg/").await).await.contains("Dagster"));
    let ask = async |document: &str| {
        let request = viewer.ask(Method::POST, "/dg/graphql").json(&json!({"query": document}));
        text(request.send().await.unwrap()).await
    };
    assert!(ask("{version}").await.contains("1.13.27"));
    assert!(ask("mutation { setConcurrencyLimit(concurrencyKey: \"x\", limit: 1) }").await.contains("FORBIDDEN"));
    let children = descendants(door.process.id());
    door.process.signal("TERM");
    let status = door.process.end_within(Duration::from_secs(20)).await.expect("it ends");
    assert_eq!(status.code(), Some(0), "{}", door.process.output());
    assert!(!children.iter().any(|id| is_alive(*id)), "the tool was stopped with it");
}

#[tokio::test]
async fn any_command_can_be_wrapped_and_its_words_pass_with_a_prefix() {
    let door = wrapped_tool().await;
    let admin = door.admin().await;
    tool_id(&admin).await;
    let output = door.process.output();
    let line =
        output.lines().find(|line| line.contains("the tool speaks")).unwrap_or_else(|| panic!("silent:\n{output}"));
    assert!(!line.starts_with("the tool"), "a prefix says whose words these are: {line}");
}

#[tokio::test]
async fn a_tool_that_dies_is_started_again() {
    let door = wrapped_tool().await;
    let admin = door.admin().await;
    let first = tool_id(&admin).await;
    let _ = admin.get("/die").await;
    let second = tool_id(&admin).await;
    assert_ne!(first, second);
    assert!(!is_alive(first));
}

#[tokio::test]
async fn kill_9_leaves_no_process_behind() {
    let mut door = wrapped_tool().await;
    let tool = tool_id(&door.admin().await).await;
    let children = descendants(door.process.id());
    assert!(children.contains(&tool));
    door.process.signal("KILL");
    assert_eq!(door.process.end_within(Duration::from_secs(5)).await.unwrap().signal(), Some(9));
    let gone = eventually(Duration::from_secs(10), || async { !children.iter().any(|id| is_alive(*id)) });
    assert!(gone.await, "left behind: {children:?}");
}

#[tokio::test]
async fn grandchildren_do_not_survive_either() {
    let script = "sleep 1000 & setsid sleep 1001 & exec python3 -m http.server --bind 127.0.0.1 $PORT";
    let mut door =
        Door::command(&["run", "--profile", "generic", "--listen", "127.0.0.1:{port}", "--", "sh", "-c", script])
            .start()
            .await
            .ready()
            .await;
    let children = descendants(door.process.id());
    assert!(children.len() >= 3, "{children:?}");
    door.process.signal("KILL");
    door.process.end_within(Duration::from_secs(5)).await.unwrap();
    let gone = eventually(Duration::from_secs(10), || async { !children.iter().any(|id| is_alive(*id)) });
    assert!(gone.await, "left behind: {:?}", children.iter().filter(|id| is_alive(**id)).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_tool_that_dies_at_once_five_times_ends_doorward_with_its_code() {
    let mut door =
        Door::command(&["run", "--profile", "generic", "--listen", "127.0.0.1:{port}", "--", "sh", "-c", "exit 7"])
            .start()
            .await;
    let status = door.process.end_within(Duration::from_mins(1)).await.expect("it gives up");
    assert_eq!(status.code(), Some(7), "{}", door.process.output());
}

#[tokio::test]
async fn the_private_port_is_on_loopback_only_and_a_wider_one_is_warned_of() {
    let script = "import http.server, os; http.server.ThreadingHTTPServer(('0.0.0.0', int(os.environ['PORT'])), http.server.SimpleHTTPRequestHandler).serve_forever()";
    let own = local_address();
    let door =
        Door::command(&["run", "--profile", "generic", "--listen", "127.0.0.1:{port}", "--", "python3", "-c", script])
            .start()
            .await
            .ready()
            .await;
    let Some(_) = own else {
        panic!("this machine has no address but loopback: the warning cannot be tested here");
    };
    let warned = eventually(Duration::from_secs(10), || async {
        let output = door.process.output().to_lowercase();
        output.contains("reachable") || output.contains("reached")
    });
    assert!(warned.await, "{}", door.process.output());
}

/// An address of this machine that is not loopback, found without sending anything.
fn local_address() -> Option<std::net::IpAddr> {
    let socket = std::net::UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("192.0.2.1:9").ok()?;
    socket.local_addr().ok().map(|address| address.ip()).filter(|ip| !ip.is_loopback())
}

#[tokio::test]
async fn the_door_listens_on_loopback_unless_told() {
    let door = wrapped_tool().await;
    if let Some(own) = local_address() {
        assert!(TcpStream::connect((own, door.port)).await.is_err());
    }
}

#[tokio::test]
async fn a_tool_that_is_not_there_or_cannot_be_run_ends_it_at_once_in_words() {
    let door = wrapped_tool().await;
    for (command, code, words) in [
        (&["/nonexistent"][..], 127, "there is no program /nonexistent"),
        (&["no-such-program-anywhere"], 127, "no-such-program-anywhere was not found in PATH"),
        (&["/etc/passwd"], 126, "/etc/passwd cannot be run: it is not executable"),
        (&["/"], 126, "/ is a folder"),
        // What cannot be seen beforehand.
        (&["sh", "-c", "exec /nonexistent"], 127, "cannot be started"),
    ] {
        let options = ["run", "--profile", "generic", "--listen", "127.0.0.1:0", "--"];
        let printed = door.cli(&[&options[..], command].concat());
        assert_eq!(printed.code, code, "{command:?}: {}", printed.err);
        assert!(printed.err.contains(words), "{}", printed.err);
        assert!(!printed.err.contains("starting it again"), "{}", printed.err);
    }
}
