//! This build beside another one, such as that of before a change.

use std::path::Path;
use std::time::Duration;

use super::beside_nginx::graphql_body;
use super::{Bench, PAGE, Rounds, median, megabytes, warm_up};
use crate::bench::door::{self, Door};
use crate::bench::load::{self, Question, throughput};
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
    /// The same requests through this build and through the other, in turns. Both are started anew for each round: where a process happens to lie in
    /// memory alone makes it a twentieth faster or slower for as long as it lives.
    pub fn beside_build(&self, other: &Path) -> Outcome<Vec<Figure>> {
        let upstream = Nginx::upstream(&self.folder)?;
        let (mut gets, mut queries) = (Rounds::default(), Rounds::default());
        let (mut memory, mut their_memory) = (Vec::new(), Vec::new());
        for round in 1..=self.effort.rounds {
            say(format_args!(
                "round {round}: this build and the other, started anew; a GET, then a GraphQL query of 2 kB"
            ));
            let ours = self.party(&self.doorward, "this-build", upstream.port)?;
            let theirs = self.party(other, "other-build", upstream.port)?;
            memory.push(ours.memory);
            their_memory.push(theirs.memory);
            self.there_and_back(&mut gets, ours.asks(&ours.get), theirs.asks(&theirs.get))?;
            self.there_and_back(&mut queries, ours.asks(&ours.query), theirs.asks(&theirs.query))?;
        }
        let within_noise = |name, figure: Figure| Figure { name, floor: 0.97, ..figure };
        let (memory, their_memory) = (median(&mut memory)?, median(&mut their_memory)?);
        Ok(vec![
            within_noise("signed-in GET: this build ÷ the other", gets.turns()?.figure("this", "other")),
            within_noise("GraphQL query POST (2 kB): this build ÷ the other", queries.turns()?.figure("this", "other")),
            Figure {
                name: "memory after a sign-in: this build ÷ the other",
                value: memory / their_memory,
                unit: "ratio",
                goal: 1.0,
                floor: 1.1,
                less_is_better: true,
                details: format!("this {memory:.1} MB, other {their_memory:.1} MB, ten seconds after it"),
            },
        ])
    }

    /// One round: this, the other, the other, this; so a machine that gets slower meanwhile favours neither.
    fn there_and_back(&self, rounds: &mut Rounds, ours: (u16, &Question), theirs: (u16, &Question)) -> Outcome {
        warm_up([ours, theirs])?;
        let turn = |party: (u16, &Question)| throughput(party.0, party.1, self.effort.turn);
        let (there, theirs_there) = (turn(ours)?, turn(theirs)?);
        let (theirs_back, back) = (turn(theirs)?, turn(ours)?);
        rounds.note(f64::midpoint(there, back), f64::midpoint(theirs_there, theirs_back));
        Ok(())
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

impl Party {
    fn asks<'a>(&self, question: &'a Question) -> (u16, &'a Question) {
        (self.door.port, question)
    }
}
