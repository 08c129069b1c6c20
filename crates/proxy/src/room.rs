//! Memory for bodies that have to be read whole.
//!
//! A body longer than [`SMALL`] takes room for all of itself before more of it is read, and gives it back when what it was read for
//! is done. Room is for those who send: while somebody waits for it, whoever holds some and sends more slowly than [`PACE`] loses it.
//! So slow senders can neither fill the memory nor keep others out of it.
//!
//! Must not know: what the bodies are, and who sends them.

use futures_util::task::AtomicWaker;
use parking_lot::Mutex;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::Context;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout};

/// A longer body needs room, in bytes.
pub(crate) const SMALL: usize = 16 << 10;
/// What a sender who holds room has to keep up while others wait, in bytes a second.
const PACE: u64 = 512 << 10;
/// For how long nobody has to.
const HEAD_START: Duration = Duration::from_secs(5);
/// How often whoever waits looks for senders that are behind.
const LOOK: Duration = Duration::from_millis(250);
/// What room is counted in, in bytes.
const UNIT: usize = 1 << 10;

/// Room for bodies.
#[derive(Debug)]
pub(crate) struct Room {
    units: u32,
    free: Arc<Semaphore>,
    senders: Senders,
}

type Senders = Arc<Mutex<Vec<Arc<Sender>>>>;

/// Somebody who holds room and still sends.
#[derive(Debug)]
struct Sender {
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
        Self { units, free: Arc::new(Semaphore::new(units as usize)), senders: Senders::default() }
    }

    /// Waits for room for so many bytes; for all there is if that is less. First come, first served.
    pub(crate) async fn take(&self, bytes: usize) -> Option<Place> {
        let units = units(bytes).min(self.units);
        let mut waiting = std::pin::pin!(Arc::clone(&self.free).acquire_many_owned(units));
        let permit = loop {
            match timeout(LOOK, waiting.as_mut()).await {
                Ok(permit) => break permit.ok()?,
                Err(_elapsed) => self.dismiss_late_senders(units),
            }
        };
        let sender = Arc::new(Sender {
            units,
            since: Instant::now(),
            received: AtomicU64::new(0),
            is_late: AtomicBool::new(false),
            waker: AtomicWaker::new(),
        });
        self.senders.lock().push(Arc::clone(&sender));
        Some(Place { sender, senders: Arc::clone(&self.senders), _permit: permit })
    }

    /// Takes room from those who are furthest behind, until there will be enough.
    fn dismiss_late_senders(&self, units: u32) {
        let now = Instant::now();
        let mut senders: Vec<_> =
            self.senders.lock().iter().map(|sender| (sender.behind(now), Arc::clone(sender))).collect();
        senders.sort_by_key(|(behind, sender)| (!sender.is_late.load(Ordering::Relaxed), std::cmp::Reverse(*behind)));
        let mut room = u32::try_from(self.free.available_permits()).unwrap_or(u32::MAX);
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
    _permit: OwnedSemaphorePermit,
}

impl Place {
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
mod tests {
    use super::*;
    use std::future::poll_fn;
    use std::task::Poll;

    const MIB: usize = 1 << 20;

    async fn loses(place: &Place) {
        poll_fn(|cx| if place.is_lost(cx) { Poll::Ready(()) } else { Poll::Pending }).await;
    }

    fn is_lost(place: &Place) -> bool {
        place.is_lost(&Context::from_waker(std::task::Waker::noop()))
    }

    #[tokio::test(start_paused = true)]
    async fn slow_senders_make_room_for_a_third_and_those_who_keep_pace_do_not() {
        let room = Arc::new(Room::new(32 * MIB));
        let (slow, quick) = (room.take(16 * MIB).await.unwrap(), room.take(16 * MIB).await.unwrap());
        tokio::time::advance(HEAD_START + Duration::from_secs(2)).await;
        quick.received(MIB + 1);
        slow.received(MIB - 1);
        let waiting = Arc::clone(&room);
        let third = tokio::spawn(async move { waiting.take(16 * MIB).await.unwrap() });
        loses(&slow).await;
        assert!(!is_lost(&quick));
        drop(slow);
        let third = third.await.unwrap();
        assert!(!is_lost(&third) && !is_lost(&quick));
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_loses_room_that_nobody_wants_or_that_they_have_filled() {
        let room = Arc::new(Room::new(32 * MIB));
        let (whole, slow) = (room.take(16 * MIB).await.unwrap(), room.take(8 * MIB).await.unwrap());
        whole.is_whole();
        tokio::time::advance(Duration::from_mins(10)).await;
        let small = room.take(8 * MIB).await.unwrap();
        assert!(!is_lost(&slow) && !is_lost(&whole), "there was enough");
        let waiting = Arc::clone(&room);
        let large = tokio::spawn(async move { waiting.take(16 * MIB).await.unwrap() });
        loses(&slow).await;
        drop(slow);
        loses(&small).await;
        drop(small);
        large.await.unwrap();
        assert!(!is_lost(&whole));
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_senders_lose_their_room_than_has_to_be() {
        let room = Arc::new(Room::new(4 * MIB));
        let mut slow = Vec::new();
        for _ in 0..4 {
            slow.push(room.take(MIB).await.unwrap());
        }
        tokio::time::advance(Duration::from_mins(1)).await;
        let waiting = Arc::clone(&room);
        let fifth = tokio::spawn(async move { waiting.take(MIB).await.unwrap() });
        tokio::time::sleep(LOOK * 5).await;
        assert_eq!(slow.iter().filter(|place| is_lost(place)).count(), 1);
        slow.retain(|place| !is_lost(place));
        fifth.await.unwrap();
    }

    #[tokio::test]
    async fn a_body_larger_than_all_the_room_gets_all_of_it() {
        let room = Room::new(MIB);
        assert!(room.take(usize::MAX).await.is_some());
    }
}
