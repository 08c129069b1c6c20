//! `doorward group …`

mod add;
mod add_member;
mod delete;
mod list;
mod membership;
mod remove_member;
mod row;
mod show;

use clap::Subcommand;
use doorward_domain::Group as Named;
use std::process::ExitCode;

use super::support::local::Local;
use super::{Common, Outcome};
use add::Add;
use add_member::AddMember;
use delete::Delete;
use list::List;
use remove_member::RemoveMember;
use show::Show;

/// Administers groups: what a group is given, all its members have
#[derive(Debug, Subcommand)]
pub enum Group {
    Add(Add),
    List(List),
    Show(Show),
    Delete(Delete),
    AddMember(AddMember),
    RemoveMember(RemoveMember),
}

impl Group {
    pub fn run(self, common: &Common) -> Outcome {
        Local::with(common, async |local| {
            match self {
                Self::Add(add) => add.run(local).await,
                Self::List(list) => list.run(local).await,
                Self::Show(show) => show.run(local).await,
                Self::Delete(delete) => delete.run(local).await,
                Self::AddMember(add) => add.run(local).await,
                Self::RemoveMember(remove) => remove.run(local).await,
            }
            .map(|()| ExitCode::SUCCESS)
        })
    }
}

async fn find(local: &Local, name: &str) -> Outcome<Named> {
    Ok(local.services.groups.find_by_name(&local.actor, name).await?)
}
