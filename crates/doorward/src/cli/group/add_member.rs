//! `doorward group add-member`

use clap::Args;

use super::membership::Membership;
use crate::cli::Outcome;
use crate::cli::support::local::Local;
use crate::cli::support::printable::tell;

/// Puts somebody into a group; takes effect within a second
#[derive(Debug, Args)]
pub struct AddMember {
    #[command(flatten)]
    membership: Membership,
}

impl AddMember {
    pub(super) async fn run(self, local: &Local) -> Outcome<()> {
        let (group, member, name) = self.membership.find(local).await?;
        let added = local.services.groups.join(&local.actor, group.id, member).await?;
        let now = if added { "is in" } else { "was already in" };
        tell(format_args!("{name} {now} {}", group.name));
        Ok(())
    }
}
