//! Asking the tool what a request does not tell: of which job and location a run is.
//!
//! Only where somebody's rights depend on it, and then once for all that the request names, within [`PATIENCE`]. What was told is remembered by
//! each worker for itself, for as long as the profile says, and whoever asks for the same things meanwhile waits for that answer
//! ([`crate::things`]). What cannot be had stays untold, and is refused as such.
//!
//! Must not know: who asks, and what they may. It says nothing of theirs to the tool. Look next: [`super::app_request`] (when it is asked),
//! `doorward_profile::graphql::tells` (what is asked, and what an answer means).

mod ask;

use doorward_domain::{Intent, Resource, Unresolved};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use crate::site::Site;
use crate::things::{Flights, Known, Things};
use crate::worker::Worker;

/// Things that are asked about for one request, at most.
const MOST: usize = 64;
/// How long all of it may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// What a request does, with all that could be told; and why not all of it could.
#[derive(Debug)]
pub(crate) struct Resolved {
    pub(crate) intent: Arc<Intent>,
    pub(crate) unresolved: Option<Unresolved>,
}

/// Has the tool say what a request does not. `None` where there is nothing that it could say.
pub(crate) async fn resolve(worker: &Rc<Worker>, site: &Arc<Site>, intent: &Arc<Intent>) -> Option<Resolved> {
    let profile = &site.app.profile;
    let asks = profile.asks(intent);
    if asks.is_empty() {
        return None;
    }
    if asks.len() > MOST {
        return Some(Resolved { intent: Arc::clone(intent), unresolved: Some(Unresolved::TooMany) });
    }
    let looking = tokio::time::timeout(PATIENCE, look_up(worker, site, &asks)).await;
    let known = looking.unwrap_or_else(|_| vec![Err(Unresolved::NoAnswer); asks.len()]);
    let unresolved = known.iter().find_map(|known| known.as_ref().err().copied());
    let told = |ask: &Resource| {
        let place = asks.iter().position(|own| own == ask)?;
        known.get(place)?.as_ref().ok().cloned()
    };
    Some(Resolved { intent: Arc::new(profile.with_told(intent, &told)), unresolved })
}

/// What is known of these, in their order: remembered, waited for, or asked for.
async fn look_up(worker: &Rc<Worker>, site: &Arc<Site>, asks: &[Resource]) -> Vec<Known> {
    let Things { memory, flights } = &worker.things;
    let mut found: Vec<Option<Known>> = vec![None; asks.len()];
    loop {
        for (known, ask) in found.iter_mut().zip(asks) {
            if known.is_none() {
                *known = memory.recall(site, ask, worker.ticker.now());
            }
        }
        let missing: Vec<Resource> =
            found.iter().zip(asks).filter(|(known, _)| known.is_none()).map(|(_, ask)| ask.clone()).collect();
        if missing.is_empty() {
            return found.into_iter().map(|known| known.unwrap_or(Err(Unresolved::NoAnswer))).collect();
        }
        match Flights::take_off(flights, site, &missing) {
            Err(under_way) => under_way.await,
            Ok(flight) => {
                let told = match ask::ask(worker, site, &missing).await {
                    Ok(told) => told.into_iter().map(|told| told.ok_or(Unresolved::NotFound)).collect(),
                    Err(why) => {
                        // That it is down is said once, not for each request.
                        if !why.is_away() {
                            tracing::warn!(app = %site.app.name, %why, "the tool could not be asked what requests act on");
                        }
                        vec![Err(Unresolved::NoAnswer); missing.len()]
                    }
                };
                let now = worker.ticker.now();
                for (ask, told) in missing.into_iter().zip(told) {
                    let holds = site.app.profile.holds(&ask);
                    if let Some(place) = asks.iter().position(|own| *own == ask)
                        && let Some(known) = found.get_mut(place)
                    {
                        *known = Some(told.clone());
                    }
                    memory.keep(site, ask, told, holds, now);
                }
                drop(flight);
            }
        }
    }
}
