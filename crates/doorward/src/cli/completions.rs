//! `doorward completions`

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;
use std::process::ExitCode;

use super::{Cli, Outcome, output};

/// Prints completions for a shell
///
/// For example `doorward completions bash > /etc/bash_completion.d/doorward`.
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    pub fn run(&self) -> Outcome {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "doorward", &mut script);
        output::print(&String::from_utf8_lossy(&script))?;
        Ok(ExitCode::SUCCESS)
    }
}
