//! `doorward access list`

use clap::Args;
use doorward_domain::{GrantId, Role, Timestamp};
use doorward_service::ports::{AccessQuery, NamedAccess, Paging};
use doorward_web::AccessFields;
use serde::Serialize;

use crate::cli::Outcome;
use crate::cli::support::local::{Local, app_name, every_page};
use crate::cli::support::output::Output;

/// Lists those that wait for an answer, the oldest first
#[derive(Debug, Args)]
pub struct List {
    /// Also those that were answered, or lapsed, in the last 90 days
    #[arg(long)]
    all: bool,
    /// Only those of this user
    #[arg(long)]
    user: Option<String>,
    /// Only those for this app
    #[arg(long)]
    app: Option<String>,
    #[command(flatten)]
    output: Output,
}

/// A request as printed.
#[derive(Debug, Serialize)]
pub struct Row {
    #[serde(flatten)]
    fields: AccessFields,
    username: String,
    grant: Option<GrantId>,
    given_role: Option<Role>,
    given_resource: Option<String>,
    until: Option<Timestamp>,
}

const LISTED: &[&str] = &["id", "username", "role", "app", "resource", "refused", "reason", "created_at"];
const LISTED_ALL: &[&str] =
    &["id", "state", "username", "role", "app", "resource", "refused", "reason", "created_at", "answered_by", "until"];
const SHOWN: &[&str] = &[
    "id",
    "state",
    "username",
    "role",
    "app",
    "resource",
    "refused",
    "decision_id",
    "reason",
    "created_at",
    "lapses_at",
    "answered_at",
    "answered_by",
    "answer",
    "grant",
    "given_role",
    "given_resource",
    "until",
];

impl Row {
    pub fn new(NamedAccess { request, user }: NamedAccess, now: Timestamp) -> Self {
        let (fields, approved) = AccessFields::of(request, now);
        let (grant, until) = (approved.as_ref().map(|own| own.grant), approved.as_ref().and_then(|own| own.until));
        let given = approved.map(|own| own.given);
        Self {
            fields,
            username: user,
            grant,
            given_role: given.as_ref().map(|given| given.role),
            given_resource: given.and_then(|given| given.resource).map(Into::into),
            until,
        }
    }

    /// Prints it.
    pub fn show(&self, output: Output) -> Outcome<()> {
        output.show(self, SHOWN)
    }
}

impl List {
    pub(super) async fn run(self, local: &Local) -> Outcome<()> {
        let user = match &self.user {
            Some(name) => Some(local.user(name).await?.id),
            None => None,
        };
        let app = self.app.as_deref().map(app_name).transpose()?;
        let now = local.services.clock.now();
        let rows = every_page(async |cursor| {
            let paging = Paging { limit: 500, cursor, sort: Some("created_at".to_owned()), ..Paging::default() };
            let is_open = (!self.all).then_some(true);
            let query = AccessQuery { user, app: app.clone(), is_open, paging, ..AccessQuery::default() };
            Ok(local.services.access.list(&local.actor, query).await?.map(|named| Row::new(named, now)))
        })
        .await?;
        self.output.list(&rows, if self.all { LISTED_ALL } else { LISTED })
    }
}
