//! What a page's script request gets when its session is gone, and who gets nothing of it.

use doorward_domain::Role;

use crate::harness::{TestDoor, Tool, body, header, status};
use crate::refusals::problem;

#[tokio::test]
async fn a_page_whose_session_ended_gets_a_script_that_leads_to_sign_in() {
    let tool = Tool::hello();
    let door = TestDoor::before(&tool).await;
    let script = |headers: &str| format!("GET /app.js HTTP/1.1\nHost: door\n{headers}\n");
    let own = "Sec-Fetch-Dest: script\nSec-Fetch-Site: same-origin\n";
    let alone = door.ask(&script("Sec-Fetch-Dest: script\n")).await;
    assert_eq!((status(&alone), header(&alone, "content-type")), (200, "text/javascript; charset=utf-8"), "{alone}");
    for stale in ["", "Cookie: doorward=dws_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"] {
        let answer = door.ask(&script(&format!("{own}{stale}"))).await;
        assert_eq!(
            (status(&answer), header(&answer, "content-type")),
            (200, "text/javascript; charset=utf-8"),
            "{answer}"
        );
        assert!(body(&answer).contains("location.reload()"), "{answer}");
        assert!(header(&answer, "doorward-decision").starts_with("sign-in; id="), "{answer}");
        for (name, value) in [
            ("cache-control", "no-store"),
            ("vary", "*"),
            ("x-content-type-options", "nosniff"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(header(&answer, name), value, "{name}");
        }
    }
    assert_eq!(tool.seen().len(), 0);
}

#[tokio::test]
async fn a_script_request_that_is_not_this_origins_own_page_asking_is_refused_as_ever() {
    const RULES: &str = "profile: odd\nabout: Nothing for viewers.\nrules:\n  - {match: \"GET /**\", action: run}\n";
    let tool = Tool::hello();
    let door = TestDoor::before(&tool).await;
    for headers in [
        "",
        "Sec-Fetch-Site: same-origin\n",
        "Sec-Fetch-Dest: script\nSec-Fetch-Site: cross-site\n",
        "Sec-Fetch-Dest: script\nSec-Fetch-Site: same-site\n",
        "Sec-Fetch-Dest: script\nSec-Fetch-Site: none\n",
        "Sec-Fetch-Dest: script\nSec-Fetch-Site: same-origin\nSec-Fetch-Site: cross-site\n",
        "Sec-Fetch-Dest: script\nSec-Fetch-Dest: style\nSec-Fetch-Site: same-origin\n",
        // What runs in no page could not reload one, and what is no script runs nothing: a refusal at least fails where it can be heard.
        "Sec-Fetch-Dest: style\nSec-Fetch-Site: same-origin\n",
        "Sec-Fetch-Dest: worker\nSec-Fetch-Site: same-origin\n",
        "Sec-Fetch-Dest: sharedworker\nSec-Fetch-Site: same-origin\n",
        "Sec-Fetch-Dest: serviceworker\nSec-Fetch-Site: same-origin\n",
    ] {
        let answer = door.ask(&format!("GET /app.js HTTP/1.1\nHost: door\n{headers}\n")).await;
        assert_eq!((status(&answer), &problem(&answer)["code"]), (401, &"sign_in_required".into()), "{headers}");
        assert_eq!(header(&answer, "cache-control"), "no-store");
    }
    // Who is signed in, and may not, is told so and is not sent in circles.
    let door = TestDoor::build().profile(RULES).before(&tool).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    let answer = door.context(&ada, "/app.js", "Sec-Fetch-Dest: script\nSec-Fetch-Site: same-origin\n").await;
    assert_eq!(status(&answer), 403);
    assert_eq!(tool.seen().len(), 0);
}

/// What Chromium sends for a script over plain http, where there is no Fetch Metadata.
const PLAIN: &str = "Accept: */*\nReferer: http://door/jobs\n";

#[tokio::test]
async fn over_plain_http_a_script_is_known_by_what_browsers_still_say() {
    let tool = Tool::hello();
    let door = TestDoor::before(&tool).await;
    for (path, headers) in [
        ("/app.js", PLAIN),
        ("/chunks/12.a.js?v=1", PLAIN),
        ("/app.mjs", "Accept: */*\nOrigin: http://door\nReferer: http://door/jobs\n"),
        ("/app.js", "Accept: */*\nOrigin: http://door\n"),
    ] {
        let answer = door.ask(&format!("GET {path} HTTP/1.1\nHost: door\n{headers}\n")).await;
        assert_eq!(
            (status(&answer), header(&answer, "content-type")),
            (200, "text/javascript; charset=utf-8"),
            "{path} {answer}"
        );
        assert_eq!((header(&answer, "cache-control"), header(&answer, "vary")), ("no-store", "*"));
        assert!(header(&answer, "doorward-decision").starts_with("sign-in; id="), "{answer}");
    }
    assert_eq!(tool.seen().len(), 0);
}

#[tokio::test]
async fn over_plain_http_nobody_but_an_own_page_that_loads_a_script_gets_ours() {
    let tool = Tool::hello();
    let door = TestDoor::before(&tool).await;
    let refused = async |request: String| {
        let answer = door.ask(&request).await;
        assert_eq!((status(&answer), &problem(&answer)["code"]), (401, &"sign_in_required".into()), "{request}");
    };
    for headers in [
        "Accept: */*\n",
        "Referer: http://door/jobs\n",
        "Accept: */*\nReferer: http://elsewhere/jobs\n",
        "Accept: */*\nReferer: http://door:81/jobs\n",
        "Accept: */*\nReferer: https://door/jobs\n",
        "Accept: */*\nReferer: http://door.elsewhere/\n",
        "Accept: */*\nReferer: http://door@elsewhere/\n",
        "Accept: */*\nReferer: http://elsewhere/?http://door/\n",
        "Accept: */*\nReferer: about:blank\n",
        "Accept: */*\nReferer: /jobs\n",
        "Accept: */*\nReferer:\n",
        "Accept: */*\nReferer: http://door/\nReferer: http://elsewhere/\n",
        "Accept: */*\nReferer: http://door/\nOrigin: http://elsewhere\n",
        "Accept: */*\nReferer: http://door/\nOrigin: null\n",
        "Accept: */*\nAccept: text/event-stream\nReferer: http://door/\n",
        "Accept: application/json\nReferer: http://door/\n",
    ] {
        refused(format!("GET /app.js HTTP/1.1\nHost: door\n{headers}\n")).await;
    }
    for more in [
        "Sec-Fetch-Site: cross-site\n",
        "Sec-Fetch-Site: same-origin\n",
        "Sec-Fetch-Dest: empty\n",
        "Sec-Fetch-Mode: cors\n",
        "Sec-Fetch-User: ?1\n",
        "Service-Worker: script\n",
        "Range: bytes=0-\n",
        "Authorization: Bearer nobody\n",
    ] {
        refused(format!("GET /app.js HTTP/1.1\nHost: door\n{PLAIN}{more}\n")).await;
    }
    for target in [
        "POST /app.js",
        "HEAD /app.js",
        "GET /",
        "GET /app.json",
        "GET /app.js/",
        "GET /app%2Ejs",
        "GET /x?y=.js",
        "GET /JS",
    ] {
        let more = if target.starts_with("POST") { "Content-Length: 0\n" } else { "" };
        let answer = door.ask(&format!("{target} HTTP/1.1\nHost: door\n{PLAIN}{more}\n")).await;
        assert_eq!(status(&answer), 401, "{target}");
    }
    // On this machine and over https every browser says what it wants a thing for.
    refused("GET /app.js HTTP/1.1\nHost: localhost:80\nAccept: */*\nReferer: http://localhost:80/jobs\n\n".to_owned())
        .await;
    assert_eq!(tool.seen().len(), 0);
}
