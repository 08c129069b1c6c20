//! What happens while a verb waits: something else, between its reading a user and its writing what follows.

use async_trait::async_trait;
use doorward_domain::{Email, Role, Scope, SessionId, Subject, Timestamp, User, UserId, Username};
use doorward_service::admin::grants::{GrantError, NewGrant};
use doorward_service::admin::sessions::SessionError;
use doorward_service::admin::users::UserError;
use doorward_service::ports::{Changed, Effects, Listed, Proof, StoreError, UserChange, UserQuery, UserStore};
use doorward_service::sign_in::login::LoginError;
use doorward_service::{Actor, ServicesConfig, Stores};
use doorward_testkit::{Untold as _, audit_event};
use parking_lot::Mutex;
use std::pin::Pin;
use std::sync::Arc;

use crate::house::{HERE, House, PASSWORD, local, new_user, secret, start};

type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Users of whom the next that is read by name is changed by somebody else right after.
struct Overtaken {
    users: Arc<dyn UserStore>,
    then: Mutex<Option<Work>>,
}

#[async_trait]
impl UserStore for Overtaken {
    async fn find_by_name(&self, name: &Username) -> Result<Option<(User, Option<String>)>, StoreError> {
        let found = self.users.find_by_name(name).await;
        let then = self.then.lock().take();
        if let Some(work) = then {
            work.await;
        }
        found
    }

    async fn create(&self, user: &User, hash: Option<&str>, effects: Effects<'_>) -> Result<Changed<()>, StoreError> {
        self.users.create(user, hash, effects).await
    }

    async fn create_first_admin(
        &self,
        user: &User,
        hash: &str,
        effects: Effects<'_>,
    ) -> Result<Changed<bool>, StoreError> {
        self.users.create_first_admin(user, hash, effects).await
    }

    async fn find(&self, id: UserId) -> Result<Option<User>, StoreError> {
        self.users.find(id).await
    }

    async fn find_by_email(&self, email: &Email) -> Result<Option<(User, Option<String>)>, StoreError> {
        self.users.find_by_email(email).await
    }

    async fn list(&self, query: &UserQuery) -> Result<Listed<User>, StoreError> {
        self.users.list(query).await
    }

    async fn update(
        &self,
        id: UserId,
        change: &UserChange,
        now: Timestamp,
        effects: Effects<'_>,
    ) -> Result<Changed<Option<User>>, StoreError> {
        self.users.update(id, change, now, effects).await
    }

    async fn delete(&self, id: UserId, effects: Effects<'_>) -> Result<Changed<bool>, StoreError> {
        self.users.delete(id, effects).await
    }

    async fn set_password(&self, id: UserId, hash: &str, effects: Effects<'_>) -> Result<Changed<bool>, StoreError> {
        self.users.set_password(id, hash, effects).await
    }

    async fn change_password(
        &self,
        id: UserId,
        keep: SessionId,
        proof: Proof<'_>,
        hash: &str,
        effects: Effects<'_>,
    ) -> Result<Changed<bool>, StoreError> {
        self.users.change_password(id, keep, proof, hash, effects).await
    }

    async fn upgrade_hash(&self, id: UserId, old: &str, new: &str) -> Result<bool, StoreError> {
        self.users.upgrade_hash(id, old, new).await
    }

    async fn has_admin(&self) -> Result<bool, StoreError> {
        self.users.has_admin().await
    }
}

/// A house with ada in it, whose users are overtaken.
async fn overtaken() -> (House, Arc<Overtaken>) {
    let mut house = House::new().await;
    house.add("ada", None).await;
    let users = Arc::new(Overtaken { users: Arc::clone(&house.stores.users), then: Mutex::default() });
    let stores = Stores { users: Arc::<Overtaken>::clone(&users), ..house.stores.stores() };
    house.services = start(stores, &house.clock, ServicesConfig::default()).await;
    (house, users)
}

impl Overtaken {
    /// Right after ada is read next, she gets another password.
    fn next_changes_adas_password(&self) {
        let users = Arc::clone(&self.users);
        *self.then.lock() = Some(Box::pin(async move {
            let (ada, _) = users.find_by_name(&"ada".parse().unwrap()).await.unwrap().unwrap();
            assert!(
                users
                    .set_password(ada.id, "another hash", Effects::of(&audit_event("test").build()))
                    .await
                    .untold()
                    .unwrap()
            );
        }));
    }
}

#[tokio::test]
async fn a_password_that_is_changed_while_it_is_checked_opens_nothing() {
    let (house, users) = overtaken().await;
    users.next_changes_adas_password();
    let refused = house.try_sign_in("ada", PASSWORD, HERE).await;
    assert!(matches!(refused, Err(LoginError::InvalidCredentials)), "{refused:?}");
    insta::assert_snapshot!(house.story(1).await.join("\n"), @r#"ada sign_in - failure {"reason":"overtaken"}"#);
}

#[tokio::test]
async fn a_password_that_is_changed_while_it_is_checked_proves_nothing() {
    let (house, users) = overtaken().await;
    let me = house.authenticated("ada").await;
    users.next_changes_adas_password();
    let refused = house.services.login.step_up(&me, HERE.parse().unwrap(), &secret(PASSWORD)).await;
    assert!(matches!(refused, Err(LoginError::InvalidCredentials)), "{refused:?}");
    insta::assert_snapshot!(house.story(1).await.join("\n"), @r#"ada step_up - failure {"reason":"overtaken"}"#);
}

#[tokio::test]
async fn a_password_that_is_changed_while_it_is_checked_is_not_changed_back() {
    let (house, users) = overtaken().await;
    let me = house.authenticated("ada").await;
    users.next_changes_adas_password();
    let new = secret("yet another horse");
    let refused = house.services.users.change_own_password(&me, HERE, secret(PASSWORD), new).await;
    assert!(matches!(refused, Err(UserError::WrongPassword)), "{refused:?}");
    let stored = house.stores.users.find_by_name(&"ada".parse().unwrap()).await.unwrap().unwrap().1;
    assert_eq!(stored.as_deref(), Some("another hash"));
}

/// Each way to administer, by somebody who might when they asked.
async fn every_verb(house: &House, actor: &Actor) -> Vec<StoreError> {
    let ada = house.services.users.find_by_name(&local(), "ada").await.unwrap();
    let opened = house.sign_in("ada").await.session.id;
    let on_wiki = |role| NewGrant {
        subject: Subject::User(ada.id),
        effect: doorward_domain::Effect::Allow(role),
        reason: String::new(),
        scope: Scope::App("wiki".parse().unwrap()),
        until: None,
    };
    let grants = &house.services.grants;
    let given = grants.put(&local(), on_wiki(Role::Viewer)).await.unwrap();
    let (users, sessions) = (&house.services.users, &house.services.sessions);
    let change = UserChange { role: Some(Some(Role::Admin)), ..UserChange::default() };
    let of_users = [
        users.create(actor, new_user("eve", Some(Role::Admin))).await.err(),
        users.update(actor, ada.id, change).await.err(),
        users.set_password(actor, ada.id, secret("another blue horse")).await.err(),
        users.delete(actor, ada.id).await.err(),
    ];
    let of_grants =
        [grants.put(actor, on_wiki(Role::Admin)).await.err(), grants.remove(actor, given.grant.id).await.err()];
    let of_sessions = [sessions.end(actor, opened).await.err(), sessions.end_all_of(actor, ada.id, None).await.err()];
    let store = |refused: Option<_>, name| match refused {
        Some(UserError::Store(why)) => why,
        other => panic!("{name}: {other:?}"),
    };
    let of_users = of_users.into_iter().enumerate().map(|(n, refused)| store(refused, format!("users {n}")));
    let of_grants = of_grants.into_iter().map(|refused| match refused {
        Some(GrantError::Store(why)) => why,
        other => panic!("grants: {other:?}"),
    });
    let of_sessions = of_sessions.into_iter().map(|refused| match refused {
        Some(SessionError::Store(why)) => why,
        other => panic!("sessions: {other:?}"),
    });
    of_users.chain(of_grants).chain(of_sessions).collect()
}

#[tokio::test]
async fn nothing_waits_for_the_rights_of_whoever_asked_to_be_gone() {
    let house = House::new().await;
    house.add("ada", None).await;
    let disabled = UserChange { is_disabled: Some(true), ..UserChange::default() };
    let demoted = UserChange { role: Some(Some(Role::Manager)), ..UserChange::default() };
    for (name, change) in [("disabled", disabled), ("demoted", demoted)] {
        let boss = house.add(name, Some(Role::Admin)).await;
        // Asked while they might, and carried out when they may not any more.
        let actor = house.actor(name).await;
        house.services.users.update(&local(), boss.id, change).await.unwrap();
        let refusals = every_verb(&house, &actor).await;
        assert_eq!(refusals.len(), 8);
        assert!(refusals.iter().all(|why| matches!(why, StoreError::NoLongerAllowed)), "{name}: {refusals:?}");
    }
    let ada = house.services.users.find_by_name(&local(), "ada").await.unwrap();
    assert_eq!(ada.role, None);
    assert!(house.services.users.find_by_name(&local(), "eve").await.is_err());
}
