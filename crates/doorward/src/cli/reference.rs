//! Reference pages made from the code, for `docs/reference/`.

use clap::{Args, Command, CommandFactory as _, ValueEnum};
use std::fmt::Write as _;
use std::process::ExitCode;

use super::support::output;
use super::{Cli, Outcome};

/// A page.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Page {
    /// Every configuration key.
    Configuration,
    /// Every command.
    Commands,
}

/// Prints a reference page
#[derive(Debug, Args)]
pub struct Reference {
    /// Which one
    page: Page,
}

impl Reference {
    pub fn run(&self) -> Outcome {
        output::print(&match self.page {
            Page::Configuration => crate::config::reference(),
            Page::Commands => commands(),
        })?;
        Ok(ExitCode::SUCCESS)
    }
}

fn commands() -> String {
    let mut text =
        "# Commands\n\n<!-- Written by `cargo xtask generate` from crates/doorward/src/cli; do not edit. -->\n"
            .to_owned();
    let mut root = Cli::command().term_width(100).disable_help_subcommand(true);
    root.build();
    describe(&mut text, &root, "doorward");
    text
}

fn describe(text: &mut String, command: &Command, name: &str) {
    let mut shown = command.clone().bin_name(name);
    let help = shown.render_long_help().to_string();
    let help: String = help.lines().map(|line| line.trim_end().to_owned() + "\n").collect();
    let _ = write!(text, "\n## {name}\n\n```text\n{}\n```\n", help.trim_end());
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
        describe(text, sub, &format!("{name} {}", sub.get_name()));
    }
}
