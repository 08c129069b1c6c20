//! The door alone, over a database in memory, for measuring: no desk, one app, one signed-in administrator.
//!
//! `bare_door LISTEN UPSTREAM [PROFILE]` prints the cookie to come with and serves until it is killed.

use bytes::Bytes;
use doorward_domain::{Role, TokenHash};
use doorward_profile::Profile;
use doorward_proxy::{Denial, Desk, DeskAnswer, Door, FormPassedOn, Listening, Page, Site, Sites, Snapshot};
use doorward_service::ports::{Clock, Effects, Proof, SystemClock, SystemEntropy};
use doorward_service::{App, Client, Health, Services, ServicesConfig};
use doorward_testkit::{Untold as _, audit_event, session, stores_in_memory, user};
use http::{Request, Response, StatusCode};
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

struct NoDesk;

impl Desk for NoDesk {
    fn call(&self, _request: Request<Bytes>, _client: Client) -> DeskAnswer {
        Box::pin(async { Response::default() })
    }

    fn body_limit(&self, _path: &str) -> usize {
        0
    }

    fn denied(&self, _denial: &Denial<'_>) -> Page {
        Page::default()
    }

    fn starting(&self, _title: &str, _sentence: &str) -> Page {
        Page::default()
    }

    fn unsent(&self, _login: &str, _back: Option<&str>) -> Page {
        Page::default()
    }

    fn trouble(&self, _status: StatusCode, _title: &str, _sentence: &str, _may_try_again: bool) -> Page {
        Page::default()
    }

    fn maybe_done(&self, _form: &FormPassedOn<'_>) -> Page {
        Page::default()
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(listen), Some(upstream)) = (arguments.next(), arguments.next()) else {
        return Err("bare_door LISTEN UPSTREAM [PROFILE]".into());
    };
    let profile =
        Profile::builtin(&arguments.next().unwrap_or_else(|| "generic".to_owned())).ok_or("unknown profile")?;
    let stores = stores_in_memory().await;
    let now = SystemClock.now();
    let admin = user("ada").role(Role::Admin).build();
    stores.users.create(&admin, Some("none"), Effects::of(&audit_event("user.create").build())).await.untold()?;
    let token = "dws_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG";
    let opened = session(&admin, "bench").opened_at(now).expires_at(now.plus(Duration::from_hours(24))).build();
    let (hash, proof) = (TokenHash::of(token.as_bytes()), Proof::PasswordHash("none"));
    stores.sessions.open(&opened, &hash, proof, None, Effects::of(&audit_event("sign_in").build())).await.untold()?;
    let app = Arc::new(App {
        name: "tool".parse()?,
        title: "Tool".to_owned(),
        address: "/".to_owned(),
        profile: Arc::new(profile),
        prefix: String::new(),
        contact: Arc::default(),
        default_role: None,
        attribution: true,
        filter_answers: false,
        health: Arc::new(arc_swap::ArcSwap::from_pointee(Health::Up)),
        traffic: Arc::default(),
    });
    let (clock, entropy) = (Arc::new(SystemClock), Arc::new(SystemEntropy));
    let services =
        Services::start(stores.stores(), ServicesConfig::default(), vec![Arc::clone(&app)], clock, entropy).await?;
    let sites = Sites::new(vec![Site { app, hosts: Vec::new(), path: String::new(), upstream: upstream.parse()? }])?;
    let snapshot = Snapshot { sites, ..Snapshot::default() };
    let listening = Listening::at(&[listen.parse()?], None)?;
    let _door = Door::open(listening, None, snapshot, services, Arc::new(NoDesk), tokio::runtime::Handle::current())?;
    let port = listen.rsplit(':').next().unwrap_or_default();
    println!("Cookie: doorward-{port}={token}");
    std::future::pending().await
}
