//! This build beside another one, such as that of before a change.

use std::path::Path;
use std::time::Duration;

use super::beside_nginx::graphql_body;
use super::{Bench, PAGE, megabytes};
use crate::bench::door::{self, Door};
use crate::bench::load::{self, Question};
use crate::bench::nginx::Nginx;
use crate::bench::report::Figure;
use crate::failure::Outcome;
use crate::steps::say;

/// How long after a sign-in memory is read.
const AFTER_SIGN_IN: Duration = Duration::from_secs(10);

/// A build that runs, with somebody signed in.
struct Party {
    door: Door,
    get: Question,
    query: Question,
    /// Resident megabytes after the sign-in.
    memory: f64,
}

impl Bench {
    /// The same requests through this build and through the other, in turns.
    pub fn beside_build(&self, other: &Path) -> Outcome<Vec<Figure>> {
        let upstream = Nginx::upstream(&self.folder)?;
        say("starting both builds, each with somebody signed in");
        let ours = self.party(&self.doorward, "this-build", upstream.port)?;
        let theirs = self.party(other, "other-build", upstream.port)?;
        say("GET, signed in, through this build and through the other, in turns");
        let get = self.turns((ours.door.port, &ours.get), (theirs.door.port, &theirs.get))?;
        say("GraphQL query of 2 kB through this build and through the other, in turns");
        let query = self.turns((ours.door.port, &ours.query), (theirs.door.port, &theirs.query))?;
        let within_noise = |name, figure: Figure| Figure { name, floor: 0.97, ..figure };
        Ok(vec![
            within_noise("signed-in GET: this build ÷ the other", get.figure("this", "other")),
            within_noise("GraphQL query POST (2 kB): this build ÷ the other", query.figure("this", "other")),
            Figure {
                name: "memory after a sign-in: this build ÷ the other",
                value: ours.memory / theirs.memory,
                unit: "ratio",
                goal: 1.0,
                floor: 1.1,
                less_is_better: true,
                details: format!("this {:.1} MB, other {:.1} MB, ten seconds after it", ours.memory, theirs.memory),
            },
        ])
    }

    fn party(&self, program: &Path, name: &str, upstream: u16) -> Outcome<Party> {
        door::forget(&self.folder, name);
        let door = Door::start(program, &self.folder, name, upstream)?;
        let cookie = door.sign_in()?;
        std::thread::sleep(AFTER_SIGN_IN);
        let memory = megabytes(door.resident()?.0);
        let query = load::posting(&self.folder, name, "/graphql?op=Bench", &graphql_body(), &cookie)?;
        Ok(Party { door, get: Question::as_browser(PAGE, &cookie), query, memory })
    }
}
