//! `doorward key list`

use clap::Args;
use doorward_domain::{ApiKey, AppName, Role, Timestamp};
use doorward_service::ports::{KeyQuery, ListedKey, Paging};
use serde::Serialize;

use crate::cli::Outcome;
use crate::cli::support::local::{Local, every_page};
use crate::cli::support::output::Output;

/// Lists keys
#[derive(Debug, Args)]
pub struct List {
    /// Only those of this user
    #[arg(long, value_name = "USER")]
    owner: Option<String>,
    #[command(flatten)]
    output: Output,
}

/// A key as printed.
#[derive(Debug, Serialize)]
struct Row {
    id: String,
    name: String,
    role: Option<Role>,
    app: Option<AppName>,
    resource: Option<String>,
    owner: Option<String>,
    prefix: String,
    allowed_addresses: Vec<String>,
    expires_at: Option<Timestamp>,
    last_used_at: Option<Timestamp>,
    last_used_from: Option<String>,
    created_at: Timestamp,
    created_by: String,
}

const LISTED: &[&str] =
    &["name", "role", "app", "resource", "owner", "expires_at", "last_used_at", "last_used_from", "created_at"];

impl From<ListedKey> for Row {
    fn from(ListedKey { key, owner, grants }: ListedKey) -> Self {
        let first = grants.first();
        Self {
            id: key.id.to_string(),
            name: key.name.to_string(),
            role: first.and_then(|grant| grant.effect.role()),
            app: first.and_then(|grant| grant.scope.app().cloned()),
            resource: first.and_then(|grant| grant.scope.pattern().map(ToString::to_string)),
            owner: owner.map(|name| name.to_string()),
            prefix: ApiKey::prefix_of(key.id),
            allowed_addresses: key.allowed_addresses.iter().map(ToString::to_string).collect(),
            expires_at: key.expires_at,
            last_used_at: key.last_used.map(|(at, _)| at),
            last_used_from: key.last_used.map(|(_, from)| from.to_string()),
            created_at: key.created_at,
            created_by: key.created_by.into(),
        }
    }
}

impl List {
    pub(super) async fn run(self, local: &Local) -> Outcome<()> {
        let owner = match &self.owner {
            Some(name) => Some(local.user(name).await?.id),
            None => None,
        };
        let rows = every_page(async |cursor| {
            let query = KeyQuery { owner, paging: Paging { limit: 500, cursor, ..Paging::default() } };
            Ok(local.services.keys.list(&local.actor, &query).await?.map(Row::from))
        })
        .await?;
        self.output.list(&rows, LISTED)
    }
}
