//! Who is signed in.

mod entries;
mod expiry;
mod list;

use async_trait::async_trait;
use doorward_domain::{HostName, Session, SessionId, Timestamp, TokenHash, User, UserId};
use doorward_service::ports::{
    Change, Changed, Effects, Listed, LiveSession, Proof, SessionQuery, SessionStore, StoreError, TellOfEnd,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};

use crate::change::Outcome;
use crate::connection::{Connections, failed};
use crate::entity::{session, user};
use crate::live::sessions::{By, Finder, find_by_id};
use crate::noted::{Columns, Noted, note};
use crate::proof;
use crate::search_text::{searchable, storable};
use crate::transaction::{Quiet, Transaction};

/// [`SessionStore`] in SQL.
pub(crate) struct SqlSessions {
    connections: Connections,
    by_token: Finder,
    by_entry: Finder,
}

impl SqlSessions {
    pub(crate) fn new(connections: &Connections) -> Self {
        let by = |by| Finder::new(connections, by);
        Self { connections: connections.clone(), by_token: by(By::Token), by_entry: by(By::Entry) }
    }
}

#[async_trait]
impl SessionStore for SqlSessions {
    async fn open(
        &self,
        session: &Session,
        token: &TokenHash,
        proof: Proof<'_>,
        instead_of: Option<SessionId>,
        effects: Effects<'_>,
    ) -> Result<Changed<bool>, StoreError> {
        let work = async |transaction: &Transaction| {
            if !note_sign_in(transaction, session, proof).await? {
                return Ok(Outcome::Nothing(false));
            }
            let ended = match instead_of {
                Some(old) if remove(transaction, old).await? => vec![Change::Session(old)],
                _ => Vec::new(),
            };
            let insert = session::Entity::insert(row_of(session, token));
            insert.exec_without_returning(transaction).await.map_err(failed)?;
            Ok(Outcome::Written(ended, true))
        };
        self.connections.change(effects, work).await
    }

    async fn find_live(&self, token: &TokenHash, now: Timestamp) -> Result<Option<LiveSession>, StoreError> {
        self.by_token.find(token, now).await
    }

    async fn find_live_by_id(&self, id: SessionId, now: Timestamp) -> Result<Option<LiveSession>, StoreError> {
        find_by_id(&self.connections.moment().await?, id, now).await
    }

    async fn find_live_by_entry(&self, entry: &TokenHash, now: Timestamp) -> Result<Option<LiveSession>, StoreError> {
        self.by_entry.find(entry, now).await
    }

    async fn enter(
        &self,
        id: SessionId,
        entry: &TokenHash,
        host: &HostName,
        now: Timestamp,
        effects: Effects<'_>,
    ) -> Result<bool, StoreError> {
        let work = async |transaction: &Transaction| {
            let is_added = entries::add(transaction, id, entry, host, now).await?;
            // Nobody has heard of it yet.
            Ok(if is_added { Quiet::Written(true) } else { Quiet::Nothing(false) })
        };
        self.connections.quietly(effects, work).await
    }

    async fn prove(
        &self,
        id: SessionId,
        proof: Proof<'_>,
        at: Timestamp,
        effects: Effects<'_>,
    ) -> Result<Changed<bool>, StoreError> {
        let proving = session::Entity::update_many()
            .col_expr(session::Column::ProvedAt, Expr::value(at.as_millis()))
            .filter(session::Column::Id.eq(id.as_uuid()))
            .filter(session::Column::UserId.in_subquery(proof::proved(proof)));
        let work = async |transaction: &Transaction| {
            let proved = proving.exec(transaction).await.map_err(failed)?.rows_affected > 0;
            Ok(if proved { Outcome::Written(vec![Change::Session(id)], true) } else { Outcome::Nothing(false) })
        };
        self.connections.change(effects, work).await
    }

    async fn list(&self, query: &SessionQuery, now: Timestamp) -> Result<Listed<(Session, User)>, StoreError> {
        list::list(&self.connections.reader, query, now).await
    }

    async fn end(&self, id: SessionId, effects: Effects<'_>) -> Result<Changed<bool>, StoreError> {
        let work = async |transaction: &Transaction| {
            let is_ended = remove(transaction, id).await?;
            Ok(if is_ended { Outcome::Written(vec![Change::Session(id)], true) } else { Outcome::Nothing(false) })
        };
        self.connections.change(effects, work).await
    }

    async fn end_all_of(
        &self,
        user: UserId,
        keep: Option<SessionId>,
        effects: Effects<'_>,
    ) -> Result<Changed<u64>, StoreError> {
        let work = async |transaction: &Transaction| {
            Ok(match end_all(transaction, user, keep).await? {
                0 => Outcome::Nothing(0),
                ended => Outcome::Written(vec![Change::User(user)], ended),
            })
        };
        self.connections.change(effects, work).await
    }

    async fn touch(&self, seen: &[(SessionId, Timestamp)]) -> Result<(), StoreError> {
        let (id, at) = (session::Column::Id, session::Column::LastSeenAt);
        let seen = seen.iter().map(|(id, at)| Noted { id: id.as_uuid(), at: *at, from: None });
        note::<session::Entity>(&self.connections, Columns { id, at, from: None }, seen.collect()).await
    }

    async fn end_expired(&self, now: Timestamp, idle_since: Timestamp, tell: TellOfEnd<'_>) -> Result<u64, StoreError> {
        expiry::end_expired(&self.connections, now, idle_since, tell).await
    }
}

/// Ends all of a user's sessions but `keep`, inside somebody else's transaction, which also has to tell of it.
pub(crate) async fn end_all(
    transaction: &Transaction,
    user: UserId,
    keep: Option<SessionId>,
) -> Result<u64, StoreError> {
    let mut of_user = session::Entity::delete_many().filter(session::Column::UserId.eq(user.as_uuid()));
    if let Some(keep) = keep {
        of_user = of_user.filter(session::Column::Id.ne(keep.as_uuid()));
    }
    Ok(of_user.exec(transaction).await.map_err(failed)?.rows_affected)
}

/// False when the user is gone or disabled by now, or has not proved who they are.
async fn note_sign_in(transaction: &Transaction, session: &Session, proof: Proof<'_>) -> Result<bool, StoreError> {
    let noted = user::Entity::update_many()
        .col_expr(user::Column::LastSignInAt, Expr::value(session.created_at.as_millis()))
        .filter(user::Column::Id.eq(session.user_id.as_uuid()))
        .filter(user::Column::IsDisabled.eq(false))
        .filter(proof::holds(proof))
        .exec(transaction)
        .await
        .map_err(failed)?;
    Ok(noted.rows_affected > 0)
}

/// Ends one, unread; whoever calls tells of it.
async fn remove(transaction: &Transaction, id: SessionId) -> Result<bool, StoreError> {
    let deleted = session::Entity::delete_by_id(id.as_uuid()).exec(transaction).await.map_err(failed)?;
    Ok(deleted.rows_affected > 0)
}

fn row_of(session: &Session, token: &TokenHash) -> session::ActiveModel {
    session::ActiveModel {
        id: Set(session.id.as_uuid()),
        token_hash: Set(token.as_bytes().to_vec()),
        user_id: Set(session.user_id.as_uuid()),
        kind: Set(session.kind.as_str().to_owned()),
        factors: Set(session.factors.to_string()),
        created_at: Set(session.created_at.as_millis()),
        proved_at: Set(session.proved_at.as_millis()),
        last_seen_at: Set(session.last_seen_at.as_millis()),
        expires_at: Set(session.expires_at.as_millis()),
        client_ip: Set(session.client_ip.clone()),
        user_agent: Set(storable(&session.user_agent)),
        device: Set(storable(&session.device)),
        is_remembered: Set(session.is_remembered),
        words: Set(searchable(&[&session.client_ip, &session.user_agent])),
    }
}
