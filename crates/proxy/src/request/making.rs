//! What is made of a body: what it is understood as, asked for the names of things too where its answer is changed thing by thing.
//!
//! A short document may mean a lot, and that is held while the tool is asked what it acts on, and while it takes its time. So only who has
//! room for it holds what was made: for whom there is none, it is thrown away, and made anew once there is. What takes long is not made on
//! the worker, unless it is remembered.
//!
//! Must not know: how answers are changed. Look next: [`super::sifting`], `crate::large`.

use bytes::Bytes;
use doorward_domain::{Caller, Timestamp};
use doorward_profile::{AnswerRewriter, Change, Misread, RequestHead, Understood};
use doorward_service::gate;
use std::sync::Arc;

use super::resolve::contents;
use super::{AppRequest, Rejection};
use crate::body::Sifter;
use crate::deadlines::Wait;
use crate::large::{MIDDLING, SLOW, SLOW_TO_ASK};
use crate::room::{Holder, NoRoom, Place, SMALL};
use crate::site::Site;
use crate::upstream::BodyFault;

/// What no longer body is understood as needs no room, in bytes, as long as its answer is not changed.
const LIGHT: usize = 2 << 10;
/// Nor does what takes no more than this, in bytes, as long as nothing of it is kept that changes the answer and is not small.
const UNDERSTOOD: usize = 64 << 10;

/// A request as it is asked for somebody.
pub(super) struct Made {
    pub(super) understood: Understood,
    /// What changes its answer thing by thing.
    pub(super) sifter: Option<Sifter>,
    /// What lowers its flags as they stream by.
    pub(super) rewriter: Option<AnswerRewriter>,
}

/// A body, and how it came.
#[derive(Clone, Copy)]
pub(super) struct Whole<'a> {
    pub(super) head: &'a RequestHead<'a>,
    /// Of body and query, decoded.
    pub(super) length: usize,
    pub(super) holder: Holder,
    /// Whether it has room of its own until the tool has it.
    pub(super) is_placed: bool,
}

/// By what something is made.
#[derive(Clone, Copy)]
struct By<'a> {
    site: &'a Arc<Site>,
    caller: &'a Caller,
    now: Timestamp,
}

/// How a request is changed so that what somebody may not do with all things of the app can be told in its answer; `None` where they may.
pub(crate) fn change(caller: &Caller, site: &Site, now: Timestamp, has_flags: bool) -> Option<Change> {
    let app = &site.app;
    if !app.filter_answers && !has_flags {
        return None;
    }
    if gate::bounds(caller, app, now).is_some() {
        return Some(Change::Filtered);
    }
    gate::parts(caller, app, now).filter(|_| has_flags).map(|_| Change::Flagged)
}

impl Made {
    /// How much room is kept for it: all it takes, where it is kept for long or is not small.
    fn weight(&self, whole: Whole<'_>) -> usize {
        let change = match (&self.sifter, &self.rewriter) {
            (Some(sifter), _) => sifter.weight(),
            (None, Some(rewriter)) => rewriter.weight(),
            (None, None) if whole.length <= LIGHT => return 0,
            (None, None) => 0,
        };
        let understood = &self.understood;
        let values = if whole.is_placed { 0 } else { understood.values_weight() };
        let all = values + understood.weight().max(change + understood.intent().weight());
        if change > SMALL || all > UNDERSTOOD { all } else { 0 }
    }
}

impl AppRequest<'_> {
    /// What is made of a body, and the room that takes.
    pub(super) async fn made(&self, whole: Whole<'_>, body: Bytes) -> Result<(Made, Option<Place>), Rejection> {
        // One that is long has most of the room for bodies: it does not wait for more of another.
        let may_wait = whole.length <= MIDDLING && (whole.length > LIGHT || self.site.app.filter_answers);
        let again = may_wait.then(|| body.clone());
        let made = self.made_once(whole, body).await?;
        let (weight, plans) = (made.weight(whole), &self.context.worker.shared.large.plans);
        if !plans.is_needed_for(weight) {
            return Ok((made, None));
        }
        if let Ok(place) = plans.try_take(weight, whole.holder) {
            // Nothing of it is to come, so nobody is late.
            place.is_whole();
            return Ok((made, Some(place)));
        }
        drop(made);
        let body = again.ok_or(BodyFault::NoRoom)?;
        let place = self.room_for(weight, whole.holder).await?;
        let made = self.made_once(whole, body).await?;
        if made.weight(whole) > weight {
            // Theirs has become another request meanwhile.
            return Err(BodyFault::NoRoom.into());
        }
        Ok((made, Some(place)))
    }

    /// The same, with what its answer is filtered by knowing what is in which container, where that matters to whoever asks.
    pub(super) async fn with_contents(&self, made: Made) -> Made {
        let Made { understood, sifter: Some(Sifter::Filter(filter, _)), rewriter } = made else { return made };
        let now = self.context.worker.shared.services.clock.now();
        let bounds = gate::bounds(self.caller, &self.site.app, now);
        let needs = bounds.is_some_and(|bounds| filter.needs_contents(bounds.held_kinds()));
        let containers = if needs { contents(&self.context.worker, self.site).await } else { None };
        Made { understood, sifter: Some(Sifter::Filter(filter, containers)), rewriter }
    }

    async fn room_for(&self, weight: usize, holder: Holder) -> Result<Place, Rejection> {
        let (plans, deadlines) = (&self.context.worker.shared.large.plans, &self.context.deadlines);
        deadlines.wait(Wait::Room);
        let taken = plans.take(weight, holder).await;
        deadlines.request.done(Wait::Room);
        let place = taken.map_err(|NoRoom| BodyFault::NoRoom)?;
        place.is_whole();
        Ok(place)
    }

    async fn made_once(&self, whole: Whole<'_>, body: Bytes) -> Result<Made, Rejection> {
        let Whole { head, length, holder, .. } = whole;
        let shared = &self.context.worker.shared;
        let by = By { site: self.site, caller: self.caller, now: shared.services.clock.now() };
        if length <= SLOW_TO_ASK {
            return Ok(by.make(head, body)?);
        }
        if length <= SLOW
            && let Some(made) = by.make_quickly(head, body.clone())?
        {
            return Ok(made);
        }
        let (site, caller, now) = (Arc::clone(by.site), by.caller.clone(), by.now);
        let (method, path) = (head.method.clone(), head.path.clone());
        let (query, headers) = (head.query.map(str::to_owned), head.headers.clone());
        let making = shared.large.read_body(length, holder, move || {
            let head = RequestHead { method: &method, path: &path, query: query.as_deref(), headers: &headers };
            By { site: &site, caller: &caller, now }.make(&head, body)
        });
        let made = making.await.map_err(|NoRoom| BodyFault::NoRoom)?;
        Ok(made.ok_or_else(|| Misread::new("not_understood", "The body could not be read."))??)
    }
}

impl By<'_> {
    fn make(&self, head: &RequestHead<'_>, body: Bytes) -> Result<Made, Misread> {
        let understood = self.site.app.profile.read_body(head, body)?;
        self.asked(understood)
    }

    /// The same, or nothing where it would take long.
    fn make_quickly(&self, head: &RequestHead<'_>, body: Bytes) -> Result<Option<Made>, Misread> {
        let understood = self.site.app.profile.read_body(head, body)?;
        let is_quick = match self.change(understood.answer_rewriter().is_some()) {
            None => true,
            Some(change) => understood.knows(change),
        };
        is_quick.then(|| self.asked(understood)).transpose()
    }

    fn change(&self, has_flags: bool) -> Option<Change> {
        change(self.caller, self.site, self.now, has_flags)
    }

    /// The request, asking for the names of things too where the profile says how, and what changes its answer by them.
    fn asked(&self, understood: Understood) -> Result<Made, Misread> {
        let rewriter = understood.answer_rewriter();
        let (understood, sifter) = match self.change(rewriter.is_some()) {
            None => (understood, None),
            Some(Change::Filtered) => {
                let filtered = understood.filtered().unwrap_or_else(|| {
                    Err(Misread::new("cannot_be_filtered", "Nobody can tell what the answer to this shows."))
                });
                filtered.map(|(understood, filter)| (understood, Some(Sifter::Filter(filter, None))))?
            }
            Some(Change::Flagged) => match understood.flagged() {
                Some((flagged, flags)) => (flagged, Some(Sifter::Flags(flags))),
                None => (understood, None),
            },
        };
        Ok(Made { understood, sifter, rewriter })
    }
}
