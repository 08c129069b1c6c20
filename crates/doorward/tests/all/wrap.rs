//! Wrapping a tool: `doorward run` around a small web server, from the first page to `kill -9`.

use std::time::{Duration, Instant};

use crate::support::{Desk, Running, all_gone, ask, free_port, get, is_alive};

/// A web server that says its process id and that of a helper in a session of its own.
const TOOL: &str =
    "echo tool $$; setsid sh -c 'echo helper $$; exec sleep 1000' & exec python3 -m http.server --bind 127.0.0.1 $PORT";

struct Wrapped {
    /// Holds the database as long as the door is open.
    _desk: Desk,
    door: Running,
    port: u16,
}

impl Wrapped {
    /// Wraps a shell script; an administrator `root` exists.
    fn start(script: &str) -> Self {
        Self::start_with(script, &[])
    }

    fn start_with(script: &str, variables: &[(&str, &str)]) -> Self {
        let desk = Desk::new();
        desk.add("root", "admin");
        let port = free_port();
        let mut command = desk.command();
        command.args(["run", "--profile", "generic", "--listen", &port.to_string(), "--", "sh", "-c", script]);
        let mut door = Running::start(command.envs(variables.iter().copied()));
        door.line_with("Doorward ");
        Self { _desk: desk, door, port }
    }

    fn pids(&mut self) -> Vec<u32> {
        let said = |line: String| line.rsplit(' ').next().unwrap_or_default().parse().expect("a process id");
        ["| tool ", "| helper "].map(|who| said(self.door.line_with(who))).to_vec()
    }

    /// The bearer token of a fresh sign-in.
    fn sign_in(&self, name: &str) -> String {
        let body = format!(r#"{{"username": "{name}", "password": "correct horse battery"}}"#);
        let answer = ask(
            self.port,
            &format!(
                "POST /_doorward/api/v1/auth/login HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
                self.port,
                body.len()
            ),
        );
        let answer = answer.expect("an answer");
        let json = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        let json: serde_json::Value = serde_json::from_str(json).unwrap_or_else(|_| panic!("{answer}"));
        json["token"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }

    fn visit(&self, token: &str) -> String {
        get(self.port, "/", &format!("Authorization: Bearer {token}\r\n")).expect("an answer")
    }

    /// The first answer that is not "starting".
    fn visit_when_up(&self, token: &str) -> String {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let answer = self.visit(token);
            if !answer.starts_with("HTTP/1.1 503") || Instant::now() > deadline {
                return answer;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

#[test]
fn a_wrapped_tool_is_reached_through_the_door_only_by_who_signed_in() {
    let wrapped = Wrapped::start(TOOL);
    let nobody = get(wrapped.port, "/", "Sec-Fetch-Mode: navigate\r\nAccept: text/html\r\n").expect("an answer");
    assert!(nobody.starts_with("HTTP/1.1 302") && nobody.contains("/_doorward/login"), "{nobody}");
    let token = wrapped.sign_in("root");
    let answer = wrapped.visit_when_up(&token);
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("Directory listing"), "{answer}");
}

#[test]
fn while_the_tool_starts_people_are_told_to_wait() {
    let wrapped = Wrapped::start("sleep 2; exec python3 -m http.server --bind 127.0.0.1 $PORT");
    let token = wrapped.sign_in("root");
    let early = wrapped.visit(&token);
    assert!(early.starts_with("HTTP/1.1 503") && early.to_lowercase().contains("retry-after:"), "{early}");
    assert!(wrapped.visit_when_up(&token).starts_with("HTTP/1.1 200"));
}

#[test]
fn nothing_of_the_tool_outlives_a_doorward_that_was_killed() {
    let mut wrapped = Wrapped::start(TOOL);
    let pids = wrapped.pids();
    assert!(pids.iter().all(|pid| is_alive(*pid)));
    wrapped.door.signal("-KILL");
    assert!(all_gone(&pids), "{pids:?}");
}

#[test]
fn a_signal_stops_the_tool_and_then_doorward_with_0() {
    for signal in ["-TERM", "-INT"] {
        let mut wrapped = Wrapped::start(TOOL);
        let pids = wrapped.pids();
        wrapped.door.signal(signal);
        assert_eq!(wrapped.door.end(), 0, "{signal}");
        assert!(all_gone(&pids), "{pids:?}");
    }
}

/// A web server, and a helper that has something to finish and cannot be hurried without saying so.
const WORKING: &str = "echo tool $$; setsid sh -c 'trap \"sleep 1.5; echo cut short; exit\" TERM; echo helper $$; for i in $(seq 80); do sleep 0.05; done; echo finished' & exec python3 -m http.server --bind 127.0.0.1 $PORT";

#[test]
fn what_the_tool_started_may_finish_within_the_grace_when_doorward_stops() {
    let mut wrapped = Wrapped::start_with(WORKING, &[("DOORWARD_SHUTDOWN_GRACE", "30s")]);
    let pids = wrapped.pids();
    wrapped.door.signal("-TERM");
    wrapped.door.line_with("| finished");
    assert_eq!(wrapped.door.end(), 0);
    assert!(!wrapped.door.seen.iter().any(|line| line.contains("cut short")), "{:?}", wrapped.door.seen);
    assert!(all_gone(&pids), "{pids:?}");
}

#[test]
fn what_does_not_finish_within_the_grace_is_asked_to_stop_and_can_write_it_down() {
    let mut wrapped = Wrapped::start_with(&WORKING.replace("seq 80", "seq 8000"), &[("DOORWARD_SHUTDOWN_GRACE", "1s")]);
    let pids = wrapped.pids();
    wrapped.door.signal("-TERM");
    wrapped.door.line_with("| cut short");
    assert_eq!(wrapped.door.end(), 0);
    assert!(all_gone(&pids), "{pids:?}");
}

#[test]
fn what_a_tool_that_died_had_started_finishes_beside_its_next_life() {
    let mut wrapped = Wrapped::start_with(WORKING, &[("DOORWARD_SHUTDOWN_GRACE", "30s")]);
    let token = wrapped.sign_in("root");
    let pids = wrapped.pids();
    assert!(wrapped.visit_when_up(&token).starts_with("HTTP/1.1 200"));
    std::process::Command::new("kill").args(["-KILL", &pids[0].to_string()]).status().expect("kill");
    wrapped.door.line_with("starting it again");
    wrapped.door.seen.clear();
    wrapped.door.line_with("| tool ");
    assert!(is_alive(pids[1]), "the helper goes on");
    wrapped.door.line_with("| finished");
    assert!(!wrapped.door.seen.iter().any(|line| line.contains("cut short")), "{:?}", wrapped.door.seen);
    assert!(wrapped.visit_when_up(&token).starts_with("HTTP/1.1 200"));
}

#[test]
fn what_holds_the_port_of_a_tool_that_died_makes_room_for_its_next_life() {
    let holder = "import os, subprocess, sys, http.server as h
server = h.ThreadingHTTPServer(('127.0.0.1', int(os.environ['PORT'])), h.SimpleHTTPRequestHandler)
os.write(1, b'| %s %d\\n' % (b'tool' if os.fork() else b'helper', os.getpid()))
server.serve_forever()";
    let mut wrapped =
        Wrapped::start_with(&format!("exec python3 -c \"{holder}\""), &[("DOORWARD_SHUTDOWN_GRACE", "10m")]);
    let pids = wrapped.pids();
    let token = wrapped.sign_in("root");
    assert!(wrapped.visit_when_up(&token).starts_with("HTTP/1.1 200"));
    std::process::Command::new("kill").args(["-KILL", &pids[0].to_string()]).status().expect("kill");
    wrapped.door.line_with("starting it again");
    wrapped.door.seen.clear();
    wrapped.door.line_with("| tool ");
    assert!(all_gone(&pids), "{pids:?}");
    assert!(wrapped.visit_when_up(&token).starts_with("HTTP/1.1 200"));
}

#[test]
fn a_second_interrupt_does_not_wait() {
    let mut wrapped = Wrapped::start(
        "trap '' TERM; echo tool $$; setsid sh -c 'echo helper $$; exec sleep 1000' & while :; do sleep 0.1; done",
    );
    let pids = wrapped.pids();
    wrapped.door.signal("-INT");
    wrapped.door.line_with("stopping");
    wrapped.door.signal("-INT");
    assert_eq!(wrapped.door.end(), 130);
    assert!(all_gone(&pids), "{pids:?}");
}

#[test]
fn a_tool_that_dies_is_started_again() {
    let mut wrapped = Wrapped::start("echo tool $$; exec python3 -m http.server --bind 127.0.0.1 $PORT");
    let token = wrapped.sign_in("root");
    assert!(wrapped.visit_when_up(&token).starts_with("HTTP/1.1 200"));
    let first = wrapped.door.line_with("| tool ");
    let pid = first.rsplit(' ').next().expect("a process id");
    std::process::Command::new("kill").args(["-KILL", pid]).status().expect("kill");
    wrapped.door.line_with("starting it again");
    wrapped.door.seen.clear();
    assert_ne!(wrapped.door.line_with("| tool "), first);
    assert!(wrapped.visit_when_up(&token).starts_with("HTTP/1.1 200"));
}

#[test]
fn five_deaths_right_after_the_start_end_doorward_with_the_tools_code() {
    let mut wrapped = Wrapped::start("echo no; exit 7");
    wrapped.door.line_with("giving up");
    assert_eq!(wrapped.door.end(), 7);
}

#[test]
fn our_own_secrets_are_not_in_the_tools_environment() {
    let script = "env | sed s/^/env:/; echo done; exec sleep 1000";
    let mut wrapped = Wrapped::start_with(
        script,
        &[("DOORWARD_ADMIN_USER", "boss"), ("DOORWARD_ADMIN_PASSWORD", "correct horse battery")],
    );
    wrapped.door.line_with("| done");
    assert!(wrapped.door.seen.iter().any(|line| line.contains("env:PORT=")));
    assert!(
        !wrapped.door.seen.iter().any(|line| line.contains("DOORWARD_") || line.contains("horse")),
        "{:?}",
        wrapped.door.seen
    );
}

#[test]
fn a_port_in_use_is_told_and_starts_nothing() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("bound");
    let port = taken.local_addr().expect("an address").port();
    let desk = Desk::new();
    desk.add("root", "admin");
    let done = desk.run(&format!("run --profile generic --listen {port} -- touch started"));
    assert_eq!(done.code, 1, "{done:?}");
    assert!(done.err.contains("another program listens there already"), "{}", done.err);
    assert!(!desk.folder.path().join("started").exists());
}

#[test]
fn the_setup_link_is_printed_once_and_not_logged() {
    let desk = Desk::new();
    let port = free_port();
    let mut door = Running::start(desk.command().args([
        "run",
        "--profile",
        "generic",
        "--listen",
        &port.to_string(),
        "--",
        "sleep",
        "1000",
    ]));
    let link = door.line_with("/_doorward/setup?token=");
    let path = link.split_once(&format!("127.0.0.1:{port}")).expect("this address").1;
    assert!(get(port, path, "").expect("an answer").starts_with("HTTP/1.1 200"));
    let without = get(port, "/_doorward/api/v1/auth/me", "").expect("an answer");
    assert!(without.starts_with("HTTP/1.1 503") && without.contains("setup_required"), "{without}");
    door.signal("-TERM");
    assert_eq!(door.end(), 0);
    assert_eq!(door.seen.iter().filter(|line| line.contains("token=")).count(), 1);
}

#[test]
fn a_hangup_takes_new_apps_over_and_refuses_an_invalid_file_in_words() {
    let desk = Desk::new();
    desk.add("root", "admin");
    let port = free_port();
    let app = |name: &str, more: &str| {
        format!("  {name}: {{command: [sleep, '1000'], profile: generic, path: /{name}{more}}}\n")
    };
    desk.write("doorward.yaml", &format!("listen: {port}\napps:\n{}", app("one", "")));
    let mut door = Running::start(desk.command().arg("serve"));
    door.line_with("app         one");
    desk.write("doorward.yaml", &format!("listen: {port}\napps:\n{}", app("one", ", rolls: []")));
    door.signal("-HUP");
    let refusal = door.line_with("the old one stays");
    assert!(!refusal.is_empty());
    door.line_with("did you mean `rules`?");
    let two = free_port();
    desk.write("doorward.yaml", &format!("listen: {two}\napps:\n{}{}", app("one", ""), app("two", "")));
    door.signal("-HUP");
    door.line_with("`listen` has changed; that takes effect at the next start");
    door.line_with("is in force");
    let answer = get(port, "/two/", "Sec-Fetch-Mode: navigate\r\nAccept: text/html\r\n").expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 302"), "{answer}");
    door.signal("-TERM");
    assert_eq!(door.end(), 0);
}

#[test]
fn probes_and_metrics_have_an_address_of_their_own_if_wanted() {
    let desk = Desk::new();
    desk.add("root", "admin");
    let (port, probes) = (free_port(), free_port());
    desk.write("doorward.yaml", &format!("listen: {port}\nadmin_listen: {probes}\n"));
    let mut door = Running::start(desk.command().arg("serve"));
    door.line_with("probes");
    let metrics = get(probes, "/_doorward/metrics", "").expect("an answer");
    assert!(metrics.starts_with("HTTP/1.1 200") && metrics.contains("doorward_sessions"), "{metrics}");
    assert!(get(probes, "/_doorward/health", "").expect("an answer").starts_with("HTTP/1.1 200"));
    assert!(get(probes, "/_doorward/ready", "").expect("an answer").starts_with("HTTP/1.1 200"));
    assert!(get(probes, "/_doorward/login", "").expect("an answer").starts_with("HTTP/1.1 404"));
    assert!(
        get(port, "/_doorward/metrics", "").expect("an answer").starts_with("HTTP/1.1 401"),
        "still closed at the door"
    );
}

#[test]
fn a_killed_keeper_takes_the_tool_along_and_it_is_started_again() {
    let mut wrapped = Wrapped::start_with(TOOL, &[("DOORWARD_SHUTDOWN_GRACE", "1s")]);
    let pids = wrapped.pids();
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", pids[0])).expect("alive");
    let reaper = stat.rsplit(')').next().and_then(|rest| rest.split_whitespace().nth(1)).expect("a parent").to_owned();
    std::process::Command::new("kill").args(["-KILL", &reaper]).status().expect("kill");
    assert!(all_gone(&pids), "{pids:?}");
    wrapped.door.seen.clear();
    assert_ne!(wrapped.pids(), pids);
}

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
fn a_dagster_that_is_not_installed_is_told_with_exit_code_2() {
    let desk = Desk::new();
    let done =
        desk.command().arg("dagster").env("DOORWARD_DAGSTER", "/nonexistent/dagster-webserver").output().expect("run");
    assert_eq!(done.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&done.stderr).contains("was not found; install it"));
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
        door.line_with("Doorward ");
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
    door.line_with("Doorward ");
    let mut wrapped = Wrapped { _desk: Desk::new(), door, port };
    let token = wrapped.sign_in("root");
    assert!(wrapped.visit(&token).starts_with("HTTP/1.1 503"));
    wrapped.door.line_with("mounted under another path");
    config("/dg");
    wrapped.door.signal("-HUP");
    wrapped.door.line_with("is in force");
    assert!(wrapped.visit_when_up(&token).starts_with("HTTP/1.1 200"));
}

#[test]
fn the_last_lines_say_where_and_how_once_the_tool_answers() {
    let desk = Desk::new();
    let port = free_port();
    let mut command = desk.command();
    command.args(["run", "--profile", "generic", "--listen", &port.to_string(), "--", "sh", "-c"]);
    let mut door = Running::start(command.arg(format!("sleep 1; {TOOL}")));
    let link = door.line_with("/_doorward/setup?token=").trim().to_owned();
    door.line_with(&format!("generic answers at http://127.0.0.1:{port}/"));
    door.seen.clear();
    assert_eq!(
        door.line_with("  set up "),
        format!("  set up      {link}"),
        "the link that works, below the tool's own lines"
    );
}
