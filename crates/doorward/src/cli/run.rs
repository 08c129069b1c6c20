//! `doorward run`

use clap::Args;
use std::net::SocketAddr;

use super::{Common, Failure, Outcome};
use crate::compose::{self, Plan, Wrapped};
use crate::config::{OptionValue, listen, path_prefix};
use crate::supervise::unstartable;

/// Wraps any tool: starts it on a private port and stands in front of it
///
/// `{port}` in any argument, and the environment variable PORT, carry the private port the tool must listen on (on 127.0.0.1). A program
/// that is not there ends this with exit code 127, one that cannot be run with 126; a tool that stops later is started again.
/// For example: doorward run --profile dagster -- dagster dev -p {port}
#[derive(Debug, Args)]
pub struct Run {
    /// What kind of tool it is; see `doorward profile list`
    #[arg(long, value_name = "NAME")]
    profile: String,
    /// Where Doorward listens [default: 127.0.0.1:3000, or the configuration's]
    #[arg(long, value_name = "ADDR", value_parser = listen)]
    listen: Option<SocketAddr>,
    /// The app's name [default: the profile's]
    #[arg(long, value_name = "APP")]
    name: Option<String>,
    /// The path under which the tool itself is mounted, if it is not /
    #[arg(long, value_name = "PATH", value_parser = path_prefix)]
    path_prefix: Option<String>,
    /// The tool and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<String>,
}

impl Run {
    pub fn run(self, common: &Common) -> Outcome {
        if let Some((code, message)) = self.command.first().and_then(|program| unstartable(program)) {
            return Err(Failure { code, message });
        }
        let name = self.name.unwrap_or_else(|| self.profile.clone());
        let wrapped = Wrapped {
            name: name.parse().map_err(Failure::usage)?,
            profile: self.profile,
            command: self.command,
            prefix: self.path_prefix.unwrap_or_default(),
        };
        let mut overrides = wrapped.overrides("doorward run");
        overrides.extend(self.listen.map(|at| ("listen".to_owned(), "--listen", OptionValue::Word(at.to_string()))));
        let common = common.clone();
        let load = Box::new(move || common.load_with(overrides.clone()).map_err(|f: Failure| f.message));
        compose::serve(Plan { load, wrapped: Some(wrapped) })
    }
}
