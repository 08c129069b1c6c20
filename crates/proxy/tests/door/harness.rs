//! A door to test: [`TestDoor`], the [`Tool`] behind it and the [`Wire`] in front.

mod wire;

use arc_swap::ArcSwap;
use bytes::Bytes;
use doorward_domain::{AuditEvent, Effect, Role, Scope, Secret, Subject, User};
use doorward_profile::Profile;
use doorward_proxy::{Denial, Desk, DeskAnswer, Door, FormPassedOn, Limits, Listening, Page, Site, Sites, Snapshot};
use doorward_service::admin::grants::NewGrant;
use doorward_service::admin::users::NewUser;
use doorward_service::ports::{AuditQuery, SystemClock, SystemEntropy, UserChange};
use doorward_service::sign_in::login::PasswordAttempt;
use doorward_service::{Actor, App, Client, Health, Services, ServicesConfig};
use doorward_testkit::{TestStores, stores_in_memory};
use http::{Request, Response, StatusCode};
use http_body_util::BodyExt;
use std::net::TcpStream;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

pub use wire::{Tool, ToolWire, Wire};

/// A desk that says who asked, and pages that say what they were given.
struct EchoDesk;

impl Desk for EchoDesk {
    fn call(&self, request: Request<Bytes>, client: Client) -> DeskAnswer {
        Box::pin(async move {
            let said = format!("desk {} {} for {client:?}", request.method(), request.uri());
            assert_eq!(request.extensions().get::<Client>(), Some(&client));
            let whole = [said.as_bytes(), b" ", request.body()].concat();
            Response::new(http_body_util::Full::from(whole).map_err(|never| match never {}).boxed_unsync())
        })
    }

    fn body_limit(&self, _path: &str) -> usize {
        1 << 20
    }

    fn menu_script(&self) -> Option<&str> {
        Some("/_doorward/assets/menu-test.js")
    }

    fn denied(&self, denial: &Denial<'_>) -> Page {
        let ended = denial.ended.map(|at| format!("; ended {at}")).unwrap_or_default();
        let waiting = denial.asked.map(|asked| {
            let word = if asked.request.answer.is_none() { "waiting" } else { "declined" };
            format!("; {word}: {}", asked.request.wanted.role)
        });
        let html = format!("denied: {}{ended}{}", denial.sentence, waiting.unwrap_or_default());
        Page { html, headers: Vec::new() }
    }

    fn starting(&self, title: &str, sentence: &str) -> Page {
        Page { html: format!("starting: {title}: {sentence}"), headers: Vec::new() }
    }

    fn unsent(&self, login: &str, back: Option<&str>) -> Page {
        Page { html: format!("unsent: {login}: {back:?}"), headers: Vec::new() }
    }

    fn trouble(&self, status: StatusCode, title: &str, sentence: &str, _may_try_again: bool) -> Page {
        Page { html: format!("trouble: {status}: {title}: {sentence}"), headers: Vec::new() }
    }

    fn maybe_done(&self, form: &FormPassedOn<'_>) -> Page {
        let FormPassedOn { title, sentence, decision_id, who, onward, is_signed_out, .. } = form;
        let who = who.map(|who| who.name.to_string());
        let html = format!("maybe done: {title}: {sentence}; {decision_id}; {who:?}; {onward}; {is_signed_out}");
        Page { html, headers: Vec::new() }
    }
}

/// How a door is to be.
pub struct DoorBuilder {
    profile: Profile,
    limits: Limits,
    proxies: Vec<ipnet::IpNet>,
    desk_host: Option<doorward_domain::HostName>,
    upstream_base: &'static str,
    path: &'static str,
    prefix: &'static str,
    hosts: Vec<String>,
    with_admin: bool,
    filter_answers: bool,
}

impl DoorBuilder {
    pub fn profile(mut self, yaml: &str) -> Self {
        self.profile = Profile::from_yaml(yaml).unwrap();
        self
    }

    pub fn builtin(mut self, name: &str) -> Self {
        self.profile = Profile::builtin(name).unwrap();
        self
    }

    pub fn limits(mut self, change: impl FnOnce(&mut Limits)) -> Self {
        change(&mut self.limits);
        self
    }

    pub fn trusting(mut self, network: &str) -> Self {
        self.proxies.push(network.parse().unwrap());
        self
    }

    pub fn desk_host(mut self, host: &str) -> Self {
        self.desk_host = Some(doorward_domain::HostName::of(host));
        self
    }

    pub fn at(mut self, path: &'static str, upstream_base: &'static str, prefix: &'static str) -> Self {
        (self.path, self.upstream_base, self.prefix) = (path, upstream_base, prefix);
        self
    }

    pub fn host(mut self, host: &str) -> Self {
        self.hosts.push(host.to_owned());
        self
    }

    pub fn filtering(mut self) -> Self {
        self.filter_answers = true;
        self
    }

    pub fn without_admin(mut self) -> Self {
        self.with_admin = false;
        self
    }

    pub async fn before(self, tool: &Tool) -> TestDoor {
        let stores = stores_in_memory().await;
        let health = Arc::new(ArcSwap::from_pointee(Health::Up));
        let app = Arc::new(App {
            name: "tool".parse().unwrap(),
            title: "The Tool".to_owned(),
            address: "/".to_owned(),
            profile: Arc::new(self.profile),
            prefix: self.prefix.to_owned(),
            contact: Arc::default(),
            default_role: None,
            attribution: true,
            filter_answers: self.filter_answers,
            health: Arc::clone(&health),
            traffic: Arc::default(),
        });
        let (clock, entropy) = (Arc::new(SystemClock), Arc::new(SystemEntropy));
        let apps = vec![Arc::clone(&app)];
        let services = Services::start(stores.stores(), ServicesConfig::default(), apps, clock, entropy).await.unwrap();
        let upstream = format!("http://{}{}", tool.address, self.upstream_base).parse().unwrap();
        let site = Site { app, hosts: self.hosts, path: self.path.to_owned(), upstream };
        let snapshot = Snapshot {
            sites: Sites::new(vec![site.clone()]).unwrap(),
            trusted_proxies: self.proxies.clone(),
            public_url: None,
            limits: self.limits.clone(),
        };
        let listening = Listening::at(&["127.0.0.1:0".parse().unwrap()], NonZeroUsize::new(1)).unwrap();
        let (desk, control) = (Arc::new(EchoDesk), tokio::runtime::Handle::current());
        let door = Door::open(listening, self.desk_host, snapshot, Arc::clone(&services), desk, control).unwrap();
        let test = TestDoor { door, services, stores, health, site, limits: self.limits, proxies: self.proxies };
        if self.with_admin {
            test.sign_in("root", Role::Admin).await;
        }
        test
    }
}

/// An open door.
pub struct TestDoor {
    pub door: Door,
    pub services: Arc<Services>,
    pub stores: TestStores,
    pub health: Arc<ArcSwap<Health>>,
    pub site: Site,
    limits: Limits,
    proxies: Vec<ipnet::IpNet>,
}

/// Somebody signed in.
#[derive(Clone)]
pub struct Person {
    pub user: User,
    /// The session token.
    pub token: String,
}

impl Person {
    pub fn cookie(&self) -> String {
        format!("Cookie: doorward-80={}\r\n", self.token)
    }
}

impl TestDoor {
    pub fn build() -> DoorBuilder {
        DoorBuilder {
            profile: Profile::builtin("generic").unwrap(),
            limits: Limits::default(),
            proxies: Vec::new(),
            desk_host: None,
            upstream_base: "",
            path: "",
            prefix: "",
            hosts: Vec::new(),
            with_admin: true,
            filter_answers: false,
        }
    }

    pub async fn before(tool: &Tool) -> Self {
        Self::build().before(tool).await
    }

    /// Makes a user with a session.
    pub async fn sign_in(&self, name: &str, role: Role) -> Person {
        let password = || Secret::new(format!("the password of {name}"));
        let new = NewUser {
            username: name.to_owned(),
            password: Some(password()),
            email: Some(format!("{name}@example.com")),
            full_name: "Ada L\u{f8}velace".to_owned(),
            role: Some(role),
        };
        let user = self.services.users.create(&Actor::System, new).await.unwrap();
        let attempt = PasswordAttempt {
            kind: doorward_domain::SessionKind::Browser,
            username: name.to_owned(),
            password: password(),
            client_ip: "192.0.2.7".parse().unwrap(),
            user_agent: "test".to_owned(),
            instead_of: None,
            remember: false,
        };
        let opened = self.services.login.with_password(attempt).await.unwrap();
        Person { user, token: opened.cookie.expose().to_owned() }
    }

    /// Puts the app there again, with this default role.
    pub fn replace_app(&self, default_role: Option<Role>) {
        self.replace(|app| app.default_role = default_role);
    }

    /// Puts the app there again, with this profile.
    pub fn replace_profile(&self, profile: Profile) {
        self.replace(|app| app.profile = Arc::new(profile));
    }

    /// Puts the app there again, with its answers as they are.
    pub fn unfiltered(&self) {
        self.replace(|app| app.filter_answers = false);
    }

    fn replace(&self, change: impl FnOnce(&mut App)) {
        let mut app = App::clone(&self.site.app);
        change(&mut app);
        self.replace_sites(vec![Site { app: Arc::new(app), ..self.site.clone() }]);
    }

    /// Puts these there instead, by the limits and proxies of before.
    pub fn replace_sites(&self, sites: Vec<Site>) {
        let sites = Sites::new(sites).unwrap();
        let (trusted_proxies, limits) = (self.proxies.clone(), self.limits.clone());
        self.door.replace(Snapshot { sites, trusted_proxies, limits, ..Snapshot::default() });
    }

    /// Gives a person a role on the app, for this long.
    pub async fn grant(&self, person: &Person, role: Role, lasts: Option<Duration>) {
        self.grant_on(Scope::App("tool".parse().unwrap()), person, role, lasts).await;
    }

    /// Gives a person a role on this, for this long.
    pub async fn grant_on(&self, scope: Scope, person: &Person, role: Role, lasts: Option<Duration>) {
        let subject = Subject::User(person.user.id);
        let until = lasts.map(|lasts| self.services.clock.now().plus(lasts));
        let new = NewGrant { subject, effect: Effect::Allow(role), scope, until, reason: String::new() };
        self.services.grants.put(&Actor::System, new).await.unwrap();
    }

    /// Takes the role on everything from a person.
    pub async fn take_role(&self, person: &Person, role: Option<Role>) {
        let change = UserChange { role: Some(role), ..UserChange::default() };
        self.services.users.update(&Actor::System, person.user.id, change).await.unwrap();
    }

    /// Ends all of a person's sessions.
    pub async fn end_sessions(&self, person: &Person) {
        self.services.sessions.end_all_of(&Actor::System, person.user.id, None).await.unwrap();
    }

    pub fn connect(&self) -> Wire {
        Wire::of(TcpStream::connect(self.door.local_addrs()[0]).unwrap())
    }

    /// Sends this on a connection of its own and reads one answer. `\n` stands for CRLF.
    pub async fn ask(&self, request: &str) -> String {
        let (mut wire, request) = (self.connect(), crlf(request));
        tokio::task::spawn_blocking(move || {
            let bodiless = request.starts_with("HEAD ");
            wire.say(&request);
            wire.read_message(bodiless).unwrap_or_default()
        })
        .await
        .unwrap()
    }

    /// A GET by somebody, with further headers (each ended by `\n`).
    pub async fn context(&self, person: &Person, path: &str, headers: &str) -> String {
        self.ask(&format!("GET {path} HTTP/1.1\nHost: door\n{}{headers}\n", person.cookie())).await
    }

    /// The audit events of requests, newest last, once `count` are there.
    pub async fn requests_written(&self, count: usize) -> Vec<AuditEvent> {
        for _ in 0..200 {
            self.services.audit.flush().await;
            let query = AuditQuery { action: Some("request".to_owned()), ..AuditQuery::default() };
            let mut events = self.stores.audit.list(&query).await.unwrap().items;
            if events.len() >= count {
                events.reverse();
                return events;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("there are fewer than {count} events");
    }

    /// The newest request on record, when it is on record how it ended or that it was interrupted.
    pub async fn concluded_request(&self) -> AuditEvent {
        for _ in 0..200 {
            let event = self.requests_written(1).await.pop().unwrap();
            if event.event.details.contains_key("status") {
                return event;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the request was never concluded");
    }
}

/// The text with every line ended by CRLF.
pub fn crlf(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\n', "\r\n")
}

/// The status of an answer.
pub fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_else(|| panic!("no answer: {answer:?}"))
}

/// A header of an answer or request; empty when it is not there.
pub fn header<'a>(message: &'a str, name: &str) -> &'a str {
    let head = message.split("\r\n\r\n").next().unwrap();
    head.lines()
        .find_map(|line| line.split_once(": ").filter(|(n, _)| n.eq_ignore_ascii_case(name)))
        .map_or("", |(_, v)| v)
}

/// What follows the head.
pub fn body(message: &str) -> &str {
    message.split_once("\r\n\r\n").map_or("", |(_, body)| body)
}
