//! The page that newcomers follow, run as it is written: every command of `docs/quickstart.md`, in a home of its own.

mod in_one_command;

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use std::io::{Read, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::local_deployment::dg_project;
use crate::harness::cli::Printed;
use crate::harness::dagster_home::{definitions, programs_of};
use crate::harness::door::{PASSWORD, credentials};
use crate::harness::process::Process;
use crate::harness::{binary, eventually};

/// What is not run, and why.
const NOT_RUN: &[(&str, &str)] = &[(
    "cargo xtask quickstart",
    "builds a release of everything, which takes many minutes: below it is run with what is built already",
)];

/// The commands that stay in the foreground. The first is the one that all others of the page go with.
const START: &str = "doorward dagster -f defs.py -h 0.0.0.0 -p 3000";
const CONFIGURED: &str = "doorward --config /etc/doorward/doorward.yaml dagster -w workspace.yaml -p 3000";
const DAGSTER_DEV: &str = "doorward run --profile dagster -- dagster dev -f defs.py -h 127.0.0.1 -p {port}";
const DG_DEV: &str = "doorward run --profile dagster -- dg dev -h 127.0.0.1 -p {port}";
const STARTS: &[&str] = &[START, CONFIGURED, DAGSTER_DEV, DG_DEV];

/// All that is changed of what the page says: the port, which something else may have, and the folder of the system's configuration.
/// Where no port is said, it is the default one, and is changed by the environment.
fn here(line: &str, port: u16, home: &Path) -> (String, Option<(&'static str, String)>) {
    let listen = (!line.contains(" 3000")).then(|| ("DOORWARD_LISTEN", format!("127.0.0.1:{port}")));
    let folder = format!(" {}/etc/doorward/", home.display());
    (line.replace(" 3000", &format!(" {port}")).replace(" /etc/doorward/", &folder), listen)
}

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
        Self::with_programs_of("DOORWARD_TEST_PYTHON")
    }

    /// With the programs of this environment of Dagster's.
    fn with_programs_of(environment: &str) -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let bin = home.path().join("bin");
        std::fs::create_dir(&bin).expect("made");
        std::os::unix::fs::symlink(binary::doorward(), bin.join("doorward")).expect("linked");
        std::fs::copy(definitions(), home.path().join("defs.py")).expect("copied");
        std::fs::write(home.path().join("password.txt"), format!("{PASSWORD}\n")).expect("written");
        std::fs::write(home.path().join("workspace.yaml"), "load_from:\n- python_file: defs.py\n").expect("written");
        let configured = home.path().join("etc/doorward");
        std::fs::create_dir_all(&configured).expect("made");
        std::fs::write(configured.join("doorward.yaml"), "contact: Ask data@example.com.\n").expect("written");
        let programs = programs_of(environment);
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
        if NOT_RUN.iter().any(|(not_run, _)| *not_run == line) {
            continue;
        }
        if line != START && STARTS.contains(&line.as_str()) {
            // Tried below: with the first of them everything else is done.
            continue;
        }
        if line == START {
            let (port, started) = start(&newcomer, &line, newcomer.home.path()).await;
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

/// Starts as the page does, in a folder, and sees the address, the setup link and the line to add people; those last again once Dagster
/// answers. A port that was free may be somebody's before Doorward has it; then it is tried with another.
async fn start(newcomer: &Newcomer, line: &str, folder: &Path) -> (u16, Process) {
    const TRIES: usize = 5;
    for _ in 0..TRIES {
        let port = TcpListener::bind("0.0.0.0:0").expect("a port").local_addr().expect("bound").port();
        let (line, listen) = here(line, port, newcomer.home.path());
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("exec {line}")]);
        let mut shell = newcomer.in_home(shell);
        shell.current_dir(folder).envs(listen);
        let log = newcomer.home.path().join(format!("terminal-{port}.log"));
        let door = Process::start(&mut shell, &log);
        let is_taken = || door.output().contains("another program listens there already");
        let ways_in = || door.output().matches("/_doorward/setup").count();
        let up = eventually(Duration::from_mins(2), async || ways_in() >= 2 || is_taken()).await;
        if is_taken() {
            continue;
        }
        let says_how = |line: &str| line.trim().starts_with("add people  doorward ") && line.contains(" user add ");
        assert!(up && door.output().lines().any(says_how), "`{line}`: {}", door.output());
        return (port, door);
    }
    panic!("{TRIES} ports, each taken by the time it was wanted");
}

/// Starts as the page does, sets up, reaches Dagster through the door, and stops.
async fn assert_starts(newcomer: &Newcomer, line: &str, folder: &Path) {
    let (port, mut door) = start(newcomer, line, folder).await;
    let url = format!("http://127.0.0.1:{port}");
    set_up(&url, &door.output()).await;
    assert_signs_in(&url, "root").await;
    door.signal("TERM");
    let status = door.end_within(Duration::from_secs(90)).await.expect("it ends within the grace and a moment");
    assert_eq!(status.code(), Some(0), "`{line}`: {}", door.output());
}

#[tokio::test]
async fn the_start_of_the_quickstart_with_a_configuration_does_what_the_page_says() {
    let newcomer = Newcomer::new();
    assert_starts(&newcomer, CONFIGURED, newcomer.home.path()).await;
}

#[tokio::test]
async fn the_start_of_the_quickstart_with_dagster_dev_does_what_the_page_says() {
    let newcomer = Newcomer::with_programs_of("DOORWARD_TEST_DG_PYTHON");
    assert_starts(&newcomer, DAGSTER_DEV, newcomer.home.path()).await;
}

#[tokio::test]
async fn the_start_of_the_quickstart_with_dg_dev_does_what_the_page_says() {
    let newcomer = Newcomer::with_programs_of("DOORWARD_TEST_DG_PYTHON");
    assert_starts(&newcomer, DG_DEV, &dg_project(newcomer.home.path())).await;
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
fn what_the_quickstart_tests_start_or_leave_out_is_on_the_page() {
    let commands = commands();
    for line in NOT_RUN.iter().map(|(line, _)| line).chain(STARTS) {
        assert!(commands.iter().any(|command| command == line), "`{line}` is not on the page any more");
    }
}

#[test]
fn of_a_command_of_the_page_only_port_and_folder_are_changed() {
    let home = Path::new("/home/ada");
    assert_eq!(here(START, 4711, home).0, "doorward dagster -f defs.py -h 0.0.0.0 -p 4711");
    assert_eq!(
        here(CONFIGURED, 4711, home).0,
        "doorward --config /home/ada/etc/doorward/doorward.yaml dagster -w workspace.yaml -p 4711"
    );
    let listen = Some(("DOORWARD_LISTEN", "127.0.0.1:4711".to_owned()));
    for line in [DAGSTER_DEV, DG_DEV] {
        assert_eq!(here(line, 4711, home), (line.to_owned(), listen.clone()));
    }
}
