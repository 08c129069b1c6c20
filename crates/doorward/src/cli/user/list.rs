//! `doorward user list`

use clap::Args;
use doorward_domain::Role;
use doorward_service::ports::{Paging, UserQuery};

use super::row::{Row, for_people};
use crate::cli::Outcome;
use crate::cli::support::local::{Local, every_page};
use crate::cli::support::output::Output;
use crate::cli::support::role::RoleParser;

/// Lists users
#[derive(Debug, Args)]
pub struct List {
    /// Only those with this role on everything
    #[arg(long, value_parser = RoleParser, hide_possible_values = true)]
    role: Option<Role>,
    /// Only those who are disabled
    #[arg(long)]
    disabled: bool,
    /// Only those with this text in their username, name or address
    #[arg(long)]
    search: Option<String>,
    #[command(flatten)]
    output: Output,
}

const LISTED: &[&str] = &["username", "full_name", "email", "role", "is_disabled", "last_sign_in_at"];

const LISTED_FOR_PEOPLE: &[&str] =
    &["username", "full_name", "email", "role_on_everything", "is_disabled", "last_sign_in_at"];

impl List {
    pub(super) async fn run(self, local: &Local) -> Outcome<()> {
        let disabled = self.disabled.then_some(true);
        let rows = everybody(local, self.role, disabled, self.search).await?;
        if !self.output.is_table() {
            return self.output.list(&rows, LISTED);
        }
        self.output.list(&rows.iter().map(for_people).collect::<Vec<_>>(), LISTED_FOR_PEOPLE)
    }
}

/// All with this role, disabled or not, with this text; each where it is given.
pub async fn everybody(
    local: &Local,
    role: Option<Role>,
    is_disabled: Option<bool>,
    search: Option<String>,
) -> Outcome<Vec<Row>> {
    every_page(async |cursor| {
        let paging = Paging { limit: 500, cursor, search: search.clone(), sort: None };
        let page = local.services.users.list(&local.actor, &UserQuery { role, is_disabled, paging }).await?;
        Ok(page.map(Row::from))
    })
    .await
}
