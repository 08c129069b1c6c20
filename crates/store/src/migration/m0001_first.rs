//! People, grants, sessions, the audit log, the change feed, settings.

use sea_orm::sea_query::{ColumnDef, ForeignKey, ForeignKeyAction, ForeignKeyCreateStatement, Index, Query, Table};
use sea_orm_migration::prelude::{
    ConnectionTrait, DbErr, MigrationName, MigrationTrait, SchemaManager, async_trait::async_trait,
};

use crate::dialect::numbered_key;

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

fn hash(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).binary_len(32).not_null().take()
}

fn of_user(table: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create().from(table, "user_id").to("users", "id").on_delete(ForeignKeyAction::Cascade).take()
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
        .col(short("username", 128).unique_key())
        .col(ColumnDef::new("email").string_len(254))
        .col(ColumnDef::new("email_key").string_len(254).unique_key())
        .col(text("full_name"))
        .col(text("words"))
        .col(ColumnDef::new("password_hash").text())
        .col(flag("is_disabled"))
        .col(number("created_at"))
        .col(number("updated_at"))
        .col(ColumnDef::new("last_sign_in_at").big_integer())
        .take();
    manager.create_table(users).await?;
    let grants = Table::create()
        .table("grants")
        .col(id("id").primary_key())
        .col(id("user_id"))
        .col(short("app", 63))
        .col(short("role", 16))
        .col(ColumnDef::new("until").big_integer())
        .col(number("created_at"))
        .foreign_key(&mut of_user("grants"))
        .take();
    manager.create_table(grants).await?;
    let once = Index::create().table("grants").name("grants_once").col("user_id").col("app").unique().take();
    manager.create_index(once).await?;
    index(manager, "grants", "grants_by_role", &["app", "role"]).await
}

async fn sessions(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let sessions = Table::create()
        .table("sessions")
        .col(id("id").primary_key())
        .col(hash("token_hash").unique_key())
        .col(id("user_id"))
        .col(number("created_at"))
        .col(number("proved_at"))
        .col(number("last_seen_at"))
        .col(number("expires_at"))
        .col(text("client_ip"))
        .col(text("user_agent"))
        .col(flag("is_remembered"))
        .col(text("words"))
        .foreign_key(&mut of_user("sessions"))
        .take();
    manager.create_table(sessions).await?;
    index(manager, "sessions", "sessions_of_user", &["user_id"]).await?;
    index(manager, "sessions", "sessions_by_age", &["created_at", "id"]).await?;
    index(manager, "sessions", "sessions_by_end", &["expires_at"]).await?;
    let of_session = ForeignKey::create()
        .from("session_entries", "session_id")
        .to("sessions", "id")
        .on_delete(ForeignKeyAction::Cascade)
        .take();
    let entries = Table::create()
        .table("session_entries")
        .col(hash("token_hash").primary_key())
        .col(id("session_id"))
        .col(short("host", 255))
        .col(number("created_at"))
        .foreign_key(&mut of_session.clone())
        .take();
    manager.create_table(entries).await?;
    index(manager, "session_entries", "entries_of_session", &["session_id", "host", "created_at"]).await
}

async fn audit(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let entries = Table::create()
        .table("audit_entries")
        .col(numbered_key(manager.get_database_backend(), "seq"))
        .col(text("entry"))
        .col(hash("hash"))
        .col(id("event_id"))
        .col(flag("is_conclusion"))
        .col(number("at"))
        .col(short("outcome", 16))
        .col(short("actor", 255))
        .col(short("action", 64))
        .col(ColumnDef::new("app").string_len(63))
        .col(ColumnDef::new("decision_id").uuid())
        .col(text("words"))
        .take();
    manager.create_table(entries).await?;
    index(manager, "audit_entries", "audit_by_decision", &["decision_id"]).await?;
    // Each holds all that counting and finding asks of it, so that the wide rows are read for one page only.
    index(manager, "audit_entries", "audit_by_event", &["event_id", "is_conclusion", "seq", "outcome"]).await?;
    index(manager, "audit_entries", "audit_by_time", &["is_conclusion", "at", "seq"]).await?;
    index(manager, "audit_entries", "audit_by_actor", &["actor", "is_conclusion", "seq"]).await?;
    index(manager, "audit_entries", "audit_by_action", &["action", "is_conclusion", "seq"]).await?;
    index(manager, "audit_entries", "audit_by_outcome", &["outcome", "event_id"]).await?;
    let operations = Table::create()
        .table("audit_operations")
        .col(short("operation", 255))
        .col(number("seq"))
        .primary_key(Index::create().col("operation").col("seq"))
        .take();
    manager.create_table(operations).await?;
    index(manager, "audit_operations", "audit_operations_of", &["seq"]).await?;
    let id = ColumnDef::new("id").integer().not_null().primary_key().take();
    manager
        .create_table(Table::create().table("audit_start").col(id).col(number("seq")).col(hash("hash")).take())
        .await?;
    let start = Query::insert()
        .into_table("audit_start")
        .columns(["id", "seq", "hash"])
        .values_panic([1_i32.into(), 0_i64.into(), vec![0_u8; 32].into()])
        .take();
    manager.get_connection().execute(&start).await.map(drop)
}

async fn lists(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let changes = Table::create()
        .table("changes")
        .col(numbered_key(manager.get_database_backend(), "seq"))
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
    let sequences =
        Table::create().table("heads").col(short("name", 16).primary_key()).col(number("seq")).col(hash("hash")).take();
    manager.create_table(sequences).await?;
    let start = Query::insert()
        .into_table("heads")
        .columns(["name", "seq", "hash"])
        .values_panic(["audit".into(), 0_i64.into(), vec![0_u8; 32].into()])
        .values_panic(["changes".into(), 0_i64.into(), vec![0_u8; 32].into()])
        .take();
    manager.get_connection().execute(&start).await.map(drop)
}
