//! `doorward group list`

use clap::Args;
use doorward_domain::Member;
use doorward_service::ports::{GroupQuery, Paging};

use super::row::Row;
use crate::cli::Outcome;
use crate::cli::support::local::{Local, every_page};
use crate::cli::support::output::Output;

/// Lists groups
#[derive(Debug, Args)]
pub struct List {
    /// Only those that this user is directly in
    #[arg(long)]
    user: Option<String>,
    #[command(flatten)]
    output: Output,
}

const LISTED: &[&str] = &["name", "description", "source", "created_at"];

impl List {
    pub(super) async fn run(self, local: &Local) -> Outcome<()> {
        let holding = match &self.user {
            Some(name) => Some(Member::User(local.user(name).await?.id)),
            None => None,
        };
        let rows = every_page(async |cursor| {
            let query = GroupQuery { holding, paging: Paging { limit: 500, cursor, ..Paging::default() } };
            Ok(local.services.groups.list(&local.actor, &query).await?.map(Row::from))
        })
        .await?;
        self.output.list(&rows, LISTED)
    }
}
