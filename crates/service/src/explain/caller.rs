//! Whoever a request is thought of as, as if they asked this moment; also as they would be without some of their denials.

use doorward_domain::{Caller, Grant, GrantId, Principal, Session, SessionId, Subject, UserId, Username};
use std::sync::Arc;

use super::{Explain, ExplainError, Whom};
use crate::authentication::{Memberships, Placed};
use crate::ports::{GrantQuery, ListedKey, LiveKey, LiveSession, Owner, StoreError};

/// What is thought away.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Without<'a> {
    /// These grants, as if they had been removed.
    pub(super) lifted: &'a [GrantId],
    /// That a key does no more than its owner.
    pub(super) cap: bool,
}

impl Explain {
    /// Whoever it is; nobody, if they cannot ask.
    pub(super) async fn caller(&self, whom: &Whom, without: Without<'_>) -> Result<Caller, ExplainError> {
        let placed = match whom {
            Whom::Nobody => None,
            Whom::User(name) => self.user(name, without.lifted).await?,
            Whom::Key(name) => self.key(name, without).await?,
        };
        match placed {
            Some(placed) => Ok(Caller::Known(Arc::new(self.in_groups(placed, without.lifted).await?))),
            None => Ok(Caller::Nobody),
        }
    }

    /// `None` when they are disabled.
    async fn user(&self, name: &str, lifted: &[GrantId]) -> Result<Option<Placed>, ExplainError> {
        let name: Username = name.parse().map_err(|_| ExplainError::UnknownUser)?;
        let (user, _) = self.users.find_by_name(&name).await?.ok_or(ExplainError::UnknownUser)?;
        if user.is_disabled {
            return Ok(None);
        }
        let now = self.context.now();
        let session = Session {
            id: SessionId::generate(now, self.context.random()),
            user_id: user.id,
            kind: doorward_domain::SessionKind::Browser,
            factors: doorward_domain::Factors::default(),
            created_at: now,
            proved_at: now,
            last_seen_at: now,
            expires_at: now,
            client_ip: String::new(),
            user_agent: String::new(),
            device: String::new(),
            is_remembered: false,
        };
        let (grants, groups) = (self.grants_of(user.id, lifted).await?, self.groups.of_user(user.id).await?);
        Ok(Some(Placed::by_session(LiveSession { user, session, grants, groups })))
    }

    /// `None` when its owner is disabled.
    async fn key(&self, name: &str, Without { lifted, cap }: Without<'_>) -> Result<Option<Placed>, ExplainError> {
        let name: Username = name.parse().map_err(|_| ExplainError::UnknownKey)?;
        let ListedKey { key, mut grants, .. } = self.keys.find_by_name(&name).await?.ok_or(ExplainError::UnknownKey)?;
        grants.retain(|grant| !lifted.contains(&grant.id));
        let owner = match key.owner {
            Some(owner) => match self.users.find(owner).await? {
                Some(user) if !user.is_disabled => {
                    let (grants, groups) = (self.grants_of(owner, lifted).await?, self.groups.of_user(owner).await?);
                    Some(Owner { user, grants, groups })
                }
                _ => return Ok(None),
            },
            None => None,
        };
        let owner = owner.filter(|_| !cap);
        Ok(Some(Placed::by_key(LiveKey { key, until: None, grants, owner })))
    }

    async fn grants_of(&self, user: UserId, lifted: &[GrantId]) -> Result<Vec<Grant>, StoreError> {
        let mut query = GrantQuery { subject: Some(Subject::User(user)), ..GrantQuery::default() };
        let mut grants = Vec::new();
        loop {
            let page = self.grants.list(&query).await?;
            grants.extend(page.items.into_iter().map(|named| named.grant));
            if page.next_cursor.is_none() {
                grants.retain(|grant| !lifted.contains(&grant.id));
                return Ok(grants);
            }
            query.paging.cursor = page.next_cursor;
        }
    }

    /// With what their groups have.
    async fn in_groups(&self, placed: Placed, lifted: &[GrantId]) -> Result<Principal, StoreError> {
        if lifted.is_empty() {
            return Ok(self.authentication.placed(placed));
        }
        let mut graph = self.groups.graph().await?;
        graph.grants.retain(|grant| !lifted.contains(&grant.id));
        Ok(placed.in_groups(&Memberships::new(graph)).0)
    }
}
