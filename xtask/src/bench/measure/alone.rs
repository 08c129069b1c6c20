//! Doorward by itself: how soon it answers and how little it holds.

use std::time::Duration;

use super::{Bench, median, megabytes};
use crate::bench::door::{self, Door};
use crate::bench::nginx::Nginx;
use crate::bench::report::Figure;
use crate::failure::Outcome;
use crate::steps::say;

/// How long after a sign-in memory is read: what hashing a password took has been given back by then.
const AFTER_SIGN_IN: Duration = Duration::from_secs(10);

impl Bench {
    /// Doorward by itself: how soon it answers and how little it holds.
    pub fn alone(&self) -> Outcome<Vec<Figure>> {
        say("starting Doorward by itself, several times");
        door::forget(&self.folder, "alone");
        let upstream = Nginx::upstream(&self.folder)?;
        let fresh = Door::start(&self.doorward, &self.folder, "alone", upstream.port)?.first_answer;
        let mut starts = Vec::new();
        let (mut memory, mut own) = (Vec::new(), Vec::new());
        for _ in 0..self.effort.rounds {
            let door = Door::start(&self.doorward, &self.folder, "alone", upstream.port)?;
            starts.push(door.first_answer.as_secs_f64() * 1e3);
            std::thread::sleep(Duration::from_secs(2));
            let (all, private) = door.resident()?;
            memory.push(megabytes(all));
            own.push(megabytes(private));
        }
        let door = Door::start(&self.doorward, &self.folder, "alone", upstream.port)?;
        door.sign_in()?;
        std::thread::sleep(AFTER_SIGN_IN);
        let after = megabytes(door.resident()?.0);
        Ok(vec![
            Figure {
                name: "first answer after start",
                value: median(&mut starts)?,
                unit: "ms",
                goal: 50.0,
                floor: 50.0,
                less_is_better: true,
                details: format!(
                    "with an existing database; {:.0} ms when it makes a new one and its administrator",
                    fresh.as_secs_f64() * 1e3
                ),
            },
            Figure {
                name: "memory of `doorward serve` after a sign-in",
                value: after,
                unit: "MB",
                goal: 25.0,
                floor: 25.0,
                less_is_better: true,
                details: format!(
                    "resident ten seconds after it; {:.1} MB two seconds after start, {:.1} MB of it not the program file",
                    median(&mut memory)?,
                    median(&mut own)?
                ),
            },
        ])
    }
}
