//! `doorward audit …`

mod export;
mod list;
mod show;
mod tail;
mod verify;
mod which;

use clap::Subcommand;
use doorward_domain::{AuditEvent, NewAuditEvent};
use doorward_service::audit_log::ReadAuditError;

use super::support::local::Local;
use super::support::printable::escaped_json;
use super::{Common, Failure, Outcome};
use export::Export;
use list::List;
use show::Show;
use tail::Tail;
use verify::Verify;

/// Reads the audit log
#[derive(Debug, Subcommand)]
pub enum Audit {
    List(List),
    Tail(Tail),
    Show(Show),
    Verify(Verify),
    Export(Export),
}

impl From<ReadAuditError> for Failure {
    fn from(error: ReadAuditError) -> Self {
        match error {
            ReadAuditError::NotAllowed(error) => Self::refused(error),
            ReadAuditError::UnknownApp(error) => Self::not_found(error),
            ReadAuditError::Store(error) => error.into(),
        }
    }
}

impl Audit {
    pub fn run(self, common: &Common) -> Outcome {
        Local::with(common, async |local| match self {
            Self::List(list) => list.run(local).await,
            Self::Tail(tail) => tail.run(local).await,
            Self::Show(show) => show.run(local).await,
            Self::Verify(verify) => verify.run(local).await,
            Self::Export(export) => export.run(local).await,
        })
    }
}

/// For programs; times in UTC.
const FOR_PROGRAMS: &[&str] = &["at", "actor", "client_ip", "app", "action", "target", "outcome", "id"];

/// Who did it, for people: no user may be called so.
fn who(event: &NewAuditEvent) -> &str {
    if event.actor.is_empty() { "nobody" } else { &event.actor }
}

/// An event as a line of JSON.
fn line(event: &AuditEvent) -> String {
    escaped_json(&serde_json::to_string(event).unwrap_or_default())
}
