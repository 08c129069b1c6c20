//! Refused the same again: what is told of the request that was made for it before.

use super::*;

/// Asks ada for it, and answers nothing.
async fn asked_for(house: &House, wanted: &Remedy) -> AccessRequestId {
    let decision = refused(house, "ada", wanted).await;
    house.services.access.ask(&house.actor("ada").await, asking(decision)).await.unwrap().0.request.id
}

/// What is told when the same is refused now.
async fn told(house: &House, wanted: &Remedy) -> Option<(AccessRequestId, AccessState)> {
    let decision = refused(house, "ada", wanted).await;
    let seen = house.services.access.refused(&house.actor("ada").await, decision).await.unwrap();
    seen.asked.map(|asked| (asked.request.id, asked.request.state(house.now())))
}

#[tokio::test]
async fn one_that_waits_is_told_however_many_were_answered_since() {
    let (house, _, max) = house().await;
    let wanted = lacking(Role::Operator, None);
    let open = asked_for(&house, &wanted).await;
    for n in 0..12 {
        let other = asked_for(&house, &lacking(Role::Operator, Some(&format!("page:{n}")))).await;
        house.services.access.decline(&max, other, "no").await.unwrap();
    }
    assert_eq!(told(&house, &wanted).await, Some((open, AccessState::Open)));
}

#[tokio::test]
async fn one_that_was_declined_is_told_until_it_is_long_ago() {
    let (house, _, max) = house().await;
    let wanted = lacking(Role::Operator, None);
    let declined = asked_for(&house, &wanted).await;
    house.services.access.decline(&max, declined, "no").await.unwrap();
    assert_eq!(told(&house, &wanted).await, Some((declined, AccessState::Declined)));
    assert_eq!(told(&house, &lacking(Role::Developer, None)).await, None, "that is more");
    house.clock.advance(Duration::from_hours(24 * 8));
    assert_eq!(told(&house, &wanted).await, None);
}
