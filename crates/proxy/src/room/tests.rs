//! Room, on a clock that the tests move.

use std::future::poll_fn;
use std::task::Poll;

use super::*;

const MIB: usize = 1 << 20;

/// Somebody in a network of their own.
fn from(number: u8) -> Holder {
    Holder::Network(IpAddr::from([192, 0, 2, number]))
}

async fn loses(place: &Place) {
    poll_fn(|cx| if place.is_lost(cx) { Poll::Ready(()) } else { Poll::Pending }).await;
}

fn is_lost(place: &Place) -> bool {
    place.is_lost(&Context::from_waker(std::task::Waker::noop()))
}

#[tokio::test(start_paused = true)]
async fn slow_senders_make_room_for_a_third_and_those_who_keep_pace_do_not() {
    let room = Arc::new(Room::new(32 * MIB));
    let (slow, quick) = (room.take(16 * MIB, from(1)).await.unwrap(), room.take(16 * MIB, from(2)).await.unwrap());
    tokio::time::advance(HEAD_START + Duration::from_secs(2)).await;
    quick.received(MIB + 1);
    slow.received(MIB - 1);
    let waiting = Arc::clone(&room);
    let third = tokio::spawn(async move { waiting.take(16 * MIB, from(3)).await.unwrap() });
    loses(&slow).await;
    assert!(!is_lost(&quick));
    drop(slow);
    let third = third.await.unwrap();
    assert!(!is_lost(&third) && !is_lost(&quick));
}

#[tokio::test(start_paused = true)]
async fn nobody_loses_room_that_nobody_wants_or_that_they_have_filled() {
    let room = Arc::new(Room::new(32 * MIB));
    let (whole, slow) = (room.take(16 * MIB, from(4)).await.unwrap(), room.take(8 * MIB, from(5)).await.unwrap());
    whole.is_whole();
    tokio::time::advance(Duration::from_mins(10)).await;
    let small = room.take(8 * MIB, from(6)).await.unwrap();
    assert!(!is_lost(&slow) && !is_lost(&whole), "there was enough");
    let waiting = Arc::clone(&room);
    let large = tokio::spawn(async move { waiting.take(16 * MIB, from(7)).await.unwrap() });
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
    for number in 100..104 {
        slow.push(room.take(MIB, from(number)).await.unwrap());
    }
    tokio::time::advance(Duration::from_mins(1)).await;
    let waiting = Arc::clone(&room);
    let fifth = tokio::spawn(async move { waiting.take(MIB, from(9)).await.unwrap() });
    tokio::time::sleep(LOOK * 5).await;
    assert_eq!(slow.iter().filter(|place| is_lost(place)).count(), 1);
    slow.retain(|place| !is_lost(place));
    fifth.await.unwrap();
}

#[tokio::test]
async fn a_body_larger_than_all_the_room_gets_all_of_it() {
    let room = Room::new(MIB);
    assert!(room.take(usize::MAX, from(10)).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn one_holder_has_half_of_the_room_at_most_and_only_they_wait_for_more() {
    let room = Arc::new(Room::new(4 * MIB));
    let (first, second) = (room.take(MIB, from(1)).await.unwrap(), room.take(MIB, from(1)).await.unwrap());
    first.is_whole();
    second.is_whole();
    let began = Instant::now();
    let waiting = Arc::clone(&room);
    let third = tokio::spawn(async move { waiting.take(MIB, from(1)).await.map(drop) });
    tokio::task::yield_now().await;
    assert!(room.take(2 * MIB, from(2)).await.is_ok(), "another has room at once");
    assert!(began.elapsed() < LOOK);
    assert_eq!(third.await.unwrap(), Err(NoRoom));
    assert!(began.elapsed() >= PATIENCE && began.elapsed() < PATIENCE + 2 * LOOK, "{:?}", began.elapsed());
    drop(first);
    assert!(room.take(MIB, from(1)).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_slow_sender_loses_room_to_their_own_next_body_too_and_nobody_else_does() {
    let room = Arc::new(Room::new(4 * MIB));
    let (own, other) = (room.take(2 * MIB, from(1)).await.unwrap(), room.take(2 * MIB, from(2)).await.unwrap());
    tokio::time::advance(HEAD_START + Duration::from_secs(2)).await;
    let waiting = Arc::clone(&room);
    let next = tokio::spawn(async move { waiting.take(MIB, from(1)).await.unwrap() });
    loses(&own).await;
    assert!(!is_lost(&other));
    drop(own);
    next.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn no_holder_stands_in_the_queue_more_than_a_few_times() {
    let room = Arc::new(Room::new(2 * MIB));
    let held = room.take(MIB, from(1)).await.unwrap();
    held.is_whole();
    let queue: Vec<_> = (0..MOST_WAITING)
        .map(|_| {
            let room = Arc::clone(&room);
            tokio::spawn(async move { room.take(UNIT, from(1)).await.map(drop) })
        })
        .collect();
    tokio::task::yield_now().await;
    let began = Instant::now();
    assert_eq!(room.take(UNIT, from(1)).await.map(drop), Err(NoRoom));
    assert_eq!(began.elapsed(), Duration::ZERO, "told at once");
    assert!(room.take(UNIT, from(2)).await.is_ok());
    drop(held);
    for waiting in queue {
        assert_eq!(waiting.await.unwrap(), Ok(()));
    }
    assert!(room.take(UNIT, from(1)).await.is_ok(), "the queue is empty again");
}

#[tokio::test]
async fn shares_that_nobody_uses_are_forgotten() {
    let room = Room::new(MIB);
    let held = room.try_take(UNIT, from(0)).unwrap();
    for number in 1..100 {
        drop(room.try_take(UNIT, from(number)).unwrap());
    }
    assert!(room.shares.len() <= 2, "{}", room.shares.len());
    assert!(room.try_take(MIB / 2, from(0)).is_err(), "what is held still counts");
    drop(held);
    assert!(room.try_take(MIB / 2, from(0)).is_ok());
}

#[tokio::test]
async fn what_turns_out_smaller_gives_back_the_rest() {
    let room = Room::new(MIB).beyond(4 * UNIT);
    let place = room.try_take(MIB / 2, from(0)).unwrap();
    assert!(room.try_take(UNIT, from(0)).is_err());
    let place = room.keep(place, MIB / 4).unwrap();
    let other = room.try_take(MIB / 4, from(0)).unwrap();
    assert!(room.try_take(UNIT, from(0)).is_err(), "no more than the rest");
    assert!(room.keep(place, 4 * UNIT).is_none(), "so little needs none");
    assert!(room.try_take(MIB / 4, from(0)).is_ok());
    drop(other);
    assert!(room.try_take(MIB / 2, from(0)).is_ok());
}
