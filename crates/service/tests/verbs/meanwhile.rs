//! What happens while a verb waits: something else, between its reading a user and its writing what follows.

use async_trait::async_trait;
use doorward_domain::{Email, NewAuditEvent, SessionId, Timestamp, User, UserId, Username};
use doorward_service::login::LoginError;
use doorward_service::ports::{Listed, Proof, StoreError, UserChange, UserQuery, UserStore};
use doorward_service::users::UserError;
use doorward_service::{ServicesConfig, Stores};
use doorward_testkit::audit_event;
use parking_lot::Mutex;
use std::pin::Pin;
use std::sync::Arc;

use crate::house::{HERE, House, PASSWORD, secret, start};

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

    async fn create(&self, user: &User, hash: Option<&str>, audit: &NewAuditEvent) -> Result<(), StoreError> {
        self.users.create(user, hash, audit).await
    }

    async fn create_first_admin(&self, user: &User, hash: &str, audit: &NewAuditEvent) -> Result<bool, StoreError> {
        self.users.create_first_admin(user, hash, audit).await
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
        audit: &NewAuditEvent,
    ) -> Result<Option<User>, StoreError> {
        self.users.update(id, change, now, audit).await
    }

    async fn delete(&self, id: UserId, audit: &NewAuditEvent) -> Result<bool, StoreError> {
        self.users.delete(id, audit).await
    }

    async fn set_password(&self, id: UserId, hash: &str, audit: &NewAuditEvent) -> Result<bool, StoreError> {
        self.users.set_password(id, hash, audit).await
    }

    async fn change_password(
        &self,
        id: UserId,
        keep: SessionId,
        proof: Proof<'_>,
        hash: &str,
        audit: &NewAuditEvent,
    ) -> Result<bool, StoreError> {
        self.users.change_password(id, keep, proof, hash, audit).await
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
            assert!(users.set_password(ada.id, "another hash", &audit_event("test").build()).await.unwrap());
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
    let me = house.admitted("ada").await;
    users.next_changes_adas_password();
    let refused = house.services.login.step_up(&me, HERE.parse().unwrap(), &secret(PASSWORD)).await;
    assert!(matches!(refused, Err(LoginError::InvalidCredentials)), "{refused:?}");
    insta::assert_snapshot!(house.story(1).await.join("\n"), @r#"ada step_up - failure {"reason":"overtaken"}"#);
}

#[tokio::test]
async fn a_password_that_is_changed_while_it_is_checked_is_not_changed_back() {
    let (house, users) = overtaken().await;
    let me = house.admitted("ada").await;
    users.next_changes_adas_password();
    let new = secret("yet another horse");
    let refused = house.services.users.change_own_password(&me, HERE, secret(PASSWORD), new).await;
    assert!(matches!(refused, Err(UserError::WrongPassword)), "{refused:?}");
    let stored = house.stores.users.find_by_name(&"ada".parse().unwrap()).await.unwrap().unwrap().1;
    assert_eq!(stored.as_deref(), Some("another hash"));
}
