//! PostgreSQL.

mod listener;

use async_trait::async_trait;
use sea_orm::sea_query::{ColumnType, DynIden};
use sea_orm::{
    AccessMode, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, IsolationLevel, SqlxPostgresConnector,
    TransactionOptions,
};
use sqlx::ConnectOptions as _;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use super::{
    IDLE_PATIENCE, LOCK_PATIENCE, Location, STATEMENT_PATIENCE, STEPS_PATIENCE, Vendor, first_connection, opened, pool,
    readers, writers,
};
use crate::engine::{Dialect, Finding, Kind, OpenError, Opened};
pub(super) use listener::Listener;

/// Its [`Dialect`].
#[derive(Debug)]
pub(crate) struct Postgres;

/// Connects.
pub(crate) async fn open(location: &Location) -> Result<Opened, OpenError> {
    let options: PgConnectOptions = location.url().parse().map_err(OpenError::driver)?;
    let options = options.disable_statement_logging();
    first_connection(&options, location).await?;
    let writers = writers(location.connections);
    let session = session(false);
    let writer = pool!(PgPoolOptions, writers, location, session).connect_lazy_with(options.clone());
    let session = self::session(true);
    let reader = pool!(PgPoolOptions, readers(location), location, session);
    let session = self::session(true);
    let listener = Listener::of(pool!(PgPoolOptions, 1, location, session).connect_lazy_with(options.clone()));
    let reader = reader.connect_lazy_with(options);
    let [writer, reader] = [writer, reader].map(SqlxPostgresConnector::from_sqlx_postgres_pool);
    Ok(opened(writer, reader, &Postgres, Some(listener)))
}

/// How a connection behaves. What is acknowledged is on disk, whatever the server does for others.
fn session(reads: bool) -> String {
    let own = if reads {
        "SET default_transaction_read_only = on; SET default_transaction_isolation = 'repeatable read'"
    } else {
        "SET default_transaction_isolation = 'read committed'; \
         SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
    };
    let [idle, lock, statement] =
        [IDLE_PATIENCE, LOCK_PATIENCE, STATEMENT_PATIENCE].map(|patience| patience.as_millis());
    format!(
        "{own}; SET idle_in_transaction_session_timeout = {idle}; SET lock_timeout = {lock}; SET statement_timeout = {statement}"
    )
}

#[async_trait]
impl Dialect for Postgres {
    fn writing(&self) -> TransactionOptions {
        TransactionOptions::default()
    }

    fn waking(&self) -> Option<&'static str> {
        Some("NOTIFY doorward_changes")
    }

    fn reading(&self) -> TransactionOptions {
        TransactionOptions {
            isolation_level: Some(IsolationLevel::RepeatableRead),
            access_mode: Some(AccessMode::ReadOnly),
            ..TransactionOptions::default()
        }
    }

    /// Compared byte by byte, whatever the database's own order is.
    fn column_type(&self, kind: Kind) -> ColumnType {
        match kind {
            Kind::Text => custom("text COLLATE \"C\"".to_owned()),
            Kind::Short(longest) => custom(format!("varchar({longest}) COLLATE \"C\"")),
            Kind::Id => ColumnType::Uuid,
            Kind::Number | Kind::Key => ColumnType::BigInteger,
            Kind::Flag => ColumnType::Boolean,
            Kind::Hash | Kind::Bytes => ColumnType::Blob,
        }
    }

    async fn before_steps(&self, transaction: &DatabaseTransaction) -> Result<(), DbErr> {
        let patience = STEPS_PATIENCE.as_millis();
        let wait = format!(
            "SET LOCAL lock_timeout = {patience}; SET LOCAL statement_timeout = 0; \
             SELECT pg_advisory_xact_lock(hashtext('doorward migrations'))"
        );
        transaction.execute_unprepared(&wait).await.map(drop)
    }

    #[cfg(test)]
    fn room(&self) -> &'static str {
        "server/postgres"
    }

    fn written_down(&self) -> &'static [&'static str] {
        &[include_str!("postgres/m0001_first.sql")]
    }

    async fn tables(&self, db: &DatabaseConnection) -> Result<Vec<String>, DbErr> {
        let columns = "SELECT table_name || '.' || column_name || ' ' || data_type || coalesce('(' || character_maximum_length || ')', '') \
             || CASE is_nullable WHEN 'NO' THEN ' not null' ELSE '' END || coalesce(' collate ' || collation_name, '') AS line \
             FROM information_schema.columns WHERE table_schema = current_schema() AND table_name <> 'seaql_migrations' ORDER BY 1";
        let keys = "SELECT regexp_replace(indexdef, ' ON [^ ]+\\.', ' ON ') AS line FROM pg_indexes \
             WHERE schemaname = current_schema() AND tablename <> 'seaql_migrations' ORDER BY 1";
        let references = "SELECT conrelid::regclass || ' ' || pg_get_constraintdef(oid) AS line FROM pg_constraint \
             WHERE contype = 'f' AND connamespace = current_schema()::regnamespace ORDER BY 1";
        super::lines(db, &[columns, keys, references]).await
    }

    async fn trigger(&self, db: &DatabaseConnection) -> Result<Option<(String, String)>, DbErr> {
        super::named(
            db,
            "SELECT trigger_name AS name, event_object_table AS place FROM information_schema.triggers \
             WHERE trigger_schema = current_schema() LIMIT 1",
        )
        .await
    }

    async fn version(&self, db: &DatabaseConnection) -> Result<String, DbErr> {
        let version = super::lines(db, &["SELECT current_setting('server_version') AS line"]).await?.concat();
        Ok(format!("PostgreSQL {version}"))
    }
}

fn custom(sql: String) -> ColumnType {
    ColumnType::Custom(DynIden::from(sql))
}

#[async_trait]
impl Vendor for Postgres {
    /// SQLSTATE: `serialization_failure`, `deadlock_detected`, `lock_not_available` (PostgreSQL, Appendix A).
    fn is_in_the_way(&self, error: &dyn sqlx::error::DatabaseError) -> bool {
        error.code().is_some_and(|code| ["40001", "40P01", "55P03"].contains(&code.as_ref()))
    }

    async fn findings(&self, db: &DatabaseConnection) -> Vec<Finding> {
        let ssl = "SELECT CASE WHEN ssl THEN version || ', ' || cipher ELSE '' END AS line FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
        vec![super::encryption(super::lines(db, &[ssl]).await.map(|told| told.concat()))]
    }
}
