//! `doorward session …`

mod end;
mod list;

use clap::Subcommand;
use std::process::ExitCode;

use super::support::local::Local;
use super::{Common, Outcome};
use end::End;
pub(super) use end::end_all_of;
use list::List;

/// Sees and ends sessions
#[derive(Debug, Subcommand)]
pub enum Session {
    List(List),
    End(End),
}

impl Session {
    pub fn run(self, common: &Common) -> Outcome {
        Local::with(common, async |local| {
            match self {
                Self::List(list) => list.run(local).await,
                Self::End(end) => end.run(local).await,
            }
            .map(|()| ExitCode::SUCCESS)
        })
    }
}
