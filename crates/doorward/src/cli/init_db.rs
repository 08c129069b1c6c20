//! `doorward init-db`

use clap::Args;
use doorward_service::setup::Bootstrap;
use std::process::ExitCode;

use super::support::local::Local;
use super::support::printable::tell;
use super::{Common, Failure, Outcome};
use crate::compose::{self, Environment};

/// Makes the database, or brings it up to date
///
/// Not needed before the first start: Doorward does the same then. No other command makes a database.
#[derive(Debug, Args)]
pub struct InitDb {
    /// Also make the administrator `admin` (or `DOORWARD_ADMIN_USER`) and print the generated password once
    #[arg(long)]
    with_admin: bool,
}

impl InitDb {
    pub fn run(&self, common: &Common) -> Outcome {
        let loaded = common.load_without_tools()?;
        let address = compose::database_address(&loaded.config);
        Local::making(&loaded, async |local| {
            tell(format_args!("the database {address} is ready"));
            if self.with_admin {
                let environment = Environment::of_process().map_err(Failure::usage)?;
                let name = environment.admin_user.as_deref().unwrap_or("admin");
                let done = local.services.setup.bootstrap(Some(name), environment.admin_password).await;
                match done.map_err(Failure::refused)? {
                    Bootstrap::AlreadyDone => {
                        tell("there is an administrator already; nothing was changed");
                    }
                    Bootstrap::Created { username } => {
                        tell(format_args!("{username} was made, with the password you gave"));
                    }
                    Bootstrap::Generated { username, password } => {
                        print!("{}", compose::password_box(&username, &password));
                    }
                    Bootstrap::Token(_) => return Err(Failure::failed("no administrator was made")),
                }
            }
            Ok(ExitCode::SUCCESS)
        })
    }
}
