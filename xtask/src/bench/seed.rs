//! A database with many people and sessions in it, written past Doorward with the sqlite3 shell.
//!
//! One real sign-in is the pattern: new sessions copy its times and the form of its token. Only the bench knows the tokens; the
//! database holds their hashes, as always.

use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::path::Path;

use super::database::{copies, run};
use crate::failure::{Failure, Outcome, While};

const USERS: usize = 10_000;
const SESSIONS: usize = 100_000;

/// Adds users and sessions beside those that are there; the tokens of the new sessions, made like that of this cookie. Cookies are
/// named after the port they are sent to.
pub fn fill(database: &Path, pattern: &str) -> Outcome<Vec<String>> {
    let (_, token) = pattern.split_once('=').ok_or_else(|| Failure::new("a cookie without a value"))?;
    let tokens = tokens_like(token)?;
    let mut sql = String::from("BEGIN;\nCREATE TEMP TABLE tokens(n INTEGER PRIMARY KEY, hash BLOB);\n");
    for (number, token) in tokens.iter().enumerate() {
        let hash = Sha256::digest(token.as_bytes());
        sql.push_str("INSERT INTO tokens VALUES(");
        write!(sql, "{number},X'").during("writing SQL")?;
        hash.iter().try_for_each(|byte| write!(sql, "{byte:02x}")).during("writing SQL")?;
        sql.push_str("');\n");
    }
    let user = [
        ("id", "p.id"),
        ("username", "'bench-' || n"),
        ("words", "'bench-' || n"),
        ("email", "NULL"),
        ("email_key", "NULL"),
    ];
    let grant = [("id", "randomblob(16)"), ("subject_id", "p.id"), ("role", "'viewer'")];
    let session = [("id", "randomblob(16)"), ("token_hash", "t.hash"), ("user_id", "p.id")];
    write!(
        sql,
        "CREATE TEMP TABLE people AS WITH RECURSIVE c(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM c WHERE n + 1 < {USERS})
           SELECT n, randomblob(16) AS id FROM c;
         {} FROM people p, (SELECT * FROM users LIMIT 1) pattern;
         {} FROM people p, (SELECT * FROM grants LIMIT 1) pattern;
         {} FROM tokens t JOIN people p ON p.n = t.n % {USERS}, (SELECT * FROM sessions LIMIT 1) pattern;
         COMMIT;",
        copies(database, "users", &user)?,
        copies(database, "grants", &grant)?,
        copies(database, "sessions", &session)?,
    )
    .during("writing SQL")?;
    run(database, &sql)?;
    Ok(tokens)
}

/// Tokens that differ from this one in eight places inside, so that they have its length, alphabet and ends.
fn tokens_like(token: &str) -> Outcome<Vec<String>> {
    let odd = || Failure::new("the session token is not what the bench expects: at least 32 characters of ASCII");
    let (start, rest) = token.split_at_checked(16).ok_or_else(odd)?;
    let (_, end) = rest.split_at_checked(8).filter(|(_, end)| end.len() >= 8).ok_or_else(odd)?;
    Ok((0..SESSIONS).map(|number| format!("{start}{number:08}{end}")).collect())
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
