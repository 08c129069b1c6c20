//! Why asking or answering came to nothing.

use doorward_domain::{AppName, GrantId, Role};

use super::{LONGEST_REASON, MOST_OPEN};
use crate::NotAllowed;
use crate::apps::UnknownApp;
use crate::ports::{NamedAccess, StoreError};

/// Why a request for access was not made or answered.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// The actor may not.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// The actor does not hold what giving this takes.
    #[error("this needs the role {role} on all of {app}, with nothing of it denied to you")]
    NotYours {
        /// The role.
        role: Role,
        /// The app.
        app: AppName,
    },
    /// People ask, not programs.
    #[error("only people who are signed in ask for access; a key is given more by whoever made it")]
    NotAPerson,
    /// Nobody answers themselves.
    #[error("this is your own request: somebody else has to answer it")]
    Own,
    /// There is no such request (that the actor may see).
    #[error("there is no such request")]
    NotFound,
    /// No such refusal: of somebody else, of another app, too long ago, or none at all.
    #[error("there is no such refusal of yours; what was refused more than 7 days ago cannot be asked for")]
    UnknownRefusal,
    /// The refusal stands for others too, and what they were of is not kept.
    #[error(
        "you were refused several things at once, and this refusal stands for all of them: do once more what you want to ask for"
    )]
    Several,
    /// A denial stands in the way.
    #[error("this is denied to {}, and a grant lifts no denial: an administrator has to remove the denial {denial}", .whom.as_deref().unwrap_or("you"))]
    Denied {
        /// The denial.
        denial: GrantId,
        /// To whom; `None` is whoever asks.
        whom: Option<String>,
    },
    /// No grant would do.
    #[error(
        "no grant would allow this and nothing else: nobody can tell what the request does, or no pattern means what it acts on"
    )]
    NothingHelps,
    /// It is allowed by now.
    #[error("{}", .0.as_ref().map_or("you may do this already".to_owned(), |name| format!("this is allowed to {name} already")))]
    Held(Option<String>),
    /// There are too many open requests.
    #[error("you have {MOST_OPEN} requests open, which is as many as one person may; wait until some are answered")]
    TooMany,
    /// Longer than [`LONGEST_REASON`], or with characters that steer how text is shown.
    #[error(
        "`reason` has at most {LONGEST_REASON} characters, and none that control or turn round what is shown, but line ends"
    )]
    BadReason,
    /// The end is not in the future.
    #[error("`until` must be in the future")]
    AlreadyOver,
    /// An approval gives what was asked for, or less.
    #[error("an approval gives what was asked for or less: {wanted}")]
    More {
        /// What was asked for, in words.
        wanted: String,
        /// Whether it is the role that is more, and not what it would be on.
        is_role: bool,
    },
    /// There is no such app.
    #[error(transparent)]
    UnknownApp(#[from] UnknownApp),
    /// The app is no more.
    #[error("{0}, so there is nothing to give: decline")]
    AppGone(UnknownApp),
    /// It is closed.
    #[error("{}", closed(.0))]
    Closed(Box<NamedAccess>),
    /// Who asks cannot sign in.
    #[error("the user {0} is disabled: enable them first, or decline")]
    Disabled(String),
    /// The store refused or failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn closed(named: &NamedAccess) -> String {
    use doorward_domain::AccessOutcome::{Approved, Declined, Lapsed};
    match named.request.answer.as_ref().map(|answer| (&answer.outcome, &answer.by)) {
        Some((Approved(_), by)) => format!("this request was approved by {by} already"),
        Some((Declined(_), by)) => format!("this request was declined by {by} already"),
        Some((Lapsed, _)) | None => "this request has lapsed: nobody answered it within 30 days".to_owned(),
    }
}
