//! Headers that must not pass, in either direction.

use doorward_domain::{Role, Scope};
use doorward_service::Actor;
use doorward_service::admin::keys::NewKey;

use crate::harness::{TestDoor, Tool, header, status};

#[tokio::test]
async fn no_client_can_say_who_it_is() {
    let tool = Tool::hello();
    let door = TestDoor::before(&tool).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    let spoofs = [
        "Remote-User",
        "REMOTE_USER",
        "remote-Name",
        "Remote_Email",
        "Remote-Groups",
        "X-Remote-User",
        "X_Remote_User",
        "X.Remote.User",
        "X-Forwarded-User",
        "X_Forwarded_User",
        "X-Forwarded_User",
        "X-Forwarded-Email",
        "x_forwarded_groups",
        "X-Forwarded-For",
        "X_Forwarded_For",
        "X-Forwarded-Proto",
        "X-Forwarded-Host",
        "X-Forwarded-Prefix",
        "X-Real-IP",
        "Forwarded",
        "Doorward-Role",
        "Doorward_Role",
        "doorward-token",
        "DOORWARD-X",
        "Proxy",
        "Proxy-Authorization",
        "X-Doorward-Role",
    ];
    for name in spoofs {
        assert_eq!(
            status(&door.context(&ada, "/", &format!("{name}: root-spoof\n{name}: second-spoof\n")).await),
            200,
            "{name}"
        );
    }
    let seen = tool.seen();
    assert_eq!(seen.len(), spoofs.len());
    for (name, request) in spoofs.iter().zip(&seen) {
        assert!(!request.contains("spoof"), "{name} passed: {request}");
        assert_eq!(request.matches("Remote-User: ").count(), 1);
        assert_eq!(header(request, "remote-user"), "ada");
    }
}

const IDENTITY: [&str; 8] = [
    "Remote-User",
    "Remote-Name",
    "Remote-Email",
    "Remote-Groups",
    "X-Forwarded-User",
    "X-Forwarded-Email",
    "X-Forwarded-Groups",
    "Doorward-Role",
];

/// What a tool gets of these headers when its client claims each of them, in two spellings.
async fn handed_over(profile: &str) -> Vec<&'static str> {
    let tool = Tool::hello();
    let door = TestDoor::build().profile(profile).before(&tool).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    let lines = |name: &&str| format!("{name}: spoof\n{}: spoof\n", name.replace('-', "_").to_uppercase());
    let spoofs: String = IDENTITY.iter().map(lines).collect();
    assert_eq!(status(&door.context(&ada, "/", &spoofs).await), 200);
    let request = tool.saw();
    assert!(!request.contains("spoof"), "{request}");
    IDENTITY.into_iter().filter(|name| request.contains(&format!("\r\n{name}: "))).collect()
}

#[tokio::test]
async fn a_tool_hears_of_who_is_asking_only_what_its_profile_hands_over() {
    let profile = |said: &str| format!("profile: x\n{said}rules: [{{match: \"GET /**\", action: view}}]\n");
    assert_eq!(handed_over(&profile("")).await, IDENTITY);
    assert_eq!(handed_over(&profile("hand_over: all\n")).await, IDENTITY);
    assert_eq!(handed_over(&profile("hand_over: none\n")).await, Vec::<&str>::new());
    let some = profile("hand_over: [doorward-role, Remote-Groups]\n");
    assert_eq!(handed_over(&some).await, ["Remote-Groups", "Doorward-Role"]);
}

#[tokio::test]
async fn a_key_is_not_handed_over_as_the_person_it_is_named_after() {
    let tool = Tool::hello();
    let door = TestDoor::build().before(&tool).await;
    door.sign_in("ada", Role::Admin).await;
    let new = NewKey {
        name: "ada".to_owned(),
        role: Role::Viewer,
        scope: Scope::App("tool".parse().unwrap()),
        owner: None,
        expires_at: None,
        allowed_addresses: Vec::new(),
    };
    let (text, _) = door.services.keys.create(&Actor::System, new).await.unwrap();
    let asked = format!("GET / HTTP/1.1\r\nHost: door\r\nConnection: close\r\nDoorward-Key: {}\r\n\r\n", text.expose());
    assert_eq!(status(&door.ask(&asked).await), 200);
    let request = tool.saw();
    for name in ["remote-user", "x-forwarded-user"] {
        assert_eq!(header(&request, name), "key:ada");
    }
    for name in ["remote-email", "remote-groups", "remote-name"] {
        assert_eq!(header(&request, name), "", "{name}");
    }
}

#[tokio::test]
async fn dagster_is_told_nothing_about_who_is_asking() {
    let tool = Tool::hello();
    let door = TestDoor::build().builtin("dagster").before(&tool).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    assert_eq!(status(&door.context(&ada, "/runs", "Remote-User: root\nDoorward_Role: admin\n").await), 200);
    let request = tool.saw();
    assert!(IDENTITY.iter().all(|name| header(&request, name).is_empty()), "{request}");
    assert_eq!(header(&request, "x-forwarded-for"), "127.0.0.1");
}

#[tokio::test]
async fn connection_cannot_take_away_what_the_door_adds() {
    let tool = Tool::hello();
    let door = TestDoor::before(&tool).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    let named = "Connection: close, Remote-User, Doorward-Role, X-Forwarded-For, Cookie, Host, X-Private\n";
    door.context(
        &ada,
        "/",
        &format!("{named}X-Private: 1\nX-Public: 2\nTE: trailers\nKeep-Alive: 5\nUpgrade: h2c\nExpect: x\n"),
    )
    .await;
    let request = tool.saw();
    for name in ["connection", "x-private", "te", "keep-alive", "upgrade", "expect"] {
        assert_eq!(header(&request, name), "", "{name} in {request}");
    }
    assert_eq!((header(&request, "remote-user"), header(&request, "doorward-role")), ("ada", "viewer"));
    assert_eq!((header(&request, "host"), header(&request, "x-public")), ("door", "2"));
    assert_eq!(header(&request, "x-forwarded-for"), "127.0.0.1");
}

#[tokio::test]
async fn a_tool_cannot_speak_for_the_door() {
    let tool = Tool::answering(
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nSet-Cookie: doorward-80=evil; Path=/\r\nSet-Cookie: theirs=1; Path=/\r\n\
         Set-Cookie: __Host-doorward=evil; Secure\r\nSet-Cookie: =doorward-80=evil\r\nSet-Cookie: __HOST-doorward=evil\r\n\
         Set-Cookie: \"doorward-80\"=evil\r\nSet-Cookie: doorward-80 =evil\r\nSet-Cookie: doorward-80\r\nDoorward-Decision: deny\r\nConnection: X-Hop\r\nX-Hop: 1\r\n\
         Keep-Alive: timeout=5\r\nX-Own: 1\r\n\r\n",
    );
    let door = TestDoor::before(&tool).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    let answer = door.context(&ada, "/", "").await;
    assert_eq!(header(&answer, "set-cookie"), "theirs=1; Path=/");
    assert_eq!(answer.to_ascii_lowercase().matches("set-cookie").count(), 1, "{answer}");
    for name in ["doorward-decision", "x-hop", "keep-alive"] {
        assert_eq!(header(&answer, name), "", "{name}");
    }
    assert_eq!(header(&answer, "x-own"), "1");
}

/// A profile whose rules say something about answers.
const WITH_ANSWERS: &str = "
profile: tool
rules:
  - {match: \"GET /lite/**\", action: view, answer: {service_worker: true}}
  - {match: \"GET /foreign/**\", action: view, answer: {headers: {Content-Security-Policy: sandbox, X-Frame-Options: DENY}}}
  - {match: \"GET /**\", action: view}
";

#[tokio::test]
async fn a_service_worker_is_installed_only_where_the_profile_allows_it() {
    let tool = Tool::answering(
        "HTTP/1.1 200 OK\r\nContent-Type: text/javascript\r\nService-Worker-Allowed: /\r\nClear-Site-Data: \"cookies\"\r\nStrict-Transport-Security: max-age=99; includeSubDomains\r\nSet-Login: logged-out\r\nUse-As-Dictionary: match=\"/*\"\r\nSecure-Session-Registration: (ES256);path=\"/r\"\r\nSec-Session-Registration: (ES256);path=\"/r\"\r\nAlt-Svc: h3=\":1\"\r\nNEL: {}\r\nReport-To: {}\r\nReporting-Endpoints: a=\"/r\"\r\nContent-Length: 0\r\n\r\n",
    );
    let door = TestDoor::build().profile(WITH_ANSWERS).before(&tool).await;
    let ada = door.sign_in("ada", Role::Admin).await;
    let worker = "Service-Worker: script\nSec-Fetch-Dest: serviceworker\n";
    for path in ["/sw.js", "/", "/foreign/sw.js"] {
        let refused = door.context(&ada, path, worker).await;
        assert_eq!(status(&refused), 403, "{path}");
        assert!(header(&refused, "doorward-decision").ends_with("reason=service_worker"), "{refused}");
        assert_eq!(door.requests_written(1).await[0].event.details["reason"], "service_worker");
    }
    let named_away = door.context(&ada, "/sw.js", &format!("{worker}Connection: Service-Worker\n")).await;
    assert_eq!(status(&named_away), 403, "whatever becomes of the header, the browser has said what it is about");
    assert_eq!(tool.seen().len(), 0);
    assert_eq!(status(&door.context(&ada, "/sw.js", "").await), 200, "as any other script it is served");
    let allowed = door.context(&ada, "/lite/sw.js", worker).await;
    assert_eq!(status(&allowed), 200);
    for name in [
        "service-worker-allowed",
        "clear-site-data",
        "strict-transport-security",
        "set-login",
        "use-as-dictionary",
        "secure-session-registration",
        "sec-session-registration",
        "alt-svc",
        "nel",
        "report-to",
        "reporting-endpoints",
    ] {
        assert_eq!(header(&allowed, name), "", "{name} is not the tool's to say");
    }
}

#[tokio::test]
async fn a_rule_adds_its_policy_to_the_tools_own() {
    let tool = Tool::answering(
        "HTTP/1.1 200 OK\r\nContent-Security-Policy: default-src 'self'\r\nX-Frame-Options: SAMEORIGIN\r\nContent-Length: 0\r\n\r\n",
    );
    let door = TestDoor::build().profile(WITH_ANSWERS).before(&tool).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    let answer = door.context(&ada, "/foreign/page", "").await.to_ascii_lowercase();
    for line in [
        "content-security-policy: default-src 'self'\r\n",
        "content-security-policy: sandbox\r\n",
        "x-frame-options: deny\r\n",
    ] {
        assert!(answer.contains(line), "{line} in {answer}");
    }
    assert!(!answer.contains("sameorigin"));
    let answer = door.context(&ada, "/own/page", "").await.to_ascii_lowercase();
    assert!(!answer.contains("sandbox") && answer.contains("sameorigin"));
}

#[tokio::test]
async fn dagsters_notebooks_run_no_scripts() {
    let tool =
        Tool::answering("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 16\r\n\r\n<script></script");
    let door = TestDoor::build().builtin("dagster").before(&tool).await;
    let ada = door.sign_in("ada", Role::Developer).await;
    for path in ["/notebook?path=a.ipynb&repoLocName=x", "/notebook", "/dagit/notebook?path=a.ipynb"] {
        let answer = door.context(&ada, path, "Sec-Fetch-Mode: navigate\nAccept: text/html\n").await;
        assert_eq!((status(&answer), header(&answer, "content-security-policy")), (200, "sandbox"), "{path}");
    }
    let answer = door.context(&ada, "/runs", "").await;
    assert_eq!((status(&answer), header(&answer, "content-security-policy")), (200, ""), "Dagster's own pages are not");
}

#[tokio::test]
async fn pages_are_not_kept_where_signing_out_cannot_clear_them() {
    let tool = Tool::answering(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nCache-Control: max-age=60\r\nContent-Length: 0\r\n\r\n",
    );
    let door = TestDoor::before(&tool).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    for (host, kept) in [
        ("door", "no-store"),
        ("tools.example.com", "no-store"),
        ("192.0.2.7", "no-store"),
        ("localhost", "max-age=60"),
        ("tools.localhost", "max-age=60"),
        ("127.0.0.1", "max-age=60"),
        ("[::1]", "max-age=60"),
    ] {
        let answer = door.ask(&format!("GET / HTTP/1.1\nHost: {host}\n{}\n", ada.cookie())).await;
        assert_eq!((status(&answer), header(&answer, "cache-control")), (200, kept), "{host}");
    }
}

/// Browsers show text, JSON and what says nothing of itself as they show pages; to a script it is no page.
#[tokio::test]
async fn what_somebody_opens_is_not_kept_there_either_whatever_it_is() {
    for kind in [
        "Content-Type: text/plain",
        "Content-Type: application/json",
        "Content-Type: application/rss+xml",
        "X-Kind: none",
    ] {
        let tool = Tool::with(move |wire| {
            while wire.read_request().is_some() {
                wire.say(&format!(
                    "HTTP/1.1 200 OK\r\n{kind}\r\nCache-Control: max-age=60\r\nContent-Length: 0\r\n\r\n"
                ));
            }
        });
        let door = TestDoor::before(&tool).await;
        let ada = door.sign_in("ada", Role::Viewer).await;
        for (asked, kept) in [
            ("Accept: text/html,*/*;q=0.8\n", "no-store"),
            ("Sec-Fetch-Mode: navigate\nSec-Fetch-Dest: iframe\n", "no-store"),
            ("Accept: */*\n", "max-age=60"),
            ("Sec-Fetch-Mode: cors\nAccept: text/html\n", "max-age=60"),
        ] {
            let answer = door.context(&ada, "/", asked).await;
            assert_eq!((status(&answer), header(&answer, "cache-control")), (200, kept), "{kind}, {asked}");
        }
    }
}

#[tokio::test]
async fn a_mounted_tool_is_told_its_prefix_and_its_redirects_stay_below_it() {
    let tool = Tool::answering(
        "HTTP/1.1 302 Found\r\nLocation: /tasks/1\r\nSet-Cookie: _xsrf=1; Path=/\r\nContent-Length: 0\r\n\r\n",
    );
    let door = TestDoor::build().at("/flower", "/", "").before(&tool).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    let answer = door.context(&ada, "/flower/tasks", "X-Forwarded-Prefix: /spoof\n").await;
    assert_eq!((status(&answer), header(&answer, "location")), (302, "/flower/tasks/1"));
    assert_eq!(header(&answer, "set-cookie"), "_xsrf=1; Path=/flower");
    assert_eq!(header(&tool.saw(), "x-forwarded-prefix"), "/flower");
    assert!(!tool.saw().contains("spoof"));
    let bare = door.context(&ada, "/flower?a=1", "").await;
    assert_eq!((status(&bare), header(&bare, "location")), (302, "/flower/?a=1"));
}

#[tokio::test]
async fn a_tool_that_knows_its_prefix_only_with_the_slash_is_found_without() {
    let tool = Tool::answering("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    let door = TestDoor::build().at("/flower", "", "").before(&tool).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    let answer = door.context(&ada, "/flower", "").await;
    assert_eq!((status(&answer), header(&answer, "location")), (302, "/flower/"));
    assert_eq!(header(&tool.saw(), "x-forwarded-prefix"), "");
    assert_eq!(status(&door.context(&ada, "/flower/x", "").await), 404);
}

#[tokio::test]
async fn a_header_name_with_an_underscore_reaches_neither_rules_nor_tool() {
    let tool = Tool::hello();
    let profile = "profile: x\nrules:\n  - {match: \"GET /**\", action: view}\n  \
                   - {match: \"GET /**\", when: {header: {X-Own-Node: other}}, action: admin, why: it acts on another}\n";
    let door = TestDoor::build().profile(profile).before(&tool).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    let with = async |headers: &str| status(&door.context(&ada, "/", headers).await);
    assert_eq!(with("X-Own-Node: other\n").await, 403, "the rule looks at the header");
    for headers in ["X_Own_Node: other\nX-Own-Node: 1\n", "X-Own-Node: 1\nX_Own_Node: other\n", "X_Own-Node: other\n"] {
        assert_eq!(with(headers).await, 200, "it is none of that name: {headers}");
        let last = tool.seen().pop().expect("it came through");
        assert!(!last.contains("other"), "{last}");
    }
    assert_eq!(with("X-Own-Node: 1\n").await, 200);
    assert_eq!(header(&tool.seen().pop().expect("it came through"), "x-own-node"), "1");
}

#[tokio::test]
async fn an_answer_to_a_body_nobody_read_says_that_the_connection_closes() {
    let door = TestDoor::before(&Tool::hello()).await;
    let refused = door.ask("POST /x HTTP/1.1\nHost: door\nContent-Length: 4\n\nbody").await;
    assert_eq!((status(&refused), header(&refused, "connection")), (401, "close"));
    let bare = door.ask("POST /x HTTP/1.1\nHost: door\nContent-Length: 0\n\n").await;
    assert_eq!((status(&bare), header(&bare, "connection")), (401, ""));
}
