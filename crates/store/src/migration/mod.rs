//! How the database came to look as it does: numbered steps, each applied once.
//!
//! All pending steps run in one transaction that holds the write lock, so that two processes may start at once and a step that
//! fails leaves nothing behind. A step that has shipped is never edited: add another.

mod m0001_first;
mod schema;

use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, Statement, TransactionTrait as _};
use sea_orm_migration::{MigrationTrait, MigratorTrait, SchemaManager};

use crate::connection::Connections;
use crate::engine::{OpenError, dialect};

struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(m0001_first::Step)]
    }
}

/// Applies what is pending. Nothing is written when there is nothing to do.
pub(crate) async fn migrate(connections: &Connections) -> Result<(), OpenError> {
    if pending(&connections.answered(applied(connections.writer())).await?)? == 0 {
        return must_match(connections.writer()).await;
    }
    let writer = connections.writer();
    let dialect = dialect(writer.get_database_backend());
    let transaction = writer.begin_with_options(dialect.writing()).await?;
    dialect.before_steps(&transaction).await?;
    if pending(&applied(&transaction).await?)? > 0 {
        Migrator::up(&transaction, None).await?;
    }
    dialect.after_steps(&transaction).await?;
    transaction.commit().await?;
    Ok(())
}

/// The names of the steps this database has been through; none for a fresh one.
pub(crate) async fn applied<C: ConnectionTrait>(db: &C) -> Result<Vec<String>, DbErr>
where
    for<'c> &'c C: sea_orm_migration::IntoSchemaManagerConnection<'c>,
{
    if !SchemaManager::new(db).has_table("seaql_migrations").await? {
        return Ok(Vec::new());
    }
    let query =
        Statement::from_string(db.get_database_backend(), "SELECT version FROM seaql_migrations ORDER BY version");
    db.query_all_raw(query).await?.iter().map(|row| row.try_get("", "version")).collect()
}

/// How many steps are still to do. A step we do not know means that a newer Doorward was here: it is not ours to touch.
fn pending(applied: &[String]) -> Result<usize, OpenError> {
    let known: Vec<String> = Migrator::migrations().iter().map(|step| step.name().to_owned()).collect();
    match applied.iter().find(|name| !known.contains(name)) {
        Some(unknown) => Err(OpenError::Newer { step: unknown.clone() }),
        None => Ok(known.len().saturating_sub(applied.len())),
    }
}

/// Whether all of these steps are ours.
pub(crate) fn acquainted(applied: &[String]) -> Result<(), OpenError> {
    pending(applied).map(drop)
}

/// Whether the tables are those that our steps make. Steps have changed before the first release, so their names alone do not tell; what
/// somebody added beside ours does not matter.
async fn must_match(db: &DatabaseConnection) -> Result<(), OpenError> {
    if holds_ours(db, Migrator::migrations().len()).await? { Ok(()) } else { Err(OpenError::Incompatible) }
}

/// For a database that comes from elsewhere, in words: its tables are those of the steps it says it has been through, and nothing in it
/// acts by itself. A trigger would undo what we do, in our own transactions.
pub(crate) async fn must_be_ours(db: &DatabaseConnection, steps: &[String]) -> Result<(), String> {
    if !holds_ours(db, steps.len()).await.map_err(|error| error.to_string())? {
        return Err("its tables are not those that Doorward makes".to_owned());
    }
    let trigger = dialect(db.get_database_backend()).trigger(db).await.map_err(|error| error.to_string())?;
    let Some((name, table)) = trigger else { return Ok(()) };
    Err(format!("Doorward makes no triggers, and `{name}` on `{table}` would act with every change"))
}

/// Whether all is there that this many of our steps make.
async fn holds_ours(db: &DatabaseConnection, steps: usize) -> Result<bool, DbErr> {
    let Some(last) = steps.checked_sub(1) else { return Ok(true) };
    let dialect = dialect(db.get_database_backend());
    let Some(ours) = dialect.written_down().get(last) else { return Ok(false) };
    let theirs = dialect.tables(db).await?;
    Ok(ours.lines().all(|line| theirs.iter().any(|own| own == line)))
}

/// How many steps this version knows.
pub(crate) fn known() -> usize {
    Migrator::migrations().len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine;

    /// After a change that is meant (before a step has shipped), write the files anew with `DOORWARD_GOLDEN=write`.
    async fn is_written_down(url: &str) {
        let writer = engine::open(url).await.unwrap().writer;
        let dialect = dialect(writer.get_database_backend());
        let written_down = dialect.written_down();
        assert_eq!(written_down.len(), known());
        for (before, (step, written)) in Migrator::migrations().iter().zip(written_down).enumerate() {
            let steps = before + 1;
            Migrator::up(&writer, Some(1)).await.unwrap();
            let made = dialect.tables(&writer).await.unwrap().join("\n") + "\n";
            if std::env::var_os("DOORWARD_GOLDEN").is_some_and(|value| value == "write") {
                let file = format!("{}/src/engine/{}/{}.sql", env!("CARGO_MANIFEST_DIR"), dialect.room(), step.name());
                std::fs::write(file, made).unwrap();
                continue;
            }
            assert_eq!(made, *written, "after {steps} steps");
            assert!(holds_ours(&writer, steps).await.unwrap());
            assert!(!holds_ours(&writer, known() + 1).await.unwrap(), "of a step we do not know, nothing can be told");
        }
    }

    #[tokio::test]
    async fn what_is_written_down_is_what_the_steps_make() {
        is_written_down("sqlite::memory:").await;
    }

    mod on_servers {
        use doorward_testkit::{ServerDatabase, TestServer};

        #[tokio::test]
        async fn what_is_written_down_is_what_the_steps_make() {
            for server in [TestServer::POSTGRES, TestServer::MARIADB] {
                let database = ServerDatabase::fresh(server).await;
                super::is_written_down(&database.url()).await;
            }
        }
    }
}
