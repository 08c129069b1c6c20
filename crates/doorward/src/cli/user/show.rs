//! `doorward user show`

use clap::Args;
use doorward_domain::{Member, Subject};
use doorward_service::ports::{GroupQuery, Paging};

use super::row::{Row, for_people};
use crate::cli::support::local::{Local, every_page};
use crate::cli::support::output::{Output, print};
use crate::cli::{Outcome, grant};

/// Shows a user, with their roles on single apps
#[derive(Debug, Args)]
pub struct Show {
    /// The username
    name: String,
    #[command(flatten)]
    output: Output,
}

const SHOWN: &[&str] = &[
    "username",
    "full_name",
    "email",
    "role",
    "is_disabled",
    "created_at",
    "updated_at",
    "last_sign_in_at",
    "groups",
    "id",
];

const SHOWN_FOR_PEOPLE: &[&str] = &[
    "username",
    "full_name",
    "email",
    "role_on_everything",
    "is_disabled",
    "created_at",
    "updated_at",
    "last_sign_in_at",
    "groups",
    "id",
];

impl Show {
    pub(super) async fn run(self, local: &Local) -> Outcome<()> {
        let user = local.user(&self.name).await?;
        let grants = grant::of(local, Some(Subject::User(user.id)), None).await?;
        let has_lost_role = grants.iter().any(|row| row.is_role_on_everything() && row.has_ended());
        let grants = grants.into_iter().filter(|row| !row.is_role_on_everything() || row.has_ended()).collect();
        let groups = every_page(async |cursor| {
            let query = GroupQuery {
                holding: Some(Member::User(user.id)),
                paging: Paging { limit: 500, cursor, ..Paging::default() },
            };
            Ok(local.services.groups.list(&local.actor, &query).await?.map(|group| group.name.to_string()))
        })
        .await?;
        let mut row = Row::from(user);
        row.role = row.role.filter(|_| !has_lost_role);
        row.grants = Some(grants);
        row.groups = Some(groups);
        if !self.output.is_table() {
            return self.output.show(&row, SHOWN);
        }
        self.output.show(&for_people(&row), SHOWN_FOR_PEOPLE)?;
        match &row.grants {
            Some(grants) if !grants.is_empty() => {
                print("\n")?;
                grant::print_list(grants, self.output, grant::OF_ONE)
            }
            _ => Ok(()),
        }
    }
}
