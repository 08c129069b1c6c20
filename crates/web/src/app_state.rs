//! What every handler can reach: the verbs and the desk's own configuration.

use doorward_domain::{DecisionId, EventId, HostName, Principal, Timestamp};
use doorward_http::desk_paths::APPS;
use doorward_service::{Client, Right, Services};
use std::{sync::Arc, time::Duration};
use url::Url;

use crate::contact::Contact;

/// How the desk is configured.
#[derive(Debug, Clone, Default)]
pub struct DeskConfig {
    /// The address people use, when it is configured.
    pub public_url: Option<Url>,
    /// The desk's own host; at others there are only apps. `None`: it is at every host.
    pub desk_host: Option<HostName>,
    /// Whom people ask for access or help.
    pub contact: Contact,
    /// How long whoever asks to stay signed in stays so; zero when nobody may ask.
    pub remember: Duration,
    /// `doorward` with the options that lead a command to this configuration and database, ready to be copied.
    pub command: String,
}

impl DeskConfig {
    /// How Doorward's own command is called in what this person is shown to type, or to hand on: whatever page shows one asks here. To who
    /// does not know that it tells nothing of the machine.
    pub fn command_for(&self, who: &Principal, now: Timestamp) -> &str {
        if Right::KnowSite.is_held_by(who, now) { &self.command } else { BARE_COMMAND }
    }
}

/// The command alone.
pub(crate) const BARE_COMMAND: &str = "doorward";

/// Shared by all handlers; cheap to clone.
#[derive(Clone)]
pub(crate) struct AppState {
    pub services: Arc<Services>,
    pub config: Arc<DeskConfig>,
}

impl AppState {
    pub fn new(services: Arc<Services>, config: DeskConfig) -> Self {
        Self { services, config: Arc::new(config) }
    }

    pub fn now(&self) -> Timestamp {
        self.services.clock.now()
    }

    pub fn decision_id(&self) -> DecisionId {
        self.services.decision_id()
    }

    pub fn event_id(&self) -> EventId {
        let mut random = [0; 10];
        self.services.entropy.fill(&mut random);
        EventId::generate(self.now(), random)
    }

    /// As [`DeskConfig::command_for`], now.
    pub fn command_for(&self, who: &Principal) -> &str {
        self.config.command_for(who, self.now())
    }

    /// Where people may be sent after signing in: the origins of our own apps, and our own public address. Where the desk has a host of
    /// its own, an app is where the browser was handed over from, at the desk's own scheme and port, and nowhere else.
    pub fn own_addresses(&self, client: &Client) -> Vec<Url> {
        let apps = self.services.apps.all();
        let of_apps = apps.iter().filter_map(|app| Url::parse(&app.address).ok());
        if self.config.desk_host.is_none() {
            return of_apps.chain(self.config.public_url.clone()).collect();
        }
        of_apps.filter_map(|url| self.address_of(&HostName::of(url.host_str()?), client)).collect()
    }

    /// Whether an app is at `/` of the host that was asked.
    pub fn has_app_at_root(&self, client: &Client) -> bool {
        let is_here =
            |url: Url| url.path() == "/" && url.host_str().is_some_and(|host| HostName::of(host).is(&client.host));
        let is_at_root = |address: &str| address == "/" || Url::parse(address).is_ok_and(is_here);
        self.services.apps.all().iter().any(|app| is_at_root(&app.address))
    }

    /// The page to land on when nobody said where to go: the app, if there is just one and it is on this host; else the launchpad.
    pub fn landing(&self) -> String {
        match self.services.apps.all().as_slice() {
            [only] if only.address.starts_with('/') && !only.address.starts_with("//") => only.address.clone(),
            _ => APPS.to_owned(),
        }
    }
}

/// The address the browser used for the desk. The door has validated the host, so `None` does not happen.
pub(crate) fn own_address(client: &Client) -> Option<Url> {
    let scheme = if client.secure { "https" } else { "http" };
    Url::parse(&format!("{scheme}://{}/", client.host)).ok()
}
