use bytes::Bytes;
use doorward_domain::{Effect, Role, Scope, Subject};
use doorward_service::App;
use doorward_service::admin::grants::NewGrant;
use doorward_service::explain::{ExplainError, Hypothetical, Whom};
use doorward_service::ports::UserChange;
use http::{HeaderMap, HeaderValue, Method};
use std::sync::Arc;

use crate::house::{House, local};

pub fn request(as_user: Option<&str>, app: Option<&str>, method: Method, path: &str, body: &str) -> Hypothetical {
    let mut headers = HeaderMap::new();
    headers.insert("content-type", HeaderValue::from_static("application/json"));
    Hypothetical {
        whom: as_user.map_or(Whom::Nobody, |name| Whom::User(name.to_owned())),
        app: app.map(|app| app.parse().unwrap()),
        among: Vec::new(),
        method,
        path: path.to_owned(),
        headers,
        body: Bytes::copy_from_slice(body.as_bytes()),
        command: "doorward".to_owned(),
        doors: Vec::new(),
    }
}

pub async fn house() -> House {
    let house = House::new().await;
    house.add("ada", Some(Role::Viewer)).await;
    house.add("bob", Some(Role::Operator)).await;
    house
}

#[tokio::test]
async fn the_decision_and_its_reason_are_the_doors_own() {
    let house = house().await;
    let mut told = Vec::new();
    for (who, app, method, path, body) in [
        (Some("ada"), "wiki", Method::GET, "/page?x=1", ""),
        (Some("ada"), "wiki", Method::DELETE, "/page", ""),
        (Some("root"), "wiki", Method::GET, "/a/../b", ""),
        (None, "wiki", Method::GET, "/page", ""),
    ] {
        let asked = request(who, Some(app), method.clone(), path, body);
        let e = house.services.explain.explain(&local(), &asked).await.unwrap();
        let action = e.action.unwrap_or("-");
        told.push(format!("{} {method} {path}: {} {action} {}", who.unwrap_or("nobody"), e.decision, e.reason));
    }
    insta::assert_snapshot!(told.join("\n"), @"
    ada GET /page?x=1: allow view The role viewer includes this.
    ada DELETE /page: deny edit You are signed in as ada (viewer). Changing anything needs the role developer. Ask an administrator of this site if you need it.
    root GET /a/../b: refuse - The path holds a dot segment.
    nobody GET /page: sign-in view Nobody is signed in.
    ");
}

#[tokio::test]
async fn what_decided_may_be_the_role_that_an_app_gives_to_everybody() {
    let house = house().await;
    house.add("cleo", None).await;
    let wiki = house.services.apps.find(&"wiki".parse().unwrap()).unwrap();
    house.services.apps.replace(vec![Arc::new(App { default_role: Some(Role::Viewer), ..(*wiki).clone() })]);
    let mut told = Vec::new();
    for (who, method) in [("cleo", Method::GET), ("ada", Method::GET), ("bob", Method::GET), ("cleo", Method::DELETE)] {
        let asked = request(Some(who), Some("wiki"), method.clone(), "/page", "");
        let e = house.services.explain.explain(&local(), &asked).await.unwrap();
        told.push(format!("{who} {method}: {} because {}", e.decision, e.because.as_deref().unwrap_or("-")));
    }
    insta::assert_snapshot!(told.join("\n"), @"
    cleo GET: allow because everybody who signs in is given the role viewer on all of wiki (default_role)
    ada GET: allow because ada is given the role viewer on everything
    bob GET: allow because bob is given the role operator on everything
    cleo DELETE: deny because -
    ");
}

#[tokio::test]
async fn a_websocket_is_explained_by_the_word_that_profiles_have_for_it() {
    let house = house().await;
    let socket = Method::from_bytes(b"WEBSOCKET").unwrap();
    for (who, app, path, decision) in [
        ("ada", "dagster", "/graphql", "allow"),
        ("ada", "wiki", "/live", "deny"),
        ("bob", "wiki", "/live", "deny"),
        ("root", "wiki", "/live", "allow"),
    ] {
        let asked = request(Some(who), Some(app), socket.clone(), path, "");
        let explained = house.services.explain.explain(&local(), &asked).await.unwrap();
        assert_eq!(explained.decision, decision, "{who} {path}: {}", explained.reason);
    }
}

#[tokio::test]
async fn graphql_is_explained_operation_by_operation() {
    let house = house().await;
    let mut told = Vec::new();
    for (who, body) in [
        ("ada", r#"{"query":"{ version }"}"#),
        ("ada", r#"{"query":"mutation { launchRun(executionParams: {}) { __typename } }"}"#),
        ("bob", r#"{"query":"mutation { launchRun(executionParams: {}) { __typename } }"}"#),
        (
            "bob",
            r#"{"query":"mutation { a: launchRun(executionParams: {}) { __typename } b: wipeAssets(assetPartitionRanges: []) { __typename } }"}"#,
        ),
        ("root", r#"{"query":"mutation { noSuchThing }"}"#),
        ("root", r#"{"query":"{"}"#),
        ("root", r#"{"query":"{ version }","query":"mutation { launchRun }"}"#),
    ] {
        let e = house
            .services
            .explain
            .explain(&local(), &request(Some(who), Some("dagster"), Method::POST, "/graphql", body))
            .await;
        let e = e.unwrap();
        let operations: Vec<_> = e.operations.iter().map(|operation| operation.name.as_ref()).collect();
        let needs = e.required_role.map_or("-", Role::as_str);
        let reason = if e.decision == "deny" { e.reason.as_str() } else { "" };
        told.push(
            format!("{who} {} {operations:?} needs {needs} writes {}. {reason}", e.decision, e.changes_state)
                .trim_end()
                .to_owned(),
        );
        assert!(!e.reason.is_empty());
    }
    insta::assert_snapshot!(told.join("\n"), @r#"
    ada allow ["version"] needs viewer writes false.
    ada deny ["launchRun"] needs operator writes true. You are signed in as ada (viewer). Launching runs needs the role operator. Ask an administrator of this site if you need it.
    bob allow ["launchRun"] needs operator writes true.
    bob deny ["wipeAssets", "launchRun"] needs manager writes true. You are signed in as bob (operator). Wiping assets needs the role manager. Ask an administrator of this site if you need it.
    root allow ["noSuchThing"] needs admin writes true.
    root refuse [] needs - writes false.
    root refuse [] needs - writes false.
    "#);
}

#[tokio::test]
async fn a_mistyped_operation_is_told_as_one_that_the_profile_does_not_know() {
    let house = house().await;
    let body = "{\"query\":\"mutation { luanchRun { __typename } }\"}";
    let asked = request(Some("bob"), Some("dagster"), Method::POST, "/graphql", body);
    let told = house.services.explain.explain(&local(), &asked).await.unwrap();
    assert_eq!(told.decision, "deny");
    assert!(told.reason.ends_with("The profile knows no `luanchRun`; did you mean `launchRun`?"), "{}", told.reason);
}

#[tokio::test]
async fn people_may_ask_about_themselves_only() {
    let house = house().await;
    let (ada, root) = (house.actor("ada").await, house.actor("root").await);
    let explain = &house.services.explain;
    let about = |who| request(who, Some("wiki"), Method::GET, "/", "");
    assert!(explain.explain(&ada, &about(Some("ADA"))).await.is_ok());
    for who in [Some("bob"), Some("nobody"), Some("not a name"), None] {
        assert!(matches!(explain.explain(&ada, &about(who)).await, Err(ExplainError::NotAllowed(_))), "{who:?}");
    }
    assert!(explain.explain(&root, &about(Some("bob"))).await.is_ok());
    assert!(matches!(explain.explain(&root, &about(Some("nobody"))).await, Err(ExplainError::UnknownUser)));
}

#[tokio::test]
async fn a_disabled_user_is_explained_as_such() {
    let house = house().await;
    let ada = house.services.users.find_by_name(&local(), "ada").await.unwrap();
    let change = UserChange { is_disabled: Some(true), ..UserChange::default() };
    house.services.users.update(&local(), ada.id, change).await.unwrap();
    let asked = request(Some("ada"), Some("wiki"), Method::GET, "/", "");
    let explained = house.services.explain.explain(&local(), &asked).await.unwrap();
    assert_eq!((explained.decision, explained.reason.as_str()), ("sign-in", "ada is disabled and cannot sign in."));
}

#[tokio::test]
async fn the_grant_that_is_named_would_do_and_where_none_would_none_is_named() {
    let house = house().await;
    let cleo = house.add("cleo", None).await;
    let give = async |effect, resource: &str| {
        let scope = Scope::Resources("dagster".parse().unwrap(), resource.parse().unwrap());
        let (subject, reason) = (Subject::User(cleo.id), String::new());
        let new = NewGrant { subject, effect, scope, until: None, reason };
        house.services.grants.put(&local(), new).await.unwrap();
    };
    let ask = async |document: &str| {
        let body = serde_json::json!({ "query": document }).to_string();
        let asked = request(Some("cleo"), Some("dagster"), Method::POST, "/graphql", &body);
        let told = house.services.explain.explain(&local(), &asked).await.unwrap();
        (told.decision, told.remedy.map(|remedy| remedy.replace("doorward grant ", "")))
    };
    give(Effect::Allow(Role::Operator), "location:etl").await;
    // Nobody can tell of which location these are.
    let (run, wipe) = (r#"mutation { terminateRun(runId: "1") { __typename } }"#, "mutation { wipeAssets }");
    assert_eq!(ask(run).await, ("deny", Some("add cleo --role operator --app dagster --resource 'run:1'".to_owned())));
    assert_eq!(ask(wipe).await, ("deny", Some("add cleo --role manager --app dagster".to_owned())));
    let of = |id: &str| format!(r#"mutation {{ terminateRun(runId: "{id}") {{ __typename }} }}"#);
    let quoted = r#"add cleo --role operator --app dagster --resource 'run:it'"'"'s'"#;
    assert_eq!(ask(&of("it's")).await, ("deny", Some(quoted.to_owned())));
    for odd in ["*", "**", "a*b", "raw/**", "***"] {
        assert_eq!(ask(&of(odd)).await, ("deny", None), "no grant means {odd} alone, and all of the app is not meant");
    }
    give(Effect::Allow(Role::Operator), "run:1").await;
    assert_eq!(ask(run).await, ("allow", None));
    give(Effect::Allow(Role::Operator), "run:*").await;
    give(Effect::Deny, "run:1").await;
    let (decision, told) = ask(run).await;
    assert!(decision == "deny" && told.as_ref().is_some_and(|told| !told.contains("add")), "{told:?}");
    let denial: doorward_domain::GrantId = told.unwrap().trim_start_matches("remove ").parse().unwrap();
    house.services.grants.remove(&local(), denial).await.unwrap();
    give(Effect::Allow(Role::Operator), "run:1").await;
    assert_eq!(ask(run).await, ("allow", None));
    give(Effect::Deny, "asset:payroll").await;
    assert_eq!(ask(run).await, ("deny", None), "it may be of what is denied, which the app is asked at the door");
    let lifted = ask(wipe).await.1.unwrap();
    let (lifted, added) = lifted.split_once(" && ").unwrap();
    assert_eq!(added, "add cleo --role manager --app dagster");
    house.services.grants.remove(&local(), lifted.trim_start_matches("remove ").parse().unwrap()).await.unwrap();
    assert_eq!(ask(run).await, ("allow", None));
}

/// Then no role would do either, least of all one on all of the app.
#[tokio::test]
async fn of_more_things_than_the_app_is_asked_about_a_denial_goes_first() {
    let house = House::new().await;
    let nora = house.add("nora", Some(Role::Viewer)).await;
    let scope = Scope::Resources("dagster".parse().unwrap(), "location:finance".parse().unwrap());
    let (subject, reason) = (Subject::User(nora.id), String::new());
    let new = NewGrant { subject, effect: Effect::Deny, scope, until: None, reason };
    house.services.grants.put(&local(), new).await.unwrap();
    for (runs, begins) in [(2, "doorward grant add"), (64, "doorward grant add"), (65, "doorward grant remove")] {
        let ids: Vec<String> = (0..runs).map(|n| format!("\\\"{n}\\\"")).collect();
        let ids = ids.join(",");
        let body = format!(r#"{{"query":"mutation {{ terminateRuns(runIds: [{ids}]) {{ __typename }} }}"}}"#);
        let asked = request(Some("nora"), Some("dagster"), Method::POST, "/graphql", &body);
        let told = house.services.explain.explain(&local(), &asked).await.unwrap();
        assert!(told.remedy.as_ref().is_some_and(|remedy| remedy.starts_with(begins)), "{runs}: {told:?}");
    }
}

/// At the door the app is asked, and may tell that it has nothing to do with what is denied.
#[tokio::test]
async fn a_denial_that_only_may_be_in_the_way_is_not_offered_to_be_lifted() {
    let house = House::new().await;
    let nora = house.add("nora", Some(Role::Viewer)).await;
    let give = async |effect, resource: &str| {
        let scope = Scope::Resources("dagster".parse().unwrap(), resource.parse().unwrap());
        let (subject, reason) = (Subject::User(nora.id), String::new());
        let new = NewGrant { subject, effect, scope, until: None, reason };
        house.services.grants.put(&local(), new).await.unwrap();
    };
    let asked = async || {
        let asked = request(Some("nora"), Some("dagster"), Method::POST, "/report_asset_materialization/orders", "{}");
        house.services.explain.explain(&local(), &asked).await.unwrap()
    };
    give(Effect::Deny, "location:finance").await;
    let weak = asked().await;
    let grant = "doorward grant add nora --role developer --app dagster --resource 'asset:orders'";
    assert_eq!((weak.decision, weak.because, weak.remedy.as_deref()), ("deny", None, Some(grant)));
    assert!(weak.reason.contains("needs the role developer"), "{}", weak.reason);
    give(Effect::Allow(Role::Developer), "asset:orders").await;
    let untold = asked().await;
    assert_eq!((untold.decision, untold.remedy), ("deny", None));
    assert!(untold.reason.ends_with("for this answer no app is asked."), "{}", untold.reason);
    assert!(untold.because.is_some_and(|because| because.contains("location:finance")));
}

/// A request names thousands of things, each of which is judged: whoever signs in meanwhile does not wait for that.
#[test]
fn what_is_asked_is_read_and_judged_on_another_thread() {
    let runtime = tokio::runtime::Builder::new_current_thread().max_blocking_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        let (house, actor) = (house().await, local());
        let asked = request(Some("ada"), Some("wiki"), Method::DELETE, "/page", "");
        let (go, stop) = std::sync::mpsc::channel::<()>();
        let busy = tokio::task::spawn_blocking(move || stop.recv());
        let mut told = std::pin::pin!(house.services.explain.explain(&actor, &asked));
        let soon = std::time::Duration::from_millis(300);
        assert!(tokio::time::timeout(soon, &mut told).await.is_err(), "there was no other thread");
        go.send(()).unwrap();
        busy.await.unwrap().unwrap();
        assert_eq!(told.await.unwrap().decision, "deny");
    });
}
