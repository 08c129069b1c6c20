//! Each figure of the table and how it is got.

use std::path::PathBuf;
use std::time::Duration;

use super::door::{self, Door};
use super::load::{self, Question, throughput};
use super::nginx::Nginx;
use super::report::Figure;
use super::{Effort, LOAD_CORE, paced, seed};
use crate::dagster::Dagster;
use crate::failure::{Failure, Outcome};
use crate::python::Venv;
use crate::steps::say;
use crate::workspace::Workspace;

/// What all measurements share.
#[derive(Debug)]
pub struct Bench {
    /// How long to measure.
    pub effort: Effort,
    /// The release binary.
    pub doorward: PathBuf,
    /// For configurations, databases and logs.
    pub folder: PathBuf,
}

/// The path asked for; to the dagster profile an ordinary page.
const PAGE: &str = "/overview";

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
        std::thread::sleep(Duration::from_secs(3));
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
                name: "idle memory of `doorward serve`",
                value: median(&mut memory)?,
                unit: "MB",
                goal: 20.0,
                floor: 20.0,
                less_is_better: true,
                details: format!(
                    "resident two seconds after start, {:.1} MB of it not the program file; {after:.1} MB three seconds after a sign-in",
                    median(&mut own)?
                ),
            },
        ])
    }

    /// The same upstream through Doorward and through nginx.
    pub fn beside_nginx(&self) -> Outcome<Vec<Figure>> {
        door::forget(&self.folder, "beside");
        let upstream = Nginx::upstream(&self.folder)?;
        let nginx = Nginx::proxy(&self.folder, upstream.port)?;
        let door = Door::start(&self.doorward, &self.folder, "beside", upstream.port)?;
        let cookie = door.sign_in()?;
        let signed_in = Question::Get { path: PAGE.to_owned(), cookie: Some(cookie.clone()) };

        say("GET through Doorward, signed in, and through nginx, in turns");
        // nginx gets the same request, cookie and all.
        let get = self.turns((door.port, &signed_in), (nginx.port, &signed_in))?;

        say("GraphQL query of 2 kB, read and classified, and GET, in turns");
        let query = load::posting(&self.folder, "/graphql?op=Bench", &graphql_body(), &cookie)?;
        let graphql = self.turns((door.port, &query), (door.port, &signed_in))?;

        say("latency at half load, through Doorward, through nginx and straight to the upstream, in turns");
        let rate = get.first / 2.0;
        let latency = self.added_latency(&door, &nginx, &upstream, &cookie, rate)?;
        Ok(vec![
            Figure {
                name: "signed-in GET: Doorward ÷ nginx proxy_pass, no auth",
                goal: 1.0,
                floor: 0.8,
                ..get.figure("Doorward", "nginx")
            },
            Figure {
                name: "GraphQL query POST (2 kB) ÷ own GET",
                goal: 0.8,
                floor: 0.8,
                ..graphql.figure("POST", "GET")
            },
            latency,
        ])
    }

    fn added_latency(&self, door: &Door, nginx: &Nginx, upstream: &Nginx, cookie: &str, rate: f64) -> Outcome<Figure> {
        let (mut added, mut by_nginx, mut straight) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..self.effort.rounds {
            let measure = |port| {
                let median = paced::median_latency(port, PAGE, Some(cookie), rate, self.effort.turn)?;
                Ok::<_, Failure>(median.as_secs_f64() * 1e3)
            };
            let (through, through_nginx, bare) = (measure(door.port)?, measure(nginx.port)?, measure(upstream.port)?);
            added.push(through - bare);
            by_nginx.push(through_nginx - bare);
            straight.push(bare);
        }
        Ok(Figure {
            name: "added median latency at half load",
            value: median(&mut added)?,
            unit: "ms",
            goal: 0.15,
            floor: 0.15,
            less_is_better: true,
            details: format!(
                "nginx in its place adds {:.3} ms; straight {:.3} ms; {rate:.0} requests/s",
                median(&mut by_nginx)?,
                median(&mut straight)?
            ),
        })
    }

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
            floor: 0.95,
            details,
            ..figure
        })
    }

    /// A real Dagster with and without Doorward in front.
    pub fn beside_dagster(&self, workspace: &Workspace, venv: &Venv) -> Outcome<Figure> {
        say("starting a real Dagster");
        door::forget(&self.folder, "dagster");
        let dagster = Dagster::start(workspace, venv, Some(LOAD_CORE))?;
        let door = Door::start(&self.doorward, &self.folder, "dagster", dagster.port())?;
        let question = Question::Get { path: "/server_info".to_owned(), cookie: Some(door.sign_in()?) };
        say("Dagster's /server_info through Doorward and bare, in turns");
        let turns = self.turns((door.port, &question), (dagster.port(), &question))?;
        say("the same through nginx, and through nginx that adds the headers Doorward adds");
        let nginx = Nginx::proxy(&self.folder, dagster.port())?;
        let plain = self.turns((nginx.port, &question), (dagster.port(), &question))?.ratio;
        drop(nginx);
        let nginx = Nginx::naming_proxy(&self.folder, dagster.port())?;
        let naming = self.turns((nginx.port, &question), (dagster.port(), &question))?.ratio;
        let figure = turns.figure("behind", "bare");
        let details = format!("{}; nginx in its place {plain:.3}, with the same headers {naming:.3}", figure.details);
        Ok(Figure { name: "Dagster /server_info: behind Doorward ÷ bare", goal: 0.97, floor: 0.97, details, ..figure })
    }

    /// Measures two parties in turns, after a short turn each to warm up.
    fn turns(&self, first: (u16, &Question), second: (u16, &Question)) -> Outcome<Turns> {
        for (port, question) in [first, second] {
            throughput(port, question, Duration::from_secs(1))?;
        }
        let (mut firsts, mut seconds, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..self.effort.rounds {
            let one = throughput(first.0, first.1, self.effort.turn)?;
            let other = throughput(second.0, second.1, self.effort.turn)?;
            eprintln!("    {one:>9.0} {other:>9.0}  {:.3}", one / other);
            firsts.push(one);
            seconds.push(other);
            ratios.push(one / other);
        }
        Ok(Turns { first: median(&mut firsts)?, second: median(&mut seconds)?, ratio: median(&mut ratios)? })
    }
}

/// What came of measuring in turns.
struct Turns {
    first: f64,
    second: f64,
    ratio: f64,
}

impl Turns {
    fn figure(&self, first: &str, second: &str) -> Figure {
        Figure {
            name: "",
            value: self.ratio,
            unit: "ratio",
            goal: 1.0,
            floor: 1.0,
            less_is_better: false,
            details: format!("{first} {:.0}, {second} {:.0} requests/s", self.first, self.second),
        }
    }
}

fn median(values: &mut [f64]) -> Outcome<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().ok_or_else(|| Failure::new("nothing was measured"))
}

#[expect(clippy::cast_precision_loss, reason = "a few megabytes")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

/// A query such as a tool's interface sends: 2 kB, a fragment, an alias, variables.
fn graphql_body() -> String {
    let fields: Vec<String> =
        (0..40).map(|number| format!("    field{number}: someFieldOfTheRun(limit: $limit) {{ id status }}")).collect();
    let query = format!(
        "query Bench($limit: Int!, $cursor: String) {{\n  runs: runsOrError(limit: $limit, cursor: $cursor) {{ ...Run }}\n}}\n\
         fragment Run on Runs {{\n  results {{\n{}\n  }}\n}}",
        fields
            .join("\n")
            .chars()
            .take(1750)
            .collect::<String>()
            .rsplit_once('\n')
            .map(|(kept, _)| kept.to_owned())
            .unwrap_or_default()
    );
    serde_json::json!({"operationName": "Bench", "variables": {"limit": 10, "cursor": null}, "query": query})
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_query_has_the_size_it_says() {
        let length = graphql_body().len();
        assert!((1900..=2100).contains(&length), "{length}");
    }

    #[test]
    fn the_median_is_the_one_in_the_middle() {
        assert!((median(&mut [3.0, 1.0, 2.0]).unwrap() - 2.0).abs() < f64::EPSILON);
        assert!(median(&mut []).is_err());
    }
}
