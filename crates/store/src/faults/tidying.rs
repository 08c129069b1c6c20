//! News of what others did, while the database is busy with something else.

use doorward_domain::{Credential, Role, Secret};
use doorward_service::admin::users::NewUser;
use doorward_service::ports::UserChange;
use doorward_service::sign_in::login::PasswordAttempt;
use doorward_service::{Actor, Services, ServicesConfig, Stores};
use doorward_testkit::{FakeClock, SeededEntropy};
use sea_orm::sqlx::{self, Row as _};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Trial;
use crate::Store;

const SESSIONS: i64 = 100_000;

/// What is promised, from the commit on.
const HEARD: Duration = Duration::from_secs(1);

/// How often is looked.
const PAUSE: Duration = Duration::from_millis(10);

const PASSWORD: &str = "tall blue horse";

/// As a process on this database would.
async fn start(stores: Stores, clock: &FakeClock, seed: u64) -> Arc<Services> {
    let entropy = Arc::new(SeededEntropy::new(seed));
    Services::start(stores, ServicesConfig::default(), Vec::new(), Arc::new(clock.clone()), entropy).await.unwrap()
}

impl Trial {
    async fn sessions(&mut self) -> i64 {
        sqlx::query("SELECT count(*) FROM sessions").fetch_one(&mut self.observer).await.unwrap().get(0)
    }

    /// Sessions of somebody that were over long ago.
    async fn expired(&mut self, of: &str) {
        let insert = "INSERT INTO sessions (id, token_hash, user_id, kind, factors, created_at, proved_at, last_seen_at, expires_at, \
                      client_ip, user_agent, device, is_remembered, words) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) \
                      SELECT randomblob(16), randomblob(32), users.id, 'browser', 'password', 0, 0, 0, 1, '', '', '', 0, '' FROM n, users WHERE username = ?";
        sqlx::query(insert).bind(SESSIONS).bind(of).execute(&mut self.observer).await.unwrap();
    }
}

#[tokio::test]
async fn a_user_disabled_elsewhere_is_heard_of_within_a_second_while_sessions_are_ended() {
    let mut trial = Trial::new().await;
    let clock = FakeClock::new();
    let url = format!("sqlite://{}", trial.folder.path().join("d.db").display());
    let here = start(trial.stores.clone(), &clock, 1).await;
    let elsewhere = start(Store::open(&url).await.unwrap().stores(), &clock, 2).await;
    let local = Actor::Local("cli:test".to_owned());
    let person = |name: &str, password: Option<&str>, role: Option<Role>| NewUser {
        username: name.to_owned(),
        password: password.map(|password| Secret::new(password.to_owned())),
        email: None,
        full_name: String::new(),
        role,
    };
    here.users.create(&local, person("root", Some(PASSWORD), Some(Role::Admin))).await.unwrap();
    here.users.create(&local, person("gone", None, None)).await.unwrap();
    let vera = here.users.create(&local, person("vera", Some(PASSWORD), None)).await.unwrap();
    let attempt = PasswordAttempt {
        kind: doorward_domain::SessionKind::Browser,
        username: "vera".to_owned(),
        password: Secret::new(PASSWORD.to_owned()),
        client_ip: "192.0.2.10".parse().unwrap(),
        user_agent: String::new(),
        instead_of: None,
        remember: false,
    };
    let cookie = Credential::Cookie(here.login.with_password(attempt).await.unwrap().cookie);
    let authenticated =
        here.authentication.authenticate(&cookie, "192.0.2.10".parse().unwrap()).await.unwrap().unwrap();
    trial.expired("gone").await;
    let before = trial.sessions().await;

    // Sessions are tidied away every five minutes.
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(301)).await;
    tokio::time::resume();
    while trial.sessions().await == before {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let disabled = UserChange { is_disabled: Some(true), ..UserChange::default() };
    elsewhere.users.update(&local, vera.id, disabled).await.unwrap();
    // What this very task was kept from running meanwhile is the machine's.
    let (began, mut kept) = (Instant::now(), Duration::ZERO);
    while !authenticated.revocation.is_revoked() && began.elapsed() < 4 * HEARD {
        let slept = Instant::now();
        tokio::time::sleep(PAUSE).await;
        kept += slept.elapsed().saturating_sub(2 * PAUSE);
    }
    let heard = began.elapsed().saturating_sub(kept);
    let left = trial.sessions().await;
    assert!(heard < HEARD, "heard after {heard:?} (and {kept:?} of the machine's), with {left} sessions left");
    assert!(left > SESSIONS / 20, "it was still at it: {left} left of {before}");
}
