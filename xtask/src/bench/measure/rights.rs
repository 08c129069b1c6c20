//! A company with tens of thousands of grants, many nested groups and many rules, against a house with one of each.

use super::{Bench, PAGE};
use crate::bench::company::{self, HOLDER, MEMBER, RULES};
use crate::bench::door::{self, Door};
use crate::bench::load::{self, Question};
use crate::bench::nginx::Nginx;
use crate::bench::report::Figure;
use crate::failure::Outcome;
use crate::steps::say;

impl Bench {
    /// Somebody who has what they have by groups within groups, and somebody who holds thousands of grants on single things.
    pub fn rights(&self) -> Outcome<[Figure; 3]> {
        say("filling a database with 50,000 grants and 1,000 nested groups, and a configuration with 5,000 rules");
        for name in ["house", "company"] {
            door::forget(&self.folder, name);
        }
        let upstream = Nginx::upstream(&self.folder)?;
        let start =
            |name, rules| Door::start_with(&self.doorward, &self.folder, name, upstream.port, &company::rules(rules));
        let house = start("house", 1)?;
        company::people(&house)?;
        // The first start makes the tables, the second reads what was put into them.
        let first = start("company", RULES)?;
        company::people(&first)?;
        let database = first.database.clone();
        drop(first);
        company::fill(&database)?;
        let company = start("company", RULES)?;

        say("GET as a member of nested groups, in turns");
        let as_one =
            |door: &Door, name| Ok::<_, crate::failure::Failure>(Question::as_browser(PAGE, &door.sign_in_as(name)?));
        let member = self.turns((company.port, &as_one(&company, MEMBER)?), (house.port, &as_one(&house, MEMBER)?))?;
        say("GET as somebody who holds 5,000 grants, in turns");
        let holder = self.turns((company.port, &as_one(&company, HOLDER)?), (house.port, &as_one(&house, HOLDER)?))?;
        say("GraphQL about one of the things they hold, in turns");
        let ask = |door: &Door, name: &str, job| {
            load::posting(&self.folder, name, "/graphql", &company::question(job), &door.sign_in_as(HOLDER)?)
        };
        let (theirs, its) = (ask(&company, "company", company::LAST)?, ask(&house, "house", company::FIRST)?);
        let thing = self.turns((company.port, &theirs), (house.port, &its))?;
        let figure =
            |turns: &super::Turns, name| Figure { name, goal: 0.95, floor: 0.95, ..turns.figure("company", "house") };
        Ok([
            figure(&member, "50,000 grants, 1,000 nested groups, 5,000 rules ÷ one"),
            figure(&holder, "the same for somebody who holds 5,000 grants"),
            figure(&thing, "the same for a query about one thing they hold"),
        ])
    }
}
