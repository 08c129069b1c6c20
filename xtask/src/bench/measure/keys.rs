//! A program with an API key, against a browser with a cookie.

use super::{Bench, PAGE};
use crate::bench::door::{self, Door};
use crate::bench::load::Question;
use crate::bench::nginx::Nginx;
use crate::bench::report::Figure;
use crate::failure::Outcome;
use crate::steps::say;

impl Bench {
    /// The same GET through one door, by key and by cookie.
    pub fn keys(&self) -> Outcome<Figure> {
        say("GET with an API key and with a cookie, in turns");
        door::forget(&self.folder, "keys");
        let upstream = Nginx::upstream(&self.folder)?;
        let door = Door::start(&self.doorward, &self.folder, "keys", upstream.port)?;
        let key = door.command(&["key", "create", "bench-key", "--role", "admin"], "")?;
        let by_key = Question::with_key(PAGE, key.trim());
        let by_cookie = Question::as_browser(PAGE, &door.sign_in()?);
        let turns = self.turns((door.port, &by_key), (door.port, &by_cookie))?;
        Ok(Figure { name: "API key ÷ cookie", goal: 0.95, floor: 0.95, ..turns.figure("key", "cookie") })
    }
}
