//! Many people and sessions, all of them active, against one.

use std::time::Duration;

use super::{Bench, PAGE, megabytes};
use crate::bench::door::{self, Door};
use crate::bench::load::{self, throughput};
use crate::bench::nginx::Nginx;
use crate::bench::report::Figure;
use crate::bench::seed;
use crate::failure::Outcome;
use crate::steps::say;

impl Bench {
    /// Many people and sessions, all of them active, against one.
    pub fn crowd(&self) -> Outcome<Figure> {
        say("filling a database with 10,000 users and 100,000 sessions");
        for name in ["crowd", "single"] {
            door::forget(&self.folder, name);
        }
        let upstream = Nginx::upstream(&self.folder)?;
        let single = Door::start(&self.doorward, &self.folder, "single", upstream.port)?;
        let alone = load::as_everybody(&self.folder, "single", PAGE, &[single.sign_in()?])?;
        // The first start makes the tables, the second reads what was put into them.
        let first = Door::start(&self.doorward, &self.folder, "crowd", upstream.port)?;
        let (database, pattern) = (first.database.clone(), first.sign_in()?);
        drop(first);
        let tokens = seed::fill(&database, &pattern)?;
        let crowd = Door::start(&self.doorward, &self.folder, "crowd", upstream.port)?;
        let cookies: Vec<_> = tokens.iter().map(|token| format!("doorward-{}={token}", crowd.port)).collect();
        let everybody = load::as_everybody(&self.folder, "crowd", PAGE, &cookies)?;

        say("every session comes in once (what is measured after is the steady state)");
        let cold = throughput(crowd.port, &everybody, Duration::from_secs(30))?;
        let turns = self.turns((crowd.port, &everybody), (single.port, &alone))?;
        let figure = turns.figure("crowd", "one");
        let details = format!(
            "{}; {cold:.0} requests/s while sessions come in for the first time; {:.0} MB",
            figure.details,
            megabytes(crowd.resident()?.0)
        );
        Ok(Figure {
            name: "100,000 sessions of 10,000 users ÷ one session",
            goal: 0.95,
            floor: 0.92,
            details,
            ..figure
        })
    }
}
