//! Questions under way: who wants to know the same waits for the answer.

use doorward_domain::{AppName, Resource};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use tokio::sync::Notify;

use crate::site::Site;

/// Of each app, the things that are asked about at the moment, and who is told when that is over.
#[derive(Debug, Default)]
pub(crate) struct Flights(RefCell<HashMap<(AppName, Resource), Rc<Notify>>>);

/// A question under way. However it ends, those who wait are told.
pub(crate) struct Flight {
    flights: Rc<Flights>,
    app: AppName,
    asks: Vec<Resource>,
    over: Rc<Notify>,
}

impl Flights {
    /// Begins a question about these, unless one of them is asked about: then here is the end of that question.
    pub(crate) fn take_off(
        flights: &Rc<Self>,
        site: &Arc<Site>,
        asks: &[Resource],
    ) -> Result<Flight, impl Future<Output = ()> + use<>> {
        let mut under_way = flights.0.borrow_mut();
        let app = &site.app.name;
        if let Some(over) = asks.iter().find_map(|ask| under_way.get(&(app.clone(), ask.clone()))) {
            let over = Rc::clone(over);
            // It listens from now on, not from when it is first waited for.
            let mut listening = Box::pin(async move { over.notified().await });
            let _ = futures_util::FutureExt::now_or_never(listening.as_mut());
            return Err(listening);
        }
        let over = Rc::new(Notify::new());
        for ask in asks {
            under_way.insert((app.clone(), ask.clone()), Rc::clone(&over));
        }
        Ok(Flight { flights: Rc::clone(flights), app: app.clone(), asks: asks.to_vec(), over })
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        let mut under_way = self.flights.0.borrow_mut();
        for ask in self.asks.drain(..) {
            under_way.remove(&(self.app.clone(), ask));
        }
        drop(under_way);
        self.over.notify_waiters();
    }
}
