//! `doorward group remove-member`

use clap::Args;

use super::membership::Membership;
use crate::cli::Outcome;
use crate::cli::support::local::Local;
use crate::cli::support::printable::tell;

/// Takes somebody out of a group; takes effect within a second
#[derive(Debug, Args)]
pub struct RemoveMember {
    #[command(flatten)]
    membership: Membership,
}

impl RemoveMember {
    pub(super) async fn run(self, local: &Local) -> Outcome<()> {
        let (group, member, name) = self.membership.find(local).await?;
        local.services.groups.leave(&local.actor, group.id, member).await?;
        tell(format_args!("{name} is no longer in {}", group.name));
        Ok(())
    }
}
