//! Permits of what goes on after it was judged: streams and sockets.
//!
//! When something about the caller changes (the session ends, a role is given or taken, a grant lapses) or about the app (it is
//! removed, its default role or its rules change), whatever goes on is read and judged again, and ends only if it would not be let in
//! now. One place for
//! all kinds: the worker asks ([`Renewable`]), the watch is told, and streams and sockets see what they always look at.

use arc_swap::ArcSwap;
use doorward_domain::{Caller, Decision, Intent};
use doorward_service::gate::{self, Asked, Bounds};
use doorward_service::{Digested, Revocation};
use std::cell::{Cell, OnceCell, RefCell};
use std::fmt;
use std::net::IpAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use super::asker::{LookUp, identify};
use super::{Kept, request_span};
use crate::body::BoundsOfNow;
use crate::deadlines::Renewable;
use crate::site::Site;
use crate::worker::Worker;

/// How long judging again may take. With a tick before it, an end that cannot be looked up still comes within a second.
const PATIENCE: Duration = Duration::from_millis(750);

/// How many different things are remembered of one socket. Whoever asked for more is not judged again, but ended.
const MOST_INTENTS: usize = 64;

/// Who and where, as of now, on other threads.
type Elsewhere = Arc<ArcSwap<(Caller, Arc<Site>)>>;

/// What a stream or socket goes on by.
pub(crate) struct LastingPermit {
    worker: Rc<Worker>,
    kept: Kept,
    credential: Digested,
    /// From where it was presented.
    from: IpAddr,
    caller: RefCell<Caller>,
    site: RefCell<Arc<Site>>,
    intents: RefCell<Vec<Arc<Intent>>>,
    is_too_much: Cell<bool>,
    /// Who and where, for whoever asks on another thread.
    elsewhere: OnceCell<Elsewhere>,
}

impl LastingPermit {
    /// Of somebody who sent this and was let in there to do that.
    pub(crate) fn new(
        worker: &Rc<Worker>,
        kept: Kept,
        (credential, from): (&Digested, IpAddr),
        (caller, site, intents): (&Caller, &Arc<Site>, Vec<Arc<Intent>>),
    ) -> Self {
        Self {
            worker: Rc::clone(worker),
            kept,
            credential: credential.clone(),
            from,
            caller: RefCell::new(caller.clone()),
            site: RefCell::new(Arc::clone(site)),
            intents: RefCell::new(intents),
            is_too_much: Cell::new(false),
            elsewhere: OnceCell::new(),
        }
    }

    /// Who, with the rights of now.
    pub(crate) fn caller(&self) -> Caller {
        self.caller.borrow().clone()
    }

    /// Where, as it is configured now.
    pub(crate) fn site(&self) -> Arc<Site> {
        Arc::clone(&self.site.borrow())
    }

    /// What they may do with things, whenever that is asked, on whatever thread.
    pub(crate) fn bounds(&self) -> BoundsOfNow {
        let known = self.elsewhere.get_or_init(|| Arc::new(ArcSwap::from_pointee((self.caller(), self.site()))));
        let (known, shared) = (Arc::clone(known), Arc::clone(&self.worker.shared));
        Arc::new(move || {
            let (caller, site) = &**known.load();
            Some(Bounds::of(caller.principal()?, &site.app, shared.services.clock.now()))
        })
    }

    /// They were let in to do this too, and it may go on.
    pub(crate) fn also(&self, intent: &Arc<Intent>) {
        let mut intents = self.intents.borrow_mut();
        if intents.iter().any(|known| Arc::ptr_eq(known, intent) || known == intent) {
            return;
        }
        if intents.len() < MOST_INTENTS {
            intents.push(Arc::clone(intent));
        } else {
            self.is_too_much.set(true);
        }
    }

    /// Judges again. What cannot be looked up in time ends.
    async fn judged_again(&self) -> Option<Revocation> {
        if self.is_too_much.get() {
            return None;
        }
        let shared = &self.worker.shared;
        let decision = self.worker.ids.decision(shared.services.clock.now());
        let span = || request_span(decision, Some(&self.site().app));
        let looking_up = identify(shared, Some(&self.credential), LookUp::Again(self.from), span);
        let authenticated = tokio::time::timeout(PATIENCE, looking_up).await.ok()?.ok()??;
        let (site, intents) = {
            let (before, known) = (self.site(), self.intents.borrow());
            self.kept.read_again(&shared.snapshot.load(), &before, &known).ok()?
        };
        let caller = authenticated.caller();
        let now = shared.services.clock.now();
        let is_allowed = |intent: &Arc<Intent>| {
            let id = self.worker.ids.decision(now);
            matches!(gate::judge(&Asked { id, caller: &caller, app: &site.app, intent, now }), Decision::Pass(_))
        };
        if !intents.iter().all(is_allowed) {
            return None;
        }
        if let Some(elsewhere) = self.elsewhere.get() {
            elsewhere.store(Arc::new((caller.clone(), Arc::clone(&site))));
        }
        self.caller.replace(caller);
        self.site.replace(site);
        self.intents.replace(intents);
        Some(authenticated.revocation)
    }
}

impl Renewable for LastingPermit {
    fn renewed(self: Rc<Self>) -> Pin<Box<dyn Future<Output = Option<Revocation>>>> {
        Box::pin(async move { self.judged_again().await })
    }
}

impl fmt::Debug for LastingPermit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LastingPermit").field("intents", &self.intents.borrow().len()).finish_non_exhaustive()
    }
}
