//! `doorward completions`

use clap::{Args, Command, CommandFactory as _};
use clap_complete::Shell;
use std::process::ExitCode;

use super::support::output;
use super::{Cli, Outcome};

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
        clap_complete::generate(self.shell, &mut for_people(&Cli::command()), "doorward", &mut script);
        output::print(&String::from_utf8_lossy(&script))?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Without the commands that Doorward runs itself by: the generator would offer them all.
fn for_people(all: &Command) -> Command {
    Command::new("doorward")
        .version(env!("CARGO_PKG_VERSION"))
        .propagate_version(true)
        .args(all.get_arguments().cloned())
        .subcommands(all.get_subcommands().filter(|command| !command.is_hide_set()).cloned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::ValueEnum as _;

    #[test]
    fn no_shell_is_offered_a_command_of_doorwards_own() {
        let all = Cli::command();
        let hidden: Vec<&str> =
            all.get_subcommands().filter(|command| command.is_hide_set()).map(Command::get_name).collect();
        assert!(hidden.contains(&"__keep"), "{hidden:?}");
        for shell in Shell::value_variants() {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut for_people(&all), "doorward", &mut script);
            let script = String::from_utf8(script).expect("UTF-8");
            for shown in all.get_subcommands().filter(|command| !command.is_hide_set()) {
                assert!(script.contains(shown.get_name()), "{shell}: {}", shown.get_name());
            }
            for name in &hidden {
                assert!(!script.contains(*name), "{shell}: {name}");
            }
            assert!(script.contains("database") && script.contains("end-sessions"), "{shell}");
            let has_roles = doorward_domain::Role::ALL.iter().all(|role| script.contains(role.as_str()));
            assert!(has_roles || matches!(shell, Shell::Elvish | Shell::PowerShell), "{shell}: roles");
        }
    }
}
