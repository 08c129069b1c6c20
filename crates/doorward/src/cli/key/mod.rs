//! `doorward key …`

mod create;
mod list;
mod revoke;
mod rotate;

use clap::Subcommand;
use doorward_domain::Secret;
use std::process::ExitCode;

use super::support::local::Local;
use super::support::output::print;
use super::{Common, Outcome};
use create::Create;
use list::List;
use revoke::Revoke;
use rotate::Rotate;

/// Makes, rotates and revokes API keys, for programs
#[derive(Debug, Subcommand)]
pub enum Key {
    Create(Create),
    List(List),
    Rotate(Rotate),
    Revoke(Revoke),
}

impl Key {
    pub fn run(self, common: &Common) -> Outcome {
        let named = match &self {
            Self::Create(create) => create.app.clone(),
            _ => None,
        };
        Local::for_app(common, named.as_deref(), async |local| {
            match self {
                Self::Create(create) => create.run(local).await,
                Self::List(list) => list.run(local).await,
                Self::Rotate(rotate) => rotate.run(local).await,
                Self::Revoke(revoke) => revoke.run(local).await,
            }
            .map(|()| ExitCode::SUCCESS)
        })
    }
}

/// The key alone on standard output, so that a script can take it.
fn show_once(text: &Secret) -> Outcome<()> {
    print(&format!("{}\n", text.expose()))
}
