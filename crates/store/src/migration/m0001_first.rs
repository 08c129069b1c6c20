//! People, groups, API keys, grants, requests for access, sessions, the audit log, the change feed, settings. Unique indexes have names, and the dialect knows them;
//! every order in which a list can be had has an index; what a client decides the length of is text without a limit.

use sea_orm::sea_query::{Index, Query, Table};
use sea_orm_migration::prelude::{DbErr, MigrationName, MigrationTrait, SchemaManager, async_trait::async_trait};

use super::schema::{Schema, belongs_to, index, unique};
use crate::engine::Kind::{Bytes, Flag, Hash, Id, Key, Number, Short, Text};
use crate::unique as uniques;

pub(super) struct Step;

impl MigrationName for Step {
    fn name(&self) -> &'static str {
        "m0001_first"
    }
}

#[async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let schema = &Schema::of(manager);
        people(schema).await?;
        groups(schema).await?;
        keys(schema).await?;
        grants(schema).await?;
        access(schema).await?;
        sessions(schema).await?;
        audit(schema).await?;
        lists(schema).await
    }
}

/// Of the name of a chain, which is that of its head.
const CHAIN: u32 = 64;

async fn people(schema: &Schema<'_>) -> Result<(), DbErr> {
    let users = Table::create()
        .table("users")
        .col(schema.column("id", Id).primary_key())
        .col(schema.column("username", Short(128)))
        .col(schema.optional("email", Short(254)))
        .col(schema.optional("email_key", Short(254)))
        .col(schema.column("full_name", Text))
        .col(schema.column("words", Text))
        .col(schema.optional("password_hash", Text))
        .col(schema.column("is_disabled", Flag))
        .col(schema.column("created_at", Number))
        .col(schema.column("updated_at", Number))
        .col(schema.column("last_sign_in_at", Number))
        .take();
    schema
        .create_table(
            users,
            vec![
                unique(&uniques::USERNAME),
                unique(&uniques::EMAIL),
                index("users_by_age", &["created_at", "id"]),
                index("users_by_sign_in", &["last_sign_in_at", "id"]),
            ],
        )
        .await
}

async fn groups(schema: &Schema<'_>) -> Result<(), DbErr> {
    let groups = Table::create()
        .table("groups")
        .col(schema.column("id", Id).primary_key())
        .col(schema.column("name", Short(128)))
        .col(schema.column("description", Text))
        .col(schema.column("source", Short(32)))
        .col(schema.column("words", Text))
        .col(schema.column("created_at", Number))
        .take();
    schema
        .create_table(groups, vec![unique(&uniques::GROUP_NAME), index("groups_by_age", &["created_at", "id"])])
        .await?;
    let members = Table::create()
        .table("group_members")
        .col(schema.column("group_id", Id))
        .col(schema.column("member_kind", Short(16)))
        .col(schema.column("member_id", Id))
        .col(schema.column("created_at", Number))
        .primary_key(Index::create().col("group_id").col("member_kind").col("member_id"))
        .foreign_key(&mut belongs_to("group_members", "group_id", "groups"))
        .take();
    schema.create_table(members, vec![index("groups_of_member", &["member_kind", "member_id", "group_id"])]).await
}

async fn keys(schema: &Schema<'_>) -> Result<(), DbErr> {
    let keys = Table::create()
        .table("api_keys")
        .col(schema.column("id", Id).primary_key())
        .col(schema.column("name", Short(128)))
        .col(schema.optional("owner_id", Id))
        .col(schema.column("allowed_addresses", Text))
        .col(schema.column("expires_at", Number))
        .col(schema.column("last_used_at", Number))
        .col(schema.column("last_used_from", Text))
        .col(schema.column("created_at", Number))
        .col(schema.column("created_by", Text))
        .foreign_key(&mut belongs_to("api_keys", "owner_id", "users"))
        .take();
    schema
        .create_table(
            keys,
            vec![
                unique(&uniques::KEY_NAME),
                index("keys_of_owner", &["owner_id"]),
                index("keys_by_age", &["created_at", "id"]),
                index("keys_by_end", &["expires_at", "id"]),
                index("keys_by_use", &["last_used_at", "id"]),
            ],
        )
        .await?;
    let secrets = Table::create()
        .table("api_key_secrets")
        .col(schema.column("token_hash", Hash).primary_key())
        .col(schema.column("key_id", Id))
        .col(schema.column("ends_at", Number))
        .foreign_key(&mut belongs_to("api_key_secrets", "key_id", "api_keys"))
        .take();
    schema.create_table(secrets, vec![index("secrets_of_key", &["key_id"])]).await
}

/// A subject is in one of three tables, so no foreign key guards it: whoever deletes one deletes its grants.
async fn grants(schema: &Schema<'_>) -> Result<(), DbErr> {
    let grants = Table::create()
        .table("grants")
        .col(schema.column("id", Id).primary_key())
        .col(schema.column("subject_kind", Short(16)))
        .col(schema.column("subject_id", Id))
        .col(schema.column("effect", Short(16)))
        .col(schema.optional("role", Short(16)))
        .col(schema.column("app", Short(63)))
        .col(schema.column("pattern", Short(512)))
        .col(schema.column("request_id", Id))
        .col(schema.optional("until", Number))
        .col(schema.column("reason", Text))
        .col(schema.column("words", Text))
        .col(schema.column("created_at", Number))
        .col(schema.column("created_by", Text))
        .take();
    schema
        .create_table(
            grants,
            vec![
                unique(&uniques::GRANT_PLACE),
                index("grants_by_age", &["created_at", "id"]),
                index("grants_on_app", &["app", "pattern", "role"]),
            ],
        )
        .await
}

async fn access(schema: &Schema<'_>) -> Result<(), DbErr> {
    let requests = Table::create()
        .table("access_requests")
        .col(schema.column("id", Id).primary_key())
        .col(schema.column("user_id", Id))
        .col(schema.column("app", Short(63)))
        .col(schema.column("pattern", Short(512)))
        .col(schema.column("role", Short(16)))
        .col(schema.optional("is_open", Flag))
        .col(schema.column("refused", Text))
        .col(schema.column("decision_id", Id))
        .col(schema.column("reason", Text))
        .col(schema.column("words", Text))
        .col(schema.column("created_at", Number))
        .col(schema.column("outcome", Short(16)))
        .col(schema.column("answered_at", Number))
        .col(schema.column("answered_by", Text))
        .col(schema.column("answer", Text))
        .col(schema.optional("grant_id", Id))
        .col(schema.optional("given_role", Short(16)))
        .col(schema.optional("given_pattern", Short(512)))
        .col(schema.optional("given_until", Number))
        .foreign_key(&mut belongs_to("access_requests", "user_id", "users"))
        .take();
    schema
        .create_table(
            requests,
            vec![
                unique(&uniques::ACCESS_OPEN),
                index("access_by_age", &["created_at", "id"]),
                index("access_by_answer", &["answered_at", "created_at"]),
            ],
        )
        .await
}

async fn sessions(schema: &Schema<'_>) -> Result<(), DbErr> {
    let sessions = Table::create()
        .table("sessions")
        .col(schema.column("id", Id).primary_key())
        .col(schema.column("token_hash", Hash))
        .col(schema.column("user_id", Id))
        .col(schema.column("kind", Short(32)))
        .col(schema.column("factors", Short(128)))
        .col(schema.column("created_at", Number))
        .col(schema.column("proved_at", Number))
        .col(schema.column("last_seen_at", Number))
        .col(schema.column("expires_at", Number))
        .col(schema.column("client_ip", Text))
        .col(schema.column("user_agent", Text))
        .col(schema.column("device", Text))
        .col(schema.column("is_remembered", Flag))
        .col(schema.column("words", Text))
        .foreign_key(&mut belongs_to("sessions", "user_id", "users"))
        .take();
    schema
        .create_table(
            sessions,
            vec![
                unique(&uniques::SESSION_TOKEN),
                index("sessions_of_user", &["user_id"]),
                index("sessions_by_age", &["created_at", "id"]),
                index("sessions_by_use", &["last_seen_at", "id"]),
                index("sessions_by_end", &["expires_at"]),
            ],
        )
        .await?;
    let entries = Table::create()
        .table("session_entries")
        .col(schema.column("token_hash", Hash).primary_key())
        .col(schema.column("session_id", Id))
        .col(schema.column("host", Short(255)))
        .col(schema.column("created_at", Number))
        .foreign_key(&mut belongs_to("session_entries", "session_id", "sessions"))
        .take();
    schema.create_table(entries, vec![index("entries_of_session", &["session_id", "host", "created_at"])]).await
}

async fn audit(schema: &Schema<'_>) -> Result<(), DbErr> {
    let entries = Table::create()
        .table("audit_entries")
        .col(schema.column("chain", Short(CHAIN)))
        .col(schema.column("seq", Number))
        .col(schema.column("entry", Text))
        .col(schema.column("hash", Hash))
        .col(schema.column("event_id", Id))
        .col(schema.column("is_conclusion", Flag))
        .col(schema.column("at", Number))
        .col(schema.column("outcome", Short(16)))
        .col(schema.column("actor_hash", Hash))
        .col(schema.column("action", Short(64)))
        .col(schema.optional("app", Short(63)))
        .col(schema.optional("decision_id", Id))
        .col(schema.column("words", Text))
        .primary_key(Index::create().col("chain").col("seq"))
        .take();
    schema
        .create_table(
            entries,
            vec![
                index("audit_by_decision", &["decision_id"]),
                // Each holds all that counting and finding asks of it, so that the wide rows are read for one page only.
                index("audit_by_event", &["event_id", "is_conclusion", "seq", "outcome"]),
                index("audit_by_time", &["is_conclusion", "at", "seq", "chain"]),
                index("audit_by_actor", &["actor_hash", "is_conclusion", "at", "seq", "chain"]),
                index("audit_by_action", &["action", "is_conclusion", "at", "seq", "chain"]),
                index("audit_by_outcome", &["outcome", "event_id"]),
            ],
        )
        .await?;
    let operations = Table::create()
        .table("audit_operations")
        .col(schema.column("operation_hash", Hash))
        .col(schema.column("chain", Short(CHAIN)))
        .col(schema.column("seq", Number))
        .primary_key(Index::create().col("operation_hash").col("chain").col("seq"))
        .take();
    schema.create_table(operations, vec![index("audit_operations_of", &["chain", "seq"])]).await?;
    let start = Table::create()
        .table("audit_start")
        .col(schema.column("chain", Short(CHAIN)).primary_key())
        .col(schema.column("seq", Number))
        .col(schema.column("hash", Hash))
        .take();
    schema.create_table(start, Vec::new()).await?;
    let start = Query::insert()
        .into_table("audit_start")
        .columns(["chain", "seq", "hash"])
        .values_panic(["audit".into(), 0_i64.into(), vec![0_u8; 32].into()])
        .take();
    schema.begin_with("chain", start).await
}

async fn lists(schema: &Schema<'_>) -> Result<(), DbErr> {
    let changes = Table::create()
        .table("changes")
        .col(schema.column("seq", Key).primary_key())
        .col(schema.column("kind", Short(16)))
        .col(schema.column("subject", Id))
        .take();
    schema.create_table(changes, Vec::new()).await?;
    let settings = Table::create()
        .table("settings")
        .col(schema.column("name", Short(128)).primary_key())
        .col(schema.column("value", Bytes))
        .take();
    schema.create_table(settings, Vec::new()).await?;
    let sequences = Table::create()
        .table("sequences")
        .col(schema.column("name", Short(CHAIN)).primary_key())
        .col(schema.column("seq", Number))
        .col(schema.column("hash", Hash))
        .take();
    schema.create_table(sequences, Vec::new()).await?;
    let start = Query::insert()
        .into_table("sequences")
        .columns(["name", "seq", "hash"])
        .values_panic(["audit".into(), 0_i64.into(), vec![0_u8; 32].into()])
        .values_panic(["changes".into(), 0_i64.into(), vec![0_u8; 32].into()])
        .values_panic(["admins".into(), 0_i64.into(), vec![0_u8; 32].into()])
        .take();
    schema.begin_with("name", start).await
}
