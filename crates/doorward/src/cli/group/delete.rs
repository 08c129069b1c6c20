//! `doorward group delete`

use clap::Args;

use super::find;
use crate::cli::Outcome;
use crate::cli::support::confirm::confirm;
use crate::cli::support::local::Local;
use crate::cli::support::printable::tell;

/// Deletes a group with its grants; its members stay who they are
#[derive(Debug, Args)]
pub struct Delete {
    /// The group's name
    name: String,
    /// Do not ask; where there is no terminal nobody is asked
    #[arg(long, short)]
    yes: bool,
}

impl Delete {
    pub(super) async fn run(self, local: &Local) -> Outcome<()> {
        let group = find(local, &self.name).await?;
        confirm(self.yes, &format!("Delete the group {} for good?", group.name))?;
        local.services.groups.delete(&local.actor, group.id).await?;
        tell(format_args!("the group {} was deleted", group.name));
        Ok(())
    }
}
