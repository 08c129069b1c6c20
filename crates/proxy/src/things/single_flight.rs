//! Questions under way: who wants to know the same waits for the answer.

use doorward_domain::{AppName, Resource};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use tokio::sync::Notify;

use crate::site::Site;

/// Things that one question is about which does for all of their kind, at most.
const MOST: usize = 64;

/// What is asked about at the moment, by app.
#[derive(Debug, Default)]
pub(crate) struct SingleFlight {
    /// Who is told when that is over.
    under_way: RefCell<HashMap<(AppName, Resource), Rc<Notify>>>,
    /// Of kinds of which all are asked for at once, what the next question is about too.
    wanted: RefCell<HashMap<AppName, Vec<Resource>>>,
}

/// A question under way. However it ends, those who wait are told.
pub(crate) struct UnderWay {
    single_flight: Rc<SingleFlight>,
    app: AppName,
    /// By what it is known that it is under way.
    keys: Vec<Resource>,
    asks: Vec<Resource>,
    over: Rc<Notify>,
}

impl SingleFlight {
    /// Begins a question about these, which are of one kind, unless one of them is asked about: then here is the end of that question.
    pub(crate) fn begin(
        single_flight: &Rc<Self>,
        site: &Arc<Site>,
        mut asks: Vec<Resource>,
    ) -> Result<UnderWay, impl Future<Output = ()> + use<>> {
        let app = &site.app.name;
        let kind = asks.first().map_or("", Resource::kind);
        // The tool is asked for all of a kind once at a time.
        let all = site.app.profile.lists(kind).then(|| Resource::new(kind, ""));
        let keys = all.as_ref().map_or_else(|| asks.clone(), |all| vec![all.clone()]);
        let mut under_way = single_flight.under_way.borrow_mut();
        if let Some(over) = keys.iter().find_map(|key| under_way.get(&(app.clone(), key.clone()))) {
            let over = Rc::clone(over);
            if all.is_some() {
                single_flight.want(app, asks);
            }
            // It listens from now on, not from when it is first waited for.
            let mut listening = Box::pin(async move { over.notified().await });
            let _ = futures_util::FutureExt::now_or_never(listening.as_mut());
            return Err(listening);
        }
        if let Some(all) = &all {
            single_flight.join_wanted(app, all.kind(), &mut asks);
        }
        let over = Rc::new(Notify::new());
        for key in &keys {
            under_way.insert((app.clone(), key.clone()), Rc::clone(&over));
        }
        Ok(UnderWay { single_flight: Rc::clone(single_flight), app: app.clone(), keys, asks, over })
    }

    /// The next question is about these too, as far as there is room.
    fn want(&self, app: &AppName, asks: Vec<Resource>) {
        let mut wanted = self.wanted.borrow_mut();
        let wanted = wanted.entry(app.clone()).or_default();
        for ask in asks {
            if wanted.len() < MOST && !wanted.contains(&ask) {
                wanted.push(ask);
            }
        }
    }

    fn join_wanted(&self, app: &AppName, kind: &str, asks: &mut Vec<Resource>) {
        let mut wanted = self.wanted.borrow_mut();
        let Some(wanted) = wanted.get_mut(app) else { return };
        for ask in wanted.extract_if(.., |ask| ask.kind() == kind) {
            if !asks.contains(&ask) {
                asks.push(ask);
            }
        }
    }
}

impl UnderWay {
    /// What it is about.
    pub(crate) fn asks(&self) -> &[Resource] {
        &self.asks
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let mut under_way = self.single_flight.under_way.borrow_mut();
        for key in self.keys.drain(..) {
            under_way.remove(&(self.app.clone(), key));
        }
        drop(under_way);
        self.over.notify_waiters();
    }
}
