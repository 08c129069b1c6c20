//! The apps that a command may be about: those of the configuration, and those of this user's Doorwards that run on the same database.
//! A tool that somebody wraps is in no file; only the note of the Doorward that wraps it knows it.

use arc_swap::ArcSwap;
use doorward_domain::{AppName, Role};
use doorward_profile::Profiles;
use doorward_service::{App, Health};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

use super::apps::{apps_of, implied_app};
use super::banner::address;
use super::database::absolute_address;
use super::running::{RunningDoor, running_doors};
use crate::config::{Config, DatabaseUrl, Problems};

/// An app in the note of a Doorward that runs: what is needed to speak about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotedApp {
    /// Its name.
    pub name: AppName,
    /// The name of its profile.
    pub profile: String,
    /// Its address for people.
    pub address: String,
    /// The path under which the tool is mounted, or empty.
    pub prefix: String,
    /// The role of everybody signed in.
    pub default_role: Option<Role>,
}

impl From<&App> for NotedApp {
    fn from(app: &App) -> Self {
        Self {
            name: app.name.clone(),
            profile: app.profile.name().to_owned(),
            address: app.address.clone(),
            prefix: app.prefix.clone(),
            default_role: app.default_role,
        }
    }
}

impl NotedApp {
    /// As decisions see it; rules that a configuration adds to its profile are not in a note.
    fn app(self, profiles: &Profiles) -> Option<Arc<App>> {
        let implied = implied_app(self.name, &self.profile, profiles).ok()?;
        Some(Arc::new(App {
            address: self.address,
            prefix: self.prefix,
            default_role: self.default_role,
            health: Arc::new(ArcSwap::from_pointee(Health::Up)),
            ..(*implied).clone()
        }))
    }
}

/// All apps that are known for work on the database.
pub fn known_apps(config: &Config, database: &DatabaseUrl) -> Result<Vec<Arc<App>>, Problems> {
    Ok(with_noted(apps_of(config)?, running_doors(), &absolute_address(database), &config.profiles))
}

/// Where the app is known from a note alone: how the Doorward that runs it is asked, if that one has a configuration of its own. Of its
/// rules and of whom it names to ask nothing is in a note.
pub fn configured_elsewhere(config: &Config, database: &DatabaseUrl, app: &AppName) -> Option<String> {
    if config.apps.iter().any(|own| own.name == *app) {
        return None;
    }
    let database = absolute_address(database);
    let has_it = |door: &RunningDoor| door.database == database && door.apps.iter().any(|noted| noted.name == *app);
    let command = running_doors().into_iter().find(has_it)?.command;
    command.contains(" --config ").then_some(command)
}

/// Where the doors are behind which the known apps stand: of one that runs as its note says, else as the configuration does.
pub fn doors_of(config: &Config, database: &DatabaseUrl) -> Vec<(AppName, String)> {
    let database = absolute_address(database);
    let running = running_doors().into_iter().filter(|door| door.database == database);
    let noted = running.flat_map(|door| {
        let address = door.address;
        door.apps.into_iter().map(move |app| (app.name, address.clone()))
    });
    let own = address(config.sections.listen, config.sections.public_url.as_ref());
    // What the configuration says of an app goes first, as in `known_apps`.
    config.apps.iter().map(|app| (app.name.clone(), own.clone())).chain(noted).collect()
}

/// What the configuration says of an app goes before what a note does.
fn with_noted(mut apps: Vec<Arc<App>>, doors: Vec<RunningDoor>, database: &str, profiles: &Profiles) -> Vec<Arc<App>> {
    for noted in doors.into_iter().filter(|door| door.database == database).flat_map(|door| door.apps) {
        if !apps.iter().any(|app| app.name == noted.name) {
            apps.extend(noted.app(profiles));
        }
    }
    apps
}
