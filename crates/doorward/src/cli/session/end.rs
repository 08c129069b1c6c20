//! `doorward session end`

use clap::Args;
use doorward_domain::SessionId;

use crate::cli::support::local::Local;
use crate::cli::support::output::counted;
use crate::cli::support::printable::tell;
use crate::cli::{Failure, Outcome};

/// Ends a session, or all of a user's; takes effect within a second
#[derive(Debug, Args)]
pub struct End {
    /// The session's id, as listed
    #[arg(required_unless_present = "user", conflicts_with = "user")]
    id: Option<SessionId>,
    /// All sessions of this user
    #[arg(long)]
    user: Option<String>,
}

impl End {
    pub(super) async fn run(self, local: &Local) -> Outcome<()> {
        if let Some(id) = self.id {
            let ended = local.services.sessions.end(&local.actor, id).await;
            ended.map_err(|error| Failure::from(error).looking_for("session", id))?;
            tell(format_args!("the session ended"));
            return Ok(());
        }
        let name = self.user.ok_or_else(|| Failure::usage("name a session, or --user"))?;
        end_all_of(local, &name).await
    }
}

/// Ends all sessions of somebody, and says how many there were.
pub async fn end_all_of(local: &Local, name: &str) -> Outcome<()> {
    let user = local.user(name).await?;
    let ended = local.services.sessions.end_all_of(&local.actor, user.id, None).await?;
    tell(format_args!("{} of {} ended", counted(ended, "session"), user.username));
    Ok(())
}
