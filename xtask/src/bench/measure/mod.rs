//! Each figure of the table and how it is got.

mod alone;
mod beside_build;
mod beside_dagster;
mod beside_nginx;
mod crowd;
mod keys;
mod rights;

use std::path::PathBuf;
use std::time::Duration;

use super::Effort;
use super::load::{Question, throughput};
use super::report::Figure;
use crate::failure::{Failure, Outcome};

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
    /// Measures two parties in turns, after a short turn each to warm up.
    fn turns(&self, first: (u16, &Question), second: (u16, &Question)) -> Outcome<Turns> {
        warm_up([first, second])?;
        let mut rounds = Rounds::default();
        for _ in 0..self.effort.rounds {
            let one = throughput(first.0, first.1, self.effort.turn)?;
            let other = throughput(second.0, second.1, self.effort.turn)?;
            rounds.note(one, other);
        }
        rounds.turns()
    }
}

fn warm_up(parties: [(u16, &Question); 2]) -> Outcome {
    for (port, question) in parties {
        throughput(port, question, Duration::from_secs(1))?;
    }
    Ok(())
}

/// Rounds of two parties in turns, as they come in.
#[derive(Debug, Default)]
struct Rounds {
    firsts: Vec<f64>,
    seconds: Vec<f64>,
    ratios: Vec<f64>,
}

impl Rounds {
    fn note(&mut self, first: f64, second: f64) {
        eprintln!("    {first:>9.0} {second:>9.0}  {:.3}", first / second);
        self.firsts.push(first);
        self.seconds.push(second);
        self.ratios.push(first / second);
    }

    fn turns(mut self) -> Outcome<Turns> {
        let (first, second) = (median(&mut self.firsts)?, median(&mut self.seconds)?);
        Ok(Turns { first, second, ratio: median(&mut self.ratios)? })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_one_in_the_middle() {
        assert!((median(&mut [3.0, 1.0, 2.0]).unwrap() - 2.0).abs() < f64::EPSILON);
        assert!(median(&mut []).is_err());
    }
}
