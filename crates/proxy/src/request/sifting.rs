//! What becomes of an answer because of who asked: what they may not view is taken out, and permission flags are lowered.
//!
//! For whoever may do the same with all things of an app the answer is only lowered by their role as it streams by. For others the request
//! asks for the names of the things in it, and the answer is gone through thing by thing.
//!
//! Must not know: how. Look next: `crate::body`, `doorward_service::gate::Bounds`.

use doorward_profile::{Misread, Understood};
use doorward_service::gate;

use super::forward::{Filter, Lowers};
use super::{AppRequest, Rejection};
use crate::body::Sifter;
use crate::deadlines::Wait;
use crate::room::{Holder, NoRoom, Place};
use crate::upstream::BodyFault;

/// How many times as much as what lowers flags alone it takes with a document that asks for names.
const WITH_NAMES: usize = 3;

/// A request as it is asked for somebody.
pub(super) struct Sifted {
    pub(super) understood: Understood,
    /// What changes its answer thing by thing.
    pub(super) filter: Option<Box<Filter>>,
    /// What lowers its flags as they stream by.
    pub(super) lowers: Option<Lowers>,
}

impl AppRequest<'_> {
    /// The request as it is asked for somebody, with the room that what changes its answer takes. One of which nobody knows how to take out
    /// what they may not view is not sent for them.
    pub(super) fn sifted(&self, understood: Understood, place: Option<Place>) -> Result<Sifted, Rejection> {
        let (app, clock) = (&self.site.app, &self.context.worker.shared.services.clock);
        if app.filter_answers
            && let Some(bounds) = gate::bounds(self.caller, app, clock.now())
        {
            let filtered = understood.filtered().unwrap_or_else(|| {
                Err(Misread::new("cannot_be_filtered", "Nobody can tell what the answer to this shows."))
            });
            let (understood, filter) = filtered?;
            let filter = Filter { sifter: Sifter::Filter(filter), bounds, place };
            return Ok(Sifted { understood, filter: Some(Box::new(filter)), lowers: None });
        }
        let Some(rewriter) = understood.answer_rewriter() else {
            return Ok(Sifted { understood, filter: None, lowers: None });
        };
        let parts = gate::parts(self.caller, app, clock.now());
        let flagged = parts.as_ref().and_then(|_| understood.flagged());
        Ok(match (flagged, parts) {
            (Some((understood, flags)), Some(bounds)) => {
                let filter = Filter { sifter: Sifter::Flags(flags), bounds, place };
                Sifted { understood, filter: Some(Box::new(filter)), lowers: None }
            }
            (_, parts) => Sifted { understood, filter: None, lowers: Some(Lowers { rewriter, parts, place }) },
        })
    }

    /// Room for what lowers the flags of the answer: a short document may mean a lot, and that is held for as long as the tool takes.
    pub(super) async fn room_for_plan(
        &self,
        understood: &Understood,
        holder: Holder,
    ) -> Result<Option<Place>, Rejection> {
        let (plans, deadlines) = (&self.context.worker.shared.large.plans, &self.context.deadlines);
        let own = understood.answer_rewriter().map_or(0, |rewriter| rewriter.weight());
        let with_names = WITH_NAMES * own;
        let weight = if plans.is_needed_for(with_names) && self.holds_parts() { with_names } else { own };
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

    /// Whether they may not do the same with all things.
    fn holds_parts(&self) -> bool {
        gate::parts(self.caller, &self.site.app, self.context.worker.shared.services.clock.now()).is_some()
    }
}
