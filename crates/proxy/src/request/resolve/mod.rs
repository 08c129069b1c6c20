//! Asking the tool what a request does not tell: of which job and location a run is.
//!
//! Only where somebody's rights depend on it, and then once for all that the request names, within [`PATIENCE`]. What was told is remembered by
//! each worker for itself, for as long as the profile says, and whoever asks for the same things meanwhile waits for that answer
//! ([`crate::things`]). What cannot be had stays untold, and is refused as such.
//!
//! Must not know: who asks, and what they may. It says nothing of theirs to the tool. Look next: [`super::app_request`] (when it is asked),
//! `doorward_profile::graphql::tells` (what is asked, and what an answer means).

mod ask;
mod contents;

pub(super) use contents::contents;

use doorward_domain::{Intent, Resource, Unresolved};
use doorward_service::gate::MOST_ASKED;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::site::Site;
use crate::things::{Known, SingleFlight, Things, UnderWay};
use crate::worker::Worker;

/// How long all of it may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// What a request does, with all that could be told; and why not all of it could.
#[derive(Debug)]
pub(crate) struct Resolved {
    /// As it was read.
    pub(crate) of: Arc<Intent>,
    /// With what was told.
    pub(crate) intent: Arc<Intent>,
    pub(crate) unresolved: Option<Unresolved>,
}

/// Has the tool say what a request does not. `None` where there is nothing that it could say.
pub(crate) async fn resolve(worker: &Rc<Worker>, site: &Arc<Site>, intent: &Arc<Intent>) -> Option<Resolved> {
    let profile = &site.app.profile;
    let asks = profile.asks(intent, MOST_ASKED);
    if asks.is_empty() {
        return None;
    }
    let too_many =
        || Some(Resolved { of: Arc::clone(intent), intent: Arc::clone(intent), unresolved: Some(Unresolved::TooMany) });
    if asks.len() > MOST_ASKED {
        return too_many();
    }
    let looking = tokio::time::timeout(PATIENCE, look_up(worker, site, &asks)).await;
    let known = looking.unwrap_or_else(|_| vec![Err(Unresolved::NoAnswer); asks.len()]);
    let unresolved = known.iter().find_map(|known| known.as_ref().err().copied());
    let told = |ask: &Resource| {
        let place = asks.iter().position(|own| own == ask)?;
        known.get(place)?.as_ref().ok().cloned()
    };
    match profile.with_told(intent, &told) {
        Some(told) => Some(Resolved { of: Arc::clone(intent), intent: Arc::new(told), unresolved }),
        None => too_many(),
    }
}

/// What is known of these, in their order. Things of one kind are asked for in one question, and what ails it is not the other kinds'.
async fn look_up(worker: &Rc<Worker>, site: &Arc<Site>, asks: &[Resource]) -> Vec<Known> {
    let mut kinds: Vec<&str> = asks.iter().map(Resource::kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let of_kind = |kind| async move {
        let own: Vec<Resource> = asks.iter().filter(|ask| ask.kind() == kind).cloned().collect();
        let known = look_up_kind(worker, site, &own).await;
        own.into_iter().zip(known).collect::<Vec<_>>()
    };
    let known: Vec<(Resource, Known)> =
        futures_util::future::join_all(kinds.into_iter().map(of_kind)).await.into_iter().flatten().collect();
    let of = |ask: &Resource| known.iter().find(|(own, _)| own == ask).map(|(_, known)| known.clone());
    asks.iter().map(|ask| of(ask).unwrap_or(Err(Unresolved::NoAnswer))).collect()
}

/// The same of things of one kind: remembered, waited for, or asked for.
async fn look_up_kind(worker: &Rc<Worker>, site: &Arc<Site>, asks: &[Resource]) -> Vec<Known> {
    let Things { memory, single_flight, .. } = &worker.things;
    let mut found: Vec<Option<Known>> = vec![None; asks.len()];
    loop {
        for (known, ask) in found.iter_mut().zip(asks).filter(|(known, _)| known.is_none()) {
            *known = memory.recall(site, ask, worker.ticker.now());
        }
        let missing: Vec<Resource> =
            found.iter().zip(asks).filter(|(known, _)| known.is_none()).map(|(_, ask)| ask.clone()).collect();
        if missing.is_empty() {
            return found.into_iter().map(|known| known.unwrap_or(Err(Unresolved::NoAnswer))).collect();
        }
        match SingleFlight::begin(single_flight, site, missing) {
            Err(answered) => answered.await,
            Ok(under_way) => {
                for (ask, told) in told(worker, site, &under_way).await {
                    if let Some(place) = asks.iter().position(|own| own == ask)
                        && let Some(known) = found.get_mut(place)
                    {
                        *known = Some(told);
                    }
                }
            }
        }
    }
}

/// What the tool tells now, remembered. That it did not is remembered only of what that was for sure about: of a question of which one name may
/// be what ails it, the others are nobody's to spoil.
async fn told<'a>(worker: &Rc<Worker>, site: &Arc<Site>, under_way: &'a UnderWay) -> Vec<(&'a Resource, Known)> {
    let asks = under_way.asks();
    let is_for_sure = asks.len() == 1 || asks.first().is_some_and(|ask| site.app.profile.lists(ask.kind()));
    let told = match ask::ask(worker, site, asks).await {
        Ok(told) => told.into_iter().map(|told| told.ok_or(Unresolved::NotFound)).collect(),
        Err(why) => {
            // That it is down is said once, not for each request.
            if !why.is_away() {
                let what = || format!("{}: {why}", site.app.name);
                worker.shared.not_told.add(what, Instant::now());
            }
            vec![Err(Unresolved::NoAnswer); asks.len()]
        }
    };
    let now = worker.ticker.now();
    let told: Vec<(&Resource, Known)> = asks.iter().zip(told).collect();
    for (ask, told) in &told {
        if is_for_sure || !matches!(told, Err(Unresolved::NoAnswer)) {
            worker.things.memory.keep(site, (*ask).clone(), told.clone(), site.app.profile.holds(ask), now);
        }
    }
    told
}
