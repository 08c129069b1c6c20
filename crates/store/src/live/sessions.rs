//! From a token's hash to the signed-in person: the read behind every session-cache miss.
//!
//! Under load many are missed at once (all of them, after a start), so they are read together: see [`crate::batches`]. All that is read at once
//! is of one moment, and one that cannot be read takes nothing from the others.

use async_trait::async_trait;
use doorward_domain::{GroupId, SessionId, Timestamp, TokenHash};
use doorward_service::ports::{LiveSession, StoreError};
use sea_orm::prelude::Uuid;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult as _, QueryFilter, QueryResult, QuerySelect,
    QueryTrait as _, Select, SelectThree, TopologyChain, sea_query::Expr,
};
use std::collections::HashMap;
use std::sync::Arc;

use crate::batches::{Batches, Reading, padded, shared};
use crate::connection::{Connections, failed};
use crate::entity::{grant, session, session_entry, user};
use crate::rows::{grant_of, session_of, user_with};
use crate::subjects;

/// What a session is found by.
#[derive(Debug, Clone, Copy)]
pub(crate) enum By {
    /// The hash of its own token.
    Token,
    /// The hash of the token of one of its entries.
    Entry,
}

/// Finds sessions by the hash of a token.
pub(crate) struct Finder(Arc<Batches<LiveSessions>>);

impl Finder {
    pub(crate) fn new(connections: &Connections, by: By) -> Self {
        Self(Batches::new(LiveSessions { connections: connections.clone(), by }))
    }

    pub(crate) async fn find(&self, token: &TokenHash, now: Timestamp) -> Result<Option<LiveSession>, StoreError> {
        match self.0.ask(*token).await? {
            Some(Ok(live)) => Ok(unexpired(live, now)),
            Some(Err(damaged)) => Err(shared(&damaged)),
            None => Ok(None),
        }
    }
}

/// By its id. Whoever calls holds one moment still.
pub(crate) async fn find_by_id(
    db: &impl ConnectionTrait,
    id: SessionId,
    now: Timestamp,
) -> Result<Option<LiveSession>, StoreError> {
    let found = read(db, session::Column::Id.eq(id.as_uuid())).await?.pop();
    Ok(found.map(|found| found.live).transpose()?.and_then(|live| unexpired(live, now)))
}

fn unexpired(live: LiveSession, now: Timestamp) -> Option<LiveSession> {
    (now < live.session.expires_at).then_some(live)
}

struct LiveSessions {
    connections: Connections,
    by: By,
}

#[async_trait]
impl Reading for LiveSessions {
    type Question = TokenHash;
    type Answer = Result<LiveSession, Arc<StoreError>>;

    async fn read(&self, tokens: &[TokenHash]) -> Result<HashMap<TokenHash, Self::Answer>, StoreError> {
        let hashes = padded(tokens.iter().map(|token| token.as_bytes().to_vec()).collect());
        let moment = self.connections.moment().await?;
        match self.by {
            By::Token => {
                let found = read(&moment, session::Column::TokenHash.is_in(hashes)).await?;
                Ok(found
                    .into_iter()
                    .filter_map(|found| Some((hash(&found.token)?, found.live.map_err(Arc::new))))
                    .collect())
            }
            By::Entry => {
                let entries: Vec<(Vec<u8>, Uuid)> = entries(hashes).into_tuple().all(&moment).await.map_err(failed)?;
                let ids = padded(entries.iter().map(|(_, session)| *session).collect());
                let found = read(&moment, session::Column::Id.is_in(ids)).await?;
                let found: HashMap<Uuid, Self::Answer> =
                    found.into_iter().map(|found| (found.id, found.live.map_err(Arc::new))).collect();
                let answer = |(entry, session): (Vec<u8>, Uuid)| Some((hash(&entry)?, found.get(&session)?.clone()));
                Ok(entries.into_iter().filter_map(answer).collect())
            }
        }
    }
}

fn hash(stored: &[u8]) -> Option<TokenHash> {
    stored.try_into().ok().map(TokenHash::from_bytes)
}

/// A session whose user is enabled, and what it comes to.
struct Found {
    id: Uuid,
    token: Vec<u8>,
    live: Result<LiveSession, StoreError>,
}

/// The rows of one session.
struct Rows {
    session: session::Model,
    user: user::Model,
    grants: Vec<grant::Model>,
}

/// The sessions, their users and all their grants: one row a grant; and the users' groups. Whoever calls holds one moment still.
async fn read(db: &impl ConnectionTrait, which: Expr) -> Result<Vec<Found>, StoreError> {
    let mut sessions: HashMap<Uuid, Rows> = HashMap::new();
    let mut damaged: HashMap<Uuid, Found> = HashMap::new();
    for row in db.query_all_raw(query(which).build(db.get_database_backend())).await.map_err(failed)? {
        match parts(&row) {
            Ok((_, None, _)) => {}
            Ok((session, Some(user), grant)) => {
                let rows = sessions.entry(session.id).or_insert_with(|| Rows { session, user, grants: Vec::new() });
                rows.grants.extend(grant);
            }
            Err(error) => {
                // Of whose nobody can tell who asked for it, nobody hears: they are signed in nowhere.
                let (Ok(id), Ok(token)) = (row.try_get("A_", "id"), row.try_get("A_", "token_hash")) else { continue };
                damaged.insert(id, Found { id, token, live: Err(failed(error)) });
            }
        }
    }
    // One grant that cannot be read may be a denial.
    sessions.retain(|id, _| !damaged.contains_key(id));
    let people = sessions.values().map(|rows| rows.user.id).collect();
    let groups = subjects::groups_of_each(db, people).await?;
    let sound = sessions.into_values().map(|rows| found(rows, &groups));
    Ok(sound.chain(damaged.into_values()).collect())
}

/// One row of what is read together, as the columns are named there.
fn parts(row: &QueryResult) -> Result<(session::Model, Option<user::Model>, Option<grant::Model>), DbErr> {
    Ok((
        session::Model::from_query_result(row, "A_")?,
        Option::from_query_result(row, "B_")?,
        Option::from_query_result(row, "C_")?,
    ))
}

fn found(Rows { session, user, grants }: Rows, groups: &HashMap<Uuid, Vec<GroupId>>) -> Found {
    let groups = groups.get(&user.id).cloned().unwrap_or_default();
    let (id, token) = (session.id, session.token_hash.clone());
    let live = || {
        let grants = grants.iter().map(grant_of).collect::<Result<Vec<_>, _>>()?;
        Ok(LiveSession { user: user_with(user, &grants)?, session: session_of(session)?, grants, groups })
    };
    Found { id, token, live: live() }
}

/// Found through unique indexes only, so that its cost does not grow with the number of sessions or users.
fn query(which: Expr) -> Query {
    session::Entity::find()
        .find_also_related(user::Entity)
        .and_also_related(grant::Entity)
        .filter(which)
        .filter(user::Column::IsDisabled.eq(false))
}

type Query = SelectThree<session::Entity, user::Entity, grant::Entity, TopologyChain>;

/// The entries with these hashes, and the sessions they belong to.
fn entries(hashes: Vec<Vec<u8>>) -> Select<session_entry::Entity> {
    session_entry::Entity::find()
        .select_only()
        .columns([session_entry::Column::TokenHash, session_entry::Column::SessionId])
        .filter(session_entry::Column::TokenHash.is_in(hashes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Store;
    use crate::engine::sqlite::plans;
    use doorward_domain::Role;
    use doorward_service::ports::{Effects, Proof};
    use doorward_testkit::{NOON, Untold as _, audit_event};

    #[tokio::test]
    async fn no_table_is_read_from_end_to_end() {
        let store = Store::open("sqlite::memory:").await.unwrap();
        let db = &store.connections.reader;
        for count in [1, 64] {
            let (hashes, ids) = (vec![vec![0_u8; 32]; count], vec![Uuid::nil(); count]);
            plans::searches(db, &query(session::Column::TokenHash.is_in(hashes.clone())), 3).await;
            plans::searches(db, &query(session::Column::Id.is_in(ids)), 3).await;
            plans::searches(db, &entries(hashes), 1).await;
        }
        plans::searches(db, &query(session::Column::Id.eq(Uuid::nil())), 3).await;
    }

    #[tokio::test]
    async fn what_cannot_be_read_takes_nothing_from_what_is_read_with_it() {
        let store = Store::open("sqlite::memory:").await.unwrap();
        let stores = store.stores();
        let person = |name, role| doorward_testkit::user(name).role(role).build();
        let (ada, bob) = (person("ada", Role::Viewer), person("bob", Role::Operator));
        for one in [&ada, &bob] {
            stores.users.create(one, Some("a hash"), Effects::of(&audit_event("test").build())).await.untold().unwrap();
            let (opened, token) =
                (doorward_testkit::session(one, one.username.as_str()).build(), token_of(one.username.as_str()));
            let proof = Proof::PasswordHash("a hash");
            stores
                .sessions
                .open(&opened, &token, proof, None, Effects::of(&audit_event("test").build()))
                .await
                .untold()
                .unwrap();
        }
        let (adas, bobs) = (token_of("ada"), token_of("bob"));
        let of_ada = format!("(SELECT id FROM users WHERE username = '{}')", ada.username);
        for (damage, mended, told) in [
            ("UPDATE grants SET role = 'emperor'", "UPDATE grants SET role = 'viewer'", "unreadable role"),
            ("UPDATE grants SET created_at = 'emperor'", "UPDATE grants SET created_at = 0", "created_at"),
            ("UPDATE sessions SET created_at = 'emperor'", "UPDATE sessions SET created_at = 0", "created_at"),
            ("UPDATE users SET created_at = 'emperor'", "UPDATE users SET created_at = 0", "created_at"),
        ] {
            let column = if damage.contains("grants") {
                "subject_id"
            } else if damage.contains("users") {
                "id"
            } else {
                "user_id"
            };
            let hers = |act: &str| format!("{act} WHERE {column} = {of_ada}");
            store.connections.writer().execute_unprepared(&hers(damage)).await.unwrap();
            let (hers_of_now, his, hers_again) = tokio::join!(
                stores.sessions.find_live(&adas, NOON),
                stores.sessions.find_live(&bobs, NOON),
                stores.sessions.find_live(&adas, NOON),
            );
            assert_eq!(his.unwrap().unwrap().user.id, bob.id, "{damage}");
            for failed in [hers_of_now, hers_again] {
                let why = format!("{:?}", failed.unwrap_err());
                assert!(why.contains(told) && !why.contains("emperor"), "{damage}: {why}");
            }
            store.connections.writer().execute_unprepared(&hers(mended)).await.unwrap();
        }
    }

    fn token_of(name: &str) -> TokenHash {
        TokenHash::of(name.as_bytes())
    }
}
