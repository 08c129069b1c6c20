//! `doorward serve`

use clap::Args;

use super::{Common, Failure, Outcome};
use crate::compose::{self, Plan};

/// Serves the configured apps, with sign-in, pages and API
///
/// Apps are in the configuration file; see `doorward config schema` and docs/reference/configuration.md.
#[derive(Debug, Args)]
pub struct Serve {}

impl Serve {
    pub fn run(common: &Common) -> Outcome {
        let common = common.clone();
        let plan = Plan { load: Box::new(move || common.load().map_err(|f: Failure| f.message)), wrapped: None };
        compose::serve(plan)
    }
}
