//! A company: people who hold thousands of grants, groups within groups, thousands of rules.

use std::fmt::Write as _;
use std::path::Path;

use super::database::{copies, run};
use super::door::Door;
use crate::failure::{Outcome, While};

/// Is in the innermost group, which is in others.
pub const MEMBER: &str = "member";
/// Holds many single things.
pub const HOLDER: &str = "holder";
/// The first thing they hold.
pub const FIRST: usize = 0;
/// The last.
pub const LAST: usize = HELD - 1;
/// How many rules the app has besides its profile's: with those nearly as many as it may have, which is 5,000.
pub const RULES: usize = 4_950;

/// What the holder holds.
const HELD: usize = 5_000;
/// Of all groups each is in the one of a tenth of its number.
const GROUPS: usize = 1_000;
/// What each group is given.
const OF_GROUP: usize = 5;
/// What others were given.
const OF_OTHERS: usize = 50_000 - HELD - GROUPS * OF_GROUP;

/// This many rules more, as lines of an app's configuration.
pub fn rules(count: usize) -> String {
    let mut lines = String::from("    rules:\n");
    for number in 0..count {
        let _ = writeln!(lines, "      - {{match: \"GET /reports/r{number}/{{page**}}\", action: run}}");
    }
    lines
}

/// A query about one of the things that the holder holds.
pub fn question(job: usize) -> String {
    let selector = format!(r#"{{pipelineName: "bench_{job}", repositoryName: "r", repositoryLocationName: "l"}}"#);
    serde_json::json!({"query": format!("{{ pipelineOrError(params: {selector}) {{ __typename }} }}")}).to_string()
}

/// Both people, a group, and one grant each: what a house has, and the pattern of what a company has.
pub fn people(door: &Door) -> Outcome {
    door.add_user(MEMBER)?;
    door.add_user(HOLDER)?;
    let job = format!("job:bench_{FIRST}");
    for words in [
        &["group", "add", "nest"][..],
        &["group", "add-member", "nest", "--user", MEMBER],
        &["grant", "add", "--group", "nest", "--role", "viewer", "--app", "tool"],
        &["grant", "add", HOLDER, "--role", "operator", "--app", "tool", "--resource", &job],
    ] {
        door.command(words, "")?;
    }
    Ok(())
}

/// Adds groups and grants to those of [`people`].
pub fn fill(database: &Path) -> Outcome {
    let group = [("id", "n.id"), ("name", "'nest-' || n.n"), ("words", "'nest-' || n.n")];
    let within = [("group_id", "o.id"), ("member_kind", "'group'"), ("member_id", "n.id")];
    let grant = |subject, role, pattern| {
        [("id", "randomblob(16)"), ("subject_id", subject), ("role", role), ("pattern", pattern)]
    };
    let mut sql = format!(
        "BEGIN;
         CREATE TEMP TABLE numbers AS WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 100000)
           SELECT n, randomblob(16) AS id FROM c;
         CREATE TEMP TABLE nests AS SELECT n, id FROM numbers WHERE n < {GROUPS};
         {} FROM nests n, (SELECT * FROM groups LIMIT 1) pattern;\n",
        copies(database, "groups", &group)?,
    );
    let mut add = |what: String| writeln!(sql, "{what};").during("writing SQL");
    // Each in the one of a tenth of its number; the member's own group in the last.
    add(format!(
        "{} FROM nests n JOIN nests o ON o.n = n.n / 10, (SELECT * FROM group_members LIMIT 1) pattern",
        copies(database, "group_members", &within)?
    ))?;
    let own = [("group_id", "o.id"), ("member_kind", "'group'"), ("member_id", "pattern.group_id")];
    add(format!(
        "{} FROM nests o, (SELECT * FROM group_members WHERE member_kind = 'user' LIMIT 1) pattern WHERE o.n = {GROUPS} - 1",
        copies(database, "group_members", &own)?
    ))?;
    add(format!(
        "{} FROM nests n JOIN numbers k ON k.n <= {OF_GROUP}, (SELECT * FROM grants WHERE subject_kind = 'group' LIMIT 1) pattern",
        copies(database, "grants", &grant("n.id", "'operator'", "'job:of_group_' || n.n || '_' || k.n"))?
    ))?;
    let of_holder = "(SELECT * FROM grants WHERE pattern = 'job:bench_0') pattern";
    add(format!(
        "{} FROM numbers n, {of_holder} WHERE n.n < {HELD}",
        copies(database, "grants", &grant("pattern.subject_id", "'operator'", "'job:bench_' || n.n"))?
    ))?;
    add(format!(
        "{} FROM numbers n, {of_holder} WHERE n.n <= {OF_OTHERS}",
        copies(database, "grants", &grant("n.id", "'operator'", "'job:of_others_' || n.n"))?
    ))?;
    sql.push_str("COMMIT;\n");
    run(database, &sql)
}
