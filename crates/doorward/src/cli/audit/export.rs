//! `doorward audit export`

use clap::{Args, ValueEnum};
use std::process::ExitCode;

use super::line;
use super::which::{Which, each};
use crate::cli::Outcome;
use crate::cli::support::local::Local;
use crate::cli::support::output::{Form, Output, print};

/// Prints all events, oldest first, for keeping elsewhere
#[derive(Debug, Args)]
pub struct Export {
    /// The form
    #[arg(long, alias = "output", value_enum, default_value_t)]
    format: ExportForm,
    #[command(flatten)]
    which: Which,
}

/// The form of an export.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum ExportForm {
    /// A line of JSON an event
    #[default]
    #[value(alias = "json")]
    Jsonl,
    /// Comma separated values; cells that a spreadsheet would take for a formula are escaped
    Csv,
}

/// The columns of its CSV.
pub const EXPORTED: &[&str] = &[
    "seq",
    "id",
    "at",
    "actor",
    "client_ip",
    "app",
    "action",
    "target",
    "outcome",
    "decision_id",
    "details",
    "chain_hash",
];

impl Export {
    pub(super) async fn run(self, local: &Local) -> Outcome {
        let mut query = self.which.query(local)?;
        query.paging.sort = Some("at".into());
        let csv = Output::of(Form::Csv);
        let mut first = true;
        each(local, query, usize::MAX, |page| match self.format {
            ExportForm::Jsonl => print(&page.iter().map(|event| line(event) + "\n").collect::<String>()),
            ExportForm::Csv => {
                let text = csv.text(&page, EXPORTED);
                let rows = if first { text.as_str() } else { text.split_once('\n').map_or("", |(_, rows)| rows) };
                first = false;
                print(rows)
            }
        })
        .await?;
        Ok(ExitCode::SUCCESS)
    }
}
