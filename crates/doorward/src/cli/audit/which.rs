//! Which events are asked for, and fetching them: what `list`, `tail` and `export` share.

use clap::Args;
use doorward_domain::{AuditAction, AuditEvent, AuditOutcome, nearest};
use doorward_service::ports::AuditQuery;

use crate::cli::support::local::{Local, app_name};
use crate::cli::support::moment;
use crate::cli::{Failure, Outcome};

/// Which events.
#[derive(Debug, Clone, Default, Args)]
pub struct Which {
    /// Only what this person did
    #[arg(long)]
    actor: Option<String>,
    /// Only this action (`sign_in`, `request`, …), or operation with all that come to the same (launchRun, …)
    #[arg(long)]
    action: Option<String>,
    /// Only in this app
    #[arg(long)]
    app: Option<String>,
    /// Only with this outcome: pending, success, failure, denied
    #[arg(long)]
    outcome: Option<AuditOutcome>,
    /// Not before: 2026-11-20T12:00:00Z, 2026-11-20, or 7d ago
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Before: 2026-11-20T12:00:00Z, 2026-11-20, or 7d ago
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
}

impl Which {
    /// As the service is asked for them.
    pub fn query(&self, local: &Local) -> Outcome<AuditQuery> {
        let now = local.services.clock.now();
        let time =
            |text: &Option<String>| text.as_deref().map(|t| moment::past(t, now)).transpose().map_err(Failure::usage);
        Ok(AuditQuery {
            actor: self.actor.clone(),
            action: self.action.clone(),
            app: self.app.as_deref().map(app_name).transpose()?,
            outcome: self.outcome,
            from: time(&self.from)?,
            to: time(&self.to)?,
            ..AuditQuery::default()
        })
    }

    /// What an action that is none may have meant. Operations of tools are not known here.
    pub fn meant(&self) -> String {
        let known = || AuditAction::ALL.iter().map(AuditAction::as_str);
        let Some(action) = self.action.as_deref().filter(|action| !known().any(|word| word == *action)) else {
            return String::new();
        };
        nearest(action, known()).map(|word| format!("; did you mean --action {word}?")).unwrap_or_default()
    }

    /// Who may have been meant, when nobody is called so. Who is no more did things all the same.
    pub async fn meant_person(&self, local: &Local) -> String {
        let Some(actor) = self.actor.as_deref() else { return String::new() };
        let Ok(people) = local.usernames().await else { return String::new() };
        if people.iter().any(|name| name == actor) {
            return String::new();
        }
        let meant = nearest(actor, people.iter().map(String::as_str));
        meant.map(|name| format!("; did you mean --actor {name}?")).unwrap_or_default()
    }
}

/// Hands over events page by page until there are no more or enough; an export of millions does not have to fit in memory.
pub async fn each(
    local: &Local,
    mut query: AuditQuery,
    most: usize,
    mut take: impl FnMut(Vec<AuditEvent>) -> Outcome<()>,
) -> Outcome<()> {
    let mut left = most;
    while left > 0 {
        query.paging.limit = u32::try_from(left.min(500)).unwrap_or(500);
        let page = local.services.audit.list(&local.actor, &query).await?;
        left = left.saturating_sub(page.items.len());
        take(page.items)?;
        query.paging.cursor = page.next_cursor;
        if query.paging.cursor.is_none() {
            break;
        }
    }
    Ok(())
}
