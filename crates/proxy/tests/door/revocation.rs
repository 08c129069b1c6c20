//! Ending a session ends what runs on it, within a second.

use doorward_domain::{KeyId, Role, Scope};
use doorward_profile::Profile;
use doorward_service::Actor;
use doorward_service::admin::keys::NewKey;
use doorward_service::ports::KeyChange;
use std::time::{Duration, Instant};

use crate::harness::{Person, TestDoor, Tool, Wire, status};

#[tokio::test]
async fn an_ended_session_no_longer_opens_the_door() {
    let tool = Tool::hello();
    let door = TestDoor::before(&tool).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    assert_eq!(status(&door.context(&ada, "/", "").await), 200);
    door.end_sessions(&ada).await;
    assert_eq!(status(&door.context(&ada, "/", "").await), 401);
}

#[tokio::test]
async fn a_stream_is_cut_within_a_second_of_its_sessions_end() {
    let tool = Tool::with(|wire| {
        wire.read_request();
        wire.say("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n");
        // One that never pauses must end as well as one that is silent.
        loop {
            wire.say("data: tick\n\n");
            std::thread::sleep(Duration::from_millis(1));
        }
    });
    let door = TestDoor::before(&tool).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    let mut wire = door.connect();
    wire.say(&format!("GET /events HTTP/1.1\r\nHost: door\r\n{}\r\n", ada.cookie()));
    let mut wire = tokio::task::spawn_blocking(move || {
        wire.until("data: tick").unwrap();
        wire
    })
    .await
    .unwrap();
    let ended = Instant::now();
    door.end_sessions(&ada).await;
    tokio::task::spawn_blocking(move || wire.rest()).await.unwrap();
    assert!(ended.elapsed() < Duration::from_secs(1), "{:?}", ended.elapsed());
    assert_eq!(door.services.counters.revoked.total(), 1);
}

#[tokio::test]
async fn a_silent_stream_is_cut_too() {
    let tool = Tool::with(|wire| {
        wire.read_request();
        wire.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
        wire.wire.rest();
    });
    let door = TestDoor::before(&tool).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    let mut wire = door.connect();
    wire.say(&format!("GET /events HTTP/1.1\r\nHost: door\r\n{}\r\n", ada.cookie()));
    let mut wire = tokio::task::spawn_blocking(move || {
        wire.until("hello").unwrap();
        wire
    })
    .await
    .unwrap();
    let ended = Instant::now();
    door.end_sessions(&ada).await;
    let rest = tokio::task::spawn_blocking(move || wire.rest()).await.unwrap();
    assert!(ended.elapsed() < Duration::from_secs(1), "{:?}", ended.elapsed());
    assert!(!rest.contains("0\r\n\r\n"), "cut, not ended: {rest:?}");
}

/// A tool that sends `tick` for ever, on a stream or on a raw socket.
fn ticking() -> Tool {
    Tool::with(|wire| {
        let request = wire.read_request().unwrap_or_default();
        if request.contains("upgrade: websocket") {
            wire.say(
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
            );
        } else {
            wire.say("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n");
        }
        loop {
            wire.say("tick\n");
            std::thread::sleep(Duration::from_millis(20));
        }
    })
}

/// A stream and a raw socket of this person, both going on.
async fn both_open(door: &TestDoor, person: &Person) -> [Wire; 2] {
    both_open_with(door, &person.cookie()).await
}

/// The same for whoever this header says.
async fn both_open_with(door: &TestDoor, credential: &str) -> [Wire; 2] {
    let upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nOrigin: http://door\r\n";
    let wires = ["", upgrade].map(|headers| {
        let mut wire = door.connect();
        wire.say(&format!("GET /events HTTP/1.1\r\nHost: door\r\n{credential}{headers}\r\n"));
        wire
    });
    let opening = wires.map(|mut wire| {
        tokio::task::spawn_blocking(move || {
            wire.until("tick").unwrap();
            wire
        })
    });
    let [stream, socket] = opening;
    [stream.await.unwrap(), socket.await.unwrap()]
}

/// A second, as promised, and one late look at what is open (there is one each quarter of a second) on a machine that runs other tests.
pub const PROMISED: Duration = Duration::from_millis(1250);

/// Whether both end as soon as promised.
async fn both_end(wires: [Wire; 2]) -> bool {
    let began = Instant::now();
    for mut wire in wires {
        tokio::task::spawn_blocking(move || wire.rest()).await.unwrap();
    }
    began.elapsed() < PROMISED
}

/// Whether both still go on after more time than an end takes.
async fn both_go_on(wires: [Wire; 2]) -> bool {
    let going = wires.map(|mut wire| {
        tokio::task::spawn_blocking(move || {
            let began = Instant::now();
            while began.elapsed() < Duration::from_millis(1500) {
                if wire.until("tick").is_none() {
                    return false;
                }
            }
            true
        })
    });
    let [stream, socket] = going;
    stream.await.unwrap() && socket.await.unwrap()
}

/// Gives a person a role that lapses; when that was asked for, and when it has lapsed for certain.
pub async fn lapsing(door: &TestDoor, person: &Person, role: Role, lasts: Duration) -> (Instant, Instant) {
    let before = Instant::now();
    door.grant(person, role, Some(lasts)).await;
    (before, Instant::now() + lasts)
}

#[tokio::test]
async fn a_grant_that_lapses_ends_what_it_opened() {
    let tool = ticking();
    let door = TestDoor::before(&tool).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    door.take_role(&ada, None).await;
    let lasts = Duration::from_secs(2);
    let (before, lapses) = lapsing(&door, &ada, Role::Admin, lasts).await;
    let open = both_open(&door, &ada).await;
    for mut wire in open {
        tokio::task::spawn_blocking(move || wire.rest()).await.unwrap();
        let ended = Instant::now();
        assert!(ended >= before + lasts, "{:?} before it lapsed", (before + lasts) - ended);
        assert!(ended < lapses + PROMISED, "{:?} after it had lapsed", ended - lapses);
    }
    assert_eq!(status(&door.context(&ada, "/events", "").await), 403);
}

#[tokio::test]
async fn what_would_be_let_in_again_stays_open() {
    let tool = ticking();
    let door = TestDoor::before(&tool).await;
    let ada = door.sign_in("ada", Role::Admin).await;
    let open = both_open(&door, &ada).await;
    // A lapse, a role changed and the configuration read again: each time there is still a role that is enough.
    door.grant(&ada, Role::Viewer, Some(Duration::from_millis(400))).await;
    door.take_role(&ada, Some(Role::Developer)).await;
    door.replace_app(Some(Role::Viewer));
    assert!(both_go_on(open).await);
}

#[tokio::test]
async fn a_removed_app_ends_what_is_open_to_it() {
    let tool = ticking();
    let door = TestDoor::before(&tool).await;
    let ada = door.sign_in("ada", Role::Admin).await;
    let open = both_open(&door, &ada).await;
    door.replace_sites(Vec::new());
    assert!(both_end(open).await);
}

#[tokio::test]
async fn a_changed_default_role_ends_what_it_let_in() {
    let tool = ticking();
    let door = TestDoor::before(&tool).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    door.take_role(&ada, None).await;
    door.replace_app(Some(Role::Admin));
    let open = both_open(&door, &ada).await;
    door.replace_app(None);
    assert!(both_end(open).await);
}

/// The generic profile behind a rule of the configuration.
fn generic_with(match_: &str, action: &str) -> Profile {
    let rule = serde_json::json!({"match": match_, "action": action});
    Profile::builtin("generic").unwrap().with_rules(&[serde_json::from_value(rule).unwrap()]).unwrap()
}

#[tokio::test]
async fn a_rule_that_refuses_ends_what_an_older_one_let_in() {
    let tool = ticking();
    let door = TestDoor::before(&tool).await;
    let ada = door.sign_in("ada", Role::Developer).await;
    let open = both_open(&door, &ada).await;
    door.replace_profile(generic_with("* /**", "admin"));
    assert!(both_end(open).await);
    assert_eq!(status(&door.context(&ada, "/events", "").await), 403);
}

#[tokio::test]
async fn a_rule_ends_only_what_it_refuses() {
    let tool = ticking();
    let door = TestDoor::before(&tool).await;
    let ada = door.sign_in("ada", Role::Developer).await;
    let open = both_open(&door, &ada).await;
    door.replace_profile(generic_with("* /other/**", "admin"));
    door.replace_profile(generic_with("* /events", "run"));
    assert!(both_go_on(open).await);
    let [mut stream, mut socket] = both_open(&door, &ada).await;
    door.replace_profile(generic_with("WEBSOCKET /events", "admin"));
    let began = Instant::now();
    tokio::task::spawn_blocking(move || socket.rest()).await.unwrap();
    assert!(began.elapsed() < PROMISED, "{:?}", began.elapsed());
    let goes_on = tokio::task::spawn_blocking(move || (0..10).all(|_| stream.until("tick").is_some()));
    assert!(goes_on.await.unwrap());
}

#[tokio::test]
async fn what_went_on_under_a_newer_rule_is_judged_by_the_newest() {
    let tool = ticking();
    let door = TestDoor::before(&tool).await;
    let ada = door.sign_in("ada", Role::Developer).await;
    door.replace_profile(generic_with("* /events", "run"));
    let open = both_open(&door, &ada).await;
    door.replace_profile(generic_with("* /events", "manage"));
    assert!(both_end(open).await);
}

#[tokio::test]
async fn an_app_that_moved_away_ends_what_is_open_at_its_old_place() {
    let tool = ticking();
    let door = TestDoor::before(&tool).await;
    let ada = door.sign_in("ada", Role::Admin).await;
    let open = both_open(&door, &ada).await;
    let moved = doorward_proxy::Site { path: "/elsewhere".to_owned(), ..door.site.clone() };
    door.replace_sites(vec![moved]);
    assert!(both_end(open).await);
}

#[tokio::test]
async fn who_waits_for_the_tool_is_refused_by_a_rule_that_comes_meanwhile() {
    let (asked, was_asked) = std::sync::mpsc::channel();
    let tool = Tool::with(move |wire| {
        wire.read_request();
        asked.send(()).unwrap();
        wire.wire.rest();
    });
    let door = TestDoor::before(&tool).await;
    let ada = door.sign_in("ada", Role::Developer).await;
    let mut wire = door.connect();
    wire.say(&format!("GET /slow HTTP/1.1\r\nHost: door\r\n{}\r\n", ada.cookie()));
    tokio::task::spawn_blocking(move || was_asked.recv_timeout(Duration::from_secs(10))).await.unwrap().unwrap();
    door.replace_profile(generic_with("* /slow", "admin"));
    let began = Instant::now();
    let answer = tokio::task::spawn_blocking(move || wire.read_message(false)).await.unwrap();
    assert_eq!(status(&answer.unwrap_or_default()), 403);
    assert!(began.elapsed() < PROMISED, "{:?}", began.elapsed());
}

/// A GraphQL request whose body has come by half, and the other half.
fn half_a_query(door: &TestDoor, person: &Person) -> (Wire, &'static str) {
    const QUERY: &str = r#"{"query":"{ version }"}"#;
    let (begin, rest) = QUERY.split_at(10);
    let mut wire = door.connect();
    wire.say(&format!(
        "POST /graphql HTTP/1.1\r\nHost: door\r\n{}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{begin}",
        person.cookie(),
        QUERY.len()
    ));
    (wire, rest)
}

async fn answer_to(mut wire: Wire, rest: &'static str) -> u16 {
    let asking = tokio::task::spawn_blocking(move || {
        wire.say(rest);
        status(&wire.read_message(false).unwrap())
    });
    asking.await.unwrap()
}

#[tokio::test]
async fn a_body_for_an_app_that_is_gone_is_not_passed_on_whatever_changes_beside_it() {
    let tool = Tool::hello();
    for (is_noticed, gets_a_grant) in [(true, true), (true, false), (false, false), (false, true)] {
        let door = TestDoor::build().builtin("dagster").before(&tool).await;
        let ada = door.sign_in("ada", Role::Viewer).await;
        let (wire, rest) = half_a_query(&door, &ada);
        tokio::time::sleep(Duration::from_millis(300)).await;
        door.replace_sites(Vec::new());
        if is_noticed {
            tokio::time::sleep(Duration::from_millis(600)).await;
        }
        if gets_a_grant {
            door.grant_on(Scope::Everything, &ada, Role::Developer, None).await;
        }
        if is_noticed {
            tokio::time::sleep(Duration::from_millis(600)).await;
        }
        assert_eq!(answer_to(wire, rest).await, 404, "noticed: {is_noticed}, granted: {gets_a_grant}");
    }
    assert_eq!(tool.seen().len(), 0);
}

#[tokio::test]
async fn a_body_is_passed_on_when_what_has_changed_does_not_forbid_it() {
    let tool = Tool::hello();
    let door = TestDoor::build().builtin("dagster").before(&tool).await;
    let ada = door.sign_in("ada", Role::Viewer).await;
    let (wire, rest) = half_a_query(&door, &ada);
    tokio::time::sleep(Duration::from_millis(300)).await;
    door.replace_app(Some(Role::Viewer));
    door.grant(&ada, Role::Developer, None).await;
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert_eq!(answer_to(wire, rest).await, 200);
}

/// An API key with which sockets may be opened.
async fn developers_key(door: &TestDoor) -> (String, KeyId) {
    let new = NewKey {
        name: "ci".to_owned(),
        role: Role::Developer,
        scope: Scope::Everything,
        owner: None,
        expires_at: None,
        allowed_addresses: Vec::new(),
    };
    let (text, listed) = door.services.keys.create(&Actor::System, new).await.unwrap();
    (text.expose().to_owned(), listed.key.id)
}

#[tokio::test]
async fn what_a_key_opened_ends_with_the_key_whatever_ends_it() {
    let tool = ticking();
    for way in ["revoked", "rotated", "confined", "expired"] {
        let door = TestDoor::before(&tool).await;
        let (text, id) = developers_key(&door).await;
        let wires = both_open_with(&door, &format!("Doorward-Key: {text}\r\n")).await;
        let (keys, ends) = (&door.services.keys, door.services.clock.now().plus(Duration::from_millis(200)));
        let change = match way {
            "confined" => {
                KeyChange { allowed_addresses: Some(vec!["192.0.2.0/24".parse().unwrap()]), ..KeyChange::default() }
            }
            _ => KeyChange { expires_at: Some(Some(ends)), ..KeyChange::default() },
        };
        match way {
            "revoked" => keys.revoke(&Actor::System, id).await.unwrap(),
            "rotated" => drop(keys.rotate(&Actor::System, id, Duration::ZERO).await.unwrap()),
            _ => drop(keys.update(&Actor::System, id, change).await.unwrap()),
        }
        assert!(both_end(wires).await, "{way}");
    }
}

#[tokio::test]
async fn what_a_key_opened_goes_on_when_the_key_is_rotated_with_time_to_change() {
    let tool = ticking();
    let door = TestDoor::before(&tool).await;
    let (text, id) = developers_key(&door).await;
    let wires = both_open_with(&door, &format!("Doorward-Key: {text}\r\n")).await;
    drop(door.services.keys.rotate(&Actor::System, id, Duration::from_hours(1)).await.unwrap());
    assert!(both_go_on(wires).await);
}
