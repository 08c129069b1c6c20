//! What the metrics tell of apps, as the reference parser of `OpenMetrics` reads them.

use reqwest::Method;
use std::time::Duration;

use crate::harness::person::text;
use crate::harness::{Door, Echo, Person, eventually, python_tools};

/// Every sample that is not zero, a line each.
async fn samples(admin: &Person) -> String {
    let told = text(admin.get("/_doorward/metrics").await).await;
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), told).expect("written");
    python_tools::run("open_metrics.py", &[&file.path().display().to_string()]).done()
}

#[tokio::test]
async fn each_apps_requests_are_counted_and_timed_and_go_on_over_a_reload() {
    let (echo, moved) = (Echo::start(), Echo::start());
    let apps = format!(
        "  wiki: {{upstream: \"{}\", profile: generic, path: /wiki}}\n  gone: {{upstream: \"http://127.0.0.1:9\", profile: generic, path: /gone}}",
        echo.url()
    );
    let door = Door::serving(&apps).start().await;
    let (admin, vic) = (door.admin().await, door.user("vic", "viewer").await);
    for _ in 0..3 {
        assert_eq!(vic.get("/wiki/x").await.status(), 200);
    }
    assert_eq!(vic.ask(Method::POST, "/wiki/x").send().await.unwrap().status(), 403);
    assert_eq!(door.stranger().get("/wiki/x").await.status(), 401);
    assert_eq!(vic.get("/gone/x").await.status(), 502);
    assert_eq!(vic.get("/nowhere").await.status(), 404);
    let told = samples(&admin).await;
    for line in [
        "doorward_requests_total{app=wiki,outcome=passed} 3",
        "doorward_requests_total{app=wiki,outcome=denied} 1",
        "doorward_requests_total{app=wiki,outcome=sign_in} 1",
        "doorward_requests_total{app=gone,outcome=failed} 1",
        "doorward_upstream_responses_total{app=wiki,status=2xx} 3",
        "doorward_request_duration_seconds_count{app=wiki} 5",
        "doorward_upstream_duration_seconds_count{app=wiki} 3",
        "doorward_upstream_duration_seconds_bucket{app=wiki,le=60.0} 3",
    ] {
        assert!(told.contains(&format!("{line}\n")), "no {line} in:\n{told}");
    }
    assert!(!told.contains("doorward_upstream_duration_seconds_count{app=gone}"), "it never answered:\n{told}");
    door.rewrite_config(&echo.url(), &moved.url());
    door.process.signal("HUP");
    let is_moved = eventually(Duration::from_secs(20), || async {
        vic.get("/wiki/x").await;
        !moved.seen().is_empty()
    });
    assert!(is_moved.await, "{}", door.process.output());
    let told = samples(&admin).await;
    assert!(!told.contains("doorward_requests_total{app=wiki,outcome=passed} 1\n"), "{told}");
    assert!(told.contains("doorward_requests_total{app=wiki,outcome=denied} 1\n"), "{told}");
}
