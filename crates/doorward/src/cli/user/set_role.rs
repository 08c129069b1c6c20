//! `doorward user set-role`

use clap::Args;
use doorward_domain::Role;
use doorward_service::ports::UserChange;

use crate::cli::support::local::Local;
use crate::cli::support::printable::tell;
use crate::cli::{Failure, Outcome};

/// Changes somebody's role on everything; takes effect at once
#[derive(Debug, Args)]
pub struct SetRole {
    /// The username
    name: String,
    /// viewer, operator, developer, manager, admin, or none
    role: String,
}

impl SetRole {
    pub(super) async fn run(self, local: &Local) -> Outcome<()> {
        let role = match self.role.as_str() {
            "none" => None,
            word => Some(word.parse::<Role>().map_err(Failure::refused)?),
        };
        let user = local.user(&self.name).await?;
        let change = UserChange { role: Some(role), ..UserChange::default() };
        let user = local.services.users.update(&local.actor, user.id, change).await?;
        tell(format_args!(
            "{} now has {}",
            user.username,
            role.map_or("no role on everything".to_owned(), |r| format!("the role {r}"))
        ));
        Ok(())
    }
}
