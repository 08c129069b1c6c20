//! `doorward user add`

use clap::Args;
use doorward_domain::{Role, Username};
use doorward_service::admin::users::{NewUser, UserError};
use doorward_service::ports::StoreError;

use crate::cli::support::local::Local;
use crate::cli::support::printable::tell;
use crate::cli::support::role::RoleParser;
use crate::cli::support::secret;
use crate::cli::{Failure, Outcome};

/// Makes a user
///
/// Asks for the password on a terminal; scripts pass it with --password-stdin.
#[derive(Debug, Args)]
pub struct Add {
    /// The username: letters, digits and . _ - + @
    name: String,
    /// The role on everything: viewer, operator, developer, manager or admin. Without one they may sign in and see nothing
    #[arg(long, value_parser = RoleParser, hide_possible_values = true)]
    role: Option<Role>,
    /// The e-mail address
    #[arg(long)]
    email: Option<String>,
    /// The name people call them
    #[arg(long, default_value = "")]
    full_name: String,
    /// Read the password from the first line of standard input
    #[arg(long)]
    password_stdin: bool,
    /// Make a user without a password, who cannot sign in until one is set
    #[arg(long, conflicts_with = "password_stdin")]
    no_password: bool,
}

impl Add {
    pub(super) async fn run(self, local: &Local) -> Outcome<()> {
        // Before asking for a password in vain.
        let name: Username = self.name.parse().map_err(Failure::refused)?;
        if !self.no_password && local.services.users.find_by_name(&local.actor, name.as_str()).await.is_ok() {
            return Err(Failure::taken("user", &name));
        }
        let password =
            if self.no_password { None } else { Some(secret::password(self.password_stdin, name.as_str())?) };
        let new =
            NewUser { username: self.name, password, email: self.email, full_name: self.full_name, role: self.role };
        let email = new.email.clone().unwrap_or_default();
        let user = local.services.users.create(&local.actor, new).await.map_err(|error| match error {
            UserError::Store(StoreError::Conflict("email")) => Failure::taken("user with the address", email),
            UserError::Store(StoreError::Conflict(_)) => Failure::taken("user", &name),
            other => other.into(),
        })?;
        let role = user.role.map_or("no role".to_owned(), |role| format!("role {role}"));
        tell(format_args!("{} was made, {role}", user.username));
        Ok(())
    }
}
