//! `doorward key list`

use clap::Args;
use doorward_service::ports::{KeyQuery, ListedKey, Paging};
use doorward_web::KeyFields;
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
    #[serde(flatten)]
    fields: KeyFields,
    owner: Option<String>,
}

const LISTED: &[&str] =
    &["name", "role", "app", "resource", "owner", "expires_at", "last_used_at", "last_used_from", "created_at"];

impl From<ListedKey> for Row {
    fn from(ListedKey { key, owner, grants }: ListedKey) -> Self {
        Self { fields: (key, grants.first()).into(), owner: owner.map(|name| name.to_string()) }
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
