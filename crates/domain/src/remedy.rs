//! What would let a request through that was refused: the smallest grant, or none.

use serde::{Deserialize, Serialize};

use crate::{AppName, Effect, Grant, GrantId, Operation, Pattern, Role, Scope, Subject, Targets, Timestamp, Verdict};

/// What stands between a request and its being allowed. Made where it was refused, and kept with the refusal: what it asks for is what the
/// request was understood to do, and nothing that whoever sent it says about it later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Remedy {
    /// This grant would do, and nothing smaller.
    Grant(Lacking),
    /// This denial has to go, as it is about this or nobody can tell: no grant lifts one.
    Lift(GrantId),
    /// Nothing that can be given to them would: it is a key that does all its owner may. Or nothing as small as what it acts on: no pattern means
    /// that thing and no other, or the tool knows no such thing.
    Nothing,
}

/// What somebody lacks on an app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lacking {
    /// The role.
    pub role: Role,
    /// On this one thing; `None` is on all of the app.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<Pattern>,
}

impl Lacking {
    /// On what, of this app.
    pub fn scope(&self, app: &AppName) -> Scope {
        match &self.resource {
            Some(pattern) => Scope::Resources(app.clone(), pattern.clone()),
            None => Scope::App(app.clone()),
        }
    }

    /// As if it had been given.
    pub(crate) fn as_grant(&self, subject: Subject, app: &AppName, now: Timestamp) -> Grant {
        Grant {
            id: GrantId::from_uuid(uuid::Uuid::nil()),
            subject,
            effect: Effect::Allow(self.role),
            scope: self.scope(app),
            until: None,
            reason: "".into(),
            created_at: now,
            created_by: "".into(),
        }
    }
}

impl Remedy {
    /// What might do for a request of which these operations were refused, by these verdicts.
    pub(crate) fn of<'o>(refused: impl IntoIterator<Item = (&'o Operation, Verdict)>) -> Self {
        refused
            .into_iter()
            .map(|(operation, verdict)| Self::of_one(operation, verdict))
            .reduce(Self::and)
            .unwrap_or(Self::Nothing)
    }

    fn of_one(operation: &Operation, verdict: Verdict) -> Self {
        match verdict {
            Verdict::Denied(grant) | Verdict::Untold(Some(grant)) => Self::Lift(grant),
            Verdict::TooWeak(_) | Verdict::Untold(None) => match reach(&operation.targets) {
                Ok(resource) => Self::Grant(Lacking { role: operation.action.required_role(), resource }),
                Err(OddName) => Self::Nothing,
            },
            Verdict::Allowed(..) => Self::Nothing,
        }
    }

    /// For both at once. A denial goes before everything: whoever asks about it learns most.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Grant(one), Self::Grant(other)) => {
                let resource = one.resource.filter(|thing| Some(thing) == other.resource.as_ref());
                Self::Grant(Lacking { role: one.role.max(other.role), resource })
            }
            (lift @ Self::Lift(_), _) | (_, lift @ Self::Lift(_)) => lift,
            _ => Self::Nothing,
        }
    }
}

/// A name that a pattern reads as more than itself, or not at all.
struct OddName;

/// How far a grant for it reaches: the one thing it acts on, by its innermost name, or all of the app. Whoever asks about a thing that is
/// called `*` is not given the app.
fn reach(targets: &Targets) -> Result<Option<Pattern>, OddName> {
    let Targets::These(things) = targets else { return Ok(None) };
    let names = things.iter().filter_map(|thing| thing.names().last());
    let patterns = names.map(|name| name.as_str().parse().ok().filter(Pattern::is_exact));
    let patterns: Vec<Pattern> = patterns.collect::<Option<_>>().ok_or(OddName)?;
    Ok(if things.len() == 1 { patterns.into_iter().next() } else { None })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Action, Resource, RuleName, Target};

    fn operation(action: Action, targets: Targets) -> Operation {
        let rule = RuleName::new("a rule");
        Operation { name: "it".into(), action, rule, called: None, family: None, targets }
    }

    fn on(names: &[&str]) -> Targets {
        let names: Vec<Resource> = names
            .iter()
            .filter_map(|name| name.split_once(':'))
            .map(|(kind, name)| Resource::new(kind, name))
            .collect();
        Targets::These(vec![Target::told(names)])
    }

    fn remedy(refused: &[(Action, Targets)]) -> Remedy {
        let operations: Vec<_> = refused.iter().map(|(action, targets)| operation(*action, targets.clone())).collect();
        Remedy::of(operations.iter().map(|operation| (operation, Verdict::TooWeak(None))))
    }

    fn grant(role: Role, resource: Option<&str>) -> Remedy {
        Remedy::Grant(Lacking { role, resource: resource.map(|text| text.parse().unwrap()) })
    }

    #[test]
    fn it_is_the_weakest_role_on_the_innermost_name_of_the_one_thing() {
        let job = on(&["location:etl", "job:nightly"]);
        assert_eq!(remedy(&[(Action::Run, job.clone())]), grant(Role::Operator, Some("job:nightly")));
        assert_eq!(
            remedy(&[(Action::Run, job.clone()), (Action::Edit, job.clone())]),
            grant(Role::Developer, Some("job:nightly"))
        );
        assert_eq!(remedy(&[(Action::Run, job), (Action::View, on(&["job:other"]))]), grant(Role::Operator, None));
        assert_eq!(remedy(&[(Action::View, Targets::Shell)]), grant(Role::Viewer, None));
    }

    #[test]
    fn of_a_name_that_no_pattern_means_alone_nothing_can_be_given_and_least_of_all_the_app() {
        let long = format!("job:{}", "a".repeat(Pattern::LONGEST));
        let plain = (Action::Run, on(&["job:plain"]));
        for name in ["job:*", "job:**", "job:a**", "job:a*b", "job:raw/*", "job:***", "job:a\nb", "job:", &long] {
            assert_eq!(remedy(&[(Action::Run, on(&[name]))]), Remedy::Nothing, "{name}");
            assert_eq!(remedy(&[(Action::Run, on(&["location:etl", name]))]), Remedy::Nothing, "{name} in a location");
            // Nor beside another, in one operation or in several, in whatever order.
            assert_eq!(remedy(&[plain.clone(), (Action::Run, on(&[name]))]), Remedy::Nothing, "{name}");
            assert_eq!(remedy(&[(Action::View, on(&[name])), plain.clone()]), Remedy::Nothing, "{name}");
            let (Targets::These(mut both), Targets::These(odd)) = (on(&["job:plain"]), on(&[name])) else { panic!() };
            both.extend(odd);
            assert_eq!(remedy(&[(Action::Run, Targets::These(both))]), Remedy::Nothing, "{name}");
        }
        // What is in such a thing can be named.
        assert_eq!(remedy(&[(Action::Run, on(&["location:*", "job:a"]))]), grant(Role::Operator, Some("job:a")));
    }

    #[test]
    fn no_grant_lifts_a_denial() {
        let id = GrantId::from_uuid(uuid::Uuid::nil());
        let run = operation(Action::Run, Targets::Whole);
        let of = |verdicts: &[Verdict]| Remedy::of(verdicts.iter().map(|verdict| (&run, *verdict)));
        assert_eq!(of(&[Verdict::TooWeak(None), Verdict::Denied(id)]), Remedy::Lift(id));
        assert_eq!(of(&[Verdict::Untold(None), Verdict::Denied(id)]), Remedy::Lift(id));
        assert_eq!(of(&[Verdict::Untold(Some(id))]), Remedy::Lift(id));
        assert_eq!(of(&[Verdict::Untold(None), Verdict::TooWeak(None)]), grant(Role::Operator, None));
        assert_eq!(of(&[]), Remedy::Nothing);
    }

    #[test]
    fn it_is_written_down_and_read_back() {
        for remedy in [grant(Role::Operator, Some("job:a/b")), grant(Role::Viewer, None), Remedy::Nothing] {
            let text = serde_json::to_string(&remedy).unwrap();
            assert_eq!(serde_json::from_str::<Remedy>(&text).unwrap(), remedy, "{text}");
        }
        let widened = r#"{"grant":{"role":"admin","resource":"***"}}"#;
        assert!(serde_json::from_str::<Remedy>(widened).is_err());
    }
}
