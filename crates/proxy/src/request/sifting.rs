//! What becomes of an answer because of who asked: what they may not view is taken out, and permission flags are lowered.
//!
//! For whoever may do the same with all things of an app the answer is only lowered by their role as it streams by. For others the request
//! asks for the names of the things in it, and the answer is gone through thing by thing.
//!
//! Must not know: how. Look next: `crate::body`, `doorward_service::gate::Bounds`.

use doorward_domain::Intent;
use doorward_profile::{AnswerRewriter, Change};
use doorward_service::gate::{self, Bounds};

use super::making::change;
use super::renewal::Now;
use super::reread::changed;
use super::sending::{Filter, Lowers};
use super::{AppRequest, Record, Rejection};
use crate::body::Sifter;
use crate::room::Place;

/// What changes an answer: by taking out of it, or by lowering its flags alone.
type Changes = (Option<Box<Filter>>, Option<Box<Lowers>>);

impl AppRequest<'_> {
    /// What changes the answer for whoever asks now. Where it would have to be asked otherwise for them by now, it is not asked.
    pub(super) fn changes(
        &self,
        sifter: Option<Sifter>,
        rewriter: Option<AnswerRewriter>,
        place: Option<Place>,
    ) -> Result<Changes, Rejection> {
        let (app, now) = (&self.site.app, self.context.worker.shared.services.clock.now());
        if change(self.caller, self.site, now, false) == Some(Change::Filtered)
            && !matches!(sifter, Some(Sifter::Filter(..)))
        {
            return Err(changed().into());
        }
        if let Some(sifter) = sifter {
            return Ok((Some(Box::new(Filter { sifter, place })), None));
        }
        let lowers =
            rewriter.map(|rewriter| Box::new(Lowers { rewriter, parts: gate::parts(self.caller, app, now), place }));
        Ok((None, lowers))
    }

    /// The same for somebody whose rights have changed while the tool took its time.
    pub(super) fn changes_again(
        &self,
        now: &Now,
        filter: &mut Option<Box<Filter>>,
        lowers: &mut Option<Box<Lowers>>,
    ) -> Result<(), Rejection> {
        let (sifter, place) = filter.take().map(|own| (own.sifter, own.place)).unzip();
        let (rewriter, plan) = lowers.take().map(|own| (own.rewriter, own.place)).unzip();
        (*filter, *lowers) = now.of(self).changes(sifter, rewriter, place.or(plan).flatten())?;
        // By what they hold now, also where that is the same with all: the permit is of before.
        if let (Some(lowers), Some(who)) = (lowers, now.caller.principal()) {
            let at = self.context.worker.shared.services.clock.now();
            lowers.parts.get_or_insert_with(|| Bounds::of(who, &now.site.app, at));
        }
        Ok(())
    }

    /// The room for what is kept while the tool takes its time, of the room for all that was understood: it goes with what reads the answer, or
    /// else with what changes it.
    pub(super) fn keep(
        &self,
        plan: Option<Place>,
        intent: &Intent,
        record: Option<&mut Record>,
        filter: &mut Option<Box<Filter>>,
        lowers: &mut Option<Box<Lowers>>,
    ) -> Option<Place> {
        let filters = filter.as_ref().map_or(0, |filter| filter.sifter.weight());
        let changes = filters + lowers.as_ref().map_or(0, |lowers| lowers.rewriter.weight());
        let weight = changes + record.as_ref().map_or(0, |record| record.weight()) + intent.weight();
        let place = self.context.worker.shared.large.plans.keep(plan?, weight)?;
        match (record, filter, lowers) {
            (Some(record), ..) => record.takes(place),
            (None, Some(filter), _) => filter.place = Some(place),
            (None, None, Some(lowers)) => lowers.place = Some(place),
            (None, None, None) => return Some(place),
        }
        None
    }
}
