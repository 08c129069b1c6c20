//! The page that newcomers follow, run as it is written: every command of `docs/quickstart.md`, in a home of its own.

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use std::io::{Read, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::harness::cli::Printed;
use crate::harness::dagster_home::{definitions, programs_of};
use crate::harness::door::{PASSWORD, credentials};
use crate::harness::process::Process;
use crate::harness::{binary, eventually};

/// What is not run here, and why.
const ELSEWHERE: &[(&str, &str)] = &[
    ("cargo xtask quickstart", "builds everything; a job of its own"),
    ("doorward --config /etc/doorward/doorward.yaml dagster -w workspace.yaml -p 3000", "needs a file in /etc"),
    ("doorward run --profile dagster -- dagster dev -f defs.py -h 127.0.0.1 -p {port}", "tested as a local deployment"),
    ("doorward run --profile dagster -- dg dev -h 127.0.0.1 -p {port}", "tested as a local deployment"),
];

/// The command that stays in the foreground; the only change to anything is its port, which something else may have.
const START: &str = "doorward dagster -f defs.py -h 0.0.0.0 -p 3000";

/// How commands ask for a password.
const QUESTIONS: &[&str] = &["Password for ", "The same again"];

/// The commands of the page's `console` blocks.
fn commands() -> Vec<String> {
    let page =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/quickstart.md")).expect("the page");
    let blocks = page.split("```").skip(1).step_by(2).filter_map(|block| block.strip_prefix("console\n"));
    blocks.flat_map(str::lines).filter_map(|line| line.strip_prefix("$ ")).map(str::to_owned).collect()
}

/// A home with nothing but what the page takes for granted: the programs, a Dagster project, a password in a file.
struct Newcomer {
    home: tempfile::TempDir,
    path: String,
}

impl Newcomer {
    fn new() -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let bin = home.path().join("bin");
        std::fs::create_dir(&bin).expect("made");
        std::os::unix::fs::symlink(binary::doorward(), bin.join("doorward")).expect("linked");
        std::fs::copy(definitions(), home.path().join("defs.py")).expect("copied");
        std::fs::write(home.path().join("password.txt"), format!("{PASSWORD}\n")).expect("written");
        let programs = programs_of("DOORWARD_TEST_PYTHON");
        let path = format!("{}:{}:{}", bin.display(), programs.display(), std::env::var("PATH").expect("a PATH"));
        Self { home, path }
    }

    fn in_home(&self, mut command: Command) -> Command {
        command.env_clear().current_dir(self.home.path()).env("HOME", self.home.path()).env("PATH", &self.path);
        command.env("DAGSTER_DISABLE_TELEMETRY", "yes").env("TERM", "dumb");
        command
    }

    /// Runs a line on a terminal (util-linux's `script` makes one), and answers each question for a password.
    fn run(&self, line: &str) -> Printed {
        let mut script = Command::new("script");
        script.args(["-qefc", line, "/dev/null"]);
        let mut child =
            self.in_home(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("util-linux's script");
        let (mut keys, mut screen) = (child.stdin.take().expect("piped"), child.stdout.take().expect("piped"));
        let (mut out, mut answered, mut some) = (String::new(), 0, [0; 1024]);
        while let Ok(count @ 1..) = screen.read(&mut some) {
            out.push_str(&String::from_utf8_lossy(&some[..count]));
            let seen = out.trim_end();
            let asked =
                seen.lines().last().is_some_and(|line| QUESTIONS.iter().any(|question| line.starts_with(question)));
            if asked && seen.ends_with(':') && seen.len() > answered {
                answered = seen.len();
                writeln!(keys, "{PASSWORD}").expect("typed");
            }
        }
        let code = child.wait().expect("ended").code().unwrap_or(-1);
        Printed { code, out, err: String::new() }
    }

    fn databases(&self) -> Vec<PathBuf> {
        let folder = self.home.path().join(".local/share/doorward");
        let files = std::fs::read_dir(folder).into_iter().flatten().map(|file| file.expect("an entry").path());
        files.filter(|file| file.extension().is_some_and(|ending| ending == "db")).collect()
    }
}

/// The status of a sign-in.
async fn sign_in(url: &str, name: &str) -> (StatusCode, Value) {
    let client = Client::builder().no_proxy().build().expect("a client");
    let asked = client.post(format!("{url}/_doorward/api/v1/auth/login")).json(&credentials(name, PASSWORD));
    let answer = asked.send().await.expect("an answer");
    (answer.status(), answer.json().await.expect("JSON"))
}

#[tokio::test]
async fn the_commands_of_the_quickstart_do_what_the_page_says() {
    let newcomer = Newcomer::new();
    let mut url = String::new();
    let mut door: Option<Process> = None;
    for line in commands() {
        if ELSEWHERE.iter().any(|(elsewhere, _)| *elsewhere == line) {
            continue;
        }
        if line == START {
            let (port, started) = start(&newcomer, &line).await;
            url = format!("http://127.0.0.1:{port}");
            set_up(&url, &started.output()).await;
            door = Some(started);
            continue;
        }
        assert!(door.is_some(), "`{line}` comes before the start");
        let printed = newcomer.run(&line);
        assert_eq!(printed.code, 0, "`{line}`:\n{}", printed.out);
        match line.as_str() {
            "doorward user add ada --role viewer --email ada@example.com" => assert_signs_in(&url, "ada").await,
            "doorward user add bob --role operator --password-stdin < password.txt" => {
                assert_signs_in(&url, "bob").await;
            }
            "doorward audit list" => {
                assert!(printed.out.contains("ada") && printed.out.contains("bob"), "{}", printed.out);
            }
            "doorward audit verify" => assert!(!printed.out.trim().is_empty(), "it says what it verified"),
            unknown => panic!("`{unknown}` is new on the page: say here what it does, or why it is not run"),
        }
    }
    assert_eq!(newcomer.databases().len(), 1, "all commands worked on the database of the start");
    assert!(door.expect("the page starts one").ended().is_none(), "and it still runs");
}

/// Starts as the page does, and sees the address, the setup link and the line to add people; those last again once Dagster answers. A
/// port that was free may be somebody's before Doorward has it; then it is tried with another.
async fn start(newcomer: &Newcomer, line: &str) -> (u16, Process) {
    const TRIES: usize = 5;
    for _ in 0..TRIES {
        let port = TcpListener::bind("0.0.0.0:0").expect("a port").local_addr().expect("bound").port();
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("exec {}", line.replace("3000", &port.to_string()))]);
        let log = newcomer.home.path().join(format!("terminal-{port}.log"));
        let door = Process::start(&mut newcomer.in_home(shell), &log);
        let is_taken = || door.output().contains("another program listens there already");
        let ways_in = || door.output().matches("/_doorward/setup").count();
        let up = eventually(Duration::from_mins(2), async || ways_in() >= 2 || is_taken()).await;
        if is_taken() {
            continue;
        }
        assert!(up && door.output().contains("doorward user add"), "{}", door.output());
        return (port, door);
    }
    panic!("{TRIES} ports, each taken by the time it was wanted");
}

/// Opens the printed link and makes the first administrator, as the page has people do before they make users.
async fn set_up(url: &str, terminal: &str) {
    let (_, rest) = terminal.split_once("/_doorward/setup?token=").expect("a setup link");
    let token = rest.split_whitespace().next().expect("a token");
    let client = Client::builder().no_proxy().build().expect("a client");
    let page = client.get(format!("{url}/_doorward/setup?token={token}")).send().await.expect("an answer");
    assert_eq!(page.status(), StatusCode::OK, "the link opens");
    let form = json!({"token": token, "username": "root", "password": PASSWORD});
    let made = client.post(format!("{url}/_doorward/api/v1/auth/setup")).json(&form).send().await.expect("an answer");
    assert!(made.status().is_success(), "{}", made.status());
}

async fn assert_signs_in(url: &str, name: &str) {
    let (status, answer) = sign_in(url, name).await;
    assert_eq!(status, StatusCode::OK, "{name}: {answer}");
    let client = Client::builder().no_proxy().build().expect("a client");
    let asked = client.get(format!("{url}/server_info")).bearer_auth(answer["token"].as_str().expect("a token"));
    let answer = asked.send().await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::OK, "{name} reaches Dagster");
}

#[test]
fn what_the_quickstart_test_leaves_out_is_on_the_page() {
    let commands = commands();
    assert!(commands.iter().any(|line| line == START), "{commands:?}");
    for (line, why) in ELSEWHERE {
        assert!(commands.iter().any(|command| command == line), "`{line}` ({why}) is not on the page any more");
    }
}
