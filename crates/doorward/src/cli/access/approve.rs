//! `doorward access approve`

use clap::Args;
use doorward_domain::{AccessOutcome, AccessRequestId, Pattern, Role};
use doorward_service::access::{Approving, in_words};

use crate::cli::support::local::{Local, taken_at_its_word};
use crate::cli::support::moment;
use crate::cli::support::printable::tell;
use crate::cli::support::role::RoleParser;
use crate::cli::{Failure, Outcome};
use crate::config::Config;

/// Gives what was asked for, or less; takes effect within a second
///
/// For example: doorward access approve 0199c1c0-5a3e-7c11-9d2f-6c1f0a2b3c4d --until 7d
#[derive(Debug, Args)]
pub struct Approve {
    /// The request's id, as listed
    id: AccessRequestId,
    /// Until then: 2026-11-20T12:00:00Z, 2026-11-20, or 7d from now; for good unless given
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// A weaker role than was asked for
    #[arg(long, value_parser = RoleParser, hide_possible_values = true)]
    role: Option<Role>,
    /// On the things of the app that this reaches only, where all of it was asked for
    #[arg(long, value_name = "PATTERN")]
    resource: Option<Pattern>,
}

impl Approve {
    pub(super) async fn run(self, local: &Local, config: &Config) -> Outcome<()> {
        let services = &local.services;
        let asked = services.access.find(&local.actor, self.id).await?;
        if services.apps.all().is_empty() {
            services.apps.replace(vec![taken_at_its_word(asked.request.app, config)?]);
        }
        let now = services.clock.now();
        let until = self.until.as_deref().map(|text| moment::future(text, now)).transpose().map_err(Failure::usage)?;
        let approving = Approving { until, role: self.role, resource: self.resource };
        let closed = services.access.approve(&local.actor, self.id, approving).await?;
        if let Some(AccessOutcome::Approved(given)) = closed.request.answer.map(|answer| answer.outcome) {
            let what = in_words(closed.request.app.as_str(), &given.given);
            let until = given.until.map(|end| format!(" until {end}")).unwrap_or_default();
            tell(format_args!(
                "{} is given {what}{until}; `{} grant remove {}` takes it",
                closed.user, local.command, given.grant
            ));
        }
        Ok(())
    }
}
