//! `doorward user set-password`

use clap::Args;
use doorward_service::ports::{KeyQuery, Paging};

use crate::cli::Outcome;
use crate::cli::support::local::Local;
use crate::cli::support::output::counted;
use crate::cli::support::printable::tell;
use crate::cli::support::secret;

/// Sets somebody's password and ends all their sessions
#[derive(Debug, Args)]
pub struct SetPassword {
    /// The username
    name: String,
    /// Read the password from the first line of standard input
    #[arg(long)]
    password_stdin: bool,
}

impl SetPassword {
    pub(super) async fn run(self, local: &Local) -> Outcome<()> {
        let user = local.user(&self.name).await?;
        let password = secret::password(self.password_stdin, user.username.as_str())?;
        local.services.users.set_password(&local.actor, user.id, password).await?;
        let name = &user.username;
        tell(format_args!("the password of {name} was set and their sessions ended"));
        let own = KeyQuery { owner: Some(user.id), paging: Paging { limit: 1, ..Paging::default() } };
        let keys = local.services.keys.list(&local.actor, &own).await?.total;
        if keys > 0 {
            // A key is no password: whoever changes one because it is known to others has to look at these too.
            let keys = counted(keys, "API key");
            let command = &local.command;
            tell(format_args!("{keys} of theirs stay as they are: see `{command} key list --owner {name}`"));
        }
        Ok(())
    }
}
