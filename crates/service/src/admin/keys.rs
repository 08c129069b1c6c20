//! API keys: making, changing, rotating and revoking them. People do so with their own, `admin` with all.

use doorward_domain::{
    ApiKey, AuditAction, Effect, Grant, GrantId, KeyId, NewAuditEvent, Role, Scope, Secret, Subject, Timestamp,
    TokenHash, UserId, Username,
};
use ipnet::IpNet;
use std::sync::Arc;
use std::time::Duration;

use super::grants::told;
use crate::apps::{UnknownApp, UnknownKind};
use crate::context::{Context, Telling as _};
use crate::core::Core;
use crate::ports::{Effects, KeyChange, KeyMade, KeyQuery, KeyStore, Listed, ListedKey, StoreError};
use crate::throttle::Budget;
use crate::{Actor, Apps, Authentication, NotAllowed, Right};

/// Why a key was not made or changed.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The actor may not.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// There is no such key (that the actor may see).
    #[error("there is no such key")]
    NotFound,
    /// There is no such user to own it.
    #[error("there is no such user")]
    UnknownOwner,
    /// There is no such app.
    #[error(transparent)]
    UnknownApp(#[from] UnknownApp),
    /// Its app has nothing of that kind.
    #[error(transparent)]
    UnknownKind(#[from] UnknownKind),
    /// The name cannot be used.
    #[error("a key's name has 1 to 128 letters, digits or any of . _ - + @, and starts with a letter or digit")]
    BadName,
    /// The end is not in the future.
    #[error("`expires_at` must be in the future")]
    AlreadyOver,
    /// The overlap is too long.
    #[error("the old secret may be good for at most 30 days more")]
    LongOverlap,
    /// Its owner has as many as one person may.
    #[error("one person has at most {MOST_KEYS} API keys: revoke one that is no longer used")]
    TooMany,
    /// They change their own too often.
    #[error("too many changes: wait a moment and try again")]
    TooOften {
        /// How long to wait.
        retry_after: Duration,
    },
    /// Too many address ranges.
    #[error("a key has at most {MOST_ADDRESSES} allowed addresses")]
    ManyAddresses,
    /// The store refused or failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Keys of one person: whoever makes programs' keys without end fills everybody's database and memory.
pub const MOST_KEYS: u64 = 50;

/// Address ranges of one key.
pub const MOST_ADDRESSES: usize = 100;

/// For how long a secret may go on beside the one that replaces it.
const LONGEST_OVERLAP: Duration = Duration::from_hours(30 * 24);

/// A key to make.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// What it is called.
    pub name: String,
    /// The role it holds.
    pub role: Role,
    /// On what.
    pub scope: Scope,
    /// Whose it is, if anybody's.
    pub owner: Option<UserId>,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// From where it may be used; empty is from everywhere.
    pub allowed_addresses: Vec<IpNet>,
}

/// Makes, changes, rotates and revokes keys.
pub struct Keys {
    store: Arc<dyn KeyStore>,
    apps: Arc<Apps>,
    authentication: Arc<Authentication>,
    context: Context,
    budget: Budget,
}

impl Keys {
    /// Made of what all verbs are.
    pub(crate) fn new(core: &Core) -> Self {
        Self {
            store: Arc::clone(&core.stores.keys),
            apps: Arc::clone(&core.apps),
            authentication: Arc::clone(&core.authentication),
            context: core.context.clone(),
            budget: Budget::default(),
        }
    }

    /// A page of keys: a person without `admin` may only ask for their own.
    pub async fn list(&self, actor: &Actor, query: &KeyQuery) -> Result<Listed<ListedKey>, KeyError> {
        actor.may_of(Right::SeeKeys, query.owner, self.context.now())?;
        Ok(self.store.list(query).await?)
    }

    /// By id. Somebody else's, without `admin`, is not found.
    pub async fn find(&self, actor: &Actor, id: KeyId) -> Result<ListedKey, KeyError> {
        let found = self.store.find(id).await?.ok_or(KeyError::NotFound)?;
        self.shown_to(actor, found)
    }

    /// By name. As above.
    pub async fn find_by_name(&self, actor: &Actor, name: &str) -> Result<ListedKey, KeyError> {
        let name: Username = name.parse().map_err(|_| KeyError::NotFound)?;
        let found = self.store.find_by_name(&name).await?.ok_or(KeyError::NotFound)?;
        self.shown_to(actor, found)
    }

    /// Makes a key. Its text is shown this once. A key of one's own may be given any role: it never exceeds its owner.
    pub async fn create(&self, actor: &Actor, new: NewKey) -> Result<(Secret, ListedKey), KeyError> {
        let now = self.context.now();
        actor.may_of(Right::ChangeKeys, new.owner, now)?;
        self.spend(actor, new.owner)?;
        if let Some(app) = new.scope.app() {
            self.apps.named(app).map_err(|unknown| unknown.shown_if(actor.holds(Right::KnowSite, now)))?;
        }
        self.apps.have_such(&new.scope)?;
        let key = ApiKey {
            id: KeyId::generate(now, self.context.random()),
            name: parse_name(&new.name)?,
            owner: new.owner,
            allowed_addresses: checked(new.allowed_addresses)?.into(),
            expires_at: self.in_the_future(new.expires_at)?,
            last_used: None,
            created_at: now,
            created_by: actor.name().into(),
        };
        let grant = Grant {
            id: GrantId::generate(now, self.context.random()),
            subject: Subject::Key(key.id),
            effect: Effect::Allow(new.role),
            scope: new.scope,
            until: None,
            reason: "".into(),
            created_at: now,
            created_by: actor.name().into(),
        };
        let text = ApiKey::text_of(key.id, &self.context.random());
        let mut event = self.event(actor, AuditAction::KEY_CREATE, &key);
        if let Some(end) = key.expires_at {
            event = event.with("expires_at", end.to_string());
        }
        if let Some(owner) = key.owner {
            event = event.with("owner", owner.to_string());
        }
        let event = addresses(told(event, &grant), &key.allowed_addresses);
        let made = self.store.create(&key, &hash_of(&text), &grant, MOST_KEYS, Effects::of(&event)).await?;
        match made.told(&*self.authentication).await {
            KeyMade::Made => {}
            KeyMade::NoOwner => return Err(KeyError::UnknownOwner),
            KeyMade::TooMany => return Err(KeyError::TooMany),
        }
        let listed = self.store.find(key.id).await?.ok_or(KeyError::NotFound)?;
        Ok((text, listed))
    }

    /// Changes a key.
    pub async fn update(&self, actor: &Actor, id: KeyId, change: KeyChange) -> Result<ListedKey, KeyError> {
        let before = self.find_to_change(actor, id).await?;
        self.spend(actor, before.key.owner)?;
        if let Some(end) = change.expires_at {
            self.in_the_future(end)?;
        }
        let change = KeyChange { allowed_addresses: change.allowed_addresses.map(checked).transpose()?, ..change };
        let mut event = self.event(actor, AuditAction::KEY_UPDATE, &before.key);
        if let Some(name) = &change.name {
            event = event.with("name", name.as_str());
        }
        if let Some(end) = change.expires_at {
            event = event.with("expires_at", end.map_or_else(|| "never".to_owned(), |end| end.to_string()));
        }
        if let Some(allowed) = &change.allowed_addresses {
            event = addresses(event, allowed);
        }
        let changed = self.store.update(id, &change, Effects::of(&event)).await?;
        changed.told(&*self.authentication).await.ok_or(KeyError::NotFound)
    }

    /// Gives a key another secret, shown this once. The one before opens for `overlap` more,
    /// and none before that.
    pub async fn rotate(&self, actor: &Actor, id: KeyId, overlap: Duration) -> Result<(Secret, ListedKey), KeyError> {
        if overlap > LONGEST_OVERLAP {
            return Err(KeyError::LongOverlap);
        }
        let found = self.find_to_change(actor, id).await?;
        self.spend(actor, found.key.owner)?;
        let (text, old_until) = (ApiKey::text_of(id, &self.context.random()), self.context.now().plus(overlap));
        let event = self.event(actor, AuditAction::KEY_ROTATE, &found.key);
        let event = event.with("old_until", old_until.to_string());
        let rotated = self.store.rotate(id, &hash_of(&text), old_until, Effects::of(&event)).await?;
        if !rotated.told(&*self.authentication).await {
            return Err(KeyError::NotFound);
        }
        Ok((text, self.store.find(id).await?.unwrap_or(found)))
    }

    /// Revokes a key: it opens nothing from the next request on.
    pub async fn revoke(&self, actor: &Actor, id: KeyId) -> Result<(), KeyError> {
        let found = self.find_to_change(actor, id).await?;
        let event = self.event(actor, AuditAction::KEY_REVOKE, &found.key);
        let revoked = self.store.revoke(id, Effects::of(&event.with("id", id.to_string()))).await?;
        revoked.told(&*self.authentication).await.map(drop).ok_or(KeyError::NotFound)
    }

    fn shown_to(&self, actor: &Actor, found: ListedKey) -> Result<ListedKey, KeyError> {
        let is_itself = actor.key() == Some(found.key.id);
        let may_see = || actor.may_of(Right::SeeKeys, found.key.owner, self.context.now()).is_ok();
        if is_itself || may_see() { Ok(found) } else { Err(KeyError::NotFound) }
    }

    async fn find_to_change(&self, actor: &Actor, id: KeyId) -> Result<ListedKey, KeyError> {
        let found = self.find(actor, id).await?;
        actor.may_of(Right::ChangeKeys, found.key.owner, self.context.now())?;
        Ok(found)
    }

    /// One's own may not change all the time. They may always be revoked: of what is made only so often there is only so much.
    fn spend(&self, actor: &Actor, owner: Option<UserId>) -> Result<(), KeyError> {
        let Some(own) = owner.filter(|_| actor.is_own(Right::ChangeKeys, owner)) else { return Ok(()) };
        self.budget.take(own, self.context.now()).map_err(|retry_after| KeyError::TooOften { retry_after })
    }

    fn event(&self, actor: &Actor, action: AuditAction, key: &ApiKey) -> NewAuditEvent {
        self.context.event_of(actor, Right::ChangeKeys, key.owner, action).about(&format!("key:{}", key.name))
    }

    fn in_the_future(&self, end: Option<Timestamp>) -> Result<Option<Timestamp>, KeyError> {
        if end.is_some_and(|end| end <= self.context.now()) { Err(KeyError::AlreadyOver) } else { Ok(end) }
    }
}

fn parse_name(text: &str) -> Result<Username, KeyError> {
    text.parse().map_err(|_| KeyError::BadName)
}

fn checked(allowed: Vec<IpNet>) -> Result<Vec<IpNet>, KeyError> {
    if allowed.len() > MOST_ADDRESSES { Err(KeyError::ManyAddresses) } else { Ok(allowed) }
}

fn addresses(event: NewAuditEvent, allowed: &[IpNet]) -> NewAuditEvent {
    if allowed.is_empty() {
        return event;
    }
    event.with("allowed_addresses", allowed.iter().map(ToString::to_string).collect::<Vec<_>>())
}

fn hash_of(text: &Secret) -> TokenHash {
    TokenHash::of(text.expose().as_bytes())
}
