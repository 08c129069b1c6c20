//! Serves the desk alone, over a database that is gone afterwards, to look at its pages: `cargo run -p doorward-web --example desk`.
//!
//! A port and `fresh` (nobody yet) or `single` (one app) may follow. Prints `<name>=<cookie or link>` for each thing that a browser or a screenshot needs.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a tool for looking at pages"
)]

use arc_swap::ArcSwap;
use axum::{Extension, extract::Path, response::Redirect};
use doorward_domain::{AppName, AuditOutcome, NewAuditEvent, Role, Scope, SessionId};
use doorward_profile::Profile;
use doorward_service::admin::keys::NewKey;
use doorward_service::ports::{SystemClock, SystemEntropy};
use doorward_service::setup::Bootstrap;
use doorward_service::{
    Actor, App, Client, Health, Services, ServicesConfig, admin::users::NewUser, sign_in::login::PasswordAttempt,
};
use doorward_testkit::audit_event;
use doorward_web::{Contact, DeskConfig, pages};
use http::header::SET_COOKIE;
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use serde_json::json;
use std::sync::Arc;
use tokio::net::TcpListener;

/// Whom people ask.
const CONTACT: &str = "Need access? Write to the data platform team: data-platform@example.com";

fn app(name: &str, title: &str, health: Health) -> Arc<App> {
    Arc::new(App {
        name: name.parse::<AppName>().unwrap(),
        title: title.to_owned(),
        address: format!("/{name}/"),
        profile: Arc::new(Profile::builtin("generic").unwrap()),
        prefix: format!("/{name}"),
        contact: Arc::default(),
        default_role: Some(Role::Operator),
        attribution: true,
        filter_answers: false,
        health: Arc::new(ArcSwap::from_pointee(health)),
        traffic: Arc::default(),
    })
}

#[tokio::main]
async fn main() {
    let port = std::env::args().nth(1).and_then(|port| port.parse().ok()).unwrap_or(3900);
    let is_fresh = std::env::args().nth(2).is_some_and(|word| word == "fresh");
    let stores = doorward_testkit::fresh_stores().await;
    let is_single = std::env::args().nth(2).is_some_and(|word| word == "single");
    let mut apps = vec![app("dagster", "Dagster", Health::Up)];
    let others = [
        app("mlflow", "MLflow", Health::Starting("MLflow is being started again after it ended.".into())),
        app("flower", "Flower", Health::Down("Nothing answers on its port.".into())),
    ];
    apps.extend(others.into_iter().filter(|_| !is_single && !is_fresh));
    let (clock, entropy) = (Arc::new(SystemClock), Arc::new(SystemEntropy));
    let services = Services::start(stores.stores(), ServicesConfig::default(), apps, clock, entropy).await.unwrap();
    if is_fresh {
        let Bootstrap::Token(token) = services.setup.bootstrap(None, None).await.unwrap() else { unreachable!() };
        println!("setup=http://127.0.0.1:{port}/_doorward/setup?token={}", token.expose());
    } else {
        people(&services).await;
        past(&services).await;
    }
    serve(port, services).await;
}

async fn people(services: &Services) {
    let actor = Actor::Local("cli:example".into());
    for (username, full_name, role) in [("admin", "", Some(Role::Admin)), ("ada", "Ada Lovelace", Some(Role::Viewer))] {
        let new = NewUser {
            username: username.into(),
            password: Some(doorward_domain::Secret::new("a quiet lamp burns".into())),
            email: Some(format!("{username}@example.com")),
            full_name: full_name.into(),
            role,
        };
        services.users.create(&actor, new).await.unwrap();
        for agent in [
            "curl/8.14.1",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1",
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/150.0.0.0 Safari/537.36",
        ] {
            let attempt = PasswordAttempt {
                kind: doorward_domain::SessionKind::Browser,
                username: username.into(),
                password: doorward_domain::Secret::new("a quiet lamp burns".into()),
                client_ip: [192, 0, 2, 7].into(),
                user_agent: agent.into(),
                instead_of: None,
                remember: false,
            };
            let opened = services.login.with_password(attempt).await.unwrap();
            println!("{username}={}", opened.cookie.expose());
        }
    }
}

/// What pages tell of: a refusal of ada's, and keys of hers.
async fn past(services: &Services) {
    let id = services.decision_id();
    let event =
        audit_event("request").by("ada").in_app("dagster").outcome(AuditOutcome::Denied).at(services.clock.now());
    let event = event.detail("operations", json!([{"name": "x", "called": "Changing schedules", "action": "edit"}]));
    let event = event.detail("remedy", json!({"grant": {"role": "developer", "resource": "schedule:every_night"}}));
    let event = event.detail("resources", json!(["schedule:every_night"])).detail("role", "operator");
    let event = NewAuditEvent { decision_id: Some(id), ..event.build() };
    services.audit.record(event).await.unwrap();
    println!("denied={id}");
    let actor = Actor::Local("cli:example".into());
    let ada = services.users.find_by_name(&actor, "ada").await.unwrap().id;
    let dagster = Scope::App("dagster".parse().unwrap());
    for (name, scope, days) in [("ci", Scope::Everything, None), ("nightly-reports", dagster, Some(30))] {
        let expires_at = days.map(|days| services.clock.now().plus(std::time::Duration::from_hours(days * 24)));
        let (owner, role) = (Some(ada), Role::Viewer);
        let new = NewKey { name: name.into(), role, scope, owner, expires_at, allowed_addresses: Vec::new() };
        services.keys.create(&actor, new).await.unwrap();
    }
}

async fn serve(port: u16, services: Arc<Services>) {
    let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    let client = Client { ip: [127, 0, 0, 1].into(), secure: false, host: format!("127.0.0.1:{port}") };
    let waiting = axum::routing::get(|| async {
        pages::starting_response("Dagster is starting", "Loading the code locations. This usually takes a few seconds.")
    });
    let id = services.decision_id();
    let session = SessionId::from_uuid(id.as_uuid());
    let refused = axum::routing::get(move || async move {
        pages::denied_response(&pages::DeniedPage {
            sentence: "You are signed in as ada (viewer). Launching runs needs the role operator. Ask an administrator of this site if you need it.",
            held: Some(Role::Viewer),
            on_parts: None,
            denied_by: None,
            ended: None,
            required_role: Some(Role::Operator),
            decision_id: id,
            username: "ada",
            app_title: "Dagster",
            command: "doorward",
            contact: &Contact::new(CONTACT),
            asked: None,
            wanted: Some("/runs"),
            asking: Some(pages::AskFor::new("operator on job:nightly of Dagster", Some(&[0; 32]), session)),
        })
    });
    let unsent = axum::routing::get(|| async {
        pages::unsent_response("/_doorward/login?next=/", Some("/dagster/"), &Contact::default())
    });
    let trouble = axum::routing::get(|| async {
        pages::trouble_response(
            http::StatusCode::BAD_GATEWAY,
            "This app did not answer",
            "Dagster cannot be reached.",
            true,
            &Contact::new(CONTACT),
        )
    });
    let config = DeskConfig {
        public_url: None,
        desk_host: None,
        contact: Contact::new(CONTACT),
        remember: std::time::Duration::from_hours(30 * 24),
        command: "doorward --database sqlite:///var/lib/doorward/doorward.db".into(),
    };
    let desk = doorward_web::router(services, config);
    // A browser that cannot type comes in by a link; only here, where there is nothing to protect.
    let enter = axum::routing::get(move |Path((token, page)): Path<(String, String)>| async move {
        ([(SET_COOKIE, format!("doorward-{port}={token}; Path=/"))], Redirect::to(&format!("/_doorward/{page}")))
    });
    let router = desk
        .route("/as/{token}/{*page}", enter)
        .route("/starting", waiting)
        .route("/refused", refused)
        .route("/unsent", unsent)
        .route("/trouble", trouble)
        .layer(Extension(client));
    println!("ready=http://127.0.0.1:{port}/_doorward/");
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let service = TowerToHyperService::new(router.clone());
        tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}
