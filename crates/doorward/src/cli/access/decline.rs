//! `doorward access decline`

use clap::Args;
use doorward_domain::AccessRequestId;
use doorward_service::access::in_words;

use crate::cli::Outcome;
use crate::cli::support::local::Local;
use crate::cli::support::printable::tell;

/// Declines; who asked sees it, with the reason
#[derive(Debug, Args)]
pub struct Decline {
    /// The request's id, as listed
    id: AccessRequestId,
    /// Why not, in words for who asked
    #[arg(long, default_value = "", value_name = "TEXT")]
    reason: String,
}

impl Decline {
    pub(super) async fn run(self, local: &Local) -> Outcome<()> {
        let closed = local.services.access.decline(&local.actor, self.id, &self.reason).await?;
        let what = in_words(closed.request.app.as_str(), &closed.request.wanted);
        tell(format_args!("{} is not given {what}", closed.user));
        Ok(())
    }
}
