//! A desk to ask: real services over a store of its own, one app, and callers who sign in for real.

use arc_swap::ArcSwap;
use axum::{Router, body::Body};
use doorward_domain::{AuditOutcome, HostName, NewAuditEvent, Role, Secret, SessionLimits};
use doorward_profile::Profile;
use doorward_service::ports::{Clock as _, Effects, SystemEntropy};
use doorward_service::setup::Bootstrap;
use doorward_service::{Actor, App, Client, Health, Services, ServicesConfig, admin::users::NewUser};
use doorward_testkit::{FakeClock, TestStores, Untold as _, access_request, audit_event, fresh_stores, user};
use doorward_web::{Contact, DeskConfig};
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};
use tower::ServiceExt;

pub const PASSWORD: &str = "a quiet lamp burns";
pub const API: &str = "/_doorward/api/v1";

pub struct TestDesk {
    pub services: Arc<Services>,
    pub clock: FakeClock,
    pub client: Client,
    pub health: Arc<ArcSwap<Health>>,
    router: Router,
    pub stores: TestStores,
}

/// A tool with single things in it.
fn with_pages(profile: &Profile) -> Profile {
    let page = json!({"match": "GET /page/{page}", "action": "view", "name": "page", "resource": "page:{page}"});
    profile.with_rules(&[serde_json::from_value(page).unwrap()]).unwrap()
}

impl TestDesk {
    /// Without any user.
    pub async fn fresh() -> Self {
        Self::fresh_at("/wiki/", config_of_desk()).await
    }

    /// As [`Self::new`], with the app at this address.
    pub async fn with_address(address: &str) -> Self {
        Self::fresh_at(address, config_of_desk()).await.peopled().await
    }

    /// As [`Self::new`], with the desk at `auth.test` and the app at `http://wiki.test/wiki/`. Asked at the desk, unless the test says
    /// otherwise.
    pub async fn apart() -> Self {
        let config = DeskConfig { desk_host: Some(HostName::of("auth.test")), ..config_of_desk() };
        Self::fresh_at("http://wiki.test/wiki/", config).await.at("auth.test").peopled().await
    }

    /// As [`Self::new`], where "Keep me signed in" means this long.
    pub async fn remembering(remember: Duration) -> Self {
        Self::fresh_at("/wiki/", DeskConfig { remember, ..config_of_desk() }).await.peopled().await
    }

    /// The same, asked at another host.
    pub fn at(mut self, host: &str) -> Self {
        host.clone_into(&mut self.client.host);
        self
    }

    /// As [`Self::new`], with another app beside the wiki.
    pub async fn with_etl() -> Self {
        Self::fresh_with(&[("wiki", "Wiki", "/wiki/"), ("etl", "ETL", "/etl/")], config_of_desk()).await.peopled().await
    }

    async fn fresh_at(address: &str, config_of_desk: DeskConfig) -> Self {
        Self::fresh_with(&[("wiki", "Wiki", address)], config_of_desk).await
    }

    /// With these apps: name, title and address.
    async fn fresh_with(apps: &[(&str, &str, &str)], config_of_desk: DeskConfig) -> Self {
        let stores = fresh_stores().await;
        let clock = FakeClock::new();
        let health = Arc::new(ArcSwap::from_pointee(Health::Up));
        let app = |(name, title, address): &(&str, &str, &str)| {
            Arc::new(App {
                name: name.parse().unwrap(),
                title: (*title).into(),
                address: (*address).into(),
                profile: Arc::new(with_pages(&Profile::builtin("generic").unwrap())),
                prefix: format!("/{name}"),
                contact: Arc::default(),
                default_role: None,
                attribution: false,
                filter_answers: false,
                health: Arc::clone(&health),
                traffic: Arc::default(),
            })
        };
        let apps = apps.iter().map(app).collect();
        let (time, entropy) = (Arc::new(clock.clone()), Arc::new(SystemEntropy));
        let sessions = SessionLimits { remember: config_of_desk.remember, ..SessionLimits::default() };
        let config = ServicesConfig { sessions, ..ServicesConfig::default() };
        let services = Services::start(stores.stores(), config, apps, time, entropy).await.unwrap();
        let client = Client { ip: [192, 0, 2, 1].into(), secure: false, host: "door.test".into() };
        let router = doorward_web::router(Arc::clone(&services), config_of_desk);
        Self { services, clock, client, health, router, stores }
    }

    /// With `admin` (admin), `max` (manager) and `vera` (viewer), all with [`PASSWORD`].
    pub async fn new() -> Self {
        Self::fresh().await.peopled().await
    }

    async fn peopled(self) -> Self {
        self.add("admin", Role::Admin).await;
        self.add("max", Role::Manager).await;
        self.add("vera", Role::Viewer).await;
        self
    }

    pub async fn add(&self, username: &str, role: Role) {
        self.add_with(username, Some(role)).await;
    }

    /// With this role on everything, or none.
    pub async fn add_with(&self, username: &str, role: Option<Role>) {
        let new = NewUser {
            username: username.into(),
            password: Some(Secret::new(PASSWORD.into())),
            email: None,
            full_name: String::new(),
            role,
        };
        self.services.users.create(&Actor::Local("cli:test".into()), new).await.unwrap();
    }

    /// Writes down that somebody was refused on the wiki, for lack of this, and gives the decision.
    pub async fn refused(&self, name: &str, role: &str, resource: Option<&str>) -> String {
        let lacking = match resource {
            Some(resource) => json!({"role": role, "resource": resource}),
            None => json!({"role": role}),
        };
        self.refused_with(name, json!({"grant": lacking})).await
    }

    /// The same, with whatever would help.
    pub async fn refused_with(&self, name: &str, remedy: Value) -> String {
        let id = self.services.decision_id();
        let event = audit_event("request").by(name).in_app("wiki").target("GET /x").outcome(AuditOutcome::Denied);
        let event = event.detail("method", "GET").detail("path", "/wiki/x").detail("remedy", remedy);
        let event = event.at(self.clock.now()).build();
        self.services.audit.record(NewAuditEvent { decision_id: Some(id), ..event }).await.unwrap();
        id.to_string()
    }

    /// The id of a request for access by somebody called ada.
    pub async fn asked_for_access(&self) -> String {
        let ada = user("ada-who-asks").build();
        let request = access_request(&ada, "hers", Role::Operator).on("wiki").build();
        let found = self.stores.access.find(request.id).await.unwrap();
        if found.is_none() {
            self.stores.users.create(&ada, None, Effects::of(&audit_event("test").build())).await.untold().unwrap();
            self.stores.access.ask(&request, 10, Effects::of(&audit_event("test").build())).await.unwrap();
        }
        request.id.to_string()
    }

    /// The token of the setup link.
    pub async fn setup_token(&self) -> String {
        match self.services.setup.bootstrap(None, None).await.unwrap() {
            Bootstrap::Token(token) => token.expose().to_owned(),
            other => panic!("{other:?}"),
        }
    }

    /// Signs in over the API.
    pub async fn sign_in(&self, username: &str) -> Signed {
        let typed = serde_json::json!({"username": username, "password": PASSWORD});
        let answer = self.ask("POST", &format!("{API}/auth/login")).json(&typed).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let body = answer.body();
        let cookie = answer.headers[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
        let text = |name: &str| body[name].as_str().unwrap().to_owned();
        Signed { cookie, bearer: text("token"), csrf: text("csrf_token") }
    }

    /// Begins a request.
    pub fn ask(&self, method: &str, path: &str) -> Asking<'_> {
        Asking { desk: self, method: method.parse().unwrap(), path: path.to_owned(), headers: Vec::new() }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path).send("").await
    }
}

/// As the binary would configure it, with somebody to ask.
fn config_of_desk() -> DeskConfig {
    DeskConfig {
        public_url: None,
        desk_host: None,
        contact: Contact::new("Ask data@example.com."),
        remember: Duration::from_hours(30 * 24),
        command: "doorward --database sqlite:///d.db".into(),
    }
}

/// Somebody who signed in.
#[derive(Debug, Clone)]
pub struct Signed {
    /// `name=value`.
    pub cookie: String,
    pub bearer: String,
    pub csrf: String,
}

#[must_use]
pub struct Asking<'a> {
    desk: &'a TestDesk,
    method: Method,
    path: String,
    headers: Vec<(&'static str, String)>,
}

impl Asking<'_> {
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// As a browser that is signed in.
    pub fn cookie(self, signed: &Signed) -> Self {
        self.header("cookie", &signed.cookie)
    }

    /// As a page of ours would write: with the CSRF token.
    pub fn page_of(self, signed: &Signed) -> Self {
        self.cookie(signed).header("x-csrf-token", &signed.csrf)
    }

    /// As a program that is signed in.
    pub fn bearer(self, signed: &Signed) -> Self {
        self.header("authorization", format!("Bearer {}", signed.bearer))
    }

    /// As somebody who follows a link.
    pub fn navigating(self) -> Self {
        self.header("sec-fetch-mode", "navigate").header("accept", "text/html")
    }

    pub async fn json(self, body: &Value) -> Answer {
        self.header("content-type", "application/json").send(&body.to_string()).await
    }

    /// As [`Self::json`], for closures.
    pub async fn json_owned(self, body: Value) -> Answer {
        self.json(&body).await
    }

    /// Without a body, for closures.
    pub async fn send_owned(self) -> Answer {
        self.send("").await
    }

    pub async fn form(self, fields: &[(&str, &str)]) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.navigating().header("content-type", "application/x-www-form-urlencoded").send(&body).await
    }

    pub async fn send(self, body: &str) -> Answer {
        let mut request = Request::builder().method(self.method).uri(&self.path).extension(self.desk.client.clone());
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        let response =
            self.desk.router.clone().oneshot(request.body(Body::from(body.to_owned())).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        Answer { status: parts.status, headers: parts.headers, text }
    }
}

#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn body(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {}", self.text))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// `403 csrf`, `302 /_doorward/login`, `200`: what matters of an answer, in a line.
    pub fn brief(&self) -> String {
        let status = self.status.as_u16();
        let code = if self.header("content-type") == "application/problem+json" {
            self.body()["code"].to_string()
        } else {
            String::new()
        };
        format!("{status} {}{}", code.trim_matches('"'), self.header("location")).trim_end().to_owned()
    }

    /// The value of a hidden field.
    pub fn hidden(&self, name: &str) -> String {
        let (_, rest) = self.text.split_once(&format!("name=\"{name}\" value=\"")).expect("the field is there");
        rest.split_once('"').unwrap().0.to_owned()
    }
}
