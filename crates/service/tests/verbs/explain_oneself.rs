//! What somebody reads of why they are let through or stopped, who may not see the grants.

use doorward_domain::{Effect, Member, Role, Scope, Subject};
use doorward_service::Actor;
use doorward_service::admin::grants::NewGrant;
use doorward_service::admin::keys::NewKey;
use doorward_service::explain::{Hypothetical, Whom};
use http::Method;

use crate::explain::{house, request};
use crate::house::local;

#[tokio::test]
async fn of_what_is_denied_to_oneself_is_told_what_but_not_why() {
    let house = house().await;
    let subject = Subject::User(house.services.users.find_by_name(&local(), "bob").await.unwrap().id);
    let scope = Scope::Resources("dagster".parse().unwrap(), "location:secret".parse().unwrap());
    let new = NewGrant { subject, effect: Effect::Deny, scope, until: None, reason: "the merger".to_owned() };
    house.services.grants.put(&local(), new).await.unwrap();
    let named = r#"{"query":"mutation { launchRun(executionParams: {selector: {repositoryLocationName: \"secret\", repositoryName: \"r\", jobName: \"j\"}}) { __typename } }"}"#;
    let untold = r#"{"query":"mutation { terminateRun(runId: \"1\") { __typename } }"}"#;
    let whole = r#"{"query":"mutation { reloadWorkspace { __typename } }"}"#;
    for body in [named, untold, whole] {
        let asked = request(Some("bob"), Some("dagster"), Method::POST, "/graphql", body);
        let own = house.services.explain.explain(&house.actor("bob").await, &asked).await.unwrap();
        let root = house.services.explain.explain(&house.actor("root").await, &asked).await.unwrap();
        let (own_because, because) = (own.because.unwrap_or_default(), root.because.unwrap_or_default());
        assert!(because.contains("location:secret") && because.contains("the merger"), "{body}: {because}");
        let offered = root.remedy.is_some_and(|remedy| remedy.contains("grant remove "));
        assert_eq!(offered, body != untold, "{body}: the app would be asked of which location it is");
        assert!(
            own_because.starts_with("the denial ") && own_because.ends_with(" of location:secret of dagster"),
            "{own_because}"
        );
        assert_eq!(own.remedy, None, "{body}");
    }
}

#[tokio::test]
async fn of_what_lets_oneself_through_neither_the_reason_nor_the_group_is_told() {
    let house = house().await;
    let wiki = || Scope::App("wiki".parse().unwrap());
    let cleo = house.add("cleo", None).await.id;
    let group = house.services.groups.create(&local(), "layoffs", "").await.unwrap().id;
    house.services.groups.join(&local(), group, Member::User(cleo)).await.unwrap();
    let give = async |subject, role| {
        let new =
            NewGrant { subject, effect: Effect::Allow(role), scope: wiki(), until: None, reason: "a secret".into() };
        house.services.grants.put(&local(), new).await.unwrap();
    };
    give(Subject::Group(group), Role::Viewer).await;
    let new = NewKey {
        name: "cleos".to_owned(),
        role: Role::Operator,
        scope: wiki(),
        owner: Some(cleo),
        expires_at: None,
        allowed_addresses: Vec::new(),
    };
    let key = house.program(new).await;
    let of_key =
        Hypothetical { whom: Whom::Key("cleos".to_owned()), ..request(None, Some("wiki"), Method::GET, "/", "") };
    let of_cleo = request(Some("cleo"), Some("wiki"), Method::GET, "/", "");
    let because = async |actor: &Actor, asked| {
        let told = house.services.explain.explain(actor, asked).await.unwrap();
        format!("{} because {}", told.decision, told.because.unwrap_or_default())
    };
    let whole = "allow because the group layoffs is given the role viewer on all of wiki (a secret)";
    let cleo_asks = house.actor("cleo").await;
    assert_eq!(
        because(&cleo_asks, &of_cleo).await,
        "allow because a group of cleo is given the role viewer on all of wiki"
    );
    assert_eq!(because(&key, &of_key).await, "allow because key:cleos does no more than its owner, whose role this is");
    assert_eq!([because(&local(), &of_cleo).await, because(&local(), &of_key).await], [whole; 2]);
    give(Subject::User(cleo), Role::Operator).await;
    assert_eq!(because(&cleo_asks, &of_cleo).await, "allow because cleo is given the role operator on all of wiki");
    // Who answers for the app reads them whole.
    give(Subject::User(cleo), Role::Manager).await;
    let whole = "allow because cleo is given the role manager on all of wiki (a secret)";
    assert_eq!(because(&house.actor("cleo").await, &of_cleo).await, whole);
}
