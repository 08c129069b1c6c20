//! One tool, from its start to its end, through all its deaths.

use arc_swap::ArcSwap;
use doorward_service::Health;
use rustix::process::Signal;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::backoff::{Backoff, Next};
use super::ending::{Leftovers, Stop};
use super::spawn::{CANNOT_BE_RUN, Kept, NOT_FOUND, spawn};
use super::{Answered, Probe, exposure, lines};

/// A tool to run.
#[derive(Debug, Clone)]
pub struct Tool {
    /// Its app's name, for its log lines.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// Program and arguments, the port filled in.
    pub command: Vec<String>,
    /// The private port it is to listen on.
    pub port: u16,
    /// How to tell that it answers.
    pub probe: Probe,
    /// Where to tell whether it answers.
    pub health: Arc<ArcSwap<Health>>,
    /// Whether five quick deaths end Doorward (a wrapped tool) or not (one app of several).
    pub gives_up: bool,
    /// How long what it started may go on after it has died.
    pub grace: Duration,
}

/// A tool being run.
#[derive(Debug)]
pub struct Supervised {
    stop: Stop,
    task: JoinHandle<Option<u8>>,
}

impl Supervised {
    /// Asks the tool to stop. It and everything it started may go on until then, and are made to end after it; returns when all of
    /// it is gone.
    pub async fn stop(self, until: Instant) {
        self.stop.ask(until);
        // One that was given up has been waited for already.
        if !self.task.is_finished() {
            let _ = self.task.await;
        }
    }

    /// Waits until the tool is given up; its exit code.
    pub async fn given_up(&mut self) -> u8 {
        match (&mut self.task).await {
            Ok(Some(code)) => code,
            Ok(None) | Err(_) => 1,
        }
    }
}

/// Starts the tool and keeps it running.
pub fn supervise(tool: Tool) -> Supervised {
    let stop = Stop::default();
    let task = tokio::spawn(run(tool, stop.clone()));
    Supervised { stop, task }
}

async fn run(tool: Tool, stop: Stop) -> Option<u8> {
    let mut leftovers = Leftovers::default();
    let code = keep_running(&tool, &stop, &mut leftovers).await;
    leftovers.all_gone().await;
    code
}

/// The exit code of a tool that is hopeless, or `None` when we were asked to stop it.
async fn keep_running(tool: &Tool, stop: &Stop, leftovers: &mut Leftovers) -> Option<u8> {
    let (mut backoff, mut has_answered) = (Backoff::default(), false);
    tool.says(Health::Starting(format!("{} is starting.", tool.title)));
    loop {
        let began = Instant::now();
        let code = match spawn(&tool.command, &[("PORT".into(), tool.port.to_string())]) {
            Ok(kept) => live(tool, kept, stop, leftovers).await?,
            Err(error) => {
                tracing::error!(app = tool.name, "{} cannot be started: {error}", tool.title);
                CANNOT_BE_RUN
            }
        };
        has_answered |= tool.was_up();
        if tool.gives_up && !has_answered && matches!(code, CANNOT_BE_RUN | NOT_FOUND) {
            tool.cannot_be_run(code);
            return Some(code);
        }
        let wait = match backoff.died_after(began.elapsed()) {
            Next::Hopeless(_) if tool.gives_up => {
                tool.is_hopeless(code);
                return Some(code);
            }
            Next::Wait(wait) | Next::Hopeless(wait) => wait,
        };
        let seconds = wait.as_secs();
        tracing::warn!(
            app = tool.name,
            code,
            "{} stopped with exit code {code}; starting it again in {seconds} s",
            tool.title
        );
        tool.says(Health::Starting(format!("{} stopped unexpectedly and is being started again.", tool.title)));
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = stop.asked() => return None,
        }
        leftovers.make_room(tool.port).await;
    }
}

/// One life of the tool: its exit code, or `None` when we were asked to stop it. What it started before it died goes on beside the
/// next one.
async fn live(tool: &Tool, mut kept: Kept, stop: &Stop, leftovers: &mut Leftovers) -> Option<u8> {
    pass_output_through(&tool.name, &mut kept);
    let answering = async {
        let told = AtomicBool::new(false);
        tool.probe.until_well(tool.port, || tool.is_elsewhere(&told)).await;
        tool.says(Health::Up);
        tracing::info!(app = tool.name, "{} answers", tool.title);
        warn_if_exposed(tool.name.clone(), tool.title.clone(), tool.port);
        tool.probe.watch(tool.port, |answered| tool.was_looked_at(answered, &told)).await;
    };
    let code = tokio::select! {
        ended = &mut kept.ended => Some(ended.unwrap_or(1)),
        () = stop.asked() => None,
        () = answering => None,
    };
    if code.is_none() {
        tool.says(Health::Down(format!("{} is being stopped.", tool.title)));
        kept.signal(Signal::TERM);
    }
    leftovers.see_off(&tool.title, kept, Instant::now() + tool.grace, stop.clone(), code.is_some());
    code
}

fn pass_output_through(name: &str, kept: &mut Kept) {
    let Some((stdout, stderr)) = kept.output.take() else { return };
    if let Ok(stdout) = tokio::process::ChildStdout::from_std(stdout) {
        let name = name.to_owned();
        tokio::spawn(async move { lines::pass_through(&name, stdout, tokio::io::stdout()).await });
    }
    if let Ok(stderr) = tokio::process::ChildStderr::from_std(stderr) {
        let name = name.to_owned();
        tokio::spawn(async move { lines::pass_through(&name, stderr, tokio::io::stderr()).await });
    }
}

/// Looks from a thread of its own, once: connecting may take a while.
fn warn_if_exposed(name: String, title: String, port: u16) {
    tokio::task::spawn_blocking(move || {
        for address in exposure::reachable_elsewhere(port) {
            tracing::warn!(
                app = name,
                "{title} can be reached at {address} port {port} from other machines: whoever connects there gets past Doorward, \
                 without signing in. Make it listen on 127.0.0.1 only, or close the port."
            );
        }
    });
}

impl Tool {
    /// It answers, but from another path than its rules are matched at. It is not let in: the rules would mistake one thing for
    /// another.
    fn is_elsewhere(&self, told: &AtomicBool) {
        if !told.swap(true, Ordering::Relaxed) {
            let (title, path) = (&self.title, &self.probe.path);
            self.says(Health::Down(format!("{title} runs, but not at the path Doorward was told of.")));
            tracing::error!(
                app = self.name,
                "{title} has no {path} and its front page leads elsewhere: it is mounted under another path, so nobody is let in. \
                 Tell Doorward the path as well (`--path-prefix`, or `path` in the configuration)."
            );
        }
    }

    /// It runs; whether it answers may change.
    fn was_looked_at(&self, answered: Answered, told: &AtomicBool) {
        let was_up = matches!(**self.health.load(), Health::Up);
        match answered {
            Answered::Well if was_up => {}
            Answered::Well => {
                self.says(Health::Up);
                tracing::info!(app = self.name, "{} answers again", self.title);
            }
            Answered::Elsewhere => self.is_elsewhere(told),
            Answered::Refused | Answered::Nothing if was_up => {
                self.says(Health::Silent(format!("{} runs, but does not answer.", self.title)));
                tracing::warn!(
                    app = self.name,
                    "{} runs, but does not answer; it is looked at every two seconds",
                    self.title
                );
            }
            Answered::Refused | Answered::Nothing => {}
        }
    }

    /// Whether it answered in the life that has just ended.
    fn was_up(&self) -> bool {
        !matches!(**self.health.load(), Health::Starting(_))
    }

    /// As shells say it: what is not there, or cannot be run, will not be by itself.
    fn cannot_be_run(&self, code: u8) {
        let why = if code == NOT_FOUND { "was not found" } else { "cannot be run" };
        let program = self.command.first().map_or("", String::as_str);
        self.says(Health::Down(format!("{} cannot be started.", self.title)));
        tracing::error!(
            app = self.name,
            code,
            "{} cannot be started: {program}, or a program that it starts, {why} (exit code {code}); giving up",
            self.title
        );
    }

    fn is_hopeless(&self, code: u8) {
        self.says(Health::Down(format!("{} keeps stopping right after its start.", self.title)));
        tracing::error!(
            app = self.name,
            code,
            "{} stopped right after its start five times in a row; giving up",
            self.title
        );
    }

    fn says(&self, health: Health) {
        self.health.store(Arc::new(health));
    }
}
