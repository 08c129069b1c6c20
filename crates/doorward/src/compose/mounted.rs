//! Looking whether tools that others started are mounted where their rules are matched.
//!
//! A Dagster started with `--path-prefix` behind an app that does not say so would have its GraphQL endpoint where the rules see only
//! pages. Such a tool is not let in. One that does not answer at all is the door's business, request by request.

use doorward_proxy::UpstreamAddress;
use doorward_service::{App, Health};
use std::sync::{Arc, Weak};
use std::time::Duration;

use super::sites::probe_of;
use crate::supervise::{Answered, Probe};

/// How often a tool in the wrong place, or not there yet, is looked at again.
const AGAIN: Duration = Duration::from_secs(2);
/// How often one that was found in its place is: it may be started anew, otherwise.
const RARELY: Duration = Duration::from_secs(30);

/// A tool that somebody else runs.
#[derive(Debug, Clone)]
pub struct Other {
    app: Weak<App>,
    address: String,
    probe: Probe,
}

impl Other {
    /// Counts as there until it shows to be in another place.
    pub fn new(app: &Arc<App>, upstream: &UpstreamAddress) -> Self {
        let probe = probe_of(app);
        let host = if upstream.host().contains(':') { format!("[{}]", upstream.host()) } else { upstream.host().to_owned() };
        Self { app: Arc::downgrade(app), address: format!("{host}:{}", upstream.port()), probe }
    }

    /// Looks again and again, until the app is replaced.
    pub fn watch(self) {
        if self.probe.front.is_some() {
            tokio::spawn(async move {
                while let Some(answered) = self.look().await {
                    tokio::time::sleep(if answered == Answered::Well { RARELY } else { AGAIN }).await;
                }
            });
        }
    }

    /// Looks once and says what it means. `None` when the app is gone.
    pub async fn look(&self) -> Option<Answered> {
        let answered = self.probe.ask(&self.address).await;
        let app = self.app.upgrade()?;
        match answered {
            Answered::Well => app.health.store(Arc::new(Health::Up)),
            Answered::Elsewhere => self.is_elsewhere(&app),
            Answered::Nothing => {}
        }
        Some(answered)
    }

    fn is_elsewhere(&self, app: &App) {
        let (title, path, address) = (&app.title, &self.probe.path, &self.address);
        let before = app.health.swap(Arc::new(Health::Down(format!("{title} runs, but not at the path Doorward was told of."))));
        if !matches!(*before, Health::Down(_)) {
            tracing::error!(
                app = app.name.as_str(),
                "{title} at {address} has no {path} and its front page leads elsewhere: it is mounted under another path, so nobody is let in. \
                 Say so with `path`, or with a path in `upstream`."
            );
        }
    }
}
