//! `doorward grant …`

mod add;
mod list;

use clap::Subcommand;
use doorward_domain::{AppName, GrantId};
use doorward_service::App;
use std::process::ExitCode;
use std::sync::Arc;

use super::local::{Local, app_name};
use super::printable::tell;
use super::{Common, Failure, Outcome};
use crate::compose;
use crate::config::Config;
use add::Add;
pub(super) use add::{on, scope};
use list::List;
pub(super) use list::{Row, of};

/// Gives roles on everything, on an app or on single things of it, denies, and takes away
#[derive(Debug, Subcommand)]
pub enum Grant {
    Add(Add),
    List(List),
    /// Takes a grant away; takes effect within a second
    Remove {
        /// The grant's id, as listed
        id: GrantId,
    },
}

impl Grant {
    pub fn run(self, common: &Common) -> Outcome {
        let loaded = common.load_without_tools()?;
        let named = match &self {
            Self::Add(Add { app: Some(app), .. }) => Some(app_name(app)?),
            _ => None,
        };
        Local::with_apps(
            &loaded.config,
            |apps| taken_at_its_word(named, apps, &loaded.config),
            async |local| {
                match self {
                    Self::Add(add) => add.run(local).await,
                    Self::List(list) => list.run(local).await,
                    Self::Remove { id } => local.services.grants.remove(&local.actor, id).await.map_err(Into::into),
                }
                .map(|()| ExitCode::SUCCESS)
            },
        )
    }
}

/// A tool that is wrapped is in no file, and known only while it runs; the name given here is then taken at its word.
pub(super) fn taken_at_its_word(named: Option<AppName>, apps: &[Arc<App>], config: &Config) -> Outcome<Vec<Arc<App>>> {
    match named {
        Some(name) if apps.is_empty() => {
            tell(format_args!(
                "doorward: no app is configured and no Doorward of yours runs on this database, so nobody can tell whether \
                 there is an app `{name}`"
            ));
            Ok(vec![compose::implied_app(name, "generic", &config.profiles).map_err(Failure::usage)?])
        }
        _ => Ok(Vec::new()),
    }
}
