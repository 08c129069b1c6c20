//! A started Doorward with a database of its own.

use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use tempfile::TempDir;

use super::cli::{self, Printed};
use super::person::Person;
use super::port::free_port;
use super::process::Process;
use super::{binary, eventually};

/// The administrator every door starts with.
pub const ADMIN: &str = "root-of-all";
/// The password of everybody in the tests.
pub const PASSWORD: &str = "correct horse battery";

/// What to start. `{port}` and `{folder}` in the configuration are filled in.
#[derive(Debug, Clone)]
pub struct Plan {
    apps: String,
    more: String,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    has_admin: bool,
    program: PathBuf,
    under: Vec<String>,
}

impl Plan {
    /// Another build of the binary than the one under test everywhere else.
    #[must_use]
    pub fn program(mut self, program: &Path) -> Self {
        program.clone_into(&mut self.program);
        self
    }

    /// More configuration, as YAML at the top level.
    #[must_use]
    pub fn config(mut self, yaml: &str) -> Self {
        self.more.push_str(yaml);
        self.more.push('\n');
        self
    }

    /// An environment variable.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl Into<String>) -> Self {
        self.environment.push((name.to_owned(), value.into()));
        self
    }

    /// It and its commands are started by this one, which turns into them (`env`, `nsenter`).
    #[must_use]
    pub fn under(mut self, command: &[String]) -> Self {
        command.clone_into(&mut self.under);
        self
    }

    fn words(&self) -> Command {
        let words: Vec<_> = self.under.iter().map(Into::into).chain([self.program.clone().into_os_string()]).collect();
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]);
        command
    }

    /// Nobody is made at start.
    #[must_use]
    pub fn without_admin(mut self) -> Self {
        self.has_admin = false;
        self
    }

    /// Starts it and waits until it answers.
    pub async fn start(self) -> Door {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut door = Door::launch(self, folder);
        door.await_health().await;
        door
    }

    /// Starts it in a folder where one ran before, on the same port.
    async fn start_again(self, folder: TempDir, port: u16) -> Door {
        let mut door = Door::launch_on(self, folder, port);
        door.await_health().await;
        door
    }
}

/// A running Doorward.
#[derive(Debug)]
pub struct Door {
    /// The process.
    pub process: Process,
    /// Where it listens on 127.0.0.1.
    pub port: u16,
    folder: TempDir,
    plan: Plan,
}

impl Door {
    /// `doorward serve` with one app.
    pub fn guarding(upstream: &str, profile: &str) -> Plan {
        Self::serving(&format!("  tool: {{upstream: \"{upstream}\", profile: {profile}}}"))
    }

    /// `doorward serve` with these apps (lines of YAML below `apps:`).
    pub fn serving(apps: &str) -> Plan {
        Plan {
            apps: apps.to_owned(),
            more: String::new(),
            arguments: vec!["serve".into()],
            environment: Vec::new(),
            has_admin: true,
            program: binary::doorward(),
            under: Vec::new(),
        }
    }

    /// Any other command that listens, such as `dagster …` or `run …`; `{port}` in an argument is where Doorward listens.
    pub fn command(arguments: &[&str]) -> Plan {
        let arguments = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        Plan { arguments, ..Self::serving("") }
    }

    fn launch(plan: Plan, folder: TempDir) -> Self {
        Self::launch_on(plan, folder, free_port())
    }

    fn launch_on(plan: Plan, folder: TempDir, port: u16) -> Self {
        let shown = folder.path().display().to_string();
        let fill = |text: &str| text.replace("{port}", &port.to_string()).replace("{folder}", &shown);
        let apps = if plan.apps.is_empty() { String::new() } else { format!("apps:\n{}\n", plan.apps) };
        let listen = if plan.more.contains("listen:") { "" } else { "listen: 127.0.0.1:{port}\n" };
        let database = if plan.more.contains("database:") { "" } else { "database: sqlite://{folder}/doorward.db\n" };
        let yaml = fill(&format!("{listen}{database}{apps}{}", plan.more));
        std::fs::write(folder.path().join("doorward.yaml"), yaml).expect("the configuration can be written");
        let mut command = plan.words();
        command.args(plan.arguments.iter().map(|argument| fill(argument))).current_dir(folder.path());
        Self::environment(&mut command, &folder);
        if plan.has_admin {
            command.env("DOORWARD_ADMIN_USER", ADMIN).env("DOORWARD_ADMIN_PASSWORD", PASSWORD);
        }
        command.envs(plan.environment.iter().map(|(name, value)| (name, fill(value))));
        let process = Process::start(&mut command, &folder.path().join("doorward.log"));
        Self { process, port, folder, plan }
    }

    fn environment(command: &mut Command, folder: &TempDir) {
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", folder.path())
            .env("DOORWARD_CONFIG", folder.path().join("doorward.yaml"));
    }

    async fn await_health(&mut self) {
        let url = self.url("/_doorward/health");
        for _ in 0..600 {
            if let Some(status) = self.process.ended() {
                panic!("Doorward ended at once ({status}):\n{}", self.process.output());
            }
            if reqwest::get(&url).await.is_ok_and(|answer| answer.status() == 200) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("Doorward does not answer:\n{}", self.process.output());
    }

    /// Waits until everything behind it answers too.
    pub async fn ready(self) -> Self {
        let url = self.url("/_doorward/ready");
        let is_ready =
            eventually(Duration::from_secs(90), || async { reqwest::get(&url).await.is_ok_and(|a| a.status() == 200) });
        assert!(is_ready.await, "never ready:\n{}", self.process.output());
        self
    }

    /// An address on this door.
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// A file in its folder.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Rewrites its configuration file from other apps and other settings; takes effect at SIGHUP.
    pub fn rewrite_config(&self, from: &str, to: &str) {
        let file = self.file("doorward.yaml");
        let text = std::fs::read_to_string(&file).expect("there is a configuration");
        assert!(text.contains(from), "the configuration has no {from:?}");
        std::fs::write(file, text.replace(from, to)).expect("it can be written");
    }

    /// Runs a command of the binary in another process, on the same configuration and database.
    pub fn cli(&self, arguments: &[&str]) -> Printed {
        self.cli_with(arguments, "")
    }

    /// The same with something on standard input.
    pub fn cli_with(&self, arguments: &[&str], stdin: &str) -> Printed {
        let mut command = self.plan.words();
        Self::environment(&mut command, &self.folder);
        cli::run(command.args(arguments).current_dir(self.folder.path()), stdin)
    }

    /// Runs SQL on its database with the sqlite3 shell, as somebody with access to the disk would.
    pub fn sql(&self, statement: &str) -> String {
        let mut command = Command::new("sqlite3");
        command.args(["-cmd", ".timeout 5000"]).arg(self.file("doorward.db")).arg(statement);
        cli::run(&mut command, "").done()
    }

    /// Nobody in particular.
    pub fn stranger(&self) -> Person {
        Person::stranger(self)
    }

    /// The administrator, signed in.
    pub async fn admin(&self) -> Person {
        self.sign_in(ADMIN).await
    }

    /// Makes a user with this role and signs them in.
    pub async fn user(&self, name: &str, role: &str) -> Person {
        self.admin().await.make_user(name, role).await;
        self.sign_in(name).await
    }

    /// Signs somebody in who exists.
    pub async fn sign_in(&self, name: &str) -> Person {
        Person::sign_in(self, name, PASSWORD).await
    }

    /// Kills it, as power loss would, and starts it again on the same database and port.
    pub async fn killed_and_started_again(mut self) -> Self {
        self.process.signal("KILL");
        assert!(self.process.end_within(Duration::from_secs(5)).await.is_some());
        let Self { process, port, folder, plan } = self;
        drop(process);
        plan.start_again(folder, port).await
    }

    /// Every audit event, newest first, as the command shows them.
    pub fn audit(&self) -> Vec<Value> {
        let listed = self.cli(&["audit", "list", "--output", "json"]).json();
        let items = listed.get("items").unwrap_or(&listed);
        items.as_array().unwrap_or_else(|| panic!("not a list: {listed}")).clone()
    }

    /// What `doorward explain` would have, as JSON.
    pub fn explain(&self, arguments: &[&str]) -> Value {
        let all: Vec<&str> = ["explain", "--output", "json"].into_iter().chain(arguments.iter().copied()).collect();
        self.cli(&all).json()
    }
}

/// The body of a sign-in.
pub fn credentials(name: &str, password: &str) -> Value {
    json!({"username": name, "password": password})
}
