//! `GET /_doorward/metrics`: what was counted (`OpenMetrics` 1.0).

use axum::extract::State;
use axum::response::IntoResponse;
use doorward_service::counters::traffic::{BOUNDS, Durations, Traffic};
use doorward_service::ports::{Paging, SessionQuery};
use doorward_service::{Actor, App, Counters, Health, Right, Services};
use http::header::CONTENT_TYPE;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet, text};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::{Registry, Unit};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::app_state::AppState;
use crate::error::ApiError;
use crate::extract::{Allowed, ReadMetrics};

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What was counted since the start.
#[utoipa::path(get, path = "/_doorward/metrics", tag = "probes", extensions(("x-required-action" = json!(Right::ReadMetrics.required()))),
    responses((status = 200, description = "OpenMetrics text", body = String, content_type = "application/openmetrics-text")))]
pub(crate) async fn metrics(
    _: Allowed<ReadMetrics>,
    State(state): State<AppState>,
) -> Result<impl IntoResponse, ApiError> {
    told(&state).await
}

/// The same for an address of its own, which only those who may read it can reach.
pub(crate) async fn open_metrics(State(state): State<AppState>) -> Result<impl IntoResponse, ApiError> {
    told(&state).await
}

async fn told(state: &AppState) -> Result<impl IntoResponse + use<>, ApiError> {
    let one = SessionQuery { paging: Paging { limit: 1, ..Paging::default() }, ..SessionQuery::default() };
    let sessions = state.services.sessions.list(&Actor::System, &one).await?.total;
    Ok(([(CONTENT_TYPE, OPEN_METRICS)], render(&state.services, sessions)))
}

fn render(services: &Services, sessions: u64) -> String {
    let mut registry = Registry::default();
    registry.register_collector(Box::new(Counted {
        counters: Arc::clone(&services.counters),
        apps: services.apps.all(),
        sessions,
    }));
    let mut text = String::new();
    // Writing into memory does not fail.
    let _ = text::encode(&mut text, &registry);
    text
}

/// Everything that was counted, for the library that writes it down.
#[derive(Debug)]
struct Counted {
    counters: Arc<Counters>,
    apps: Arc<Vec<Arc<App>>>,
    sessions: u64,
}

impl Collector for Counted {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        self.of_all(&mut encoder)?;
        self.of_apps(&mut encoder)?;
        let help = "The program.";
        let mut build = encoder.encode_descriptor("doorward_build", help, None, MetricType::Info)?;
        build.encode_info(&[("version", env!("CARGO_PKG_VERSION"))])
    }
}

impl Counted {
    fn of_all(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let counters = &self.counters;
        let counted = [
            (
                "doorward_session_lookups",
                "Questions to the database about who a credential belongs to.",
                &counters.look_ups,
            ),
            (
                "doorward_session_lookups_refused",
                "Requests refused because their network sent too many credentials that open nothing.",
                &counters.look_ups_refused,
            ),
            ("doorward_sign_ins", "Good sign-ins.", &counters.signed_in),
            ("doorward_sign_in_failures", "Bad sign-ins.", &counters.sign_in_failed),
            (
                "doorward_passwords_refused",
                "Passwords not checked (503), because too many others waited.",
                &counters.passwords_refused,
            ),
            (
                "doorward_revocations",
                "Sockets and streams closed because the right behind them ended.",
                &counters.revoked,
            ),
        ];
        for (name, help, counter) in counted {
            let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
            metric.encode_counter::<NoLabelSet, u64, f64>(&counter.total(), None)?;
        }
        let help = "Sessions not yet expired.";
        encoder.encode_descriptor("doorward_sessions", help, None, MetricType::Gauge)?.encode_gauge(&self.sessions)
    }

    fn of_apps(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let apps = &self.apps;
        let help = "Whether the app answers.";
        let mut up = encoder.encode_descriptor("doorward_app_up", help, None, MetricType::Gauge)?;
        for app in apps.iter() {
            let is_up = u64::from(matches!(**app.health.load(), Health::Up));
            up.encode_family(&[("app", app.name.as_str())])?.encode_gauge(&is_up)?;
        }
        self.requests(encoder)?;
        let help = "Answers of the app, by the class of their status.";
        let mut answers = encoder.encode_descriptor("doorward_upstream_responses", help, None, MetricType::Counter)?;
        for app in apps.iter() {
            for (status, total) in CLASSES.into_iter().zip(app.traffic.answers()) {
                let labels = [("app", app.name.as_str()), ("status", status)];
                answers.encode_family(&labels)?.encode_counter::<NoLabelSet, u64, f64>(&total, None)?;
            }
        }
        let help = "From when a request was read until the head of its answer is known.";
        durations(encoder, "doorward_request_duration", help, apps, |traffic| &traffic.requests)?;
        let help = "The app's part of it: from when it is asked until the head of its answer has come.";
        durations(encoder, "doorward_upstream_duration", help, apps, |traffic| &traffic.upstream)
    }

    fn requests(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let help = "Requests, by what became of them; those of no app have an empty name.";
        let mut requests = encoder.encode_descriptor("doorward_requests", help, None, MetricType::Counter)?;
        let elsewhere = ("", &self.counters.elsewhere);
        for (app, traffic) in self.apps.iter().map(|app| (app.name.as_str(), &*app.traffic)).chain([elsewhere]) {
            for (outcome, total) in outcomes(traffic) {
                let labels = [("app", app), ("outcome", outcome)];
                requests.encode_family(&labels)?.encode_counter::<NoLabelSet, u64, f64>(&total, None)?;
            }
        }
        Ok(())
    }
}

const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

fn outcomes(traffic: &Traffic) -> [(&'static str, u64); 5] {
    [
        ("passed", traffic.passed.total()),
        ("sign_in", traffic.sign_in.total()),
        ("denied", traffic.denied.total()),
        ("misread", traffic.misread.total()),
        ("failed", traffic.failed.total()),
    ]
}

fn durations(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    apps: &[Arc<App>],
    of: impl Fn(&Traffic) -> &Durations,
) -> fmt::Result {
    let mut histogram = encoder.encode_descriptor(name, help, Some(&Unit::Seconds), MetricType::Histogram)?;
    for app in apps {
        let (took, counts) = (of(&app.traffic), of(&app.traffic).counts());
        // The library knows the bucket without a bound by this number.
        let bounds = BOUNDS.iter().map(Duration::as_secs_f64).chain([f64::MAX]);
        let buckets: Vec<(f64, u64)> = bounds.zip(counts).collect();
        let labels = [("app", app.name.as_str())];
        let mut of_app = histogram.encode_family(&labels)?;
        of_app.encode_histogram::<NoLabelSet>(took.sum().as_secs_f64(), counts.iter().sum(), &buckets, None)?;
    }
    Ok(())
}
