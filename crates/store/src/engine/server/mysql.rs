//! MariaDB, and MySQL from version 8 on.

use async_trait::async_trait;
use sea_orm::sea_query::{ColumnType, DynIden, StringLen, TableCreateStatement};
use sea_orm::{
    AccessMode, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, IsolationLevel,
    SqlxMySqlConnector, Statement, TransactionOptions,
};
use sqlx::ConnectOptions as _;
use sqlx::mysql::{MySqlConnectOptions, MySqlDatabaseError, MySqlPoolOptions};

use super::{
    IDLE_PATIENCE, LOCK_PATIENCE, Location, STATEMENT_PATIENCE, STEPS_PATIENCE, Vendor, first_connection, lines,
    opened, pool, readers, writers,
};
use crate::engine::{Dialect, Finding, Kind, OpenError, Opened};

/// Its [`Dialect`].
#[derive(Debug)]
pub(crate) struct MySql;

/// What compares so is called differently: MariaDB alone reads the first, MySQL alone the second.
const COLLATION: &str = "/*M! COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */";

/// Of the database, since the server has but one space for the names of locks.
const STEPS_LOCK: &str = "LEFT(CONCAT('doorward ', SHA1(DATABASE())), 64)";

/// Connects.
pub(crate) async fn open(location: &Location) -> Result<Opened, OpenError> {
    let options: MySqlConnectOptions = location.url().parse().map_err(OpenError::driver)?;
    let options = options.disable_statement_logging();
    first_connection(&options, location).await?;
    let writers = writers(location.connections);
    let session = session(false);
    let writer = pool!(MySqlPoolOptions, writers, location, session).connect_lazy_with(options.clone());
    let session = self::session(true);
    let reader = pool!(MySqlPoolOptions, readers(location), location, session);
    let [writer, reader] = [writer, reader.connect_lazy_with(options)].map(SqlxMySqlConnector::from_sqlx_mysql_pool);
    Ok(opened(writer, reader, &MySql, None))
}

/// How a connection behaves, whatever the server does for others. What is between `/*M!` and `*/` only MariaDB reads.
fn session(reads: bool) -> String {
    let own = if reads { "REPEATABLE READ, READ ONLY" } else { "READ COMMITTED" };
    let [idle, lock, statement] = [IDLE_PATIENCE, LOCK_PATIENCE, STATEMENT_PATIENCE].map(|patience| patience.as_secs());
    format!(
        "SET SESSION autocommit = 1, sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'; \
         SET SESSION TRANSACTION ISOLATION LEVEL {own}; \
         SET SESSION innodb_lock_wait_timeout = {lock} /*M! , idle_transaction_timeout = {idle}, max_statement_time = {statement} */"
    )
}

#[async_trait]
impl Dialect for MySql {
    fn writing(&self) -> TransactionOptions {
        TransactionOptions::default()
    }

    fn reading(&self) -> TransactionOptions {
        TransactionOptions {
            isolation_level: Some(IsolationLevel::RepeatableRead),
            access_mode: Some(AccessMode::ReadOnly),
            ..TransactionOptions::default()
        }
    }

    fn column_type(&self, kind: Kind) -> ColumnType {
        match kind {
            Kind::Text => ColumnType::Custom(DynIden::from("longtext")),
            Kind::Short(longest) => ColumnType::String(StringLen::N(longest)),
            Kind::Id => ColumnType::Uuid,
            Kind::Number | Kind::Key => ColumnType::BigInteger,
            Kind::Flag => ColumnType::Boolean,
            Kind::Hash => ColumnType::Binary(32),
            Kind::Bytes => ColumnType::Custom(DynIden::from("longblob")),
        }
    }

    /// Compared byte by byte, spaces at the end included.
    fn finish_table(&self, table: &mut TableCreateStatement) {
        table.engine("InnoDB").character_set("utf8mb4").extra(COLLATION);
    }

    /// The lock is the connection's, not the transaction's: whatever makes a table ends that.
    async fn before_steps(&self, transaction: &DatabaseTransaction) -> Result<(), DbErr> {
        transaction.execute_unprepared("/*M! SET SESSION max_statement_time = 0 */").await?;
        let wait = format!("SELECT GET_LOCK({STEPS_LOCK}, {}) = 1 AS is_held", STEPS_PATIENCE.as_secs());
        let row = transaction.query_one_raw(Statement::from_string(DbBackend::MySql, wait)).await?;
        let is_held: Option<i64> = row.map(|row| row.try_get("", "is_held")).transpose()?.flatten();
        if is_held == Some(1) {
            return Ok(());
        }
        Err(DbErr::Custom("another process is still bringing the database up to date".to_owned()))
    }

    async fn after_steps(&self, transaction: &DatabaseTransaction) -> Result<(), DbErr> {
        transaction.execute_unprepared(&format!("DO RELEASE_LOCK({STEPS_LOCK})")).await?;
        let patience = STATEMENT_PATIENCE.as_secs();
        transaction.execute_unprepared(&format!("/*M! SET SESSION max_statement_time = {patience} */")).await.map(drop)
    }

    fn undoes_steps(&self) -> bool {
        false
    }

    #[cfg(test)]
    fn room(&self) -> &'static str {
        "server/mysql"
    }

    fn written_down(&self) -> &'static [&'static str] {
        &[include_str!("mysql/m0001_first.sql")]
    }

    async fn tables(&self, db: &DatabaseConnection) -> Result<Vec<String>, DbErr> {
        let columns = "SELECT CONCAT(table_name, '.', column_name, ' ', REPLACE(column_type, 'bigint(20)', 'bigint'), \
             IF(is_nullable = 'NO', ' not null', ''), \
             IF(collation_name IN ('utf8mb4_nopad_bin', 'utf8mb4_0900_bin'), ' by bytes', IFNULL(CONCAT(' ', collation_name), ''))) AS line FROM information_schema.columns \
             WHERE table_schema = DATABASE() AND table_name <> 'seaql_migrations' ORDER BY line";
        let keys = "SELECT CONCAT(table_name, ' ', index_name, IF(non_unique, '', ' unique'), ' (', \
             GROUP_CONCAT(column_name ORDER BY seq_in_index SEPARATOR ', '), ')') AS line FROM information_schema.statistics \
             WHERE table_schema = DATABASE() AND table_name <> 'seaql_migrations' \
             GROUP BY table_name, index_name, non_unique ORDER BY line";
        let references = "SELECT CONCAT(table_name, ' references ', referenced_table_name, ' ', delete_rule) AS line \
             FROM information_schema.referential_constraints WHERE constraint_schema = DATABASE() ORDER BY line";
        lines(db, &[columns, keys, references]).await
    }

    async fn trigger(&self, db: &DatabaseConnection) -> Result<Option<(String, String)>, DbErr> {
        super::named(
            db,
            "SELECT trigger_name AS name, event_object_table AS place FROM information_schema.triggers \
             WHERE trigger_schema = DATABASE() LIMIT 1",
        )
        .await
    }

    async fn version(&self, db: &DatabaseConnection) -> Result<String, DbErr> {
        let version = lines(db, &["SELECT VERSION() AS line"]).await?.concat();
        Ok(match version.split_once("-MariaDB") {
            Some((version, _)) => format!("MariaDB {version}"),
            None => format!("MySQL {version}"),
        })
    }
}

#[async_trait]
impl Vendor for MySql {
    /// `ER_LOCK_DEADLOCK`, `ER_LOCK_WAIT_TIMEOUT`, `ER_CHECKREAD`.
    fn is_in_the_way(&self, error: &dyn sqlx::error::DatabaseError) -> bool {
        let number = error.try_downcast_ref::<MySqlDatabaseError>().map(MySqlDatabaseError::number);
        number.is_some_and(|number| [1213, 1205, 1020].contains(&number))
    }

    async fn findings(&self, db: &DatabaseConnection) -> Vec<Finding> {
        let cipher = Statement::from_string(DbBackend::MySql, "SHOW STATUS LIKE 'Ssl_cipher'");
        let cipher = match db.query_one_raw(cipher).await {
            Ok(row) => row.map_or_else(|| Ok(String::new()), |row| row.try_get("", "Value")),
            Err(error) => Err(error),
        };
        let flush = "SELECT CAST(@@innodb_flush_log_at_trx_commit AS CHAR) AS line";
        let kept = match lines(db, &[flush]).await {
            Ok(told) if told.concat() == "1" => Ok("what is acknowledged is on disk".to_owned()),
            Ok(told) => Err(format!(
                "the server does not write what it acknowledges to disk at once: set innodb_flush_log_at_trx_commit to 1 (it is {})",
                told.concat()
            )),
            Err(error) => Err(crate::engine::told(&error)),
        };
        vec![super::encryption(cipher), ("database durability", kept)]
    }
}
