//! `doorward user disable`

use clap::Args;
use doorward_service::ports::UserChange;

use crate::cli::Outcome;
use crate::cli::support::local::Local;
use crate::cli::support::printable::tell;

/// Disables somebody: all their sessions end and they cannot sign in
#[derive(Debug, Args)]
pub struct Disable {
    /// The username
    name: String,
}

impl Disable {
    pub(super) async fn run(self, local: &Local) -> Outcome<()> {
        set_disabled(local, &self.name, true).await
    }
}

/// Disables or enables, and says so.
pub async fn set_disabled(local: &Local, name: &str, is_disabled: bool) -> Outcome<()> {
    let user = local.user(name).await?;
    if user.is_disabled == is_disabled {
        tell(format_args!("{} is {} already", user.username, if is_disabled { "disabled" } else { "enabled" }));
        return Ok(());
    }
    let change = UserChange { is_disabled: Some(is_disabled), ..UserChange::default() };
    let user = local.services.users.update(&local.actor, user.id, change).await?;
    tell(format_args!(
        "{} is now {}",
        user.username,
        if is_disabled { "disabled, and their sessions ended" } else { "enabled" }
    ));
    Ok(())
}
