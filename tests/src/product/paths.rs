//! Paths that servers read differently: passed on as they came where nothing depends on it, refused where something does.

use reqwest::Method;

use crate::harness::{Door, Echo, raw};

/// The path of the last request that the tool saw.
fn path(echo: &Echo) -> String {
    echo.last().head.split(' ').nth(1).unwrap_or_default().to_owned()
}

/// Sends a request line as it is, with a cookie; the status.
async fn ask(door: &Door, cookie: &str, line: &str) -> u16 {
    let request = raw::request(door.port, line, &format!("Cookie: {cookie}\r\n"), b"");
    raw::status(&raw::send(door.port, &request).await)
}

#[tokio::test]
async fn a_path_that_means_the_same_to_everybody_reaches_the_tool_as_it_came() {
    let echo = Echo::start();
    let door = Door::guarding(&echo.url(), "generic").start().await;
    let dev = door.user("dana", "developer").await;
    for path_sent in [
        "/api/queues/%2F/x",
        "/a%2Fb/c",
        "//api//v1",
        "/proxy/http://host/x?u=http://y//z",
        "/proxy/http:%2F%2Fhost%2Fx",
        "/a;v=1//b%3Fc",
        "/a//",
    ] {
        assert_eq!(ask(&door, &dev.cookie, &format!("GET {path_sent}")).await, 200, "{path_sent}");
        assert_eq!(path(&echo), path_sent);
    }
    assert_eq!(ask(&door, &dev.cookie, "DELETE /api/queues/%2F/x").await, 200);
    assert_eq!(path(&echo), "/api/queues/%2F/x");
    let before = echo.seen().len();
    for refused in ["/a/..", "/a//../b", "/a%2F..%2Fb", "/a/%2e%2e//b", "/%252e%252e/a", "/a\\b", "/a%5Cb"] {
        assert_eq!(ask(&door, &dev.cookie, &format!("GET {refused}")).await, 400, "{refused}");
    }
    assert_eq!(echo.seen().len(), before);
}

#[tokio::test]
async fn no_spelling_of_a_path_gets_past_a_rule_to_another_app_or_to_the_desk() {
    let (main, other) = (Echo::start(), Echo::start());
    let rules =
        "[{match: \"* /admin/**\", action: admin}, {match: \"DELETE /api/queues/{vhost}/{queue}\", action: manage}]";
    let apps = format!(
        "  main: {{upstream: \"{}\", profile: generic, rules: {rules}}}\n  other: {{upstream: \"{}/\", profile: generic, path: /other, rules: {rules}}}",
        main.url(),
        other.url()
    );
    let door = Door::serving(&apps).start().await;
    let dev = door.user("dana", "developer").await;
    for line in [
        "GET //admin/x",
        "GET /admin%2Fx",
        "GET /%2Fadmin/x",
        "GET /admin;v/x",
        "GET //host/admin/x",
        "GET /%2561dmin/x",
        "GET /other//admin/x",
        "GET /other/%2Fadmin",
        "GET /other//host/admin/x",
        "GET //other/x",
        "GET /other%2Fx",
        "GET /%2Fother",
        "GET /other%2F..",
        "GET //host/other/x",
        "GET //_doorward/api/v1/auth/me",
        "GET /_doorward%2Fapi/v1/auth/me",
        "GET //host/_doorward/health",
        "GET /other/..%2F_doorward/health",
        "DELETE /api/queues//x",
        "DELETE /api/queues/%2F/x",
    ] {
        assert_eq!(ask(&door, &dev.cookie, line).await, 400, "{line}");
    }
    assert!(main.seen().is_empty() && other.seen().is_empty(), "nothing reached a tool");
    assert_eq!(ask(&door, &dev.cookie, "GET /other//x").await, 200);
    assert_eq!(path(&other), "//x");
    assert_eq!(ask(&door, &dev.cookie, "GET /other/a%2Fb").await, 200);
    assert_eq!(path(&other), "/a%2Fb");
}

#[tokio::test]
async fn an_app_whose_tool_keeps_escaped_slashes_apart_is_judged_by_what_it_will_see() {
    let echo = Echo::start();
    let rules = "[{match: \"DELETE /api/queues/{vhost}/{queue}\", action: manage, resource: \"queue:{queue}\"}]";
    let app = format!(
        "  rabbit: {{upstream: \"{}\", profile: generic, keeps_apart: [escaped_slash], rules: {rules}}}",
        echo.url()
    );
    let door = Door::serving(&app).start().await;
    let (dev, boss) = (door.user("dana", "developer").await, door.user("mara", "manager").await);
    let queue = "DELETE /api/queues/%2F/x";
    assert_eq!(ask(&door, &dev.cookie, queue).await, 403);
    assert!(echo.seen().is_empty());
    assert_eq!(ask(&door, &boss.cookie, queue).await, 200);
    assert_eq!(path(&echo), "/api/queues/%2F/x");
    assert_eq!(ask(&door, &boss.cookie, "DELETE /api/queues//x").await, 400, "two slashes are not an escaped one");
    let answer = dev.ask(Method::GET, "/api/queues/%2F/x").send().await.unwrap();
    assert_eq!(answer.status(), 200, "looking is everybody's");
}
