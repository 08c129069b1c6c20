//! Arriving at an app's host with a code, where the desk has a host of its own.

use doorward_service::sign_in::hand_over::Seal;

use crate::support::{API, Answer, TestDesk};

/// Addresses that the desk sends these people to, from a browser with [`MARK`].
async fn addresses<const N: usize>(desk: &TestDesk, people: [&str; N]) -> [String; N] {
    let mut addresses = people.map(str::to_owned);
    for address in &mut addresses {
        let person = desk.sign_in(address).await;
        let login = format!("/_doorward/login?next=http://wiki.test/x&seal={}", Seal::of(MARK));
        let led = desk.ask("GET", &login).cookie(&person).navigating().send("").await;
        led.header("location").strip_prefix("http://wiki.test").unwrap().clone_into(address);
    }
    addresses
}

const MARK: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

async fn arrive(desk: &TestDesk, address: &str, cookies: &str) -> Answer {
    let cookies = format!("doorward-80-enter={MARK}; {cookies}");
    desk.ask("GET", address).header("cookie", cookies).navigating().send("").await
}

/// `name=value` of the cookie that an answer sets.
fn cookie(answer: &Answer) -> String {
    answer.header("set-cookie").split(';').next().unwrap().to_owned()
}

async fn who(desk: &TestDesk, cookie: &str) -> String {
    let answer = desk.ask("GET", &format!("{API}/auth/menu")).header("cookie", cookie).send("").await;
    answer.body()["user"]["username"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_code_is_used_up_by_whoever_is_there_already() {
    let desk = TestDesk::apart().await;
    let [first, second] = addresses(&desk, ["vera", "vera"]).await;
    let desk = desk.at("wiki.test");
    let entry = cookie(&arrive(&desk, &first, "").await);
    assert_eq!(arrive(&desk, &first, &entry).await.brief(), "303 /x", "an address opened again");
    assert_eq!(arrive(&desk, &second, &entry).await.brief(), "303 /x");
    for used in [&first, &second] {
        assert_eq!(arrive(&desk, used, "").await.status, 400, "nobody else takes what is left of it");
    }
}

#[tokio::test]
async fn whoever_signed_in_last_is_who_sits_there() {
    let desk = TestDesk::apart().await;
    let [vera, max, again, late] = addresses(&desk, ["vera", "max", "max", "vera"]).await;
    let desk = desk.at("wiki.test");
    let entry = cookie(&arrive(&desk, &vera, "").await);
    assert_eq!(who(&desk, &entry).await, "vera");
    let arrived = arrive(&desk, &max, &entry).await;
    assert_eq!((arrived.brief().as_str(), who(&desk, &cookie(&arrived)).await.as_str()), ("303 /x", "max"));
    // A code that is no good changes nobody.
    let elsewhere = desk.ask("GET", &again).header("cookie", &entry).navigating().send("").await;
    assert_eq!((elsewhere.brief().as_str(), elsewhere.header("set-cookie")), ("303 /x", ""), "no mark");
    desk.clock.advance(std::time::Duration::from_mins(1));
    let late = arrive(&desk, &late, &cookie(&arrived)).await;
    assert_eq!((late.brief().as_str(), late.header("set-cookie")), ("303 /x", ""));
}

#[tokio::test]
async fn beside_a_cookie_that_was_slipped_in_there_is_a_page_and_no_circle() {
    let desk = TestDesk::apart().await;
    let [first, second, third] = addresses(&desk, ["vera", "vera", "vera"]).await;
    let desk = desk.at("wiki.test");
    let entry = cookie(&arrive(&desk, &first, "").await);
    let slipped = format!("doorward-80=dwe_{}", "x".repeat(43));
    for (address, cookies) in [(second, format!("{entry}; {slipped}")), (third, "doorward-80-enter=other".to_owned())] {
        let answer = arrive(&desk, &address, &cookies).await;
        assert_eq!((answer.status.as_u16(), answer.header("set-cookie")), (400, ""), "{cookies}");
        assert!(answer.text.contains("Try again"), "{}", answer.text);
        assert_eq!(arrive(&desk, &address, "").await.status, 400, "the code is used up");
    }
}
