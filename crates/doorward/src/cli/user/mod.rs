//! `doorward user …`

mod add;
mod delete;
mod disable;
mod enable;
mod end_sessions;
mod export;
mod list;
mod row;
mod set_password;
mod set_role;
mod show;

use clap::Subcommand;
use std::process::ExitCode;

use super::support::local::Local;
use super::{Common, Outcome};
use add::Add;
use delete::Delete;
use disable::Disable;
use enable::Enable;
use end_sessions::EndSessions;
use export::Export;
use list::List;
use set_password::SetPassword;
use set_role::SetRole;
use show::Show;

/// Administers people
#[derive(Debug, Subcommand)]
pub enum User {
    Add(Add),
    List(List),
    Show(Show),
    SetRole(SetRole),
    SetPassword(SetPassword),
    Disable(Disable),
    Enable(Enable),
    Delete(Delete),
    EndSessions(EndSessions),
    Export(Export),
}

impl User {
    pub fn run(self, common: &Common) -> Outcome {
        Local::with(common, async |local| {
            match self {
                Self::Add(add) => add.run(local).await,
                Self::List(list) => list.run(local).await,
                Self::Show(show) => show.run(local).await,
                Self::SetRole(set) => set.run(local).await,
                Self::SetPassword(set) => set.run(local).await,
                Self::Disable(disable) => disable.run(local).await,
                Self::Enable(enable) => enable.run(local).await,
                Self::Delete(delete) => delete.run(local).await,
                Self::EndSessions(end) => end.run(local).await,
                Self::Export(export) => export.run(local).await,
            }
            .map(|()| ExitCode::SUCCESS)
        })
    }
}
