mod held;
mod naive;
mod outline;

use proptest::prelude::*;

use super::*;
use crate::{Effect, GrantId, Pattern, Resource, Scope, Subject, UserId};

pub(crate) const NOON: Timestamp = Timestamp::from_millis(1_795_262_400_000);

fn later(minutes: i64) -> Timestamp {
    Timestamp::from_millis(NOON.as_millis() + minutes * 60_000)
}

pub(crate) fn app(name: &str) -> AppName {
    name.parse().unwrap()
}

pub(crate) fn grant(number: u8, effect: Effect, scope: Scope, until: Option<Timestamp>) -> Grant {
    Grant {
        id: GrantId::generate(NOON, [number; 10]),
        subject: Subject::User(UserId::generate(NOON, [0; 10])),
        effect,
        scope,
        until,
        reason: "".into(),
        created_at: NOON,
        created_by: "".into(),
    }
}

fn on_app(role: Role, name: Option<&str>, until: Option<Timestamp>) -> Grant {
    grant(0, Effect::Allow(role), name.map_or(Scope::Everything, |name| Scope::App(app(name))), until)
}

fn answer(verdict: Verdict) -> naive::Answer {
    match verdict {
        Verdict::Allowed(..) => naive::Answer::Allowed,
        Verdict::TooWeak(_) | Verdict::Denied(_) => naive::Answer::Refused,
        Verdict::Untold(_) => naive::Answer::Untold,
    }
}

fn any_effect() -> impl Strategy<Value = Effect> {
    prop_oneof![
        3 => prop::sample::select(Role::ALL.to_vec()).prop_map(Effect::Allow),
        1 => Just(Effect::Deny),
    ]
}

pub(crate) fn any_scope() -> impl Strategy<Value = Scope> {
    let pattern = prop::sample::select(vec![
        "location:a",
        "location:b",
        "location:*",
        "job:x",
        "job:x*",
        "job:*y",
        "asset:raw/*",
        "asset:raw/**",
        "asset:**/o",
    ]);
    prop_oneof![
        1 => Just(Scope::Everything),
        2 => prop::sample::select(vec!["etl", "wiki"]).prop_map(|name| Scope::App(app(name))),
        5 => (prop::sample::select(vec!["etl", "wiki"]), pattern)
            .prop_map(|(name, pattern)| Scope::Resources(app(name), pattern.parse::<Pattern>().unwrap())),
    ]
}

pub(crate) fn any_grants() -> impl Strategy<Value = Vec<Grant>> {
    let until = prop::sample::select(vec![None, None, Some(later(1)), Some(later(2))]);
    let parts = prop::collection::vec((any_effect(), any_scope(), until), 0..6);
    parts.prop_map(|parts| {
        parts.into_iter().zip(1..).map(|((effect, scope, until), number)| grant(number, effect, scope, until)).collect()
    })
}

pub(crate) fn any_targets() -> impl Strategy<Value = Targets> {
    let name = prop::sample::select(vec![
        ("location", "a"),
        ("location", "b"),
        ("job", "x"),
        ("job", "xy"),
        ("asset", "raw/o"),
        ("asset", "raw/eu/o"),
        ("run", "1"),
    ]);
    let untold = prop::sample::select(vec![vec![], vec!["location"], vec!["job", "asset"]]);
    let thing = (prop::collection::vec(name, 1..3), untold).prop_map(|(names, untold)| {
        let names: Vec<Resource> = names.into_iter().map(|(kind, name)| Resource::new(kind, name)).collect();
        Target::new(names, untold.into_iter().map(Box::from).collect())
    });
    prop_oneof![
        1 => Just(Targets::Shell),
        1 => Just(Targets::Whole),
        1 => Just(Targets::Unknown),
        4 => prop::collection::vec(thing, 1..3).prop_map(Targets::These),
    ]
}

prop_compose! {
    fn any_question()(
        name in prop::sample::select(vec!["etl", "wiki", "other"]),
        default in prop::sample::select(vec![None, None, Some(Role::Viewer), Some(Role::Developer)]),
        action in prop::sample::select(Action::ALL.to_vec()),
        targets in any_targets(),
        minutes in 0..3_i64,
    ) -> (AppName, Option<Role>, Action, Targets, Timestamp) {
        (app(name), default, action, targets, later(minutes))
    }
}

fn ask(
    rights: &Rights,
    (app, default, action, targets, now): &(AppName, Option<Role>, Action, Targets, Timestamp),
) -> Verdict {
    rights.verdict(&Wanted { app, default: *default, action: *action, targets, now: *now })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn whoever_may_view_everything_may_view_anything_and_nobody_who_is_denied_some(
        grants in any_grants(),
        owner in any_grants(),
        question in any_question(),
    ) {
        let (app, default, _, targets, now) = question;
        let rights = Rights::compile(&grants).within(Arc::new(Rights::compile(&owner)));
        let views_everything = rights.view_everything(&app, default, now);
        let asked = (app.clone(), default, Action::View, targets, now);
        let all = grants.iter().chain(&owner);
        let is_denied = |grant: &Grant| {
            grant.effect == Effect::Deny && grant.holds(now) && grant.scope.app().is_none_or(|own| *own == app)
        };
        if views_everything {
            prop_assert_eq!(answer(ask(&rights, &asked)), naive::Answer::Allowed);
            prop_assert!(!all.into_iter().any(is_denied));
        }
    }

    #[test]
    fn whoever_holds_the_same_on_all_things_is_judged_by_the_role_on_the_app(
        key in any_grants(),
        owner in any_grants(),
        question in any_question(),
    ) {
        let (app, default, action, _, now) = &question;
        let rights = Rights::compile(&key).within(Arc::new(Rights::compile(&owner)));
        if !rights.differ_on_things(app, *default, *now) {
            let may = rights.role_on(app, *default, *now).is_some_and(|role| role.allows(*action));
            prop_assert_eq!(matches!(ask(&rights, &question), Verdict::Allowed(..)), may);
        }
    }

    #[test]
    fn compiled_they_say_what_the_grants_say(grants in any_grants(), split in 0..6_usize, question in any_question()) {
        let (app, default, action, targets, now) = &question;
        let wanted = Wanted { app, default: *default, action: *action, targets, now: *now };
        let expected = naive::verdict(&grants, &wanted);
        prop_assert_eq!(answer(Rights::compile(&grants).verdict(&wanted)), expected);
        // It makes no difference what comes from groups.
        let (own, groups) = grants.split_at(split.min(grants.len()));
        let rights = Rights::compile(own).with_groups(&GroupRights::compile(groups));
        prop_assert_eq!(answer(rights.verdict(&wanted)), expected);
    }

    #[test]
    fn a_denial_more_never_allows(grants in any_grants(), scope in any_scope(), question in any_question()) {
        let before = ask(&Rights::compile(&grants), &question);
        let denied = [grants, vec![grant(99, Effect::Deny, scope, None)]].concat();
        if !matches!(before, Verdict::Allowed(..)) {
            prop_assert!(!matches!(ask(&Rights::compile(&denied), &question), Verdict::Allowed(..)));
        }
    }

    #[test]
    fn a_role_more_never_refuses(grants in any_grants(), role in prop::sample::select(Role::ALL.to_vec()), scope in any_scope(), question in any_question()) {
        let before = ask(&Rights::compile(&grants), &question);
        let given = [grants, vec![grant(99, Effect::Allow(role), scope, None)]].concat();
        if matches!(before, Verdict::Allowed(..)) {
            prop_assert!(matches!(ask(&Rights::compile(&given), &question), Verdict::Allowed(..)));
        }
    }

    /// Administrators of everything apart, who give what they like.
    #[test]
    fn whoever_gives_holds_what_they_give(grants in any_grants(), role in prop::sample::select(Role::ALL.to_vec()), question in any_question()) {
        let giver = Rights::compile(&grants);
        let (on, .., now) = &question;
        if giver.may_give(role, on, *now) && giver.on_everything(*now) != Some(Role::Admin) {
            prop_assert!(giver.role_on(on, None, *now) >= Some(Role::Manager));
            let given = Rights::of_key(&[grant(99, Effect::Allow(role), Scope::App(on.clone()), None)]);
            if let Verdict::Allowed(..) = ask(&given, &question) {
                prop_assert!(matches!(ask(&giver, &question), Verdict::Allowed(..)));
            }
        }
    }

    #[test]
    fn a_personal_key_is_never_above_its_owner(key in any_grants(), owner in any_grants(), question in any_question()) {
        let owner = Arc::new(Rights::compile(&owner));
        let rights = Rights::of_key(&key).within(Arc::clone(&owner));
        if let Verdict::Allowed(role, _) = ask(&rights, &question) {
            let by_owner = ask(&owner, &question);
            prop_assert!(matches!(by_owner, Verdict::Allowed(most, _) if most >= role), "{:?}", by_owner);
            prop_assert!(matches!(ask(&Rights::of_key(&key), &question), Verdict::Allowed(..)));
        }
        let (app, default, .., now) = &question;
        prop_assert!(rights.role_on(app, *default, *now) <= owner.role_on(app, *default, *now));
        prop_assert!(rights.on_everything(*now) <= owner.on_everything(*now));
    }
}

#[test]
fn what_an_app_gives_to_everybody_is_for_people() {
    let question = (app("etl"), Some(Role::Viewer), Action::View, Targets::Whole, NOON);
    assert_eq!(ask(&Rights::compile(&[]), &question), Verdict::Allowed(Role::Viewer, None));
    assert_eq!(ask(&Rights::of_key(&[]), &question), Verdict::TooWeak(None));
}

#[test]
fn they_name_the_grant_that_decided() {
    let allow = grant(1, Effect::Allow(Role::Operator), Scope::App(app("etl")), None);
    let deny = grant(2, Effect::Deny, Scope::Resources(app("etl"), "location:b".parse().unwrap()), None);
    let rights = Rights::compile(&[allow.clone(), deny.clone()]);
    let thing = |name| Targets::These(vec![Target::told([Resource::new("location", name), Resource::new("job", "x")])]);
    let ask = |targets| ask(&rights, &(app("etl"), None, Action::Run, targets, NOON));
    assert_eq!(ask(thing("a")), Verdict::Allowed(Role::Operator, Some(allow.id)));
    assert_eq!(ask(thing("b")), Verdict::Denied(deny.id));
    assert_eq!(ask(Targets::Whole), Verdict::Denied(deny.id));
}

#[test]
fn they_say_when_to_judge_again() {
    let grants = [
        on_app(Role::Viewer, None, None),
        on_app(Role::Admin, Some("etl"), Some(later(2))),
        on_app(Role::Manager, None, Some(later(1))),
    ];
    let rights = Rights::compile(&grants);
    let next = [NOON, later(1), later(2)].map(|now| rights.next_change(now));
    assert_eq!(next, [Some(later(1)), Some(later(2)), None]);
    assert!(rights.changes_at(later(2)) && !rights.changes_at(NOON));
    assert_eq!((rights.on_everything(NOON), rights.on_everything(later(1))), (Some(Role::Manager), Some(Role::Viewer)));
    let key = Rights::of_key(&[]).with_groups(&GroupRights::compile(&grants[1..2])).within(Arc::new(rights));
    assert_eq!(key.next_change(NOON), Some(later(1)));
    assert!(key.changes_at(later(1)) && key.changes_at(later(2)));
}

#[test]
fn who_manages_an_app_gives_no_more_than_they_hold_and_nothing_where_they_are_denied_some() {
    let (etl, wiki) = (app("etl"), app("wiki"));
    let may = |grants: &[Grant], role, app: &AppName| Rights::compile(grants).may_give(role, app, NOON);
    let manager = on_app(Role::Manager, Some("etl"), None);
    assert!(may(std::slice::from_ref(&manager), Role::Manager, &etl));
    assert!(!may(std::slice::from_ref(&manager), Role::Admin, &etl), "more than they hold");
    assert!(!may(std::slice::from_ref(&manager), Role::Viewer, &wiki), "another app");
    assert!(!may(&[on_app(Role::Developer, Some("etl"), None)], Role::Viewer, &etl), "who does not manage");
    assert!(!may(&[on_app(Role::Manager, Some("etl"), Some(NOON))], Role::Viewer, &etl), "not any more");
    assert!(may(&[on_app(Role::Manager, None, None)], Role::Manager, &wiki), "of everything");
    let part = |effect| grant(7, effect, Scope::Resources(etl.clone(), "location:b".parse().unwrap()), None);
    assert!(!may(&[part(Effect::Allow(Role::Admin))], Role::Viewer, &etl), "of a part");
    assert!(!may(&[manager, part(Effect::Deny)], Role::Viewer, &etl), "denied a part");
    assert!(may(&[on_app(Role::Admin, None, None), part(Effect::Deny)], Role::Admin, &etl), "an administrator");
    assert!(!Rights::compile(&[]).may_give(Role::Viewer, &etl, NOON));
    let owner = Arc::new(Rights::compile(&[on_app(Role::Operator, None, None)]));
    let key = Rights::of_key(&[on_app(Role::Admin, None, None)]).within(owner);
    assert!(!key.may_give(Role::Viewer, &etl, NOON), "a key above its owner");
}
