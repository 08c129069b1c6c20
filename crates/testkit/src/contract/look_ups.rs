//! What [`SessionStore`](doorward_service::ports::SessionStore) promises while many are looked up at once, as after a start.

use doorward_domain::{Role, TokenHash};
use doorward_service::ports::{Effects, LiveSession, StoreError, UserChange};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;

use super::{Case, PROOF, Replicas, cases, event, host, token};
use crate::{NOON, Untold as _, grant, session, user};

/// The suite.
pub const CASES: &[Case] = cases![
    many_who_come_at_once_each_get_what_is_theirs,
    what_ends_while_others_are_looked_up_is_found_by_nobody_who_asks_after_it,
    what_is_granted_while_others_are_looked_up_is_known_to_whoever_asks_after_it,
];

type LookUp = JoinHandle<Result<Option<LiveSession>, StoreError>>;

/// Begins to look for a session.
fn look_up(db: &Replicas, token: TokenHash) -> LookUp {
    let sessions = Arc::clone(&db.sessions);
    tokio::spawn(async move { sessions.find_live(&token, NOON).await })
}

fn look_up_entry(db: &Replicas, entry: TokenHash) -> LookUp {
    let sessions = Arc::clone(&db.sessions);
    tokio::spawn(async move { sessions.find_live_by_entry(&entry, NOON).await })
}

/// Whose session was found, and how many grants they have.
async fn found(look_up: LookUp) -> Option<(String, usize)> {
    let live = look_up.await.unwrap().unwrap()?;
    assert_eq!(live.user.id, live.session.user_id);
    Some((live.user.username.as_str().to_owned(), live.grants.len()))
}

/// Signs so many people in, twice each; the n-th has n grants.
async fn crowd(db: &Replicas, people: usize) -> Vec<TokenHash> {
    let mut tokens = Vec::new();
    for n in 0..people {
        let one = user(&format!("user{n}")).build();
        db.create(&one).await;
        for app in 0..n {
            db.grants
                .put(&grant(&one, Role::Viewer).on(&format!("app{app}")).build(), Effects::of(&event()))
                .await
                .untold()
                .unwrap();
        }
        tokens.push(db.sign_in(&one, &format!("a{n}")).await);
        tokens.push(db.sign_in(&one, &format!("b{n}")).await);
    }
    tokens
}

async fn many_who_come_at_once_each_get_what_is_theirs(db: Replicas) {
    let tokens = crowd(&db, 6).await;
    let over = session(&user("user0").build(), "over").expires_at(NOON).build();
    assert!(db.sessions.open(&over, &token("over"), PROOF, None, Effects::of(&event())).await.untold().unwrap());
    let way_in = token("way in");
    let id = session(&user("user3").build(), "a3").build().id;
    assert!(db.sessions.enter(id, &way_in, &host("app.test"), NOON, Effects::of(&event())).await.unwrap());
    let mut under_way = Vec::new();
    for round in 0..20 {
        for (n, one) in tokens.iter().enumerate() {
            under_way.push((look_up(&db, *one), Some((format!("user{}", n / 2), n / 2))));
        }
        under_way.push((look_up(&db, token("over")), None));
        under_way.push((look_up(&db, token(&format!("made up {round}"))), None));
        under_way.push((look_up(&db, way_in), None));
        under_way.push((look_up_entry(&db, way_in), Some(("user3".to_owned(), 3))));
        under_way.push((look_up_entry(&db, token("a3")), None));
    }
    for (look_up, expected) in under_way {
        assert_eq!(found(look_up).await, expected);
    }
}

async fn what_ends_while_others_are_looked_up_is_found_by_nobody_who_asks_after_it(db: Replicas) {
    let tokens = crowd(&db, 12).await;
    for (n, mine) in tokens.iter().enumerate().step_by(2) {
        let others: Vec<_> = tokens.iter().chain(&tokens).map(|token| look_up(&db, *token)).collect();
        tokio::task::yield_now().await;
        let who = user(&format!("user{}", n / 2)).build();
        if n % 4 == 0 {
            let id = session(&who, &format!("a{}", n / 2)).build().id;
            assert!(db.other.sessions.end(id, Effects::of(&event())).await.untold().unwrap());
        } else {
            let disable = UserChange { is_disabled: Some(true), ..UserChange::default() };
            db.users.update(who.id, &disable, NOON, Effects::of(&event())).await.untold().unwrap();
        }
        assert_eq!(found(look_up(&db, *mine)).await, None);
        for other in others {
            other.await.unwrap().unwrap();
        }
    }
}

async fn what_is_granted_while_others_are_looked_up_is_known_to_whoever_asks_after_it(db: Replicas) {
    let tokens = crowd(&db, 2).await;
    let [mine, ..] = tokens[..] else { panic!("somebody signed in") };
    for round in 1..30 {
        let others: Vec<_> = (0..3).flat_map(|_| &tokens).map(|token| look_up(&db, *token)).collect();
        if round % 2 == 0 {
            tokio::time::sleep(Duration::from_micros(round * 20)).await;
        }
        let more = grant(&user("user0").build(), Role::Operator).on(&format!("app{round}")).build();
        db.other.grants.put(&more, Effects::of(&event())).await.untold().unwrap();
        assert_eq!(found(look_up(&db, mine)).await, Some(("user0".to_owned(), usize::try_from(round).unwrap())));
        for other in others {
            other.await.unwrap().unwrap();
        }
    }
}
