//! `doorward session …`

use clap::{Args, Subcommand};
use doorward_domain::{Session as IssuedSession, SessionId, SessionLimits, Timestamp, User};
use doorward_service::ports::{Paging, SessionQuery};
use serde::Serialize;
use std::process::ExitCode;

use super::support::local::{Local, every_page};
use super::support::output::{Output, counted};
use super::support::printable::tell;
use super::{Common, Failure, Outcome};

/// Sees and ends sessions
#[derive(Debug, Subcommand)]
pub enum Session {
    List(List),
    End(End),
}

/// Lists who is signed in, from where, since when
#[derive(Debug, Args)]
pub struct List {
    /// Only the sessions of this user
    #[arg(long)]
    user: Option<String>,
    #[command(flatten)]
    output: Output,
}

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

/// A session as printed.
#[derive(Debug, Serialize)]
struct Row {
    id: SessionId,
    username: String,
    created_at: Timestamp,
    last_seen_at: Timestamp,
    /// If nothing more is heard.
    expires_at: Timestamp,
    client_ip: String,
    user_agent: String,
}

const LISTED: &[&str] = &["id", "username", "created_at", "last_seen_at", "expires_at", "client_ip", "user_agent"];

impl Row {
    fn new(session: IssuedSession, user: &User, limits: &SessionLimits) -> Self {
        Self {
            id: session.id,
            username: user.username.to_string(),
            created_at: session.created_at,
            last_seen_at: session.last_seen_at,
            expires_at: session.ends_at(limits),
            client_ip: session.client_ip,
            user_agent: session.user_agent,
        }
    }
}

impl Session {
    pub fn run(self, common: &Common) -> Outcome {
        Local::with(common, async |local| {
            match self {
                Self::List(list) => list.run(local).await,
                Self::End(end) => end.run(local).await,
            }
            .map(|()| ExitCode::SUCCESS)
        })
    }
}

impl List {
    async fn run(self, local: &Local) -> Outcome<()> {
        let user = match &self.user {
            Some(name) => Some(local.user(name).await?.id),
            None => None,
        };
        let rows = every_page(async |cursor| {
            let paging = Paging { limit: 500, cursor, ..Paging::default() };
            let query = SessionQuery { user, paging, ..SessionQuery::default() };
            let page = local.services.sessions.list(&local.actor, &query).await?;
            Ok(page.map(|(session, user)| Row::new(session, &user, &local.sessions)))
        })
        .await?;
        self.output.list(&rows, LISTED)
    }
}

impl End {
    async fn run(self, local: &Local) -> Outcome<()> {
        let sessions = &local.services.sessions;
        if let Some(id) = self.id {
            sessions.end(&local.actor, id).await?;
            tell(format_args!("the session ended"));
        } else if let Some(name) = &self.user {
            let user = local.user(name).await?;
            let ended = sessions.end_all_of(&local.actor, user.id, None).await?;
            tell(format_args!("{} of {} ended", counted(ended, "session"), user.username));
        } else {
            return Err(Failure::usage("name a session, or --user"));
        }
        Ok(())
    }
}
