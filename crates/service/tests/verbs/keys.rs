use doorward_domain::{Role, Scope, Secret, UserId, Username};
use doorward_service::admin::keys::{KeyError, MOST_KEYS, NewKey};
use doorward_service::ports::{KeyChange, KeyQuery, UserChange};
use doorward_service::{Authenticated, Credential, Services};
use std::net::IpAddr;
use std::time::Duration;

use crate::house::{House, local, soon};

const OFFICE: &str = "192.0.2.10";

fn new_key(name: &str, role: Role, owner: Option<UserId>) -> NewKey {
    NewKey {
        name: name.to_owned(),
        role,
        scope: Scope::App("wiki".parse().unwrap()),
        owner,
        expires_at: None,
        allowed_addresses: Vec::new(),
    }
}

async fn use_from(services: &Services, text: &Secret, from: &str) -> Option<Authenticated> {
    let from: IpAddr = from.parse().unwrap();
    let credential = Credential::Key(text.clone());
    let looked_up = services.authentication.authenticate(&credential, from).await.unwrap();
    let cached = services.authentication.cached(&credential, from);
    assert_eq!(looked_up.is_some(), cached.is_some(), "the cache says what the store says");
    looked_up
}

async fn opens(house: &House, text: &Secret) -> bool {
    use_from(&house.services, text, OFFICE).await.is_some()
}

#[tokio::test]
async fn a_key_opens_until_it_is_revoked_and_then_closes_what_it_has_open() {
    let house = House::new().await;
    let keys = &house.services.keys;
    let (text, listed) = keys.create(&local(), new_key("ci", Role::Operator, None)).await.unwrap();
    let authenticated = use_from(&house.services, &text, OFFICE).await.unwrap();
    let wiki = "wiki".parse().unwrap();
    assert_eq!(authenticated.who.role_on(&wiki, Some(Role::Admin), house.now()), Some(Role::Operator));
    assert_eq!(authenticated.who.role_on_everything(house.now()), None);
    assert_eq!((authenticated.who.name_in_records().as_ref(), authenticated.who.session_id()), ("key:ci", None));

    let elsewhere = house.another_process().await;
    let there = use_from(&elsewhere, &text, OFFICE).await.unwrap();
    keys.revoke(&local(), listed.key.id).await.unwrap();
    assert!(authenticated.revocation.is_revoked() && !opens(&house, &text).await);
    soon(&there.revocation).await;
    assert!(use_from(&elsewhere, &text, OFFICE).await.is_none());
    assert!(matches!(keys.revoke(&local(), listed.key.id).await, Err(KeyError::NotFound)));
}

#[tokio::test]
async fn a_personal_key_never_exceeds_its_owner_and_sleeps_with_them() {
    let house = House::new().await;
    let ada = house.add("ada", Some(Role::Viewer)).await;
    let (text, _) = house.services.keys.create(&local(), new_key("adas", Role::Admin, Some(ada.id))).await.unwrap();
    let role = async |house: &House| {
        let authenticated = use_from(&house.services, &text, OFFICE).await?;
        authenticated.who.role_on(&"wiki".parse().unwrap(), None, house.now())
    };
    assert_eq!(role(&house).await, Some(Role::Viewer));
    let change = |change: UserChange| async { house.services.users.update(&local(), ada.id, change).await.unwrap() };
    change(UserChange { role: Some(Some(Role::Developer)), ..UserChange::default() }).await;
    assert_eq!(role(&house).await, Some(Role::Developer));
    let open = use_from(&house.services, &text, OFFICE).await.unwrap();
    change(UserChange { is_disabled: Some(true), ..UserChange::default() }).await;
    assert!(open.revocation.is_revoked() && !opens(&house, &text).await, "it sleeps");
    change(UserChange { is_disabled: Some(false), ..UserChange::default() }).await;
    assert_eq!(role(&house).await, Some(Role::Developer), "it wakes");
    house.services.users.delete(&local(), ada.id).await.unwrap();
    assert!(!opens(&house, &text).await, "it goes with its owner");
    let all = house.services.keys.list(&local(), &KeyQuery::default()).await.unwrap();
    assert_eq!(all.total, 0);
}

#[tokio::test]
async fn a_person_makes_so_many_keys_for_themselves_and_then_revokes_one() {
    let house = House::new().await;
    let ada = house.add("ada", Some(Role::Viewer)).await;
    let actor = house.actor("ada").await;
    let keys = &house.services.keys;
    let new = |number: u64| new_key(&format!("k{number}"), Role::Viewer, Some(ada.id));
    let (_, first) = keys.create(&actor, new(0)).await.unwrap();
    for number in 1..MOST_KEYS {
        keys.create(&actor, new(number)).await.unwrap();
    }
    for by in [&actor, &local()] {
        let refused = keys.create(by, new(MOST_KEYS)).await.unwrap_err();
        assert_eq!(refused.to_string(), "one person has at most 50 API keys: revoke one that is no longer used");
    }
    keys.revoke(&actor, first.key.id).await.unwrap();
    keys.create(&actor, new(MOST_KEYS)).await.unwrap();
}

#[tokio::test]
async fn whoever_changes_their_own_keys_all_the_time_is_made_to_wait_and_may_revoke_them() {
    let house = House::new().await;
    let ada = house.add("ada", Some(Role::Viewer)).await;
    let actor = house.actor("ada").await;
    let keys = &house.services.keys;
    let (_, own) = keys.create(&actor, new_key("own", Role::Viewer, Some(ada.id))).await.unwrap();
    let named = |number: u32| KeyChange { name: Some(format!("k{number}").parse().unwrap()), ..KeyChange::default() };
    let mut texts = Vec::new();
    for number in 0..29 {
        keys.update(&actor, own.key.id, named(number)).await.unwrap();
        texts.push(keys.rotate(&actor, own.key.id, Duration::from_hours(1)).await.unwrap().0);
    }
    keys.update(&actor, own.key.id, named(29)).await.unwrap();
    let a_second = Duration::from_secs(1);
    let is_made_to_wait =
        |refused: KeyError| matches!(refused, KeyError::TooOften { retry_after } if retry_after == a_second);
    assert!(is_made_to_wait(keys.update(&actor, own.key.id, named(30)).await.unwrap_err()));
    assert!(is_made_to_wait(keys.rotate(&actor, own.key.id, Duration::ZERO).await.unwrap_err()));
    assert!(is_made_to_wait(keys.create(&actor, new_key("x", Role::Viewer, Some(ada.id))).await.unwrap_err()));
    let mut open = 0;
    for text in &texts {
        open += usize::from(opens(&house, text).await);
    }
    assert_eq!(open, 2, "the last, and the one before it");
    // Whoever administers is not slowed, nor are others by her.
    keys.update(&local(), own.key.id, named(31)).await.unwrap();
    let root = house.actor("root").await;
    for number in 0..70 {
        keys.update(&root, own.key.id, named(100 + number)).await.unwrap();
    }
    keys.revoke(&actor, own.key.id).await.unwrap();
    house.clock.advance(a_second);
    keys.create(&actor, new_key("y", Role::Viewer, Some(ada.id))).await.unwrap();
}

#[tokio::test]
async fn people_make_keys_of_their_own_only_and_see_no_others() {
    let house = House::new().await;
    let (ada, bob) = (house.add("ada", Some(Role::Manager)).await, house.add("bob", None).await);
    let actor = house.actor("ada").await;
    let keys = &house.services.keys;
    let (_, own) = keys.create(&actor, new_key("adas", Role::Viewer, Some(ada.id))).await.unwrap();
    let (_, bobs) = keys.create(&local(), new_key("bobs", Role::Viewer, Some(bob.id))).await.unwrap();
    for owner in [None, Some(bob.id)] {
        let refused = keys.create(&actor, new_key("more", Role::Viewer, owner)).await;
        assert!(matches!(refused, Err(KeyError::NotAllowed(_))), "{owner:?}");
    }
    let names = |owner| KeyQuery { owner, ..KeyQuery::default() };
    assert_eq!(keys.list(&actor, &names(Some(ada.id))).await.unwrap().total, 1);
    assert!(matches!(keys.list(&actor, &names(None)).await, Err(KeyError::NotAllowed(_))));
    assert!(matches!(keys.find(&actor, bobs.key.id).await, Err(KeyError::NotFound)));
    assert!(matches!(keys.find_by_name(&actor, "bobs").await, Err(KeyError::NotFound)));
    assert!(matches!(keys.revoke(&actor, bobs.key.id).await, Err(KeyError::NotFound)));
    assert!(matches!(keys.rotate(&actor, bobs.key.id, Duration::ZERO).await, Err(KeyError::NotFound)));
    keys.revoke(&actor, own.key.id).await.unwrap();
}

#[tokio::test]
async fn a_rotated_key_opens_with_both_secrets_for_as_long_as_was_said() {
    let house = House::new().await;
    let keys = &house.services.keys;
    let (old, listed) = keys.create(&local(), new_key("ci", Role::Viewer, None)).await.unwrap();
    let (new, _) = keys.rotate(&local(), listed.key.id, Duration::from_hours(1)).await.unwrap();
    let elsewhere = house.another_process().await;
    let mut open = Vec::new();
    for (services, order) in [(&house.services, [&old, &new]), (&elsewhere, [&new, &old])] {
        for text in order {
            open.push(use_from(services, text, OFFICE).await.unwrap());
        }
    }
    house.clock.advance(Duration::from_hours(1));
    for open in &open {
        soon(&open.revocation).await;
    }
    assert!(!opens(&house, &old).await && opens(&house, &new).await);
    let (newest, _) = keys.rotate(&local(), listed.key.id, Duration::ZERO).await.unwrap();
    assert!(!opens(&house, &new).await && opens(&house, &newest).await);
    let too_long = keys.rotate(&local(), listed.key.id, Duration::from_hours(31 * 24)).await;
    assert!(matches!(too_long, Err(KeyError::LongOverlap)));
}

#[tokio::test]
async fn a_key_opens_only_from_where_and_until_when_it_was_said() {
    let house = House::new().await;
    let keys = &house.services.keys;
    let new = NewKey {
        expires_at: Some(house.now().plus(Duration::from_hours(1))),
        allowed_addresses: vec!["192.0.2.0/24".parse().unwrap()],
        ..new_key("ci", Role::Viewer, None)
    };
    let (text, listed) = keys.create(&local(), new).await.unwrap();
    for (from, opens) in [(OFFICE, true), ("::ffff:192.0.2.99", true), ("198.51.100.1", false), ("2001:db8::1", false)]
    {
        assert_eq!(use_from(&house.services, &text, from).await.is_some(), opens, "{from}");
    }
    let change = KeyChange { allowed_addresses: Some(Vec::new()), ..KeyChange::default() };
    keys.update(&local(), listed.key.id, change).await.unwrap();
    assert!(use_from(&house.services, &text, "198.51.100.1").await.is_some());
    house.clock.advance(Duration::from_hours(1));
    assert!(!opens(&house, &text).await);
    let past = KeyChange { expires_at: Some(Some(house.now())), ..KeyChange::default() };
    assert!(matches!(keys.update(&local(), listed.key.id, past).await, Err(KeyError::AlreadyOver)));
}

#[tokio::test]
async fn when_and_from_where_it_was_last_used_is_remembered() {
    let house = House::new().await;
    let (text, listed) = house.services.keys.create(&local(), new_key("ci", Role::Viewer, None)).await.unwrap();
    house.clock.advance(Duration::from_mins(5));
    assert!(use_from(&house.services, &text, OFFICE).await.is_some());
    house.services.shutdown().await;
    let found = house.services.keys.find(&local(), listed.key.id).await.unwrap();
    assert_eq!(found.key.last_used, Some((house.now(), OFFICE.parse().unwrap())));
}

#[tokio::test]
async fn what_is_told_of_keys_holds_no_secret() {
    let house = House::new().await;
    let root = house.actor("root").await;
    let keys = &house.services.keys;
    let (text, listed) = keys.create(&root, new_key("ci", Role::Operator, None)).await.unwrap();
    let (other, _) = keys.rotate(&root, listed.key.id, Duration::ZERO).await.unwrap();
    let name: Option<Username> = Some("deploy".parse().unwrap());
    keys.update(&root, listed.key.id, KeyChange { name, ..KeyChange::default() }).await.unwrap();
    keys.revoke(&root, listed.key.id).await.unwrap();
    let story = house.story(4).await.join("\n");
    for secret in [&text, &other] {
        assert!(!story.contains(&secret.expose()[36..]), "{story}");
    }
    let words: Vec<&str> = story.lines().map(|line| line.split(' ').nth(1).unwrap()).collect();
    assert_eq!(words, ["key.create", "key.rotate", "key.update", "key.revoke"]);
    for name in ["", "-x", "a b", "key\u{0}"] {
        let bad = NewKey { name: name.to_owned(), ..new_key("x", Role::Viewer, None) };
        assert!(matches!(keys.create(&root, bad).await, Err(KeyError::BadName)), "{name:?}");
    }
}
