//! `doorward key list`

use clap::Args;
use doorward_domain::Timestamp;
use doorward_service::ports::{KeyQuery, ListedKey, Paging};
use doorward_web::KeyFields;
use serde::Serialize;

use crate::cli::Outcome;
use crate::cli::support::local::{Local, every_page};
use crate::cli::support::output::Output;

/// Lists keys
///
/// OLD UNTIL is when the secret before a rotation ends (`key rotate --overlap`).
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

const LISTED: &[&str] = &[
    "name",
    "role",
    "app",
    "resource",
    "owner",
    "allowed_addresses",
    "expires_at",
    "old_until",
    "last_used_at",
    "last_used_from",
    "created_at",
];

impl Row {
    /// As of now: that a secret before has ended is of no use to anybody.
    fn new(listed: &ListedKey, now: Timestamp) -> Self {
        let mut fields = KeyFields::from(listed);
        fields.old_until = fields.old_until.filter(|end| *end > now);
        Self { fields, owner: listed.owner.as_ref().map(ToString::to_string) }
    }
}

impl List {
    pub(super) async fn run(self, local: &Local) -> Outcome<()> {
        let owner = match &self.owner {
            Some(name) => Some(local.user(name).await?.id),
            None => None,
        };
        let now = local.services.clock.now();
        let rows = every_page(async |cursor| {
            let query = KeyQuery { owner, paging: Paging { limit: 500, cursor, ..Paging::default() } };
            Ok(local.services.keys.list(&local.actor, &query).await?.map(|listed| Row::new(&listed, now)))
        })
        .await?;
        self.output.list(&rows, LISTED)
    }
}
