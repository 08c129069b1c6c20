//! A database with many people and sessions in it, written past Doorward with the sqlite3 shell.
//!
//! One real sign-in is the pattern: new sessions copy its times and the form of its token. Only the bench knows the tokens; the
//! database holds their hashes, as always.

use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::failure::{Failure, Outcome, While};

const USERS: usize = 10_000;
const SESSIONS: usize = 100_000;

/// Adds users and sessions beside those that are there; the cookies of the new sessions, made like this one.
pub fn fill(database: &Path, pattern: &str) -> Outcome<Vec<String>> {
    let (name, token) = pattern.split_once('=').ok_or_else(|| Failure::new("a cookie without a value"))?;
    let tokens = tokens_like(token)?;
    let mut sql = String::from("BEGIN;\nCREATE TEMP TABLE tokens(n INTEGER PRIMARY KEY, hash BLOB);\n");
    for (number, token) in tokens.iter().enumerate() {
        let hash = Sha256::digest(token.as_bytes());
        sql.push_str("INSERT INTO tokens VALUES(");
        write!(sql, "{number},X'").during("writing SQL")?;
        hash.iter().try_for_each(|byte| write!(sql, "{byte:02x}")).during("writing SQL")?;
        sql.push_str("');\n");
    }
    write!(
        sql,
        "CREATE TEMP TABLE people AS WITH RECURSIVE c(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM c WHERE n + 1 < {USERS})
           SELECT n, randomblob(16) AS id FROM c;
         INSERT INTO users(id, username, email, email_key, full_name, words, password_hash, is_disabled, created_at, updated_at, last_sign_in_at)
           SELECT p.id, 'bench-' || n, NULL, NULL, '', 'bench-' || n, NULL, 0, u.created_at, u.updated_at, NULL
           FROM people p, (SELECT created_at, updated_at FROM users LIMIT 1) u;
         INSERT INTO grants(id, user_id, app, role, until, created_at)
           SELECT randomblob(16), p.id, '', 'viewer', NULL, u.created_at FROM people p, (SELECT created_at FROM users LIMIT 1) u;
         INSERT INTO sessions(id, token_hash, user_id, created_at, last_seen_at, expires_at, client_ip, user_agent, words)
           SELECT randomblob(16), t.hash, p.id, s.created_at, s.last_seen_at, s.expires_at, s.client_ip, s.user_agent, s.words
           FROM tokens t JOIN people p ON p.n = t.n % {USERS}, (SELECT * FROM sessions LIMIT 1) s;
         COMMIT;"
    )
    .during("writing SQL")?;
    run(database, &sql)?;
    Ok(tokens.iter().map(|token| format!("{name}={token}")).collect())
}

/// Tokens that differ from this one in eight places inside, so that they have its length, alphabet and ends.
fn tokens_like(token: &str) -> Outcome<Vec<String>> {
    let odd = || Failure::new("the session token is not what the bench expects: at least 32 characters of ASCII");
    let (start, rest) = token.split_at_checked(16).ok_or_else(odd)?;
    let (_, end) = rest.split_at_checked(8).filter(|(_, end)| end.len() >= 8).ok_or_else(odd)?;
    Ok((0..SESSIONS).map(|number| format!("{start}{number:08}{end}")).collect())
}

fn run(database: &Path, sql: &str) -> Outcome {
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
    if status.success() { Ok(()) } else { Err(Failure::new("filling the database failed: has its schema changed? See seed.rs")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_keep_the_form_of_the_pattern() {
        let pattern = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ";
        let tokens = tokens_like(pattern).unwrap();
        assert_eq!(tokens.len(), SESSIONS);
        assert_eq!(tokens.first().unwrap(), "abcdefghijklmnop00000000yzABCDEFGHIJKLMNOPQ");
        assert!(tokens_like("short").is_err());
    }
}
