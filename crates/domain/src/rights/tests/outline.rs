//! What stands for all that is held, to be compared.

use super::*;

#[test]
fn the_outline_changes_with_what_may_be_done_and_with_nothing_else() {
    let wiki = app("wiki");
    let on = |role, pattern: &str, until| {
        let scope = Scope::Resources(app("wiki"), pattern.parse().unwrap());
        grant(1, Effect::Allow(role), scope, until)
    };
    let denied = |pattern: &str| grant(2, Effect::Deny, Scope::Resources(app("wiki"), pattern.parse().unwrap()), None);
    let outline = |grants: &[Grant]| Rights::compile(grants).outline(&wiki, None, NOON);
    let one = on(Role::Operator, "job:one", None);
    let all = || on_app(Role::Viewer, Some("wiki"), None);
    let held = outline(&[all(), one.clone()]);
    assert_eq!(held, "viewer\noperator job:one");
    for (same, grants) in [
        ("that it ends one day", vec![all(), on(Role::Operator, "job:one", Some(later(1)))]),
        ("a weaker one", vec![all(), one.clone(), on(Role::Viewer, "job:two", None)]),
        ("what has lapsed", vec![all(), one.clone(), on(Role::Operator, "job:two", Some(NOON))]),
        ("another app", vec![all(), one.clone(), on_app(Role::Admin, Some("shop"), None)]),
        ("twice", vec![all(), one.clone(), grant(9, one.effect, one.scope.clone(), Some(later(2)))]),
    ] {
        assert_eq!(outline(&grants), held, "{same}");
    }
    for (other, grants) in [
        ("one more", vec![all(), one.clone(), on(Role::Operator, "job:two", Some(later(1)))]),
        ("one less", vec![all()]),
        ("a stronger one", vec![all(), on(Role::Developer, "job:one", None)]),
        ("more on all", vec![on_app(Role::Operator, Some("wiki"), None), one.clone()]),
        ("a denial", vec![all(), one.clone(), denied("job:two")]),
        ("it is denied", vec![all(), one.clone(), denied("job:one")]),
        ("a wider one", vec![all(), one.clone(), on(Role::Operator, "job:*", None)]),
    ] {
        assert_ne!(outline(&grants), held, "{other}");
    }
    let wide = on(Role::Operator, "job:*", None);
    assert_eq!(outline(&[wide.clone(), one.clone()]), outline(std::slice::from_ref(&wide)), "what a wider one gives");
    assert_eq!(outline(&[all(), denied("job:*"), one.clone()]), outline(&[all(), denied("job:*")]), "what is denied");
    assert_eq!(outline(&[denied("job:*")]), "", "nothing may be done at all");
    let many: Vec<Grant> = (0..201).map(|n| on(Role::Operator, &format!("job:n{n}"), None)).collect();
    assert_eq!(outline(&many), "none\nmany things");
    assert_eq!(outline(&many[..200]).lines().count(), 201);
    let groups = GroupRights::compile(std::slice::from_ref(&one));
    assert_eq!(Rights::compile(&[all()]).with_groups(&groups).outline(&wiki, None, NOON), held, "by a group");
}

#[test]
fn the_outline_of_long_patterns_that_would_take_long_says_only_that_they_are_many() {
    let on = |pattern: &str| {
        let scope = Scope::Resources(app("wiki"), pattern.parse().unwrap());
        grant(1, Effect::Allow(Role::Viewer), scope, None)
    };
    let outline = |grants: &[Grant]| Rights::compile(grants).outline(&app("wiki"), None, NOON);
    let (long, stars) = ("a".repeat(440), "a".repeat(40) + &"*a".repeat(200));
    let names: Vec<Grant> = (0..100).map(|n| on(&format!("asset:{long}{n}"))).collect();
    let nasty: Vec<Grant> = (0..100).map(|n| on(&format!("asset:{stars}x{n}*"))).collect();
    assert_eq!(outline(&[&*names, &*nasty].concat()), "none\nmany things");
    assert_eq!(outline(&names).lines().count(), 101, "names alone are only told");
    assert_eq!(outline(&nasty).lines().count(), 101, "and so are patterns");
    // As many as are usual.
    let usual = |n: u32| [on(&format!("asset:warehouse/team_{n}/orders_daily")), on(&format!("asset:*_{n}_daily_*"))];
    assert_eq!(outline(&(0..100).flat_map(usual).collect::<Vec<_>>()).lines().count(), 201);
}
