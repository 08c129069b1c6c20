//! What the desk lets somebody do, in one table. Verbs ask by it, what they write is judged by it once more, and the API, its description
//! and the pages go by it too.
//!
//! Must not know: what the door lets through to a tool, which is decided elsewhere ([`crate::gate`]). Look next: `actor` (who is asked
//! about).

use doorward_domain::{Action, AppName, Needs, Principal, Role, Timestamp};

use Action::{Admin, Manage};
use Password::{Always, Never, OfOthers};
use Takes::{OnApp, OnEverything, Own, SignedIn, ToGive};

/// What it takes to have a right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// This action on everything.
    OnEverything(Action),
    /// This action on the app that it is about; on everything is on each.
    OnApp(Action),
    /// What giving roles on the app that it is about takes ([`doorward_domain::Rights::may_give`]).
    ToGive,
    /// Nothing for what is one's own; for what is others', this action on everything.
    Own(Action),
    /// To be signed in: it is about oneself.
    SignedIn,
}

/// When it takes a password given lately, too, of whoever comes with a cookie: a browser sends that with whatever a script in a tool's page
/// asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Password {
    /// Nothing is changed by it, or nothing that anybody has from it.
    Never,
    /// For what is others'; one's own is merely given up.
    OfOthers,
    /// Whatever it is about.
    Always,
}

/// The table: what somebody may do, what that takes, and when it takes the password again.
macro_rules! rights {
    ($($(#[$doc:meta])* $name:ident: $takes:expr, $password:expr;)*) => {
        /// One thing that the desk lets somebody do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Right {
            $($(#[$doc])* $name,)*
        }

        impl Right {
            /// Every right.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            const fn row(self) -> (Takes, Password) {
                match self {
                    $(Self::$name => ($takes, $password),)*
                }
            }
        }
    };
}

rights! {
    /// Seeing who can sign in.
    SeeUsers: OnEverything(Admin), Never;
    /// Making, changing and deleting users, and setting their passwords.
    ChangeUsers: OnEverything(Admin), Always;
    /// Seeing the groups and who is in them.
    SeeGroups: OnEverything(Admin), Never;
    /// Making, changing and deleting groups, and saying who is in them.
    ChangeGroups: OnEverything(Admin), Always;
    /// Seeing who was given or denied what.
    SeeGrants: OnEverything(Admin), Never;
    /// Giving, denying and taking away.
    ChangeGrants: OnEverything(Admin), Always;
    /// Seeing API keys, never their secrets.
    SeeKeys: Own(Admin), Never;
    /// Making, changing, rotating and revoking API keys.
    ChangeKeys: Own(Admin), Always;
    /// Seeing everybody's sessions at once.
    SeeAllSessions: OnEverything(Admin), Never;
    /// Seeing somebody's sessions.
    SeeSessions: Own(Admin), Never;
    /// Ending sessions.
    EndSessions: Own(Admin), OfOthers;
    /// Hearing what would be decided, and why.
    Explain: Own(Admin), Never;
    /// Knowing how this Doorward is set up: which apps there are, and how its own command is called.
    KnowSite: OnEverything(Admin), Never;
    /// Reading what happened.
    ReadAudit: OnApp(Manage), Never;
    /// Following the whole chain of what happened, and checking it.
    CheckAudit: OnEverything(Manage), Never;
    /// Reading what was counted.
    ReadMetrics: OnEverything(Manage), Never;
    /// Seeing what others ask to be given.
    SeeRequests: ToGive, Never;
    /// Answering them.
    AnswerRequests: ToGive, Always;
    /// Asking to be given what one was refused, and seeing what came of it.
    AskForAccess: SignedIn, Never;
    /// Seeing who one is and what one holds.
    SeeOneself: SignedIn, Never;
    /// Showing once more who one is, with one's password.
    ProveOneself: SignedIn, Never;
    /// Changing one's own password, which is given for it.
    ChangeOwnPassword: SignedIn, Never;
    /// Signing out.
    SignOut: SignedIn, Never;
}

impl Right {
    /// What it takes.
    pub const fn takes(self) -> Takes {
        self.row().0
    }

    /// Whom it is for, in the word of the API's description.
    pub const fn required(self) -> &'static str {
        match self.takes() {
            OnEverything(action) | OnApp(action) => action.as_str(),
            ToGive => "answer",
            Own(_) => "own",
            SignedIn => "signed-in",
        }
    }

    /// Whether somebody has it on everything and with what is others', whenever they gave their password.
    pub fn is_held_by(self, who: &Principal, now: Timestamp) -> bool {
        self.lacked_by(who, now).is_none()
    }

    /// The action on everything that they would need for that.
    pub(crate) fn lacked_by(self, who: &Principal, now: Timestamp) -> Option<Action> {
        let is_included = |action: &Action| who.role_on_everything(now).is_some_and(|role| role.allows(*action));
        self.on_everything().filter(|action| !is_included(action))
    }

    /// Whether somebody has it on this app, as far as it is of apps.
    pub(crate) fn is_held_on(self, app: &AppName, who: &Principal, now: Timestamp) -> bool {
        match self.takes() {
            OnApp(action) => who.role_on(app, None, now).is_some_and(|role| role.allows(action)),
            ToGive => who.rights.may_give(Role::Viewer, app, now),
            OnEverything(_) | Own(_) | SignedIn => false,
        }
    }

    /// Whether it takes a password given lately, of whoever comes with a cookie.
    pub const fn asks_password(self, is_own: bool) -> bool {
        match self.row().1 {
            Never => false,
            OfOthers => !is_own,
            Always => true,
        }
    }

    /// What must still be allowed when something is written by it that is not one's own.
    pub(crate) fn needs(self) -> Option<Needs> {
        self.on_everything().map(Needs::OnEverything)
    }

    /// The same, when others are given this role on this app by it, or are not.
    pub(crate) fn needs_to_give(self, role: Role, app: &AppName) -> Option<Needs> {
        match self.takes() {
            ToGive => Some(Needs::ToGive(role, app.clone())),
            _ => self.needs(),
        }
    }

    /// The action that gives it on everything and with what is others'.
    const fn on_everything(self) -> Option<Action> {
        match self.takes() {
            OnEverything(action) | OnApp(action) | Own(action) => Some(action),
            // Whatever else somebody holds on all apps, something of one of them may be denied to them.
            ToGive => Some(Admin),
            SignedIn => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table, to be reviewed as a diff.
    #[test]
    fn the_rights_are_as_they_were_reviewed() {
        let line = |right: &Right| {
            let password = match (right.asks_password(true), right.asks_password(false)) {
                (true, _) => "password",
                (false, true) => "password for others'",
                (false, false) => "",
            };
            format!(
                "{:17} {:9} {:21} {password}",
                format!("{right:?}"),
                right.required(),
                format!("{:?}", right.takes())
            )
        };
        let lines: Vec<String> = Right::ALL.iter().map(|right| line(right).trim_end().to_owned()).collect();
        insta::assert_snapshot!(lines.join("\n"), @r"
        SeeUsers          admin     OnEverything(Admin)
        ChangeUsers       admin     OnEverything(Admin)   password
        SeeGroups         admin     OnEverything(Admin)
        ChangeGroups      admin     OnEverything(Admin)   password
        SeeGrants         admin     OnEverything(Admin)
        ChangeGrants      admin     OnEverything(Admin)   password
        SeeKeys           own       Own(Admin)
        ChangeKeys        own       Own(Admin)            password
        SeeAllSessions    admin     OnEverything(Admin)
        SeeSessions       own       Own(Admin)
        EndSessions       own       Own(Admin)            password for others'
        Explain           own       Own(Admin)
        KnowSite          admin     OnEverything(Admin)
        ReadAudit         manage    OnApp(Manage)
        CheckAudit        manage    OnEverything(Manage)
        ReadMetrics       manage    OnEverything(Manage)
        SeeRequests       answer    ToGive
        AnswerRequests    answer    ToGive                password
        AskForAccess      signed-in SignedIn
        SeeOneself        signed-in SignedIn
        ProveOneself      signed-in SignedIn
        ChangeOwnPassword signed-in SignedIn
        SignOut           signed-in SignedIn
        ");
    }

    #[test]
    fn what_is_written_needs_no_less_than_what_is_asked_before() {
        let app: AppName = "etl".parse().unwrap();
        for right in Right::ALL {
            let (needs, to_give) = (right.needs(), right.needs_to_give(Role::Operator, &app));
            match right.takes() {
                OnEverything(action) | OnApp(action) | Own(action) => {
                    assert_eq!(
                        (needs, to_give),
                        (Some(Needs::OnEverything(action)), Some(Needs::OnEverything(action)))
                    );
                }
                ToGive => {
                    assert_eq!(needs, Some(Needs::OnEverything(Admin)));
                    assert_eq!(to_give, Some(Needs::ToGive(Role::Operator, app.clone())));
                }
                SignedIn => assert_eq!((needs, to_give), (None, None), "{right:?} is about oneself"),
            }
        }
    }
}
