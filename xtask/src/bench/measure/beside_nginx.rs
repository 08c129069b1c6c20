//! The same upstream through Doorward and through nginx.

use super::{Bench, PAGE, median};
use crate::bench::door::{self, Door};
use crate::bench::load::{self, Question};
use crate::bench::nginx::Nginx;
use crate::bench::paced;
use crate::bench::report::Figure;
use crate::failure::{Failure, Outcome};
use crate::steps::say;

impl Bench {
    /// The same upstream through Doorward and through nginx.
    pub fn beside_nginx(&self) -> Outcome<Vec<Figure>> {
        door::forget(&self.folder, "beside");
        let upstream = Nginx::upstream(&self.folder)?;
        let nginx = Nginx::proxy(&self.folder, upstream.port)?;
        let door = Door::start(&self.doorward, &self.folder, "beside", upstream.port)?;
        let cookie = door.sign_in()?;
        let signed_in = Question::as_browser(PAGE, &cookie);

        say("GET through Doorward, signed in, and through nginx, in turns");
        // nginx gets the same request, cookie and all.
        let get = self.turns((door.port, &signed_in), (nginx.port, &signed_in))?;

        say("GraphQL query of 2 kB, read and classified, and GET, in turns");
        let query = load::posting(&self.folder, "post", "/graphql?op=Bench", &graphql_body(), &cookie)?;
        let graphql = self.turns((door.port, &query), (door.port, &signed_in))?;

        say("latency at half load, through Doorward, through nginx and straight to the upstream, in turns");
        let rate = get.first / 2.0;
        let latency = self.added_latency(&door, &nginx, &upstream, &cookie, rate)?;
        Ok(vec![
            Figure {
                name: "signed-in GET: Doorward ÷ nginx proxy_pass, no auth",
                goal: 1.0,
                floor: 0.87,
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
}

/// A query such as a tool's interface sends: 2 kB, a fragment, an alias, variables.
pub(super) fn graphql_body() -> String {
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
}
