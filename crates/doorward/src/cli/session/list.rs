//! `doorward session list`

use clap::Args;
use doorward_domain::{Factor, Session as IssuedSession, SessionId, SessionLimits, Timestamp, User};
use doorward_service::ports::{Paging, SessionQuery};
use serde::Serialize;

use crate::cli::Outcome;
use crate::cli::support::local::{Local, every_page};
use crate::cli::support::output::Output;

/// Lists who is signed in, from where, since when
#[derive(Debug, Args)]
pub struct List {
    /// Only the sessions of this user
    #[arg(long)]
    user: Option<String>,
    #[command(flatten)]
    output: Output,
}

/// A session as printed.
#[derive(Debug, Serialize)]
struct Row {
    id: SessionId,
    username: String,
    /// `browser` or `program`.
    kind: &'static str,
    /// With what they showed who they are.
    factors: Vec<&'static str>,
    created_at: Timestamp,
    last_seen_at: Timestamp,
    /// If nothing more is heard.
    expires_at: Timestamp,
    client_ip: String,
    user_agent: String,
    device: String,
}

const LISTED: &[&str] = &["id", "username", "created_at", "last_seen_at", "expires_at", "client_ip", "user_agent"];

impl Row {
    fn new(session: IssuedSession, user: &User, limits: &SessionLimits) -> Self {
        Self {
            id: session.id,
            username: user.username.to_string(),
            kind: session.kind.as_str(),
            factors: session.factors.iter().map(Factor::as_str).collect(),
            created_at: session.created_at,
            last_seen_at: session.last_seen_at,
            expires_at: session.ends_at(limits),
            client_ip: session.client_ip,
            user_agent: session.user_agent,
            device: session.device,
        }
    }
}

impl List {
    pub(super) async fn run(self, local: &Local) -> Outcome<()> {
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
