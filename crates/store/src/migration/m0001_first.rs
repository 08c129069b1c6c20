//! People, groups, API keys, grants, requests for access, sessions, the audit log, the change feed, settings. Unique indexes have names, and the dialect knows them;
//! every order in which a list can be had has an index; what a client decides the length of is text without a limit.

use sea_orm::sea_query::{ColumnDef, ForeignKey, ForeignKeyAction, ForeignKeyCreateStatement, Index, Query, Table};
use sea_orm_migration::prelude::{
    ConnectionTrait, DbErr, MigrationName, MigrationTrait, SchemaManager, async_trait::async_trait,
};

use crate::engine::{Unique, dialect};
use crate::unique;

pub(super) struct Step;

impl MigrationName for Step {
    fn name(&self) -> &'static str {
        "m0001_first"
    }
}

#[async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        people(manager).await?;
        groups(manager).await?;
        keys(manager).await?;
        grants(manager).await?;
        access(manager).await?;
        sessions(manager).await?;
        audit(manager).await?;
        lists(manager).await
    }
}

fn text(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).text().not_null().take()
}

fn short(name: &'static str, longest: u32) -> ColumnDef {
    ColumnDef::new(name).string_len(longest).not_null().take()
}

fn id(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).uuid().not_null().take()
}

fn number(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).big_integer().not_null().take()
}

fn flag(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).boolean().not_null().take()
}

/// Of the name of a chain, which is that of its head.
const CHAIN: u32 = 64;

fn chain() -> ColumnDef {
    short("chain", CHAIN)
}

fn hash(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).binary_len(32).not_null().take()
}

fn belongs_to(table: &'static str, column: &'static str, owner: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create().from(table, column).to(owner, "id").on_delete(ForeignKeyAction::Cascade).take()
}

async fn unique_index(manager: &SchemaManager<'_>, unique: &Unique) -> Result<(), DbErr> {
    let mut index = Index::create().table(unique.table).name(unique.name).unique().take();
    for column in unique.columns {
        index.col(*column);
    }
    manager.create_index(index).await
}

async fn index(
    manager: &SchemaManager<'_>,
    table: &'static str,
    name: &'static str,
    columns: &[&'static str],
) -> Result<(), DbErr> {
    let mut index = Index::create().table(table).name(name).take();
    for column in columns {
        index.col(*column);
    }
    manager.create_index(index).await
}

async fn people(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let users = Table::create()
        .table("users")
        .col(id("id").primary_key())
        .col(short("username", 128))
        .col(ColumnDef::new("email").string_len(254))
        .col(ColumnDef::new("email_key").string_len(254))
        .col(text("full_name"))
        .col(text("words"))
        .col(ColumnDef::new("password_hash").text())
        .col(flag("is_disabled"))
        .col(number("created_at"))
        .col(number("updated_at"))
        .col(number("last_sign_in_at"))
        .take();
    manager.create_table(users).await?;
    unique_index(manager, &unique::USERNAME).await?;
    unique_index(manager, &unique::EMAIL).await?;
    index(manager, "users", "users_by_age", &["created_at", "id"]).await?;
    index(manager, "users", "users_by_sign_in", &["last_sign_in_at", "id"]).await
}

async fn groups(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let groups = Table::create()
        .table("groups")
        .col(id("id").primary_key())
        .col(short("name", 128))
        .col(text("description"))
        .col(short("source", 32))
        .col(text("words"))
        .col(number("created_at"))
        .take();
    manager.create_table(groups).await?;
    unique_index(manager, &unique::GROUP_NAME).await?;
    index(manager, "groups", "groups_by_age", &["created_at", "id"]).await?;
    let members = Table::create()
        .table("group_members")
        .col(id("group_id"))
        .col(short("member_kind", 16))
        .col(id("member_id"))
        .col(number("created_at"))
        .primary_key(Index::create().col("group_id").col("member_kind").col("member_id"))
        .foreign_key(&mut belongs_to("group_members", "group_id", "groups"))
        .take();
    manager.create_table(members).await?;
    index(manager, "group_members", "groups_of_member", &["member_kind", "member_id", "group_id"]).await
}

async fn keys(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let keys = Table::create()
        .table("api_keys")
        .col(id("id").primary_key())
        .col(short("name", 128))
        .col(ColumnDef::new("owner_id").uuid())
        .col(text("allowed_addresses"))
        .col(number("expires_at"))
        .col(number("last_used_at"))
        .col(text("last_used_from"))
        .col(number("created_at"))
        .col(text("created_by"))
        .foreign_key(&mut belongs_to("api_keys", "owner_id", "users"))
        .take();
    manager.create_table(keys).await?;
    unique_index(manager, &unique::KEY_NAME).await?;
    index(manager, "api_keys", "keys_of_owner", &["owner_id"]).await?;
    index(manager, "api_keys", "keys_by_age", &["created_at", "id"]).await?;
    index(manager, "api_keys", "keys_by_end", &["expires_at", "id"]).await?;
    index(manager, "api_keys", "keys_by_use", &["last_used_at", "id"]).await?;
    let secrets = Table::create()
        .table("api_key_secrets")
        .col(hash("token_hash").primary_key())
        .col(id("key_id"))
        .col(number("ends_at"))
        .foreign_key(&mut belongs_to("api_key_secrets", "key_id", "api_keys"))
        .take();
    manager.create_table(secrets).await?;
    index(manager, "api_key_secrets", "secrets_of_key", &["key_id"]).await
}

/// A subject is in one of three tables, so no foreign key guards it: whoever deletes one deletes its grants.
async fn grants(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let grants = Table::create()
        .table("grants")
        .col(id("id").primary_key())
        .col(short("subject_kind", 16))
        .col(id("subject_id"))
        .col(short("effect", 16))
        .col(ColumnDef::new("role").string_len(16))
        .col(short("app", 63))
        .col(short("pattern", 512))
        .col(id("request_id"))
        .col(ColumnDef::new("until").big_integer())
        .col(text("reason"))
        .col(text("words"))
        .col(number("created_at"))
        .col(text("created_by"))
        .take();
    manager.create_table(grants).await?;
    unique_index(manager, &unique::GRANT_PLACE).await?;
    index(manager, "grants", "grants_by_age", &["created_at", "id"]).await?;
    index(manager, "grants", "grants_on_app", &["app", "pattern", "role"]).await
}

async fn access(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let requests = Table::create()
        .table("access_requests")
        .col(id("id").primary_key())
        .col(id("user_id"))
        .col(short("app", 63))
        .col(short("pattern", 512))
        .col(short("role", 16))
        .col(ColumnDef::new("is_open").boolean())
        .col(text("refused"))
        .col(id("decision_id"))
        .col(text("reason"))
        .col(text("words"))
        .col(number("created_at"))
        .col(short("outcome", 16))
        .col(number("answered_at"))
        .col(text("answered_by"))
        .col(text("answer"))
        .col(ColumnDef::new("grant_id").uuid())
        .col(ColumnDef::new("given_role").string_len(16))
        .col(ColumnDef::new("given_pattern").string_len(512))
        .col(ColumnDef::new("given_until").big_integer())
        .foreign_key(&mut belongs_to("access_requests", "user_id", "users"))
        .take();
    manager.create_table(requests).await?;
    unique_index(manager, &unique::ACCESS_OPEN).await?;
    index(manager, "access_requests", "access_by_age", &["created_at", "id"]).await?;
    index(manager, "access_requests", "access_by_answer", &["answered_at", "created_at"]).await
}

async fn sessions(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let sessions = Table::create()
        .table("sessions")
        .col(id("id").primary_key())
        .col(hash("token_hash"))
        .col(id("user_id"))
        .col(short("kind", 32))
        .col(short("factors", 128))
        .col(number("created_at"))
        .col(number("proved_at"))
        .col(number("last_seen_at"))
        .col(number("expires_at"))
        .col(text("client_ip"))
        .col(text("user_agent"))
        .col(text("device"))
        .col(flag("is_remembered"))
        .col(text("words"))
        .foreign_key(&mut belongs_to("sessions", "user_id", "users"))
        .take();
    manager.create_table(sessions).await?;
    unique_index(manager, &unique::SESSION_TOKEN).await?;
    index(manager, "sessions", "sessions_of_user", &["user_id"]).await?;
    index(manager, "sessions", "sessions_by_age", &["created_at", "id"]).await?;
    index(manager, "sessions", "sessions_by_use", &["last_seen_at", "id"]).await?;
    index(manager, "sessions", "sessions_by_end", &["expires_at"]).await?;
    let entries = Table::create()
        .table("session_entries")
        .col(hash("token_hash").primary_key())
        .col(id("session_id"))
        .col(text("host"))
        .col(number("created_at"))
        .foreign_key(&mut belongs_to("session_entries", "session_id", "sessions"))
        .take();
    manager.create_table(entries).await?;
    index(manager, "session_entries", "entries_of_session", &["session_id", "host", "created_at"]).await
}

async fn audit(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let entries = Table::create()
        .table("audit_entries")
        .col(chain())
        .col(number("seq"))
        .col(text("entry"))
        .col(hash("hash"))
        .col(id("event_id"))
        .col(flag("is_conclusion"))
        .col(number("at"))
        .col(short("outcome", 16))
        .col(text("actor"))
        .col(short("action", 64))
        .col(ColumnDef::new("app").string_len(63))
        .col(ColumnDef::new("decision_id").uuid())
        .col(text("words"))
        .primary_key(Index::create().col("chain").col("seq"))
        .take();
    manager.create_table(entries).await?;
    index(manager, "audit_entries", "audit_by_decision", &["decision_id"]).await?;
    // Each holds all that counting and finding asks of it, so that the wide rows are read for one page only.
    index(manager, "audit_entries", "audit_by_event", &["event_id", "is_conclusion", "seq", "outcome"]).await?;
    index(manager, "audit_entries", "audit_by_time", &["is_conclusion", "at", "seq", "chain"]).await?;
    index(manager, "audit_entries", "audit_by_actor", &["actor", "is_conclusion", "at", "seq", "chain"]).await?;
    index(manager, "audit_entries", "audit_by_action", &["action", "is_conclusion", "at", "seq", "chain"]).await?;
    index(manager, "audit_entries", "audit_by_outcome", &["outcome", "event_id"]).await?;
    let operations = Table::create()
        .table("audit_operations")
        .col(text("operation"))
        .col(chain())
        .col(number("seq"))
        .primary_key(Index::create().col("operation").col("chain").col("seq"))
        .take();
    manager.create_table(operations).await?;
    index(manager, "audit_operations", "audit_operations_of", &["chain", "seq"]).await?;
    let chain = chain().primary_key().take();
    manager
        .create_table(Table::create().table("audit_start").col(chain).col(number("seq")).col(hash("hash")).take())
        .await?;
    let start = Query::insert()
        .into_table("audit_start")
        .columns(["chain", "seq", "hash"])
        .values_panic(["audit".into(), 0_i64.into(), vec![0_u8; 32].into()])
        .take();
    manager.get_connection().execute(&start).await.map(drop)
}

async fn lists(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let changes = Table::create()
        .table("changes")
        .col(dialect(manager.get_database_backend()).numbered_key("seq"))
        .col(short("kind", 16))
        .col(id("subject"))
        .take();
    manager.create_table(changes).await?;
    let settings = Table::create()
        .table("settings")
        .col(short("name", 128).primary_key())
        .col(ColumnDef::new("value").blob().not_null())
        .take();
    manager.create_table(settings).await?;
    let sequences = Table::create()
        .table("sequences")
        .col(short("name", CHAIN).primary_key())
        .col(number("seq"))
        .col(hash("hash"))
        .take();
    manager.create_table(sequences).await?;
    let start = Query::insert()
        .into_table("sequences")
        .columns(["name", "seq", "hash"])
        .values_panic(["audit".into(), 0_i64.into(), vec![0_u8; 32].into()])
        .values_panic(["changes".into(), 0_i64.into(), vec![0_u8; 32].into()])
        .values_panic(["admins".into(), 0_i64.into(), vec![0_u8; 32].into()])
        .take();
    manager.get_connection().execute(&start).await.map(drop)
}
