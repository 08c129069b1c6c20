//! A whole Doorward without a door: services on a fresh database, a clock that stands still, people in it.

use doorward_domain::{AuditEvent, Role, Secret, User};
use doorward_profile::Profile;
use doorward_service::admin::keys::NewKey;
use doorward_service::admin::users::NewUser;
use doorward_service::ports::{AuditQuery, Clock as _, Entropy as _, Paging, SystemEntropy};
use doorward_service::sign_in::login::{IssuedSession, LoginError, PasswordAttempt};
use doorward_service::{Actor, App, Authenticated, Credential, Health, Revocation, Services, ServicesConfig, Stores};
use doorward_testkit::{FakeClock, SeededEntropy, TestStores, fresh_stores};
use std::sync::Arc;

/// Everybody's.
pub const PASSWORD: &str = "tall blue horse";

/// Where people sign in from unless the test says otherwise.
pub const HERE: &str = "192.0.2.10";

pub struct House {
    pub stores: TestStores,
    pub clock: FakeClock,
    pub services: Arc<Services>,
}

pub fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned())
}

pub fn local() -> Actor {
    Actor::Local("cli:test".to_owned())
}

pub fn new_user(name: &str, role: Option<Role>) -> NewUser {
    NewUser { username: name.to_owned(), password: Some(secret(PASSWORD)), email: None, full_name: String::new(), role }
}

fn app(name: &str, profile: &str) -> Arc<App> {
    Arc::new(App {
        name: name.parse().unwrap(),
        title: name.to_owned(),
        address: format!("/{name}"),
        profile: Arc::new(Profile::builtin(profile).unwrap()),
        prefix: String::new(),
        contact: Arc::default(),
        default_role: None,
        attribution: true,
        filter_answers: false,
        health: Arc::new(arc_swap::ArcSwap::from_pointee(Health::Up)),
        traffic: Arc::default(),
    })
}

/// As another process on the same database would.
pub async fn start(stores: Stores, clock: &FakeClock, config: ServicesConfig) -> Arc<Services> {
    // Another process has other randomness.
    let mut seed = [0; 8];
    SystemEntropy.fill(&mut seed);
    let entropy = Arc::new(SeededEntropy::new(u64::from_le_bytes(seed)));
    let apps = vec![app("dagster", "dagster"), app("wiki", "generic")];
    Services::start(stores, config, apps, Arc::new(clock.clone()), entropy).await.unwrap()
}

impl House {
    /// Nobody in it.
    pub async fn empty() -> Self {
        let (stores, clock) = (fresh_stores().await, FakeClock::new());
        let services = start(stores.stores(), &clock, ServicesConfig::default()).await;
        Self { stores, clock, services }
    }

    /// With `root`, the administrator.
    pub async fn new() -> Self {
        let house = Self::empty().await;
        house.add("root", Some(Role::Admin)).await;
        house
    }

    /// The same database in another process.
    pub async fn another_process(&self) -> Arc<Services> {
        start(self.stores.opened_again().await, &self.clock, ServicesConfig::default()).await
    }

    pub async fn add(&self, name: &str, role: Option<Role>) -> User {
        self.services.users.create(&local(), new_user(name, role)).await.unwrap()
    }

    pub async fn add_with_email(&self, name: &str, email: &str) -> User {
        let new = NewUser { email: Some(email.to_owned()), ..new_user(name, None) };
        self.services.users.create(&local(), new).await.unwrap()
    }

    pub async fn try_sign_in(&self, name: &str, password: &str, from: &str) -> Result<IssuedSession, LoginError> {
        let attempt = PasswordAttempt {
            kind: doorward_domain::SessionKind::Browser,
            username: name.to_owned(),
            password: secret(password),
            client_ip: from.parse().unwrap(),
            user_agent: "Mozilla/5.0 (test)".to_owned(),
            instead_of: None,
            remember: false,
        };
        self.services.login.with_password(attempt).await
    }

    pub async fn sign_in(&self, name: &str) -> IssuedSession {
        self.try_sign_in(name, PASSWORD, HERE).await.unwrap()
    }

    /// Signed in, as a verb sees them.
    pub async fn actor(&self, name: &str) -> Actor {
        let authenticated = self.authenticated(name).await;
        Actor::User { who: authenticated.who, via: authenticated.via, client_ip: HERE.to_owned() }
    }

    /// A program with this key.
    pub async fn program(&self, key: NewKey) -> Actor {
        let (text, _) = self.services.keys.create(&local(), key).await.unwrap();
        let authenticated =
            self.services.authentication.authenticate(&Credential::Key(text), HERE.parse().unwrap()).await;
        let authenticated = authenticated.unwrap().expect("a key just made");
        Actor::User { who: authenticated.who, via: authenticated.via, client_ip: HERE.to_owned() }
    }

    pub async fn authenticated(&self, name: &str) -> Authenticated {
        let opened = self.sign_in(name).await;
        self.authenticate(&opened).await.expect("just signed in")
    }

    pub async fn authenticate(&self, opened: &IssuedSession) -> Option<Authenticated> {
        self.services.authentication.authenticate(&cookie(opened), std::net::Ipv4Addr::LOCALHOST.into()).await.unwrap()
    }

    /// All events so far, oldest first.
    pub async fn events(&self) -> Vec<AuditEvent> {
        let paging = Paging { limit: 500, sort: Some("at".to_owned()), ..Paging::default() };
        self.services.audit.flush().await;
        self.stores.audit.list(&AuditQuery { paging, ..AuditQuery::default() }).await.unwrap().items
    }

    /// The newest events as `actor action target outcome details`.
    pub async fn story(&self, newest: usize) -> Vec<String> {
        let events = self.events().await;
        events.iter().skip(events.len().saturating_sub(newest)).map(told).collect()
    }

    pub fn now(&self) -> doorward_domain::Timestamp {
        self.clock.now()
    }
}

fn told(event: &AuditEvent) -> String {
    let event = &event.event;
    let mut details = event.details.clone();
    for id in ["session", "kept", "id"] {
        if let Some(value) = details.get_mut(id) {
            *value = "…".into();
        }
    }
    let details = serde_json::to_string(&details).unwrap();
    let target = event.target.as_deref().unwrap_or("-");
    let app = event.app.as_ref().map(|app| format!(" in {app}")).unwrap_or_default();
    format!("{} {} {target}{app} {} {details}", event.actor, event.action.as_str(), event.outcome)
}

pub fn cookie(opened: &IssuedSession) -> Credential {
    Credential::Cookie(opened.cookie.clone())
}

pub fn bearer(opened: &IssuedSession) -> Credential {
    Credential::Bearer(opened.bearer.clone())
}

/// Waits for a change to be heard of; fails when it is not within the second that is promised, with a margin for a busy machine.
pub async fn soon(revocation: &Revocation) {
    let within = std::time::Duration::from_secs(10);
    let looking = async {
        while !revocation.is_revoked() {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    assert!(tokio::time::timeout(within, looking).await.is_ok(), "nothing was heard");
}
