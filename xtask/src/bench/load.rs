//! As many requests as go: wrk on the load core.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::LOAD_CORE;
use crate::failure::{Failure, Outcome, While};
use crate::steps::read;

/// What is asked, over and over.
#[derive(Debug, Clone)]
pub enum Question {
    /// A GET.
    Get {
        /// The path.
        path: String,
        /// Who asks, as a header.
        header: String,
    },
    /// Anything, as a wrk script.
    Script(PathBuf),
}

impl Question {
    /// A GET by somebody with a session.
    pub fn as_browser(path: &str, cookie: &str) -> Self {
        Self::Get { path: path.to_owned(), header: format!("Cookie: {cookie}") }
    }

    /// A GET by a program with an API key.
    pub fn with_key(path: &str, key: &str) -> Self {
        Self::Get { path: path.to_owned(), header: format!("Authorization: Bearer {key}") }
    }
}

/// Connections kept open at once.
const CONNECTIONS: usize = 64;

/// Requests per second. Any answer but 2xx fails: a fast refusal is not speed.
pub fn throughput(port: u16, question: &Question, time: Duration) -> Outcome<f64> {
    let mut wrk = Command::new("taskset");
    wrk.args(["-c", &LOAD_CORE.to_string(), "wrk", "--threads", "1", "--connections", &CONNECTIONS.to_string()]);
    wrk.args(["--duration", &format!("{}s", time.as_secs().max(1))]);
    let path = match question {
        Question::Get { path, header } => {
            wrk.args(["--header", header]);
            path.as_str()
        }
        Question::Script(script) => {
            wrk.arg("--script").arg(script);
            "/"
        }
    };
    let said = read(wrk.arg(format!("http://127.0.0.1:{port}{path}")))?;
    if said.contains("Non-2xx") || said.contains("Socket errors") {
        return Err(Failure::new(format!("some requests to port {port} failed:\n{said}")));
    }
    let line = said.lines().find_map(|line| line.trim().strip_prefix("Requests/sec:"));
    line.and_then(|number| number.trim().parse().ok()).ok_or_else(|| Failure::new(format!("wrk said no rate:\n{said}")))
}

/// A script that posts this JSON.
pub fn posting(folder: &Path, name: &str, path: &str, json: &str, cookie: &str) -> Outcome<Question> {
    let script = format!(
        "wrk.method = 'POST'\nwrk.path = '{path}'\nwrk.body = [==[{json}]==]\n\
         wrk.headers['Content-Type'] = 'application/json'\nwrk.headers['Cookie'] = '{cookie}'\n"
    );
    save(folder, &format!("{name}.lua"), &script)
}

/// A script that asks for a path as each of these sessions in turn, in an order without pattern.
pub fn as_everybody(folder: &Path, name: &str, path: &str, cookies: &[String]) -> Outcome<Question> {
    let list = folder.join(format!("{name}.cookies"));
    let mut lines = String::new();
    for cookie in cookies {
        writeln!(lines, "{cookie}").during("writing cookies")?;
    }
    std::fs::write(&list, lines).during("writing cookies")?;
    let script = format!(
        "local requests = {{}}\n\
         function init(args)\n\
         \x20 for cookie in io.lines('{}') do requests[#requests + 1] = wrk.format('GET', '{path}', {{['Cookie'] = cookie}}) end\n\
         end\n\
         function request() return requests[math.random(#requests)] end\n",
        list.display()
    );
    save(folder, &format!("{name}.lua"), &script)
}

fn save(folder: &Path, name: &str, script: &str) -> Outcome<Question> {
    let file = folder.join(name);
    std::fs::write(&file, script).during("writing a wrk script")?;
    Ok(Question::Script(file))
}
