//! What `doorward doctor` asks of the file.

use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, Statement};
use std::{os::unix::fs::PermissionsExt, path::Path};

use crate::engine::{Finding, told};

/// Who may open it, and whether it is whole.
pub(super) async fn findings(file: Option<&Path>, db: &DatabaseConnection) -> Vec<Finding> {
    vec![
        ("database file permissions", file.map_or_else(|| Ok("in memory".to_owned()), permissions)),
        ("database integrity", integrity(db).await.unwrap_or_else(|error| Err(told(&error)))),
    ]
}

/// Nobody but the owner should read hashes, addresses and what happened.
fn permissions(file: &Path) -> Result<String, String> {
    let metadata = std::fs::metadata(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let mode = metadata.permissions().mode() & 0o777;
    let for_others = mode & 0o077;
    if for_others == 0 {
        Ok(format!("{} is for its owner only ({mode:o})", file.display()))
    } else {
        Err(format!(
            "{} can be opened by other users of this machine ({mode:o}); run: chmod 600 {}",
            file.display(),
            file.display()
        ))
    }
}

async fn integrity(db: &DatabaseConnection) -> Result<Result<String, String>, DbErr> {
    let query = Statement::from_string(db.get_database_backend(), "PRAGMA quick_check(1)");
    let row = db.query_one_raw(query).await?;
    Ok(match row.map(|row| row.try_get_by_index::<String>(0)).transpose()? {
        Some(verdict) if verdict == "ok" => Ok("no damage found".to_owned()),
        Some(verdict) => Err(format!("damaged: {verdict}; restore a backup")),
        None => Err("the check gave no answer".to_owned()),
    })
}
