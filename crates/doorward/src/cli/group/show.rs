//! `doorward group show`

use clap::Args;
use doorward_domain::Subject;
use doorward_service::ports::Paging;

use super::find;
use super::row::{MemberRow, Row};
use crate::cli::support::local::{Local, every_page};
use crate::cli::support::output::{Output, print};
use crate::cli::{Outcome, grant};

/// Shows a group, its direct members and its grants
#[derive(Debug, Args)]
pub struct Show {
    /// The group's name
    name: String,
    #[command(flatten)]
    output: Output,
}

const SHOWN: &[&str] = &["name", "description", "source", "created_at", "id"];

impl Show {
    pub(super) async fn run(self, local: &Local) -> Outcome<()> {
        let group = find(local, &self.name).await?;
        let members: Vec<MemberRow> = every_page(async |cursor| {
            let paging = Paging { limit: 500, cursor, ..Paging::default() };
            Ok(local.services.groups.members(&local.actor, group.id, &paging).await?.map(MemberRow::from))
        })
        .await?;
        let grants = grant::of(local, Some(Subject::Group(group.id)), None).await?;
        let mut row = Row::from(group);
        row.members = Some(members);
        row.grants = Some(grants);
        self.output.show(&row, SHOWN)?;
        if !self.output.is_table() {
            return Ok(());
        }
        if let Some(members) = row.members.filter(|members| !members.is_empty()) {
            print("\n")?;
            self.output.list(&members, &["kind", "name", "since"])?;
        }
        if let Some(grants) = row.grants.filter(|grants| !grants.is_empty()) {
            print("\n")?;
            grant::print_list(&grants, self.output, grant::OF_ONE)?;
        }
        Ok(())
    }
}
