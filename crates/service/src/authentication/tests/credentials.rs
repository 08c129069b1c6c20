//! Which credentials open something.

use super::*;

#[tokio::test]
async fn what_cannot_be_a_token_never_reaches_the_store() {
    let desk = desk().await;
    for text in
        ["", "dws_", "x", &token(1)[1..], &format!("{}a", token(1)), &token(1).replace('b', "é"), "a.b.c", "eyJ.eyJ.x"]
    {
        assert!(!desk.admits(&Credential::Cookie(Secret::new(text.to_owned()))).await, "{text}");
        assert!(!desk.admits(&bearer(text)).await, "{text}");
    }
    assert_eq!(desk.reads(), 0);
}

#[tokio::test]
async fn a_session_token_and_a_jwt_open_as_bearer_but_a_jwt_never_as_cookie() {
    let desk = desk().await;
    desk.open(1);
    let jwt = desk.jwt(1);
    let by_jwt = desk.authentication.authenticate(&bearer(&jwt), HERE).await.unwrap().unwrap();
    assert_eq!((by_jwt.via, by_jwt.who.user_id()), (Via::Bearer, Some(signed_in(1).user.id)));
    assert!(desk.authentication.cached(&bearer(&jwt), HERE).is_some());
    let as_cookie = Credential::Cookie(Secret::new(jwt));
    assert!(desk.authentication.cached(&as_cookie, HERE).is_none());
    assert!(!desk.admits(&as_cookie).await);
    let by_token = desk.authentication.authenticate(&bearer(token(1)), HERE).await.unwrap().unwrap();
    assert!(!by_jwt.revocation.is_revoked(), "a second credential of a session leaves the first alone");
    assert!(Arc::ptr_eq(&by_jwt.who, &by_token.who));
}

#[tokio::test]
async fn a_jwt_dies_with_its_session() {
    let desk = desk().await;
    desk.open(1);
    let jwt = bearer(desk.jwt(1));
    assert!(desk.admits(&jwt).await);
    desk.end_elsewhere(1);
    desk.authentication.hear(&[Change::Session(signed_in(1).session.id)]).await;
    assert!(desk.authentication.cached(&jwt, HERE).is_none());
    assert!(!desk.admits(&jwt).await);
}

#[tokio::test]
async fn whoever_stole_key_and_session_ids_still_cannot_make_a_jwt() {
    let desk = desk().await;
    desk.open(1);
    let forged = desk.key.issue(&signed_in(1).session, &Secret::new(token(7)), [0; 16]).unwrap();
    assert!(!desk.admits(&bearer(forged.expose())).await);
    desk.open(2);
    let mixed = desk.key.issue(&signed_in(1).session, &Secret::new(token(2)), [0; 16]).unwrap();
    assert!(!desk.admits(&bearer(mixed.expose())).await, "one session's secret does not open another");
}
