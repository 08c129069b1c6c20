//! Lists and shows, as a table for people, as JSON or CSV for programs.

use clap::{Args, ValueEnum};
use serde::Serialize;
use serde_json::Value;
use std::io::Write as _;

use super::printable::{escaped_json, safe, safe_lines};
use crate::cli::Outcome;

/// The form of what is printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// Columns for people.
    #[default]
    Table,
    /// JSON.
    Json,
    /// Comma separated values (RFC 4180); cells that a spreadsheet would take for a formula are escaped.
    Csv,
}

/// How to print.
#[derive(Debug, Clone, Copy, Default, Args)]
pub struct Output {
    /// The form of what is printed
    #[arg(long, value_enum, default_value_t, value_name = "FORM")]
    output: Form,
}

impl Output {
    /// Always this form.
    pub const fn of(form: Form) -> Self {
        Self { output: form }
    }

    /// Whether people read it.
    pub fn is_table(self) -> bool {
        self.output == Form::Table
    }

    /// Prints rows; `columns` are the fields that the table and the CSV show, JSON has them all.
    pub fn list<T: Serialize>(self, rows: &[T], columns: &[&str]) -> Outcome<()> {
        print(&self.text(rows, columns))
    }

    /// What [`Self::list`] prints.
    pub fn text<T: Serialize>(self, rows: &[T], columns: &[&str]) -> String {
        let rows: Vec<Value> = rows.iter().map(|row| serde_json::to_value(row).unwrap_or_default()).collect();
        match self.output {
            Form::Table => table(&rows, columns),
            Form::Json => json(&Value::Array(rows)),
            Form::Csv => csv(&rows, columns),
        }
    }

    /// Prints one thing: a table of field and value, a JSON object, or a CSV of one row.
    pub fn show<T: Serialize>(self, row: &T, columns: &[&str]) -> Outcome<()> {
        let row = serde_json::to_value(row).unwrap_or_default();
        let text = match self.output {
            Form::Table => {
                let width = columns.iter().map(|c| c.len()).max().unwrap_or(0);
                let lines = columns.iter().map(|column| format!("{column:width$}  {}", safe(&cell(&row, column))));
                lines.collect::<Vec<_>>().join("\n") + "\n"
            }
            Form::Json => json(&row),
            Form::Csv => csv(&[row], columns),
        };
        print(&text)
    }
}

/// Writes to standard output, with nothing in it that steers a terminal; a reader that stopped reading is no failure of ours.
pub fn print(text: &str) -> Outcome<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(safe_lines(text).as_bytes()).and_then(|()| out.flush()).map_err(Into::into)
}

fn json(value: &Value) -> String {
    escaped_json(&serde_json::to_string_pretty(value).unwrap_or_default()) + "\n"
}

fn cell(row: &Value, column: &str) -> String {
    match row.get(column) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Bool(truth)) => if *truth { "yes" } else { "no" }.to_owned(),
        Some(Value::Array(items)) if items.iter().all(Value::is_string) => {
            items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
        }
        Some(other) => other.to_string(),
    }
}

/// How many there are of something.
pub fn counted(count: u64, what: &str) -> String {
    match (count, what.strip_suffix('y')) {
        (1, _) => format!("1 {what}"),
        (_, Some(stem)) => format!("{count} {stem}ies"),
        (_, None) => format!("{count} {what}s"),
    }
}

fn table(rows: &[Value], columns: &[&str]) -> String {
    let cells: Vec<Vec<String>> =
        rows.iter().map(|row| columns.iter().map(|c| safe(&cell(row, c))).collect()).collect();
    let headings: Vec<String> = columns.iter().map(|c| c.to_uppercase().replace('_', " ")).collect();
    let width = |at: usize| {
        cells.iter().chain([&headings]).filter_map(|r| r.get(at)).map(|t| t.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns.len()).map(width).collect();
    let line = |row: &Vec<String>| {
        let padded: Vec<String> = row.iter().zip(&widths).map(|(text, width)| format!("{text:width$}")).collect();
        padded.join("  ").trim_end().to_owned() + "\n"
    };
    std::iter::once(&headings).chain(&cells).map(line).collect()
}

fn csv(rows: &[Value], columns: &[&str]) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    // Writing into memory does not fail.
    let _ = writer.write_record(columns);
    for row in rows {
        let _ = writer.write_record(columns.iter().map(|column| harmless(&cell(row, column))));
    }
    writer.into_inner().map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}

/// A spreadsheet takes a cell that begins so for a formula and runs it.
pub fn harmless(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) { format!("'{cell}") } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_cell_that_would_be_a_formula_is_not() {
        let rows = [json!({"name": "=cmd|' /C calc'!A0", "n": -1}), json!({"name": "a,\"b\"", "n": 1})];
        assert_eq!(csv(&rows, &["name", "n"]), "name,n\n'=cmd|' /C calc'!A0,'-1\n\"a,\"\"b\"\"\",1\n");
    }

    #[test]
    fn a_name_cannot_steer_the_terminal() {
        let rows = [json!({"name": "ada\u{1b}[2J\u{202e}x"})];
        assert_eq!(table(&rows, &["name"]), "NAME\nada\u{fffd}[2J\u{fffd}x\n");
    }
}
