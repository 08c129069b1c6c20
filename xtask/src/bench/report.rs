//! The table at the end and the same as JSON.

use serde::Serialize;

use crate::failure::{Outcome, While};
use crate::steps::say;
use crate::workspace::Workspace;

/// One line of the table.
#[derive(Debug, Serialize)]
pub struct Figure {
    /// What was measured.
    pub name: &'static str,
    /// What came out.
    pub value: f64,
    /// `ratio`, `ms` or `MB`.
    pub unit: &'static str,
    /// What it should be.
    pub goal: f64,
    /// Beyond this it is not done.
    pub floor: f64,
    /// Whether less is better.
    pub less_is_better: bool,
    /// Figures behind it, for people.
    pub details: String,
}

impl Figure {
    /// In words.
    fn verdict(&self) -> &'static str {
        let reaches = |mark: f64| if self.less_is_better { self.value <= mark } else { self.value >= mark };
        if reaches(self.goal) {
            "reached"
        } else if reaches(self.floor) {
            "above the floor"
        } else {
            "BELOW THE FLOOR"
        }
    }
}

/// Prints the table and writes `bench.json`.
pub fn publish(workspace: &Workspace, figures: &[Figure], quick: bool) -> Outcome {
    println!("\n{:<58} {:>9} {:>8} {:>8}  verdict", "measured", "value", "goal", "floor");
    for figure in figures {
        let mark = if figure.less_is_better { "≤" } else { "≥" };
        println!(
            "{:<58} {:>6.3} {:<5} {mark}{:<7} {mark}{:<7} {}",
            figure.name,
            figure.value,
            if figure.unit == "ratio" { "" } else { figure.unit },
            figure.goal,
            figure.floor,
            figure.verdict()
        );
        println!("    {}", figure.details);
    }
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let lines: Vec<serde_json::Value> = figures
        .iter()
        .map(|figure| {
            let mut line = serde_json::to_value(figure).unwrap_or_default();
            if let Some(object) = line.as_object_mut() {
                object.insert("verdict".to_owned(), figure.verdict().into());
            }
            line
        })
        .collect();
    let report = serde_json::json!({"quick": quick, "cores": cores, "figures": lines});
    let file = workspace.target.join("bench.json");
    std::fs::write(&file, format!("{report:#}\n")).during("writing bench.json")?;
    say(format_args!("wrote {}", file.display()));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts_know_which_way_is_better() {
        let figure = |value, less_is_better| {
            let (goal, floor) = if less_is_better { (1.0, 2.0) } else { (1.0, 0.8) };
            Figure { name: "", value, unit: "ratio", goal, floor, less_is_better, details: String::new() }.verdict()
        };
        assert_eq!(
            (figure(1.1, false), figure(0.9, false), figure(0.7, false)),
            ("reached", "above the floor", "BELOW THE FLOOR")
        );
        assert_eq!(
            (figure(0.9, true), figure(1.5, true), figure(2.1, true)),
            ("reached", "above the floor", "BELOW THE FLOOR")
        );
    }
}
