//! Memory for bodies that have to be read whole.
//!
//! A body longer than [`SMALL`], or what the room says, takes room for all of itself before more of it is read, and gives it back when what it was read for
//! is done. Room is for those who send: while somebody waits for it, whoever holds some and sends more slowly than [`PACE`] loses it.
//! So slow senders can neither fill the memory nor keep others out of it. And nobody has more than half of it ([`Holder`]), nor waits for
//! longer than [`PATIENCE`], nor stands in the queue more than a few times.
//!
//! Must not know: what the bodies are.

use doorward_domain::Subject;
use futures_util::task::AtomicWaker;
use parking_lot::Mutex;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::Context;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};

mod shares;
mod turns;

use shares::Shares;
pub(crate) use turns::Turns;

/// A longer body needs room, in bytes.
pub(crate) const SMALL: usize = 16 << 10;
/// What a sender who holds room has to keep up while others wait, in bytes a second.
const PACE: u64 = 512 << 10;
/// For how long nobody has to.
const HEAD_START: Duration = Duration::from_secs(5);
/// How often whoever waits looks for senders that are behind.
const LOOK: Duration = Duration::from_millis(250);
/// For how long anybody waits for room.
const PATIENCE: Duration = Duration::from_secs(10);
/// How many of one holder's bodies may wait.
const MOST_WAITING: usize = 16;
/// What room is counted in, in bytes.
const UNIT: usize = 1 << 10;

/// Whose share a body counts for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Holder {
    /// Somebody who is signed in.
    Person(Subject),
    /// Whoever is in this network, where nobody knows who is asking.
    Network(IpAddr),
}

/// There was no room in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NoRoom;

/// Room for bodies.
#[derive(Debug)]
pub(crate) struct Room {
    /// A body that is no longer needs none, in bytes.
    small: usize,
    units: u32,
    free: Arc<Semaphore>,
    senders: Senders,
    shares: Shares,
}

type Senders = Arc<Mutex<Vec<Arc<Sender>>>>;

/// Somebody who holds room and still sends.
#[derive(Debug)]
struct Sender {
    holder: Holder,
    units: u32,
    since: Instant,
    received: AtomicU64,
    is_late: AtomicBool,
    waker: AtomicWaker,
}

impl Sender {
    /// Bytes that should have come and did not; zero or less keeps pace.
    fn behind(&self, now: Instant) -> u64 {
        let due = now.duration_since(self.since).saturating_sub(HEAD_START).as_millis();
        let due = u64::try_from(due).unwrap_or(u64::MAX).saturating_mul(PACE) / 1000;
        due.saturating_sub(self.received.load(Ordering::Relaxed))
    }
}

impl Room {
    /// Room for this many bytes.
    pub(crate) fn new(bytes: usize) -> Self {
        let units = units(bytes);
        Self {
            small: SMALL,
            units,
            free: Arc::new(Semaphore::new(units as usize)),
            senders: Senders::default(),
            shares: Shares::new(units.div_ceil(2) as usize, MOST_WAITING),
        }
    }

    /// The same, where bodies no longer than this need none.
    pub(crate) fn beyond(self, small: usize) -> Self {
        Self { small, ..self }
    }

    /// Whether a body of so many bytes needs room.
    pub(crate) fn is_needed_for(&self, bytes: usize) -> bool {
        bytes > self.small
    }

    /// The most that one holder has at once.
    fn share(&self) -> u32 {
        self.units.div_ceil(2)
    }

    /// Waits for room for so many bytes; for all there is, or all that one holder may have, if that is less. First come, first served,
    /// within a holder's share and among all.
    pub(crate) async fn take(&self, bytes: usize, holder: Holder) -> Result<Place, NoRoom> {
        let (own, units) = (units(bytes).min(self.share()), units(bytes).min(self.units));
        let share = self.shares.of(holder);
        let waiting = share.queue()?;
        let until = Instant::now() + PATIENCE;
        let own = self.acquire(&share.free, own, until, Some(holder)).await?;
        let of_all = self.acquire(&self.free, units, until, None).await?;
        drop(waiting);
        Ok(self.place(holder, units, [own, of_all]))
    }

    /// Room that is free now.
    pub(crate) fn try_take(&self, bytes: usize, holder: Holder) -> Result<Place, NoRoom> {
        let (own, units) = (units(bytes).min(self.share()), units(bytes).min(self.units));
        let acquire = |free: &Arc<Semaphore>, units| Arc::clone(free).try_acquire_many_owned(units).map_err(|_| NoRoom);
        let own = acquire(&self.shares.of(holder).free, own)?;
        let of_all = acquire(&self.free, units)?;
        Ok(self.place(holder, units, [own, of_all]))
    }

    /// What is left of a place for so many bytes, if those need any.
    pub(crate) fn keep(&self, place: Place, bytes: usize) -> Option<Place> {
        self.is_needed_for(bytes).then(|| place.shrunk_to(units(bytes) as usize))
    }

    async fn acquire(
        &self,
        free: &Arc<Semaphore>,
        units: u32,
        until: Instant,
        whose: Option<Holder>,
    ) -> Result<OwnedSemaphorePermit, NoRoom> {
        let mut waiting = std::pin::pin!(Arc::clone(free).acquire_many_owned(units));
        loop {
            let now = Instant::now();
            match timeout_at((now + LOOK).min(until), waiting.as_mut()).await {
                Ok(permit) => return permit.map_err(|_| NoRoom),
                Err(_elapsed) if now >= until => return Err(NoRoom),
                Err(_elapsed) => self.dismiss_late_senders(free, units, whose),
            }
        }
    }

    fn place(&self, holder: Holder, units: u32, permits: [OwnedSemaphorePermit; 2]) -> Place {
        let sender = Arc::new(Sender {
            holder,
            units,
            since: Instant::now(),
            received: AtomicU64::new(0),
            is_late: AtomicBool::new(false),
            waker: AtomicWaker::new(),
        });
        self.senders.lock().push(Arc::clone(&sender));
        Place { sender, senders: Arc::clone(&self.senders), permits }
    }

    /// Takes room from those who are furthest behind, until there will be enough: from anybody, or from one holder.
    fn dismiss_late_senders(&self, free: &Semaphore, units: u32, whose: Option<Holder>) {
        let now = Instant::now();
        let all = self.senders.lock();
        let candidates = all.iter().filter(|sender| whose.is_none_or(|holder| holder == sender.holder));
        let mut senders: Vec<_> = candidates.map(|sender| (sender.behind(now), Arc::clone(sender))).collect();
        senders.sort_by_key(|(behind, sender)| (!sender.is_late.load(Ordering::Relaxed), std::cmp::Reverse(*behind)));
        let mut room = u32::try_from(free.available_permits()).unwrap_or(u32::MAX);
        for (_, sender) in senders.iter().filter(|(behind, _)| *behind > 0) {
            if room >= units {
                return;
            }
            room = room.saturating_add(sender.units);
            sender.is_late.store(true, Ordering::Release);
            sender.waker.wake();
        }
    }
}

fn units(bytes: usize) -> u32 {
    u32::try_from(bytes.div_ceil(UNIT)).unwrap_or(u32::MAX)
}

/// Room taken; given back by dropping.
#[derive(Debug)]
pub(crate) struct Place {
    sender: Arc<Sender>,
    senders: Senders,
    /// Of the holder's share and of all.
    permits: [OwnedSemaphorePermit; 2],
}

impl Place {
    fn shrunk_to(mut self, units: usize) -> Self {
        for permit in &mut self.permits {
            drop(permit.split(permit.num_permits().saturating_sub(units)));
        }
        self
    }

    /// So many bytes came.
    pub(crate) fn received(&self, bytes: usize) {
        self.sender.received.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Nothing more is to come, so nothing can be late.
    pub(crate) fn is_whole(&self) {
        self.senders.lock().retain(|sender| !Arc::ptr_eq(sender, &self.sender));
    }

    /// Whether the room is lost to somebody who waits for it. If not yet, whoever asks is told.
    pub(crate) fn is_lost(&self, cx: &Context<'_>) -> bool {
        self.sender.waker.register(cx.waker());
        self.sender.is_late.load(Ordering::Acquire)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.is_whole();
    }
}

#[cfg(test)]
mod tests;
