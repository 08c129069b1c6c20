//! Asking the tool what is in which container, for whoever holds things in them and may not view them.
//!
//! That is one question about all there is, so it is asked for everybody together and once in a while, whether it is answered or not. While it
//! is not told, there is nothing in anything. Whoever gives up does not take the question back: the next would ask it anew.

use doorward_profile::{Envelope, Profile};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::OwnedMutexGuard;

use super::ask::{NotTold, ask_contents};
use crate::body::Containers;
use crate::site::Site;
use crate::things::{Look, Slot};
use crate::worker::Worker;

/// How long the tool may take: it looks at all it has.
const PATIENCE: Duration = Duration::from_secs(5);
/// For how long it is remembered that nobody listens there: nobody is asked anything by trying again.
const AWAY: Duration = Duration::from_secs(1);

/// What the tool says, or said not long ago.
pub(crate) async fn contents(worker: &Rc<Worker>, site: &Arc<Site>) -> Option<Arc<Containers>> {
    let envelope = site.app.profile.contents_question()?;
    let slot = worker.shared.contents.of(site);
    let question = |turn| tell(Rc::clone(worker), Arc::clone(site), Arc::clone(&slot), envelope, turn);
    match slot.look() {
        Look::Holds(contents) => return contents,
        // Nobody waits for a tool that did not tell the last time; it is asked all the same.
        Look::Failed => {
            if let Some(turn) = slot.turn_at_once() {
                tokio::task::spawn_local(question(turn));
            }
            return None;
        }
        Look::Old => {}
    }
    // Who comes while it is asked waits for the answer.
    let turn = slot.turn().await;
    match slot.look() {
        Look::Holds(contents) => contents,
        Look::Failed => None,
        Look::Old => {
            let asked = tokio::task::spawn_local(question(turn)).await;
            asked.ok().and_then(|()| slot.last())
        }
    }
}

/// Asks, and keeps what is told.
async fn tell(worker: Rc<Worker>, site: Arc<Site>, slot: Arc<Slot>, envelope: Envelope, turn: OwnedMutexGuard<()>) {
    let (told, holds) = match told(&worker, &site, envelope, slot.last()).await {
        Ok(contents) => (Some(contents), site.app.profile.contents_hold()),
        Err(why) if why.is_away() => (None, AWAY),
        Err(why) => {
            worker.shared.not_told.add(|| format!("{}: {why}", site.app.name), Instant::now());
            (None, site.app.profile.contents_hold())
        }
    };
    let before = slot.keep(told, holds);
    drop(turn);
    // To let go of much takes a while too.
    tokio::task::spawn_blocking(move || drop(before));
}

async fn told(
    worker: &Rc<Worker>,
    site: &Arc<Site>,
    envelope: Envelope,
    before: Option<Arc<Containers>>,
) -> Result<Arc<Containers>, NotTold> {
    let asking = tokio::time::timeout(PATIENCE, ask_contents(worker, site, envelope));
    let body = asking.await.map_err(|_| NotTold::TooSlow)??;
    let profile = Arc::clone(&site.app.profile);
    let reading = worker.shared.large.read_contents(move || read(&profile, &body, before));
    reading.await.flatten().ok_or(NotTold::Unreadable)
}

/// What is told by that; what was told before, if it is the same.
fn read(profile: &Profile, body: &[u8], before: Option<Arc<Containers>>) -> Option<Arc<Containers>> {
    let contents = profile.contents(body).ok()?;
    let same = before.filter(|before| before.are(&contents));
    Some(same.unwrap_or_else(|| Arc::new(Containers::new(contents))))
}
