//! `doorward user export`

use clap::Args;

use super::list::everybody;
use crate::cli::Outcome;
use crate::cli::support::local::Local;
use crate::cli::support::output::{Form, Output};

/// Prints everybody as CSV (username, email, `full_name`, role), without passwords
#[derive(Debug, Args)]
pub struct Export {}

impl Export {
    pub(super) async fn run(self, local: &Local) -> Outcome<()> {
        let rows = everybody(local, None, None, None).await?;
        Output::of(Form::Csv).list(&rows, &["username", "email", "full_name", "role"])
    }
}
