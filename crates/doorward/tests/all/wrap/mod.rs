//! Wrapping a tool: `doorward run` around a small web server, from the first page to `kill -9`.

mod dagster;
mod dying;
mod starting;
mod stopping;

use std::time::{Duration, Instant};

use crate::support::{Desk, Running, ask, free_port, get};

/// A web server that says its process id and that of a helper in a session of its own.
const TOOL: &str =
    "echo tool $$; setsid sh -c 'echo helper $$; exec sleep 1000' & exec python3 -m http.server --bind 127.0.0.1 $PORT";

/// A web server, and a helper that has something to finish and cannot be hurried without saying so.
const WORKING: &str = "echo tool $$; setsid sh -c 'trap \"sleep 1.5; echo cut short; exit\" TERM; echo helper $$; for i in $(seq 80); do sleep 0.05; done; echo finished' & exec python3 -m http.server --bind 127.0.0.1 $PORT";

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
        door.line_with(" at http");
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
