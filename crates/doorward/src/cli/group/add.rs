//! `doorward group add`

use clap::Args;
use doorward_service::admin::groups::GroupError;
use doorward_service::ports::StoreError;

use crate::cli::support::local::Local;
use crate::cli::support::printable::tell;
use crate::cli::{Failure, Outcome};

/// Makes a group
#[derive(Debug, Args)]
pub struct Add {
    /// The group's name: letters, digits and . _ - + @
    name: String,
    /// What it is for
    #[arg(long, default_value = "", value_name = "TEXT")]
    description: String,
}

impl Add {
    pub(super) async fn run(self, local: &Local) -> Outcome<()> {
        let group = local.services.groups.create(&local.actor, &self.name, &self.description).await;
        let group = group.map_err(|error| match error {
            GroupError::Store(StoreError::Conflict(_)) => Failure::taken("group", &self.name),
            other => other.into(),
        })?;
        tell(format_args!("the group {} was made", group.name));
        Ok(())
    }
}
