use axum::{Extension, Router, body::Body, middleware::from_fn_with_state, response::IntoResponse as _};
use doorward_domain::Via;
use doorward_http::{Code, Verdict};
use doorward_service::ports::{SystemClock, SystemEntropy};
use doorward_service::{Client, Services, ServicesConfig};
use doorward_testkit::contract::problems::{To, said};
use doorward_testkit::{TestStores, fresh_stores};
use http::{Request, Response, header::WWW_AUTHENTICATE};
use http_body_util::BodyExt as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tower::ServiceExt as _;
use tracing::{Event, Metadata, Subscriber, span};

use super::finish;
use crate::app_state::AppState;
use crate::error::ApiError;
use crate::identity::Identity;
use crate::{Contact, DeskConfig};

/// A desk whose every page and endpoint fails in this way; the stores go with the services.
async fn failing(code: Code, identity: Identity) -> (Router, TestStores) {
    failing_with(move || ApiError::new(code), identity).await
}

async fn failing_with(
    error: impl Fn() -> ApiError + Clone + Send + Sync + 'static,
    identity: Identity,
) -> (Router, TestStores) {
    let stores = fresh_stores().await;
    let (clock, entropy) = (Arc::new(SystemClock), Arc::new(SystemEntropy));
    let config = DeskConfig { contact: Contact::new("Ask data@example.com."), ..DeskConfig::default() };
    let services = Services::start(stores.stores(), ServicesConfig::default(), Vec::new(), clock, entropy);
    let state = AppState::new(services.await.unwrap(), config);
    let client = Client { ip: [192, 0, 2, 1].into(), secure: false, host: "door.test".into() };
    let fails = async move || {
        let mut response = error().into_response();
        response.extensions_mut().insert(identity);
        response
    };
    let router = Router::new().fallback(fails).layer(from_fn_with_state(state, finish)).layer(Extension(client));
    (router, stores)
}

async fn answer(router: &Router, path: &str, mode: &str) -> Response<String> {
    let request = Request::get(path).header("sec-fetch-mode", mode).body(Body::empty()).unwrap();
    let (head, body) = router.clone().oneshot(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Response::from_parts(head, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn what_the_desk_says_is_what_the_table_of_codes_says() {
    for code in Code::all() {
        let (router, _stores) = failing(code, Identity::Nobody).await;
        said(code, code.as_str(), To::Program, &answer(&router, "/_doorward/api/v1/x", "cors").await);
        said(code, code.as_str(), To::Program, &answer(&router, "/_doorward/x", "cors").await);
        let page = answer(&router, "/_doorward/x", "navigate").await;
        said(code, code.as_str(), To::Person, &page);
        assert!(page.body().contains(&format!("<h1>{}</h1>", code.heading())), "{}", page.body());
        let is_recorded = code.verdict() == Some(Verdict::Deny);
        assert_eq!(page.body().contains("doorward audit show"), is_recorded, "{}", page.body());
        assert!(page.body().contains("href=\"mailto:data@example.com\""), "whom to ask: {}", page.body());
    }
}

#[tokio::test]
async fn a_token_that_opens_nothing_is_named_as_the_reason() {
    for (via, reason) in [(Via::Bearer, ", error=\"invalid_token\""), (Via::Cookie, "")] {
        let (router, _stores) = failing(Code::SignInRequired, Identity::Stale(via)).await;
        let said = answer(&router, "/_doorward/api/v1/x", "cors").await;
        assert_eq!(said.headers()[WWW_AUTHENTICATE], format!("Bearer realm=\"doorward\"{reason}"));
    }
}

/// How many lines the log has.
#[derive(Clone, Default)]
struct Lines(Arc<AtomicUsize>);

impl Subscriber for Lines {
    fn enabled(&self, about: &Metadata<'_>) -> bool {
        about.target().starts_with("doorward_web")
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, _: &Event<'_>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

#[tokio::test]
async fn what_the_database_does_to_all_requests_is_told_once_and_other_failures_each_time() {
    for (code, lines) in [(Code::StoreUnavailable, 1), (Code::Internal, 5)] {
        let (router, _stores) = failing_with(move || ApiError::caused(code, "cut short"), Identity::Nobody).await;
        let told = Lines::default();
        let _log = tracing::subscriber::set_default(told.clone());
        for _ in 0..5 {
            answer(&router, "/_doorward/api/v1/x", "cors").await;
        }
        assert_eq!(told.0.load(Ordering::SeqCst), lines, "{code:?}");
    }
}
