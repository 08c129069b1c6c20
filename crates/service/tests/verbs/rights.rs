//! Who has which right is what the table says: everybody asks for each.

use doorward_domain::{AppName, Effect, Role, Scope, Subject, Via};
use doorward_service::admin::grants::NewGrant;
use doorward_service::right::Takes;
use doorward_service::{Actor, NotAllowed, Right};
use std::time::Duration;

use crate::house::{House, local};

/// The weakest role that gives it on everything and with what is others'; `None` is whoever is signed in.
fn weakest(right: Right) -> Option<Role> {
    match right.takes() {
        Takes::OnEverything(action) | Takes::OnApp(action) | Takes::Own(action) => Some(action.required_role()),
        Takes::ToGive => Some(Role::Admin),
        Takes::SignedIn => None,
    }
}

#[tokio::test]
async fn everybody_has_the_rights_of_their_role_and_no_others() {
    let house = House::new().await;
    for role in std::iter::once(None).chain(Role::ALL.map(Some)) {
        let name = role.map_or("none", Role::as_str);
        house.add(name, role).await;
        let actor = house.actor(name).await;
        for right in Right::ALL {
            let expected = match weakest(*right) {
                Some(weakest) if role < Some(weakest) => Err(NotAllowed::Role { required: weakest.own_action() }),
                _ => Ok(()),
            };
            assert_eq!(actor.may(*right, house.now()), expected, "{name} {right:?}");
            assert_eq!(actor.holds(*right, house.now()), expected.is_ok(), "{name} {right:?}");
            assert_eq!(local().may(*right, house.now()), Ok(()), "at the machine itself: {right:?}");
        }
    }
}

#[tokio::test]
async fn what_is_ones_own_takes_no_role_where_the_table_says_so() {
    let house = House::new().await;
    house.add("ada", None).await;
    let (ada, root) = (house.actor("ada").await, house.actor("root").await);
    for right in Right::ALL {
        let (is_own, is_about_oneself) =
            (matches!(right.takes(), Takes::Own(_)), matches!(right.takes(), Takes::SignedIn));
        let may_of = |owner| ada.may_of(*right, owner, house.now()).is_ok();
        assert_eq!(may_of(ada.person()), is_own || is_about_oneself, "{right:?} with one's own");
        assert_eq!(may_of(root.person()), is_about_oneself, "{right:?} with somebody's");
        assert_eq!(may_of(None), is_about_oneself, "{right:?} with nobody's");
    }
}

#[tokio::test]
async fn whoever_manages_an_app_has_there_what_is_of_apps() {
    let house = House::new().await;
    let mona = house.add("mona", None).await;
    let (wiki, dagster): (AppName, AppName) = ("wiki".parse().unwrap(), "dagster".parse().unwrap());
    let new = NewGrant {
        subject: Subject::User(mona.id),
        effect: Effect::Allow(Role::Manager),
        scope: Scope::App(wiki.clone()),
        until: None,
        reason: String::new(),
    };
    house.services.grants.put(&local(), new).await.unwrap();
    let mona = house.actor("mona").await;
    for right in Right::ALL {
        let is_of_apps = matches!(right.takes(), Takes::OnApp(_) | Takes::ToGive);
        let is_everybodys = weakest(*right).is_none();
        let may_on = |app| mona.may_on(*right, app, house.now()).is_ok();
        assert_eq!(may_on(&wiki), is_of_apps || is_everybodys, "{right:?}");
        assert_eq!(may_on(&dagster), is_everybodys, "{right:?} on another app");
    }
}

/// Whether something is changed by it that others have, or that opens anything.
fn changes(right: Right) -> bool {
    let name = format!("{right:?}");
    let only_looks = ["See", "Explain", "Know", "Read", "Check"].iter().any(|word| name.starts_with(word));
    !only_looks && !matches!(right.takes(), Takes::SignedIn)
}

#[tokio::test]
async fn whatever_changes_something_asks_a_browser_for_the_password_again() {
    let house = House::new().await;
    let root = house.actor("root").await;
    let Actor::User { who, client_ip, .. } = root.clone() else { panic!("somebody who signed in") };
    let program = Actor::User { who, client_ip, via: Via::Bearer };
    let soon = house.now();
    house.clock.advance(Duration::from_mins(15));
    for right in Right::ALL {
        let may = |of_whom, now| root.may_of(*right, of_whom, now);
        let asks = |is_asked| if is_asked { Err(NotAllowed::StepUp) } else { Ok(()) };
        assert_eq!(may(None, soon), Ok(()), "{right:?}: it was given just now");
        assert_eq!(may(None, house.now()), asks(changes(*right)), "{right:?}");
        assert_eq!(root.must_prove(*right, false, house.now()), changes(*right), "{right:?}");
        // To end one's own session takes nothing from anybody.
        let of_own = changes(*right) && *right != Right::EndSessions;
        assert_eq!(may(root.person(), house.now()), asks(of_own), "{right:?} with one's own");
        assert_eq!(program.may(*right, house.now()), Ok(()), "{right:?}: a program sends its token on purpose");
    }
}
