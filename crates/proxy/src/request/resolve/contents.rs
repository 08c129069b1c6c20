//! Asking the tool what is in which container, for whoever holds things in them and may not view them.
//!
//! That is one question about all there is, so it is asked for everybody together and once in a while. While it is not told, there is nothing
//! in anything.

use doorward_profile::Contents;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::ask;
use crate::site::Site;
use crate::things::Entry;
use crate::worker::Worker;

/// How long the tool may take: it looks at all it has.
const PATIENCE: Duration = Duration::from_secs(5);

/// What the tool says, or said not long ago.
pub(crate) async fn contents(worker: &Rc<Worker>, site: &Arc<Site>) -> Option<Arc<Contents>> {
    let envelope = site.app.profile.contents_question()?;
    let slot = worker.things.contents.of(&site.app.name);
    // Who comes while it is asked waits for the answer.
    let mut known = slot.lock().await;
    if let Some(entry) = known.as_ref().filter(|entry| entry.holds(site, worker.ticker.now())) {
        return entry.contents();
    }
    let told = match tokio::time::timeout(PATIENCE, ask::ask_contents(worker, site, envelope)).await {
        Ok(Ok(contents)) => Some(Arc::new(contents)),
        Ok(Err(why)) if why.is_away() => None,
        Ok(Err(why)) => not_told(worker, site, &why.to_string()),
        Err(_) => not_told(worker, site, "it takes too long to say what it has"),
    };
    let holds = site.app.profile.contents_hold();
    *known = Some(Entry::new(site, told.clone(), holds, worker.ticker.now()));
    told
}

fn not_told(worker: &Rc<Worker>, site: &Arc<Site>, why: &str) -> Option<Arc<Contents>> {
    worker.shared.not_told.add(|| format!("{}: {why}", site.app.name), Instant::now());
    None
}
