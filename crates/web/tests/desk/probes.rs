//! Health, readiness, metrics.

use doorward_service::Health;
use std::sync::Arc;

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
