//! What whoever is refused reads: what they hold, what they lack and on what, or which denial it is.

use bytes::Bytes;
use doorward_domain::{Effect, Role, Scope, Subject};
use doorward_service::Explanation;
use doorward_service::admin::grants::NewGrant;
use doorward_service::admin::keys::NewKey;
use doorward_service::explain::{Hypothetical, Whom};
use http::{HeaderMap, HeaderValue, Method};

use crate::house::{House, local};

const LAUNCH_B: &str = r#"{"query":"mutation { launchRun(executionParams: {selector: {repositoryLocationName: \"b\", repositoryName: \"r\", jobName: \"job_b\"}}) { __typename } }"}"#;

async fn give(house: &House, subject: Subject, effect: Effect, pattern: Option<&str>) {
    let app = "dagster".parse().unwrap();
    let scope = match pattern {
        Some(pattern) => Scope::Resources(app, pattern.parse().unwrap()),
        None => Scope::App(app),
    };
    let new = NewGrant { subject, effect, scope, until: None, reason: String::new() };
    house.services.grants.put(&local(), new).await.unwrap();
}

async fn told(house: &House, whom: Whom, method: Method, path: &str, body: &'static str) -> String {
    let explained = explained(house, whom, method, path, body).await;
    assert_eq!(explained.decision, "deny");
    explained.reason
}

async fn explained(house: &House, whom: Whom, method: Method, path: &str, body: &'static str) -> Explanation {
    let mut headers = HeaderMap::new();
    headers.insert("content-type", HeaderValue::from_static("application/json"));
    let (app, body) = (Some("dagster".parse().unwrap()), Bytes::from_static(body.as_bytes()));
    let asked = Hypothetical {
        whom,
        app,
        among: Vec::new(),
        method,
        path: path.to_owned(),
        headers,
        body,
        command: "doorward".to_owned(),
        doors: Vec::new(),
    };
    house.services.explain.explain(&local(), &asked).await.unwrap()
}

#[tokio::test]
async fn whoever_holds_the_role_elsewhere_is_told_on_what_they_lack_it() {
    let house = House::new().await;
    let ann = house.add("ann", None).await;
    give(&house, Subject::User(ann.id), Effect::Allow(Role::Operator), Some("job:job_a")).await;
    let ann = || Whom::User("ann".to_owned());
    assert_eq!(
        told(&house, ann(), Method::POST, "/graphql", LAUNCH_B).await,
        "You are signed in as ann (operator on parts of this app). Launching runs needs the role operator on job:job_b. Ask an administrator of this site if you need it."
    );
    let lists = r#"{"query":"{ workspaceOrError { __typename } }"}"#;
    let whole = told(&house, ann(), Method::POST, "/graphql", lists).await;
    assert!(whole.contains("needs the role viewer on all of this app."), "{whole}");
}

/// What ann reads who holds operator on this alone.
async fn told_to_the_holder_of(pattern: &str, body: &'static str) -> String {
    let house = House::new().await;
    let ann = house.add("ann", None).await;
    give(&house, Subject::User(ann.id), Effect::Allow(Role::Operator), Some(pattern)).await;
    told(&house, Whom::User("ann".to_owned()), Method::POST, "/graphql", body).await
}

#[tokio::test]
async fn whoever_holds_single_things_alone_is_told_on_what_a_stronger_role_is_needed() {
    let reload = r#"{"query":"mutation { reloadRepositoryLocation(repositoryLocationName: \"b\") { __typename } }"}"#;
    let told = told_to_the_holder_of("location:a", reload).await;
    assert!(told.contains("needs the role developer on location:b."), "{told}");
}

#[tokio::test]
async fn of_what_the_request_does_not_tell_it_is_said_that_a_grant_would_do_where_one_would() {
    let end = r#"{"query":"mutation { terminateRun(runId: \"1\") { __typename } }"}"#;
    let told = told_to_the_holder_of("job:job_a", end).await;
    assert!(
        told.contains(
            " needs the role operator on what it acts on: the request does not tell whether you may already."
        ),
        "{told}"
    );
}

#[tokio::test]
async fn a_key_is_no_person_who_could_sign_in_or_ask() {
    let house = House::new().await;
    let new = NewKey {
        name: "ci".to_owned(),
        role: Role::Viewer,
        scope: Scope::App("dagster".parse().unwrap()),
        owner: None,
        expires_at: None,
        allowed_addresses: Vec::new(),
    };
    house.services.keys.create(&local(), new).await.unwrap();
    assert_eq!(
        told(&house, Whom::Key("ci".to_owned()), Method::POST, "/graphql", LAUNCH_B).await,
        "This is the API key ci (viewer). Launching runs needs the role operator. Whoever made the key can give it more."
    );
}

#[tokio::test]
async fn a_key_that_its_owner_holds_back_is_not_sent_to_whoever_made_it() {
    let house = House::new().await;
    let ada = house.add("ada", Some(Role::Viewer)).await;
    for (name, role) in [("strong", Role::Admin), ("weak", Role::Viewer)] {
        let new = NewKey {
            name: name.to_owned(),
            role,
            scope: Scope::App("dagster".parse().unwrap()),
            owner: Some(ada.id),
            expires_at: None,
            allowed_addresses: Vec::new(),
        };
        house.services.keys.create(&local(), new).await.unwrap();
        assert_eq!(
            told(&house, Whom::Key(name.to_owned()), Method::POST, "/graphql", LAUNCH_B).await,
            format!(
                "This is the API key {name} (viewer). Launching runs needs the role operator. A key does no more than its owner, who may not do this either. Ask an administrator of this site if you need it."
            )
        );
    }
    // The owner may, so it is the key that can be given more.
    give(&house, Subject::User(ada.id), Effect::Allow(Role::Operator), None).await;
    assert_eq!(
        told(&house, Whom::Key("weak".to_owned()), Method::POST, "/graphql", LAUNCH_B).await,
        "This is the API key weak (viewer). Launching runs needs the role operator. Whoever made the key can give it more."
    );
}

#[tokio::test]
async fn a_denial_of_the_whole_app_does_not_speak_of_parts() {
    let house = House::new().await;
    let cora = house.add("cora", Some(Role::Operator)).await;
    let cora_is = || Whom::User("cora".to_owned());
    give(&house, Subject::User(cora.id), Effect::Deny, Some("location:b")).await;
    let part = told(&house, cora_is(), Method::POST, "/graphql", LAUNCH_B).await;
    assert!(part.contains("Launching runs is denied to you on job:job_b."), "{part}");
    give(&house, Subject::User(cora.id), Effect::Deny, None).await;
    let whole = told(&house, cora_is(), Method::GET, "/jobs", "").await;
    assert!(whole.contains(" is denied to you, as all of this app is."), "{whole}");
}

#[tokio::test]
async fn what_may_or_may_not_be_theirs_is_told_with_what_would_do() {
    let house = House::new().await;
    let ann = house.add("ann", None).await;
    give(&house, Subject::User(ann.id), Effect::Allow(Role::Operator), Some("asset:orders")).await;
    let ann = || Whom::User("ann".to_owned());
    assert_eq!(
        told(&house, ann(), Method::POST, "/graphql", LAUNCH_B).await,
        "You are signed in as ann (operator on parts of this app). Launching runs needs the role operator on job:job_b: the request does not tell whether it acts on what you may already. Ask an administrator of this site if you need it."
    );
    // What is denied to them, no role on the job would lift: nothing is said that would not do.
    give(&house, Subject::User(house.add("dan", Some(Role::Operator)).await.id), Effect::Deny, Some("asset:orders"))
        .await;
    let dan = told(&house, Whom::User("dan".to_owned()), Method::POST, "/graphql", LAUNCH_B).await;
    assert!(
        dan.contains("cannot be allowed: the request does not tell whether it acts on something that you are denied."),
        "{dan}"
    );
}

#[tokio::test]
async fn of_a_key_that_its_owner_holds_back_it_is_told_what_the_owner_lacks() {
    let house = House::new().await;
    let ada = house.add("ada", None).await;
    let key = async |name: &str, role| {
        let new = NewKey {
            name: name.to_owned(),
            role,
            scope: Scope::App("dagster".parse().unwrap()),
            owner: Some(ada.id),
            expires_at: None,
            allowed_addresses: Vec::new(),
        };
        house.services.keys.create(&local(), new).await.unwrap().1.key.id
    };
    key("strong", Role::Admin).await;
    let weak = key("weak", Role::Viewer).await;
    let launch = async |name: &str| explained(&house, Whom::Key(name.into()), Method::POST, "/graphql", LAUNCH_B).await;
    let add = |whom: &str| format!("doorward grant add {whom} --role operator --app dagster --resource 'job:job_b'");
    let strong = launch("strong").await;
    assert_eq!(strong.because.as_deref(), Some("a key never does more than its owner: ada holds no role on dagster"));
    assert_eq!(strong.remedy, Some(add("ada")));
    assert_eq!(launch("weak").await.remedy, Some(format!("{} && {}", add("ada"), add("--key weak"))));

    let denied = Effect::Deny;
    give(&house, Subject::User(ada.id), denied, Some("job:job_b")).await;
    let held_back = launch("strong").await;
    let because = held_back.because.unwrap();
    assert_eq!(because, "ada is denied job:job_b of dagster");
    let remedy = held_back.remedy.unwrap();
    assert!(remedy.starts_with("doorward grant remove ") && remedy.ends_with(&add("ada")), "{remedy}");
    // What was said would do does.
    let operator = Effect::Allow(Role::Operator);
    give(&house, Subject::User(ada.id), operator, Some("job:job_b")).await;
    assert_eq!(launch("strong").await.decision, "allow");
    give(&house, Subject::Key(weak), operator, Some("job:job_b")).await;
    assert_eq!(launch("weak").await.decision, "allow");
}

#[tokio::test]
async fn whoever_lacks_a_role_reads_that_a_denial_may_be_in_the_way_too() {
    let house = House::new().await;
    let ann = house.add("ann", None).await;
    give(&house, Subject::User(ann.id), Effect::Allow(Role::Viewer), None).await;
    give(&house, Subject::User(ann.id), Effect::Deny, Some("location:b")).await;
    let ann = || Whom::User("ann".to_owned());
    let delete = r#"{"query":"mutation { deletePipelineRun(runId: \"a1\") { __typename } }"}"#;
    let sentence = told(&house, ann(), Method::POST, "/graphql", delete).await;
    assert!(sentence.contains(" Whether anything that it acts on is denied to you shows only then."), "{sentence}");
    let other = r#"{"query":"mutation { launchRun(executionParams: {selector: {repositoryLocationName: \"a\", repositoryName: \"r\", jobName: \"j\"}}) { __typename } }"}"#;
    let certain = told(&house, ann(), Method::POST, "/graphql", other).await;
    assert!(!certain.contains("shows only then"), "the request names what it acts on: {certain}");
}
