use proptest::prelude::*;

use super::*;
use crate::rights::tests::{NOON, any_grants, any_targets, app, grant};
use crate::{Bond, Effect, Grant, Rights, RuleName, Scope, Session, SessionId, Subject, Targets, UserId};

fn operation(action: Action, targets: Targets) -> Operation {
    Operation { name: "it".into(), action, rule: RuleName::new("a rule"), called: None, family: None, targets }
}

fn intent(operations: Vec<(Action, Targets)>) -> Arc<Intent> {
    let operations = operations.into_iter().map(|(action, targets)| operation(action, targets)).collect();
    Arc::new(Intent { operations, resources: Vec::new(), changes_state: false })
}

fn principal(rights: Rights) -> Caller {
    let user_id = UserId::generate(NOON, [0; 10]);
    let session = Session {
        id: SessionId::generate(NOON, [0; 10]),
        user_id,
        kind: crate::SessionKind::Browser,
        factors: crate::Factors::default(),
        created_at: NOON,
        proved_at: NOON,
        last_seen_at: NOON,
        expires_at: NOON,
        client_ip: String::new(),
        user_agent: String::new(),
        device: String::new(),
        is_remembered: false,
    };
    Caller::Known(Arc::new(Principal {
        subject: Subject::User(user_id),
        name: "ada".parse().unwrap(),
        email: None,
        full_name: "".into(),
        groups: Arc::default(),
        bond: Bond::Session(session),
        rights,
    }))
}

#[expect(clippy::disallowed_methods, reason = "it is what is tried here")]
fn judged(rights: Rights, default_role: Option<Role>, intent: &Arc<Intent>) -> Decision {
    let (caller, app) = (principal(rights), app("etl"));
    let id = DecisionId::generate(NOON, [0; 10]);
    decide(&Question { id, caller: &caller, app: &app, default_role, intent, now: NOON })
}

fn passes(rights: Rights, default_role: Option<Role>, intent: &Arc<Intent>) -> bool {
    matches!(judged(rights, default_role, intent), Decision::Pass(_))
}

/// Nothing is lacking any more, and a denial may be in the way.
fn is_left_to_the_tool(after: &Decision) -> bool {
    matches!(after, Decision::Refuse(refusal) if refusal.why == Why::Untold && refusal.because().is_some())
}

fn any_intent() -> impl Strategy<Value = Arc<Intent>> {
    let one = (prop::sample::select(Action::ALL.to_vec()), any_targets());
    prop::collection::vec(one, 0..3).prop_map(intent)
}

fn any_default() -> impl Strategy<Value = Option<Role>> {
    prop::sample::select(vec![None, None, Some(Role::Viewer)])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn a_request_passes_if_each_part_of_it_does(grants in any_grants(), default in any_default(), whole in any_intent()) {
        let each = |own: &Operation| passes(Rights::compile(&grants), default, &intent(vec![(own.action, own.targets.clone())]));
        let all = !whole.operations.is_empty() && whole.operations.iter().all(each);
        prop_assert_eq!(passes(Rights::compile(&grants), default, &whole), all);
    }

    #[test]
    fn what_is_said_to_do_does_and_no_grant_does_where_none_is_said_to(grants in any_grants(), default in any_default(), whole in any_intent()) {
        let Decision::Refuse(refusal) = judged(Rights::compile(&grants), default, &whole) else { return Ok(()) };
        let together = |more: Grant| Rights::compile(&[grants.clone(), vec![more]].concat());
        let with = |more: Grant| passes(together(more), default, &whole);
        let allow = |role, scope| grant(99, Effect::Allow(role), scope, None);
        match &refusal.remedy {
            Remedy::Grant(lacking) => {
                let more = allow(lacking.role, lacking.scope(&app("etl")));
                prop_assert_eq!(with(more.clone()), refusal.in_doubt.is_none());
                prop_assert!(refusal.in_doubt.is_none() || is_left_to_the_tool(&judged(together(more), default, &whole)));
                let weaker = Role::ALL.into_iter().filter(|role| *role < lacking.role);
                prop_assert!(!weaker.into_iter().any(|role| with(allow(role, lacking.scope(&app("etl"))))));
            }
            Remedy::Lift(denial) => {
                prop_assert!(grants.iter().any(|own| own.id == *denial && own.effect == Effect::Deny && own.holds(NOON)));
                prop_assert!(!with(allow(Role::Admin, Scope::Everything)));
            }
            Remedy::Nothing => prop_assert!(!with(allow(Role::Admin, Scope::Everything))),
        }
    }

    #[test]
    fn a_personal_key_is_given_nothing_that_does_not_help(key in any_grants(), owner in any_grants(), whole in any_intent()) {
        let within = |grants: &[Grant]| Rights::of_key(grants).within(Arc::new(Rights::compile(&owner)));
        let Decision::Refuse(refusal) = judged(within(&key), None, &whole) else { return Ok(()) };
        if let Remedy::Grant(lacking) = &refusal.remedy {
            let more = grant(99, Effect::Allow(lacking.role), lacking.scope(&app("etl")), None);
            let after = judged(within(&[key, vec![more]].concat()), None, &whole);
            prop_assert!(matches!(after, Decision::Pass(_)) || is_left_to_the_tool(&after));
        }
    }
}

#[test]
fn of_what_the_tool_does_not_know_nothing_can_be_given_and_a_denial_stays_what_it_is() {
    let run = Target::new(vec![Resource::new("run", "1")], vec!["job".into(), "location".into()].into());
    let asked = intent(vec![(Action::Run, Targets::These(vec![run]))]);
    let of = |effect, pattern: &str| grant(1, effect, Scope::Resources(app("etl"), pattern.parse().unwrap()), None);
    let refused = |grants: &[Grant], default| match judged(Rights::compile(grants), default, &asked) {
        Decision::Refuse(refusal) => refusal,
        other => panic!("{other:?}"),
    };
    let held = of(Effect::Allow(Role::Operator), "job:a");
    let mut refusal = refused(std::slice::from_ref(&held), None);
    assert!(matches!(refusal.remedy, Remedy::Grant(_)) && refusal.because().is_none());
    for (why, remains) in [(Unresolved::NoAnswer, true), (Unresolved::TooMany, true), (Unresolved::NotFound, false)] {
        refusal.stays_untold(why);
        assert_eq!((refusal.unresolved, matches!(refusal.remedy, Remedy::Grant(_))), (Some(why), remains));
    }
    let denial = of(Effect::Deny, "job:b");
    let mut refusal = refused(std::slice::from_ref(&denial), Some(Role::Operator));
    refusal.stays_untold(Unresolved::NotFound);
    assert_eq!((refusal.why, refusal.because()), (Why::Untold, Some(denial.id)));
}

#[test]
fn who_is_too_weak_is_given_what_is_needed_and_not_told_to_lift_what_only_may_be_in_the_way() {
    let asset = Target::new(vec![Resource::new("asset", "orders")], vec!["location".into()].into());
    let asked = intent(vec![(Action::Edit, Targets::These(vec![asset]))]);
    let of = |n, effect, pattern: &str| grant(n, effect, Scope::Resources(app("etl"), pattern.parse().unwrap()), None);
    let denial = of(1, Effect::Deny, "location:finance");
    let refused = |grants: &[Grant]| match judged(Rights::compile(grants), Some(Role::Viewer), &asked) {
        Decision::Refuse(refusal) => refusal,
        other => panic!("{other:?}"),
    };
    let weak = refused(std::slice::from_ref(&denial));
    let Remedy::Grant(lacking) = &weak.remedy else { panic!("{weak:?}") };
    assert_eq!((weak.why, weak.because(), weak.in_doubt), (Why::TooWeak, None, Some(denial.id)));
    assert_eq!(lacking.resource.as_ref().map(ToString::to_string).as_deref(), Some("asset:orders"));
    let mut never_told = weak.clone();
    never_told.stays_in_doubt();
    assert_eq!(never_told.remedy, Remedy::Lift(denial.id));
    let given = of(2, Effect::Allow(lacking.role), "asset:orders");
    assert!(is_left_to_the_tool(&judged(Rights::compile(&[denial, given]), Some(Role::Viewer), &asked)));
    let denied = of(1, Effect::Deny, "asset:orders");
    assert_eq!(refused(std::slice::from_ref(&denied)).remedy, Remedy::Lift(denied.id), "this one is in the way");
}

#[test]
fn who_was_allowed_until_lately_is_told_when_that_ended() {
    let run = intent(vec![(Action::Run, Targets::Whole)]);
    let ended = |grants: &[Grant], whole: &Arc<Intent>| match judged(Rights::compile(grants), None, whole) {
        Decision::Refuse(refusal) => refusal.ended,
        other => panic!("{other:?}"),
    };
    let before = |minutes| NOON.minus(Duration::from_mins(minutes));
    let given = |role, until| grant(1, Effect::Allow(role), Scope::App(app("etl")), until);
    let (operator, viewer) = (given(Role::Operator, Some(before(9))), given(Role::Viewer, Some(before(2))));
    assert_eq!(ended(&[operator.clone(), viewer.clone()], &run), Some(before(9)), "the later one never did");
    assert_eq!(ended(&[operator.clone(), given(Role::Viewer, None)], &run), Some(before(9)));
    assert_eq!(ended(&[given(Role::Operator, Some(NOON))], &run), Some(NOON), "this very moment");
    assert_eq!((ended(&[viewer], &run), ended(&[], &run)), (None, None));
    assert_eq!(ended(std::slice::from_ref(&operator), &intent(Vec::new())), None, "nothing was understood");
    let edits_too = intent(vec![(Action::Run, Targets::Whole), (Action::Edit, Targets::Whole)]);
    assert_eq!(ended(std::slice::from_ref(&operator), &edits_too), None, "not all of it was allowed");
    let denial = grant(2, Effect::Deny, Scope::App(app("etl")), None);
    assert_eq!(ended(&[operator, denial], &run), None, "a denial is why");
}

#[test]
fn of_what_is_denied_only_a_name_that_the_request_says_is_told() {
    let names = |all: &[(&str, &str)]| all.iter().map(|(kind, name)| Resource::new(kind, name)).collect::<Vec<_>>();
    let told = |said: &[(&str, &str)], denied: &str| {
        let thing = Target::told(names(&[("location", "hr"), ("job", "payroll"), ("run", "1")]));
        let operations = vec![operation(Action::Run, Targets::These(vec![thing]))];
        let asked = Arc::new(Intent { operations, resources: names(said), changes_state: true });
        let denial = grant(1, Effect::Deny, Scope::Resources(app("etl"), denied.parse().unwrap()), None);
        match judged(Rights::compile(&[denial]), Some(Role::Operator), &asked) {
            Decision::Refuse(refusal) => refusal.denied.map(|thing| thing.to_string()),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(told(&[("location", "hr"), ("job", "payroll")], "job:payroll").as_deref(), Some("job:payroll"));
    assert_eq!(told(&[("run", "1")], "job:payroll").as_deref(), Some("run:1"), "what the tool told is not said");
    assert_eq!(told(&[], "job:payroll"), None);
    let whole = intent(vec![(Action::Run, Targets::Whole)]);
    let denial = grant(1, Effect::Deny, Scope::Resources(app("etl"), "job:payroll".parse().unwrap()), None);
    let Decision::Refuse(refusal) = judged(Rights::compile(&[denial]), Some(Role::Operator), &whole) else { panic!() };
    assert_eq!((refusal.why, refusal.denied), (Why::Denied(grant(1, Effect::Deny, Scope::Everything, None).id), None));
}
