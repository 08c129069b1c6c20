//! `doorward grant …`

mod add;
mod list;
mod remove;

use clap::Subcommand;
use std::process::ExitCode;

use super::support::local::Local;
use super::{Common, Outcome};
use add::Add;
pub(super) use add::{on, scope};
use list::List;
pub(super) use list::{OF_ONE, Row, of, print_list};
use remove::Remove;

/// Gives roles on everything, on an app or on single things of it, denies, and takes away
#[derive(Debug, Subcommand)]
pub enum Grant {
    Add(Add),
    List(List),
    Remove(Remove),
}

impl Grant {
    pub fn run(self, common: &Common) -> Outcome {
        let named = match &self {
            Self::Add(add) => add.app.clone(),
            _ => None,
        };
        Local::for_app(common, named.as_deref(), async |local| {
            match self {
                Self::Add(add) => add.run(local).await,
                Self::List(list) => list.run(local).await,
                Self::Remove(remove) => remove.run(local).await,
            }
            .map(|()| ExitCode::SUCCESS)
        })
    }
}
