//! What somebody is told that they hold.

use super::*;

#[test]
fn what_is_held_on_single_things_is_told_as_far_as_it_says_more_than_the_role_on_all() {
    let on = |number: u8, effect: Effect, pattern: &str, until| {
        grant(number, effect, Scope::Resources(app("etl"), pattern.parse().unwrap()), until)
    };
    let told = |rights: &Rights, now| {
        let things = rights.on_things(&app("etl"), None, now);
        let until = |on: &OnThings<'_>| if on.until.is_some() { " until" } else { "" };
        let words =
            things.iter().map(|on| format!("{}:{}{}", on.role.map_or("denied", Role::as_str), on.pattern, until(on)));
        words.collect::<Vec<_>>().join(" ")
    };
    let own = [
        on(1, Effect::Allow(Role::Operator), "asset:thing_*", None),
        on(2, Effect::Allow(Role::Viewer), "job:b", None),
        on(3, Effect::Allow(Role::Developer), "job:c", Some(later(1))),
    ];
    let groups = [on(4, Effect::Deny, "location:b", None), on(5, Effect::Allow(Role::Manager), "job:b", None)];
    let of_groups = GroupRights::compile(&groups);
    let alone = Rights::compile(&own);
    assert_eq!(told(&alone, NOON), "operator:asset:thing_* viewer:job:b developer:job:c until");
    assert_eq!(told(&alone, later(1)), "operator:asset:thing_* viewer:job:b");
    let with_groups = alone.with_groups(&of_groups);
    assert_eq!(told(&with_groups, later(1)), "operator:asset:thing_* manager:job:b denied:location:b");
    assert!(with_groups.on_things(&app("other"), None, NOON).is_empty());

    let more = own.iter().cloned().chain([on_app(Role::Operator, Some("etl"), None)]).collect::<Vec<_>>();
    assert_eq!(told(&Rights::compile(&more), NOON), "developer:job:c until");
    let denied = own.iter().cloned().chain([grant(9, Effect::Deny, Scope::App(app("etl")), None)]).collect::<Vec<_>>();
    let denied = Rights::compile(&denied);
    assert!(denied.is_denied(&app("etl"), NOON) && !denied.is_denied(&app("other"), NOON));
    assert_eq!(told(&denied, NOON), "");
}

#[test]
fn what_is_held_ends_when_the_last_that_gives_it_does() {
    let etl = app("etl");
    let until = |grants: &[Grant], default| Rights::compile(grants).until(&etl, default, NOON);
    let (soon, late) =
        (on_app(Role::Operator, Some("etl"), Some(later(1))), on_app(Role::Operator, None, Some(later(2))));
    let viewer = on_app(Role::Viewer, Some("etl"), None);
    assert_eq!(until(std::slice::from_ref(&soon), None), Some(later(1)));
    assert_eq!(until(&[soon.clone(), late.clone()], None), Some(later(2)));
    assert_eq!(until(&[soon.clone(), viewer.clone()], None), Some(later(1)), "the weaker role goes on");
    assert_eq!(until(&[soon.clone(), on_app(Role::Developer, None, None)], None), None);
    assert_eq!(until(std::slice::from_ref(&soon), Some(Role::Viewer)), Some(later(1)));
    assert_eq!(until(std::slice::from_ref(&soon), Some(Role::Operator)), None, "everybody holds it");
    assert_eq!((until(&[], None), until(&[viewer], None)), (None, None));
    let denial = |minutes| grant(9, Effect::Deny, Scope::App(app("etl")), Some(later(minutes)));
    assert_eq!(until(&[soon.clone(), denial(5)], None), Some(later(5)), "that it is denied");
    let groups = GroupRights::compile(std::slice::from_ref(&late));
    assert_eq!(Rights::compile(&[soon]).with_groups(&groups).until(&etl, None, NOON), Some(later(2)));
    assert_eq!(Rights::compile(&[late]).until_everywhere(NOON), Some(later(2)));
}

#[test]
fn a_key_on_all_of_an_app_is_asked_about_by_the_kinds_that_its_owner_holds() {
    let of = |grants: &[Grant], owner: &[Grant]| {
        let rights = Rights::compile(grants).within(Arc::new(Rights::compile(owner)));
        rights.held_kinds(&app("dagster"), None, NOON).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let on = |pattern: &str| {
        let scope = Scope::Resources(app("dagster"), pattern.parse().unwrap());
        grant(1, Effect::Allow(Role::Viewer), scope, None)
    };
    let all = [on_app(Role::Viewer, Some("dagster"), None)];
    assert_eq!(of(&all, &[on("job:nightly")]), ["job"]);
    assert_eq!(of(&[on("asset:raw/**")], &all), ["asset"]);
    assert_eq!(of(&[on("asset:raw/**")], &[on("location:etl")]), ["asset", "location"], "either may be the less");
    assert_eq!(of(&all, &all), [""; 0]);
}
