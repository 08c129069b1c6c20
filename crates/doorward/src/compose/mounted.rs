//! Looking at tools that others started: whether they answer, and whether they are mounted where their rules are matched.
//!
//! A Dagster started with `--path-prefix` behind an app that does not say so would have its GraphQL endpoint where the rules see only
//! pages. Such a tool is not let in. What the door finds out request by request counts too, and at once.

use doorward_proxy::UpstreamAddress;
use doorward_service::{App, Health, Silence};
use std::sync::{Arc, Weak};

use super::app_set::probe_of;
use crate::supervise::{Answered, EVERY, Probe};

/// A tool that somebody else runs.
#[derive(Debug, Clone)]
pub struct Other {
    app: Weak<App>,
    address: String,
    probe: Probe,
}

impl Other {
    /// Counts as there until it shows to be in another place, or not there.
    pub fn new(app: &Arc<App>, upstream: &UpstreamAddress) -> Self {
        let probe = probe_of(app);
        let host =
            if upstream.host().contains(':') { format!("[{}]", upstream.host()) } else { upstream.host().to_owned() };
        Self { app: Arc::downgrade(app), address: format!("{host}:{}", upstream.port()), probe }
    }

    /// Looks again and again, until the app is replaced.
    pub fn watch(self) {
        tokio::spawn(async move {
            while self.look().await.is_some() {
                tokio::time::sleep(EVERY).await;
            }
        });
    }

    /// Looks once and says what it means. `None` when the app is gone.
    pub async fn look(&self) -> Option<()> {
        let answered = self.probe.glance(&self.address).await;
        let app = self.app.upgrade()?;
        let (title, address) = (&app.title, &self.address);
        match answered {
            Answered::Well if app.answered() => {
                tracing::info!(app = app.name.as_str(), "{title} at {address} answers again");
            }
            Answered::Well => {}
            Answered::Elsewhere => self.is_elsewhere(&app),
            Answered::Refused | Answered::Nothing => {
                let silence = if answered == Answered::Refused { Silence::Refused } else { Silence::TooLong };
                if app.did_not_answer(silence) {
                    tracing::warn!(
                        app = app.name.as_str(),
                        "{title} at {address} does not answer; it is looked at every two seconds"
                    );
                }
            }
        }
        Some(())
    }

    fn is_elsewhere(&self, app: &App) {
        let (title, path, address) = (&app.title, &self.probe.path, &self.address);
        let sentence = format!("{title} runs, but not at the path Doorward was told of.");
        let before = app.health.swap(Arc::new(Health::Down(sentence.clone())));
        if *before != Health::Down(sentence) {
            tracing::error!(
                app = app.name.as_str(),
                "{title} at {address} has no {path} and its front page leads elsewhere: it is mounted under another path, so nobody is let in. \
                 Say so with `path`, or with a path in `upstream`."
            );
        }
    }
}
