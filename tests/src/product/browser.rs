//! The door and Dagster behind it through a real browser: `tests/browser/*.test.mjs`, one test here for each file there.

use std::path::PathBuf;
use std::process::Command;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::harness::dagster::Dagster;
use crate::harness::dagster_home::definitions;
use crate::harness::door::{ADMIN, PASSWORD};
use crate::harness::{DagsterHome, Door, Echo, PythonTool, Tool, cli, prepared};

/// Runs one file of browser tests against a door before the shared Dagster, with a user of each role the file needs.
async fn run(file: &str) {
    run_before(file, &dagster(""), "").await;
}

/// The shared Dagster as an app, with more said about it.
fn dagster(more: &str) -> String {
    format!("  tool: {{upstream: \"{}\", profile: dagster{more}}}", Dagster::shared().url)
}

/// The same before these apps, with more configuration.
async fn run_before(file: &str, apps: &str, config: &str) {
    // A fresh Dagster greets its first visitor with a dialog over everything.
    Dagster::shared().graphql("mutation { setNuxSeen }", serde_json::json!({})).await;
    let door = Door::serving(apps).config(config).start().await;
    let admin = door.admin().await;
    for role in ["viewer", "operator"] {
        admin.make_user(&format!("a-{role}"), role).await;
    }
    run_at(&door, file);
}

fn run_at(door: &Door, file: &str) {
    let folder = PathBuf::from(prepared("DOORWARD_TEST_BROWSER"));
    let mut node = Command::new("node");
    node.args(["--test", "--test-reporter=spec", file])
        .current_dir(&folder)
        .env("DOOR", door.url(""))
        .env("DOORWARD_TEST_CHROMIUM", prepared("DOORWARD_TEST_CHROMIUM"))
        .env("DOORWARD_TEST_BINARY", crate::harness::binary::doorward())
        .env("DOORWARD_CONFIG", door.file("doorward.yaml"))
        .env("ADMIN", ADMIN)
        .env("PASSWORD", PASSWORD);
    let printed = cli::run(&mut node, "");
    assert_eq!(printed.code, 0, "{}{}", printed.out, printed.err);
    println!("{}", printed.out);
}

#[tokio::test]
async fn dagsters_pages_show_each_role_what_it_may_do() {
    run("dagster.test.mjs").await;
}

/// The shared Dagster, which takes its time for what Dagster's dialog sends to terminate runs.
fn slow_to_terminate() -> Tool {
    let port = Dagster::shared().url.rsplit(':').next().and_then(|port| port.parse::<u16>().ok()).expect("a port");
    Tool::start(move |mut stream| async move {
        let Ok(mut dagster) = TcpStream::connect(("127.0.0.1", port)).await else { return };
        let ((mut asks, mut gets), (mut answers, mut hears)) = (stream.split(), dagster.split());
        let asking = async {
            let mut bytes = vec![0; 65_536];
            while let Ok(length @ 1..) = asks.read(&mut bytes).await {
                let asked = bytes.get(..length).unwrap_or_default();
                if asked.windows(11).any(|part| part == b"\"Terminate\"") {
                    tokio::time::sleep(std::time::Duration::from_secs(6)).await;
                }
                if hears.write_all(asked).await.is_err() {
                    return;
                }
            }
        };
        tokio::select! { () = asking => {}, _ = tokio::io::copy(&mut answers, &mut gets) => {} }
    })
}

#[tokio::test]
async fn dagsters_dialogs_say_of_what_may_not_be_ended_that_it_may_not() {
    let tool = slow_to_terminate();
    run_before("terminating.test.mjs", &format!("  tool: {{upstream: \"{}\", profile: dagster}}", tool.url()), "")
        .await;
}

/// Before a Dagster of its own, so that the pictures show nothing of other tests.
#[tokio::test]
async fn tooltips_say_why_and_pictures_show_what_they_say() {
    let home = DagsterHome::new();
    let plan = Door::command(&["dagster", "-f", &definitions(), "-h", "127.0.0.1", "-p", "{port}"]);
    let door = home.on(plan).start().await.ready().await;
    let admin = door.admin().await;
    for (name, role) in [("vera", "viewer"), ("olga", "operator"), ("bob", "operator")] {
        admin.make_user(name, role).await;
    }
    admin.graphql("mutation { setNuxSeen }", serde_json::json!({})).await;
    run_at(&door, "tooltips.test.mjs");
}

#[tokio::test]
async fn the_menu_is_two_clicks_from_every_page_and_over_nothing_of_dagsters() {
    run("menu.test.mjs").await;
}

#[tokio::test]
async fn the_menu_looks_like_the_page_it_is_in() {
    run("menu-looks.test.mjs").await;
}

/// What a page might say about every element, ours too.
const HOSTILE: &str = "<style>* { all: revert; --paper: red !important; --accent: red !important; --size: 99px !important; direction: rtl !important } \
    :not(html, head, body, p) { display: none !important; opacity: 0 !important; visibility: hidden !important; pointer-events: none !important; \
    transform: scale(3) !important; filter: blur(9px) !important; clip-path: circle(0) !important; position: static !important; z-index: -1 !important; \
    width: 0 !important; height: 0 !important; overflow: hidden !important; contain: strict !important; color-scheme: dark !important } \
    nav, .face, .panel { display: none !important }</style>";

/// A tool whose pages allow nothing but scripts with the page's own nonce, or nothing at all; or whose styles would hide everything.
fn strict() -> Tool {
    Tool::start(|mut stream| async move {
        let mut head = vec![0; 16_384];
        while let Ok(length @ 1..) = stream.read(&mut head).await {
            let allowed =
                if head[..length].starts_with(b"GET /strict/nonce") { "; script-src 'nonce-abc'" } else { "" };
            // An element that would be taken for the document's own script, were it asked for by name.
            let misnamed =
                "<img name=currentScript alt='' src=https://evil.invalid/x/y data-app=x data-place='top-left 0 0'>";
            let is_hostile = head[..length].windows(8).take(40).any(|part| part == b"/hostile");
            let (misnamed, policy) = if is_hostile {
                (HOSTILE, "script-src 'self'".to_owned())
            } else if head[..length].starts_with(b"GET /strict/misnamed") {
                (misnamed, "script-src 'self'".to_owned())
            } else {
                ("", format!("default-src 'none'{allowed}"))
            };
            let page = format!(
                "<!doctype html><html lang=\"en\"><head><title>Strict</title></head><body>{misnamed}<p>The page itself</p></body></html>"
            );
            let about = format!("Content-Type: text/html\r\nContent-Security-Policy: {policy}");
            let answer = format!("HTTP/1.1 200 OK\r\n{about}\r\nContent-Length: {}\r\n\r\n{page}", page.len());
            if stream.write_all(answer.as_bytes()).await.is_err() {
                return;
            }
        }
    })
}

#[tokio::test]
async fn the_menu_keeps_to_the_policies_of_the_page() {
    let tool = strict();
    let app = |name: &str, more: &str| {
        format!("  {name}: {{upstream: \"{}\", profile: generic, path: /{name}{more}}}\n", tool.url())
    };
    let apps = [app("strict", ""), app("cornered", ", menu: top-left"), app("bare", ", menu: false")].concat();
    let door = Door::serving(apps.trim_end()).start().await;
    door.admin().await.make_user("a-viewer", "viewer").await;
    run_at(&door, "menu-elsewhere.test.mjs");
}

#[tokio::test]
async fn the_menus_line_can_be_closed_and_reached_by_the_keyboard_and_tells_of_the_role() {
    run("menu-bar.test.mjs").await;
}

#[tokio::test]
async fn sessions_end_in_every_tab() {
    run("sessions.test.mjs").await;
}

#[tokio::test]
async fn a_session_that_is_ended_says_so_in_dagster_and_leads_to_sign_in() {
    run("ended.test.mjs").await;
}

#[tokio::test]
async fn a_session_that_is_signed_out_in_another_tab_says_so_in_dagster_and_leads_to_sign_in() {
    run("signed-out.test.mjs").await;
}

#[tokio::test]
async fn every_click_in_dagster_leads_to_sign_in_once_the_session_has_ended() {
    run("ended-clicks.test.mjs").await;
}

#[tokio::test]
async fn a_session_that_runs_out_says_so_in_dagster_and_leads_to_sign_in() {
    run_before("expired.test.mjs", &dagster(""), "sessions: {lifetime: 30s}").await;
}

#[tokio::test]
async fn without_the_menu_a_session_that_ends_still_leads_to_sign_in() {
    run_before("without-menu.test.mjs", &dagster(", menu: false"), "").await;
}

#[tokio::test]
async fn over_plain_http_a_session_that_ends_leads_to_sign_in() {
    run("plain-http.test.mjs").await;
}

/// A page that says nothing about being kept, and tells when a browser shows it again as it was.
async fn serve_page(mut stream: TcpStream) {
    let page = "<!doctype html><title>kept</title><h1>kept</h1>\
                <script>onpageshow = (event) => { if (event.persisted) console.log('shown again'); };</script>";
    let answer = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{page}",
        page.len()
    );
    if stream.read(&mut [0; 16_384]).await.is_ok() {
        let _ = stream.write_all(answer.as_bytes()).await;
    }
}

#[tokio::test]
async fn who_has_signed_out_leaves_no_page_behind() {
    let pages = Tool::start(serve_page);
    let apps = format!("{}\n  pages: {{upstream: \"{}\", profile: generic, path: /pages}}", dagster(""), pages.url());
    run_before("back.test.mjs", &apps, "").await;
}

#[tokio::test]
async fn everybody_can_use_the_desk() {
    run("desk.test.mjs").await;
}

#[tokio::test]
async fn who_is_refused_asks_for_access_and_is_let_in() {
    let tool = Tool::pages("<!doctype html><html lang=en><title>Wiki</title><body><h1>A page of the tool</h1>");
    let door = Door::serving(&format!("  wiki: {{upstream: \"{}\", profile: generic}}", tool.url()))
        .config("contact: 'Questions? Write to data@example.com.'")
        .start()
        .await;
    for name in ["ada", "eve", "ann", "zoe", "bob", "max"] {
        door.cli_with(&["user", "add", name, "--password-stdin"], PASSWORD).done();
    }
    door.cli(&["grant", "add", "max", "--role", "manager", "--app", "wiki"]).done();
    run_at(&door, "access.test.mjs");
}

#[tokio::test]
async fn no_name_is_too_long_for_a_page() {
    let tool = Tool::pages("<!doctype html><html lang=en><title>Wiki</title><body><h1>A page of the tool</h1>");
    let (username, full_name) = (format!("l{}g", "o".repeat(126)), "N".repeat(110));
    let (title, thing) = ("T".repeat(100), format!("page:m{}e", "i".repeat(150)));
    let app = format!("  wiki: {{upstream: \"{}\", profile: pages, title: {title}}}", tool.url());
    let profiles = format!("profiles: {}/data/profiles", env!("CARGO_MANIFEST_DIR"));
    let door = Door::serving(&app).config(&profiles).start().await;
    let new = ["user", "add", &username, "--full-name", &full_name, "--password-stdin"];
    door.cli_with(&new, PASSWORD).done();
    for (role, thing) in [("operator", thing.as_str()), ("viewer", "page:x")] {
        door.cli(&["grant", "add", &username, "--role", role, "--app", "wiki", "--resource", thing]).done();
    }
    run_at(&door, "long-names.test.mjs");
}

#[tokio::test]
async fn scripts_of_a_tools_page_reach_nothing_of_a_desk_at_a_host_of_its_own() {
    let tool = Tool::pages("<!doctype html><html lang=en><title>Wiki</title><body><h1>A page of the tool</h1>");
    let app =
        |name: &str| format!("  {name}: {{upstream: \"{}\", profile: generic, host: {name}.door.test}}", tool.url());
    let door =
        Door::serving(&format!("{}\n{}", app("wiki"), app("shop"))).config("desk_host: auth.door.test").start().await;
    run_at(&door, "desk-host.test.mjs");
}

#[tokio::test]
async fn the_setup_page_makes_the_first_administrator() {
    let door = Door::guarding("http://127.0.0.1:9", "generic").without_admin().start().await;
    run_at(&door, "setup.test.mjs");
}

#[tokio::test]
async fn a_page_of_a_tool_opens_websockets() {
    let (jupyter, echo) = (PythonTool::jupyter().await, PythonTool::echo().await);
    let app = |name: &str, tool: &PythonTool, path: &str| {
        format!("  {name}: {{upstream: \"{}\", profile: generic{path}}}", tool.url())
    };
    let apps = format!("{}\n{}", app("jupyter", &jupyter, ""), app("echo", &echo, ", path: /echo"));
    let door = Door::serving(&apps).start().await;
    let admin = door.admin().await;
    for role in ["viewer", "developer"] {
        admin.make_user(&format!("a-{role}"), role).await;
    }
    run_at(&door, "websockets.test.mjs");
}

#[tokio::test]
async fn signing_in_forgives_and_forgets_nothing() {
    let echo = Echo::start();
    let dead = "http://127.0.0.1:9";
    let apps = format!(
        "  wiki: {{upstream: '{}', profile: generic}}\n  dead: {{upstream: '{dead}', profile: generic, path: /dead}}",
        echo.url()
    );
    let door = Door::serving(&apps).config("contact: 'Ask data@example.com.'").start().await;
    let add = |name: &str, role: &[&str]| {
        let email = format!("{name}@Example.com");
        let arguments = [&["user", "add", name, "--email", &email, "--password-stdin"], role].concat();
        door.cli_with(&arguments, PASSWORD).done();
    };
    add("ada", &["--role", "developer"]);
    add("eve", &[]);
    run_at(&door, "signing-in.test.mjs");
    let sent: Vec<_> = echo.seen().into_iter().filter(|seen| seen.head.starts_with("POST /notes ")).collect();
    assert_eq!(sent.len(), 1, "a form that came after the session reached the app once, when it was sent again");
    assert!(sent.iter().all(|seen| seen.body_start.contains("all+that+was+typed")), "{sent:?}");
}
