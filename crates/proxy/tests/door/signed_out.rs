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
        assert_eq!((status(&answer), header(&answer, "content-type")), (200, "text/javascript; charset=utf-8"), "{answer}");
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
        "Sec-Fetch-Dest: style\nSec-Fetch-Site: same-origin\n",
        "Sec-Fetch-Dest: worker\nSec-Fetch-Site: same-origin\n",
        "Sec-Fetch-Dest: serviceworker\nSec-Fetch-Site: same-origin\n",
    ] {
        let answer = door.ask(&format!("GET /app.js HTTP/1.1\nHost: door\n{headers}\n")).await;
        assert_eq!((status(&answer), &problem(&answer)["code"]), (401, &"sign_in_required".into()), "{headers}");
        assert_eq!(header(&answer, "cache-control"), "no-store");
    }
    // Who is signed in, and may not, is told so and is not sent in circles.
    let door = TestDoor::build().profile(RULES).before(&tool).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    let answer = door.visit(&ada, "/app.js", "Sec-Fetch-Dest: script\nSec-Fetch-Site: same-origin\n").await;
    assert_eq!(status(&answer), 403);
    assert_eq!(tool.seen().len(), 0);
}
