//! What becomes of an answer because of who asked: what they may not view is taken out, and permission flags are lowered.
//!
//! For whoever may do the same with all things of an app the answer is only lowered by their role as it streams by. For others the request
//! asks for the names of the things in it, and the answer is gone through thing by thing.
//!
//! Must not know: how. Look next: `crate::body`, `doorward_service::gate::Bounds`.

use doorward_profile::{AnswerRewriter, Misread, Understood};
use doorward_service::gate;

use super::forward::{Filter, Lowers};
use super::renewal::Now;
use super::reread::changed;
use super::{AppRequest, Rejection};
use crate::body::Sifter;
use crate::deadlines::Wait;
use crate::room::{Holder, NoRoom, Place};
use crate::upstream::BodyFault;

/// A request as it is asked for somebody.
pub(super) struct Sifted {
    pub(super) understood: Understood,
    /// What changes its answer thing by thing.
    pub(super) sifter: Option<Sifter>,
    /// What lowers its flags as they stream by.
    pub(super) rewriter: Option<AnswerRewriter>,
    /// The room that takes.
    pub(super) place: Option<Place>,
}

/// What is done to an answer for those who may not do the same with all things of the app.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Need {
    /// What they may not view is taken out.
    Filter,
    /// Flags are lowered thing by thing.
    Flags,
}

impl AppRequest<'_> {
    /// The request as it is asked for them, with the room that what changes its answer takes: a short document may mean a lot, and that is
    /// held for as long as the tool takes. One of which nobody knows how to take out what they may not view is not sent for them. It came
    /// as so many bytes.
    pub(super) async fn sifted(
        &self,
        understood: Understood,
        length: usize,
        holder: Holder,
    ) -> Result<Sifted, Rejection> {
        let rewriter = understood.answer_rewriter();
        let need = self.need(rewriter.is_some());
        let (understood, sifter) = match need {
            None => (understood, None),
            Some(need) => {
                let large = &self.context.worker.shared.large;
                let asking = large.ask_for_names(length, move || asked_for_names(understood, need));
                asking.await.ok_or_else(|| Misread::new("not_understood", "The body could not be read."))??
            }
        };
        let weight = sifter.as_ref().map(Sifter::weight).or_else(|| rewriter.as_ref().map(AnswerRewriter::weight));
        let place = self.room_for_plan(weight.unwrap_or(0), holder).await?;
        Ok(Sifted { understood, sifter, rewriter, place })
    }

    /// What changes the answer for whoever asks now. Where it would have to be asked otherwise for them by now, it is not asked.
    pub(super) fn changes(
        &self,
        sifter: Option<Sifter>,
        rewriter: Option<AnswerRewriter>,
        place: Option<Place>,
    ) -> Result<(Option<Box<Filter>>, Option<Lowers>), Rejection> {
        let (app, now) = (&self.site.app, self.context.worker.shared.services.clock.now());
        if self.need(false) == Some(Need::Filter) && !matches!(sifter, Some(Sifter::Filter(_))) {
            return Err(changed().into());
        }
        if let Some(sifter) = sifter {
            return Ok((Some(Box::new(Filter { sifter, place })), None));
        }
        let lowers = rewriter.map(|rewriter| Lowers { rewriter, parts: gate::parts(self.caller, app, now), place });
        Ok((None, lowers))
    }

    fn need(&self, has_flags: bool) -> Option<Need> {
        let app = &self.site.app;
        if !app.filter_answers && !has_flags {
            return None;
        }
        let now = self.context.worker.shared.services.clock.now();
        if gate::bounds(self.caller, app, now).is_some() {
            return Some(Need::Filter);
        }
        gate::parts(self.caller, app, now).filter(|_| has_flags).map(|_| Need::Flags)
    }

    /// The same for somebody whose rights have changed while the tool took its time.
    pub(super) fn changes_again(
        &self,
        now: &Now,
        filter: &mut Option<Box<Filter>>,
        lowers: &mut Option<Lowers>,
    ) -> Result<(), Rejection> {
        let (sifter, place) = filter.take().map(|own| (own.sifter, own.place)).unzip();
        let (rewriter, plan) = lowers.take().map(|own| (own.rewriter, own.place)).unzip();
        (*filter, *lowers) = now.of(self).changes(sifter, rewriter, place.or(plan).flatten())?;
        Ok(())
    }

    async fn room_for_plan(&self, weight: usize, holder: Holder) -> Result<Option<Place>, Rejection> {
        let (plans, deadlines) = (&self.context.worker.shared.large.plans, &self.context.deadlines);
        if !plans.is_needed_for(weight) {
            return Ok(None);
        }
        deadlines.wait(Wait::Room);
        let taken = plans.take(weight, holder).await;
        deadlines.request.done(Wait::Room);
        let place = taken.map_err(|NoRoom| BodyFault::NoRoom)?;
        // Nothing of it is to come, so nobody is late.
        place.is_whole();
        Ok(Some(place))
    }
}

/// The request, asking for the names of things too where the profile says how, and what changes its answer by them.
fn asked_for_names(understood: Understood, need: Need) -> Result<(Understood, Option<Sifter>), Misread> {
    match need {
        Need::Filter => {
            let filtered = understood.filtered().unwrap_or_else(|| {
                Err(Misread::new("cannot_be_filtered", "Nobody can tell what the answer to this shows."))
            });
            filtered.map(|(understood, filter)| (understood, Some(Sifter::Filter(filter))))
        }
        Need::Flags => Ok(match understood.flagged() {
            Some((flagged, flags)) => (flagged, Some(Sifter::Flags(flags))),
            None => (understood, None),
        }),
    }
}
