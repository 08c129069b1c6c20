//! The command line: a room a noun, a file a verb, and in `support` what verbs share. Each translates words into verbs of the service and
//! their results into lines and exit codes.

mod access;
mod audit;
mod backup;
mod completions;
mod config;
mod dagster;
mod doctor;
mod explain;
mod grant;
mod group;
mod init_db;
mod key;
mod openapi;
mod profile;
mod reference;
mod run;
mod serve;
mod session;
mod support;
mod user;

use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

use crate::exit::{Failure, Outcome};
use support::arguments::guard_tool_arguments;
use support::printable::{safe_lines, tell};

/// The front door for self-hosted tools that ship without one.
///
/// Start with one command: `doorward dagster -f defs.py` puts sign-in, roles and an audit trail in front of Dagster and
/// prints the address and how to sign in.
#[derive(Debug, Parser)]
#[command(
    name = "doorward",
    version,
    propagate_version = true,
    max_term_width = 100,
    after_help = "Exit codes: 0 done, 1 failed, 2 wrong usage or configuration, 3 not found, 4 refused (invalid, conflict, not allowed)."
)]
pub struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

/// What every command takes.
#[derive(Debug, Clone, Default, Args)]
pub struct Common {
    /// The configuration file.
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        help = "The configuration file [env: DOORWARD_CONFIG; default: ./doorward.yaml, else /etc/doorward/doorward.yaml, else none]"
    )]
    pub config: Option<PathBuf>,
    /// The database.
    #[arg(
        long,
        global = true,
        value_name = "URL",
        help = "The database [env: DOORWARD_DATABASE; default: SQLite in your data folder]"
    )]
    pub database: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    Dagster(dagster::Dagster),
    Run(run::Run),
    Serve(serve::Serve),
    InitDb(init_db::InitDb),
    #[command(subcommand)]
    User(user::User),
    #[command(subcommand)]
    Grant(grant::Grant),
    #[command(subcommand)]
    Group(group::Group),
    #[command(subcommand)]
    Key(key::Key),
    #[command(subcommand)]
    Access(access::Access),
    #[command(subcommand)]
    Session(session::Session),
    #[command(subcommand)]
    Audit(audit::Audit),
    #[command(subcommand)]
    Backup(backup::Backup),
    #[command(subcommand)]
    Config(config::ConfigCommand),
    Explain(explain::Explain),
    #[command(subcommand)]
    Profile(profile::ProfileCommand),
    Doctor(doctor::Doctor),
    Openapi(openapi::Openapi),
    Completions(completions::Completions),
    /// Prints a reference page made from the code.
    #[command(name = "__reference", hide = true)]
    Reference(reference::Reference),
    /// Holds on to a wrapped tool. For Doorward itself.
    #[command(name = "__keep", hide = true)]
    Keep {
        /// The tool's soft limit of file descriptors.
        #[arg(long)]
        descriptors: Option<u64>,
        /// The tool.
        #[arg(last = true)]
        command: Vec<String>,
    },
    /// Turns into a wrapped tool. For Doorward itself.
    #[command(name = "__become", hide = true)]
    Become {
        /// The process that must be our parent.
        reaper: i32,
        /// The tool's soft limit of file descriptors.
        #[arg(long)]
        descriptors: Option<u64>,
        /// The tool.
        #[arg(last = true)]
        command: Vec<String>,
    },
}

/// Runs the command; what went wrong is on standard error by then.
pub fn main() -> ExitCode {
    keep_to_ourselves();
    let cli = Cli::try_parse_from(guard_tool_arguments(std::env::args_os())).unwrap_or_else(|error| refuse(&error));
    cli.run().unwrap_or_else(|failure| {
        if !failure.message.is_empty() {
            tell(format_args!("doorward: {}", failure.message));
        }
        ExitCode::from(failure.code)
    })
}

/// Says what is wrong with the arguments, or the help that was asked for.
fn refuse(error: &clap::Error) -> ! {
    let text = error.render().to_string();
    if safe_lines(&text) == text {
        error.exit();
    }
    // Some argument would steer the terminal: without colours, then.
    tell(text.trim_end());
    std::process::exit(error.exit_code())
}

/// What this process was given (a bootstrap password, the address of a database) is not for other programs of the same user, a wrapped
/// tool least of all: nobody but root may look into its `/proc` entry or attach to it, and it leaves no core dump.
fn keep_to_ourselves() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable) {
        tell(format_args!("doorward: other programs of this user can read this process: {error}"));
    }
}

impl Cli {
    fn run(self) -> Outcome {
        let common = &self.common;
        common.names_no_password()?;
        match self.command {
            Command::Dagster(command) => command.run(common),
            Command::Run(command) => command.run(common),
            Command::Serve(_) => serve::Serve::run(common),
            Command::InitDb(command) => command.run(common),
            Command::User(command) => command.run(common),
            Command::Grant(command) => command.run(common),
            Command::Group(command) => command.run(common),
            Command::Key(command) => command.run(common),
            Command::Access(command) => command.run(common),
            Command::Session(command) => command.run(common),
            Command::Audit(command) => command.run(common),
            Command::Backup(command) => command.run(common),
            Command::Config(command) => command.run(common),
            Command::Explain(command) => command.run(common),
            Command::Profile(command) => command.run(common),
            Command::Doctor(command) => command.run(common),
            Command::Openapi(_) => openapi::Openapi::run(),
            Command::Completions(command) => command.run(),
            Command::Reference(command) => command.run(),
            Command::Keep { descriptors, command } => Ok(crate::supervise::reaper::keep(descriptors, &command)),
            Command::Become { reaper, descriptors, command } => {
                crate::descriptors::put_back(descriptors);
                Ok(crate::supervise::reaper::become_tool(reaper, &command))
            }
        }
    }
}
