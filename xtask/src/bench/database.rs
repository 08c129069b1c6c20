//! Writing past Doorward into its database, with the sqlite3 shell. A row that is there is the pattern of those that are added.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::failure::{Failure, Outcome, While};

/// The beginning of a statement that adds rows like the pattern, but for these columns: others may come and go.
pub fn copies(database: &Path, table: &str, own: &[(&str, &str)]) -> Outcome<String> {
    let columns = columns_of(database, table)?;
    let values = columns.iter().map(|column| {
        own.iter()
            .find(|(name, _)| name == column)
            .map_or_else(|| format!("pattern.{column}"), |(_, value)| (*value).to_owned())
    });
    Ok(format!("INSERT INTO {table}({}) SELECT {}", columns.join(", "), values.collect::<Vec<_>>().join(", ")))
}

fn columns_of(database: &Path, table: &str) -> Outcome<Vec<String>> {
    let ask = format!("SELECT name FROM pragma_table_info('{table}')");
    let answer = Command::new("sqlite3").arg(database).arg(ask).output().during("asking sqlite3 for columns")?;
    let columns: Vec<_> = String::from_utf8_lossy(&answer.stdout).lines().map(str::to_owned).collect();
    if columns.is_empty() { Err(Failure::new(format!("the database has no table {table}"))) } else { Ok(columns) }
}

/// Runs statements.
pub fn run(database: &Path, sql: &str) -> Outcome {
    let mut shell = Command::new("sqlite3")
        .args(["-bail", "-cmd", ".timeout 10000"])
        .arg(database)
        .stdin(Stdio::piped())
        .spawn()
        .during("starting sqlite3")?;
    let mut input = shell.stdin.take().ok_or_else(|| Failure::new("sqlite3 takes no input"))?;
    input.write_all(sql.as_bytes()).during("feeding sqlite3")?;
    drop(input);
    let status = shell.wait()?;
    if status.success() {
        Ok(())
    } else {
        Err(Failure::new("filling the database failed: see what sqlite3 says above"))
    }
}
