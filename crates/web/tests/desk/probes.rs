//! Health, readiness, metrics.

use doorward_service::Health;
use std::sync::Arc;
use std::time::Duration;

use crate::support::TestDesk;

#[tokio::test]
async fn health_says_ok_while_the_process_serves() {
    let desk = TestDesk::new().await;
    desk.health.store(Arc::new(Health::Down("gone".into())));
    let answer = desk.get("/_doorward/health").await;
    insta::assert_snapshot!(answer.text, @r#"{"status":"ok"}"#);
}

#[tokio::test]
async fn ready_only_when_the_database_and_all_apps_answer_and_never_says_why_not() {
    let desk = TestDesk::new().await;
    let answer = desk.get("/_doorward/ready").await;
    insta::assert_snapshot!(answer.text, @r#"{"status":"ok","database":"ok","apps":{"wiki":"up"}}"#);
    desk.health.store(Arc::new(Health::Down("nothing on 10.0.0.7:3001".into())));
    let answer = desk.get("/_doorward/ready").await;
    assert_eq!(answer.status, 503);
    insta::assert_snapshot!(answer.text, @r#"{"status":"unavailable","database":"ok","apps":{"wiki":"down"}}"#);
}

#[tokio::test]
async fn metrics_are_open_metrics_text_for_a_manager() {
    let desk = TestDesk::new().await;
    let max = desk.sign_in("max").await;
    let answer = desk.ask("GET", "/_doorward/metrics").bearer(&max).send("").await;
    assert_eq!(answer.header("content-type"), "application/openmetrics-text; version=1.0.0; charset=utf-8");
    assert!(answer.text.contains("\ndoorward_sign_ins_total 1\n"), "{}", answer.text);
    assert!(answer.text.contains("\ndoorward_sessions 1\n"), "{}", answer.text);
    assert!(answer.text.contains("\ndoorward_app_up{app=\"wiki\"} 1\n"), "{}", answer.text);
    assert!(answer.text.ends_with("# EOF\n"));
}

#[tokio::test]
async fn metrics_tell_apps_apart() {
    let desk = TestDesk::new().await;
    let traffic = Arc::clone(&desk.services.apps.all()[0].traffic);
    traffic.passed.add_one();
    traffic.answered(204);
    traffic.upstream.observe(Duration::from_millis(3));
    desk.services.counters.elsewhere.misread.add_one();
    let max = desk.sign_in("max").await;
    let text = desk.ask("GET", "/_doorward/metrics").bearer(&max).send("").await.text;
    let is_bucket = |line: &str| line.contains("_bucket{") && !line.contains("0.005") && !line.contains("+Inf");
    let is_told = |line: &&str| !line.starts_with('#') && !line.ends_with(" 0") && !is_bucket(line);
    let told: Vec<_> = text.lines().filter(is_told).collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    doorward_session_lookups_total 2
    doorward_sign_ins_total 1
    doorward_sessions 1
    doorward_app_up{app="wiki"} 1
    doorward_requests_total{app="wiki",outcome="passed"} 1
    doorward_requests_total{app="",outcome="misread"} 1
    doorward_upstream_responses_total{app="wiki",status="2xx"} 1
    doorward_request_duration_seconds_sum{app="wiki"} 0.0
    doorward_upstream_duration_seconds_sum{app="wiki"} 0.003
    doorward_upstream_duration_seconds_count{app="wiki"} 1
    doorward_upstream_duration_seconds_bucket{le="0.005",app="wiki"} 1
    doorward_upstream_duration_seconds_bucket{le="+Inf",app="wiki"} 1
    doorward_build_info{version="0.1.0"} 1
    "#);
}
