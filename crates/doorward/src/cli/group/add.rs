//! `doorward group add`

use clap::Args;

use crate::cli::Outcome;
use crate::cli::support::local::Local;
use crate::cli::support::printable::tell;

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
        let group = local.services.groups.create(&local.actor, &self.name, &self.description).await?;
        tell(format_args!("the group {} was made", group.name));
        Ok(())
    }
}
