//! `doorward access …`

mod approve;
mod decline;
mod list;
mod show;

use clap::Subcommand;
use std::process::ExitCode;

use super::support::local::Local;
use super::{Common, Outcome};
use approve::Approve;
use decline::Decline;
use list::List;
use show::Show;

/// Answers those who ask for access that they were refused
#[derive(Debug, Subcommand)]
pub enum Access {
    List(List),
    Show(Show),
    Approve(Approve),
    Decline(Decline),
}

impl Access {
    pub fn run(self, common: &Common) -> Outcome {
        let loaded = common.load_without_tools()?;
        Local::with_apps(
            &loaded,
            |_| Ok(Vec::new()),
            async |local| {
                match self {
                    Self::List(list) => list.run(local).await,
                    Self::Show(show) => show.run(local).await,
                    Self::Approve(approve) => approve.run(local, &loaded.config).await,
                    Self::Decline(decline) => decline.run(local).await,
                }
                .map(|()| ExitCode::SUCCESS)
            },
        )
    }
}
