//! Who is in which group: what `doorward group add-member` and `doorward group remove-member` take.

use clap::Args;
use doorward_domain::{Group as Named, Member};

use super::find;
use crate::cli::Outcome;
use crate::cli::support::local::Local;

/// Who, and in which group.
#[derive(Debug, Args)]
pub struct Membership {
    /// The group
    name: String,
    /// This user
    #[arg(long, required_unless_present = "group", conflicts_with = "group")]
    user: Option<String>,
    /// Everybody in this other group
    #[arg(long)]
    group: Option<String>,
}

impl Membership {
    /// The group, who is meant, and their name.
    pub async fn find(&self, local: &Local) -> Outcome<(Named, Member, String)> {
        let group = find(local, &self.name).await?;
        if let Some(inner) = &self.group {
            let inner = find(local, inner).await?;
            return Ok((group, Member::Group(inner.id), inner.name.to_string()));
        }
        let user = local.user(self.user.as_deref().unwrap_or_default()).await?;
        Ok((group, Member::User(user.id), user.username.to_string()))
    }
}
