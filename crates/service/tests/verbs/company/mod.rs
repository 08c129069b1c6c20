//! Grant × operation × target for a made-up company, as a table that is checked in and reviewed as a diff.
//!
//! The company has two code locations, nested groups, a denial, a grant that ends, an API key for one location and a personal one. Every
//! cell is made as at the door: the text of a request is read by Dagster's profile, its sender's rights are compiled from the grants in a
//! real database, and the gate decides; where that depends on what the request does not tell, a make-believe Dagster says it. After a change
//! that is meant, write it anew with `DOORWARD_GOLDEN=write cargo nextest run -p doorward-service company` and read the diff.

mod answering;
mod checked_in;
mod flags;
mod kinds;
mod launches;
mod people;
mod reading;
mod requests;
mod things;
mod tool;
mod verdicts;
mod words;

use doorward_domain::Targets;
use std::fmt::Write as _;

use people::{Company, LATER};
use requests::sections;
use verdicts::{cells, verdict};

fn table(company: &Company) -> String {
    let mut out = include_str!("about.md").to_owned() + &company.legend();
    let names = company.columns.iter().map(|column| column.name).collect::<Vec<_>>().join(" | ");
    for (title, rows) in sections() {
        let rule = "---|".repeat(company.columns.len());
        write!(out, "\n## {title}\n\n| request | is | acts on | {names} |\n|---|---|---|{rule}\n").unwrap();
        for (name, request) in rows {
            let cells = match request.read(&company.app.profile) {
                Ok(intents) => cells(company, &intents),
                Err(misread) => vec![format!("400 {}", misread.code)],
            };
            writeln!(out, "| {name} | {} |", cells.join(" | ")).unwrap();
        }
    }
    out
}

/// What it acts on, in words.
fn shown(targets: &Targets) -> String {
    let names = |thing: &doorward_domain::Target| {
        let names = thing.names().iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" ");
        if thing.is_told() { names } else { names + " ?" }
    };
    match targets {
        Targets::Shell => "the page".to_owned(),
        Targets::Whole => "everything".to_owned(),
        Targets::Unknown => "unknown".to_owned(),
        Targets::These(things) => things.iter().map(names).collect::<Vec<_>>().join("; "),
    }
}

#[tokio::test]
async fn what_everybody_may_do_to_everything_is_what_is_checked_in() {
    let company = Company::new().await;
    checked_in::compare("company.md", &table(&company));
}

#[tokio::test]
async fn what_has_lapsed_has_lapsed_for_whoever_signed_in_before_as_for_whoever_does_after() {
    let mut company = Company::new().await;
    let anew = company.carl_anew().await;
    let later = company.columns.iter().find(|column| column.name == LATER).unwrap();
    for (name, request) in sections().into_iter().flat_map(|(_, rows)| rows) {
        let Ok(intents) = request.read(&company.app.profile) else { continue };
        assert_eq!(verdict(&company, &intents, later), verdict(&company, &intents, &anew), "{name}");
    }
}
