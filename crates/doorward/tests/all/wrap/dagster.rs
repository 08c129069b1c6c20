//! Wrapping Dagster: its own arguments, and the path it is mounted under.

use std::time::Duration;

use super::Wrapped;
use crate::support::{Desk, Running, free_port, get};

#[test]
fn dagster_webserver_gets_its_own_arguments_and_a_private_port() {
    let desk = Desk::new();
    desk.add("root", "admin");
    let port = free_port();
    desk.write("fake", "#!/bin/sh\necho \"got $*\"\nexec sleep 1000\n");
    let fake = desk.folder.path().join("fake");
    std::fs::set_permissions(&fake, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("runnable");
    let line = format!("dagster -f defs.py -p {port} --config passed.yaml --path-prefix /dg --read-only");
    let mut door = Running::start(desk.command().args(line.split(' ')).env("DOORWARD_DAGSTER", &fake));
    let got = door.line_with("| got ");
    assert!(
        got.contains("got -f defs.py --config passed.yaml --path-prefix /dg --read-only --host 127.0.0.1 --port "),
        "{got}"
    );
    let private: u16 = got.rsplit(' ').next().and_then(|port| port.parse().ok()).expect("a port");
    assert_ne!(private, port);
    let answer = get(port, "/", "").expect("Doorward listens where dagster-webserver was told to");
    assert!(answer.contains("location: /dg/"), "{answer}");
}

#[test]
fn a_dagster_that_cannot_be_started_is_told_with_the_exit_codes_of_shells() {
    let desk = Desk::new();
    desk.write("not-executable", "");
    let not_executable = desk.folder.path().join("not-executable").display().to_string();
    for (program, code, words) in [
        ("/nonexistent/dagster-webserver", 127, "was not found; install it"),
        ("no-such-dagster", 127, "was not found; install it"),
        (not_executable.as_str(), 126, "it is not executable"),
    ] {
        let done = desk.command().arg("dagster").env("DOORWARD_DAGSTER", program).output().expect("run");
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.code() == Some(code) && said.contains(words), "{program}: {:?} {said}", done.status);
    }
    let help = desk.run("dagster -f x.py --help");
    assert!(help.code == 0 && help.out.contains("dagster-webserver's own"), "{help:?}");
}

/// A tool that is mounted under `/dg`, where nobody told Doorward.
const ELSEWHERE: &str = "import http.server, os, sys
class Tool(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path.startswith('/dg'): self.send_response(200); self.end_headers(); self.wfile.write(b'page')
        else: self.send_response(307); self.send_header('location', '/dg/'); self.end_headers()
http.server.HTTPServer(('127.0.0.1', int(sys.argv[1])), Tool).serve_forever()";

#[test]
fn a_dagster_under_a_prefix_nobody_told_us_of_lets_nobody_in() {
    let desk = Desk::new();
    desk.add("root", "admin");
    desk.write("tool.py", ELSEWHERE);
    let port = free_port();
    let wrap = |more: &[&str]| {
        let mut command = desk.command();
        command.args(["run", "--profile", "dagster", "--listen", &port.to_string()]).args(more);
        let mut door = Running::start(command.args(["--", "python3", "tool.py", "{port}"]));
        door.line_with(" at http");
        Wrapped { _desk: Desk::new(), door, port }
    };
    let mut wrapped = wrap(&[]);
    wrapped.door.line_with("mounted under another path");
    let token = wrapped.sign_in("root");
    assert!(wrapped.visit(&token).starts_with("HTTP/1.1 503"), "nobody is let in");
    wrapped.door.signal("-TERM");
    wrapped.door.end();
    let mut wrapped = wrap(&["--path-prefix", "/dg"]);
    wrapped.door.line_with("Dagster answers");
}

#[test]
fn a_tool_that_others_run_is_looked_at_before_anybody_is_let_in() {
    let desk = Desk::new();
    desk.add("root", "admin");
    desk.write("tool.py", ELSEWHERE);
    let (port, tool) = (free_port(), free_port());
    let config = |path: &str| {
        let app = format!("{{upstream: 'http://127.0.0.1:{tool}{path}', profile: dagster}}");
        desk.write("doorward.yaml", &format!("listen: {port}\napps:\n  dagster: {app}\n"));
    };
    config("");
    let mut other = Running::start(
        std::process::Command::new("python3").arg(desk.folder.path().join("tool.py")).arg(tool.to_string()),
    );
    while std::net::TcpStream::connect(("127.0.0.1", tool)).is_err() {
        assert!(other.child.try_wait().expect("waited").is_none());
        std::thread::sleep(Duration::from_millis(20));
    }
    let mut door = Running::start(desk.command().arg("serve"));
    door.line_with(" at http");
    let mut wrapped = Wrapped { _desk: Desk::new(), door, port };
    let token = wrapped.sign_in("root");
    assert!(wrapped.visit(&token).starts_with("HTTP/1.1 503"));
    wrapped.door.line_with("mounted under another path");
    config("/dg");
    wrapped.door.signal("-HUP");
    wrapped.door.line_with("is in force");
    assert!(wrapped.visit_when_up(&token).starts_with("HTTP/1.1 200"));
}
