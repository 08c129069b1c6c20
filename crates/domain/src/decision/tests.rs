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
        created_at: NOON,
        proved_at: NOON,
        last_seen_at: NOON,
        expires_at: NOON,
        client_ip: String::new(),
        user_agent: String::new(),
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
        let with = |more: Grant| passes(Rights::compile(&[grants.clone(), vec![more]].concat()), default, &whole);
        let allow = |role, scope| grant(99, Effect::Allow(role), scope, None);
        match &refusal.remedy {
            Remedy::Grant(lacking) => {
                prop_assert!(with(allow(lacking.role, lacking.scope(&app("etl")))));
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
            prop_assert!(passes(within(&[key, vec![more]].concat()), None, &whole));
        }
    }
}
