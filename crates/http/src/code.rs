//! The public codes: stable words that programs may rely on. Each stands once, with its status, the heading of its page and its sentence,
//! whoever answers with it.

use doorward_domain::AuditReason;
use http::StatusCode;
use std::time::Duration;

use crate::decision::Verdict;

/// What went wrong, for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// A body of the API.
    InvalidJson,
    /// A query of the API.
    InvalidQuery,
    /// A request to the desk.
    BadRequest,
    /// A request that is ambiguous, malformed or past a limit. What it is exactly, a narrower word says ([`crate::Problem::not_understood`]).
    NotUnderstood,
    /// Two readers could take it for two different people.
    DuplicateAuthorization,
    /// The same, by a key and something else.
    TwoCredentials,
    /// The body was cut off.
    BodyBroken,
    /// Nobody knows who asks.
    SignInRequired,
    /// A username and a password.
    InvalidCredentials,
    /// Rights do not include it.
    Forbidden,
    /// It needs the password again.
    StepUpRequired,
    /// It is for people.
    SessionRequired,
    /// The token that shows it was meant is missing.
    Csrf,
    /// Another site's page made a browser send it.
    CrossSite,
    /// A page wants to install a service worker that nothing allows.
    ServiceWorker,
    /// A setup link.
    WrongSetupToken,
    /// Nothing, or nothing for this caller.
    NotFound,
    /// The desk has a host of its own.
    NotHere,
    /// No app is at this address.
    NoApp,
    /// Nothing here takes this method.
    MethodNotAllowed,
    /// The body took too long.
    BodyTimeout,
    /// A name is taken.
    Conflict,
    /// Nobody would be left with the role admin.
    LastAdmin,
    /// A group would be in itself.
    Cycle,
    /// A group that a directory keeps.
    ManagedElsewhere,
    /// Access cannot be asked for.
    NotGrantable,
    /// It need not be asked for.
    AlreadyAllowed,
    /// It was asked for, and answered.
    AlreadyAnswered,
    /// Nobody has more requests for access open than that.
    TooManyOpen,
    /// Nobody owns more API keys than that.
    TooManyKeys,
    /// There is an administrator.
    AlreadySetUp,
    /// A body.
    TooLarge,
    /// Not JSON, or not a form.
    UnsupportedMediaType,
    /// A member of the body.
    InvalidInput,
    /// The current password.
    WrongPassword,
    /// Tries, one after the other.
    Throttled,
    /// Credentials that open nothing.
    TooManyRequests,
    /// Something broke on our side.
    Internal,
    /// The tool cannot be reached.
    UpstreamUnreachable,
    /// The tool answered, and not in HTTP.
    UpstreamBroken,
    /// The tool answered, and by what holds since it was asked that is not shown.
    AnswerWithheld,
    /// There is no administrator yet.
    SetupRequired,
    /// There is no room.
    Busy,
    /// The tool is not up yet.
    Starting,
    /// The tool is not up any more.
    AppDown,
    /// What it would do cannot be recorded.
    AuditUnavailable,
    /// The database does not answer.
    StoreUnavailable,
    /// The tool did not answer in time.
    UpstreamTimeout,
}

struct Row(Code, u16, &'static str, &'static str, &'static str);

#[rustfmt::skip]
const TABLE: [Row; 48] = [
    Row(Code::InvalidJson, 400, "invalid_json", "Not JSON", "The body is not a JSON document."),
    Row(Code::InvalidQuery, 400, "invalid_query", "Query not understood", "The query string could not be understood."),
    Row(Code::BadRequest, 400, "bad_request", "Request not understood", "The request could not be understood."),
    Row(Code::NotUnderstood, 400, "not_understood", "Request not understood", "The request could not be understood."),
    Row(Code::DuplicateAuthorization, 400, "duplicate_authorization", "Request not understood", "The request has more than one Authorization header."),
    Row(Code::TwoCredentials, 400, "two_credentials", "Request not understood", "The request presents an API key and another credential of Doorward's; send one."),
    Row(Code::BodyBroken, 400, "body_broken", "The request did not arrive", "The body was cut off."),
    Row(Code::SignInRequired, 401, "sign_in_required", "Sign in first", "Nobody is signed in."),
    Row(Code::InvalidCredentials, 401, "invalid_credentials", "Not signed in", "That username and password do not match."),
    Row(Code::Forbidden, 403, AuditReason::Forbidden.as_str(), "Not allowed", "Your role does not include this."),
    Row(Code::StepUpRequired, 403, AuditReason::StepUpRequired.as_str(), "Your password again", "This needs your password again: you gave it more than 15 minutes ago."),
    Row(Code::SessionRequired, 403, "session_required", "For people", "This is for a person who is signed in; an API key has no session."),
    Row(Code::Csrf, 403, AuditReason::Csrf.as_str(), "Not from our page", "The request lacks the token that shows it was meant: load the page again and retry. A program sends it as X-CSRF-Token; csrf_token of /_doorward/api/v1/auth/me has it."),
    Row(Code::CrossSite, 403, AuditReason::CrossSite.as_str(), "From another site", "This must come from this site's own pages. It came from elsewhere, or did not say, so it was not carried out."),
    Row(Code::ServiceWorker, 403, AuditReason::ServiceWorker.as_str(), "No service worker here", "A service worker would see what people do on every page of this address, so only scripts that the app's profile names may become one."),
    Row(Code::WrongSetupToken, 403, "wrong_setup_token", "Setup link not valid", "This setup link is not valid (any more)."),
    Row(Code::NotFound, 404, "not_found", "Not found", "There is nothing here, or nothing that you may see."),
    Row(Code::NotHere, 404, "not_here", "Not at this host", "Doorward's own pages and API are at a host of their own, not at an app's."),
    Row(Code::NoApp, 404, "no_app", "There is nothing here", "No app is at this address."),
    Row(Code::MethodNotAllowed, 405, "method_not_allowed", "Method not allowed", "This address does not take that method."),
    Row(Code::BodyTimeout, 408, "body_timeout", "The request did not arrive", "The body did not arrive in time."),
    Row(Code::Conflict, 409, "conflict", "Already taken", "Something with that name exists already."),
    Row(Code::LastAdmin, 409, "last_admin", "Last administrator", "This would leave nobody with the role admin."),
    Row(Code::Cycle, 409, "cycle", "A group in itself", "A group cannot be in itself."),
    Row(Code::ManagedElsewhere, 409, "managed_elsewhere", "Managed elsewhere", "This comes from a directory, and is changed there."),
    Row(Code::NotGrantable, 409, "not_grantable", "A grant would not help", "No grant would allow this."),
    Row(Code::AlreadyAllowed, 409, "already_allowed", "Allowed already", "This is allowed already."),
    Row(Code::AlreadyAnswered, 409, "already_answered", "Answered already", "This request is closed: it was answered already, or has lapsed."),
    Row(Code::TooManyOpen, 409, "too_many_open", "Too many open requests", "One person may have so many requests open, and no more."),
    Row(Code::TooManyKeys, 409, "too_many_keys", "Too many API keys", "One person may have so many API keys, and no more."),
    Row(Code::AlreadySetUp, 409, "already_set_up", "Already set up", "Doorward is set up already."),
    Row(Code::TooLarge, 413, "body_too_large", "Too large", "The body is larger than what is read here."),
    Row(Code::UnsupportedMediaType, 415, "unsupported_media_type", "Unsupported media type", "Send JSON, with Content-Type: application/json and no Content-Encoding."),
    Row(Code::InvalidInput, 422, "invalid_input", "Not usable", "Something in the body cannot be used."),
    Row(Code::WrongPassword, 422, AuditReason::WrongPassword.as_str(), "Wrong password", "The current password is not right."),
    Row(Code::Throttled, 429, "throttled", "Too many tries", "Too many tries. Wait a moment and try again."),
    Row(Code::TooManyRequests, 429, "too_many_requests", "Too many requests", "Too many requests from your network carry sessions that do not exist. Wait a moment and try again."),
    Row(Code::Internal, 500, "internal", "Something broke", "Something broke on our side. The log says more."),
    Row(Code::UpstreamUnreachable, 502, "upstream_unreachable", "This app did not answer", "The app cannot be reached."),
    Row(Code::UpstreamBroken, 502, "upstream_broken", "This app did not answer", "What the app answered is no answer."),
    Row(Code::AnswerWithheld, 502, AuditReason::AnswerWithheld.as_str(), "It may have been done", "This was passed on. Meanwhile your session, your rights or the rules for this app have changed, or could not be looked up, so what came of it cannot be shown: look there before you send it again."),
    Row(Code::SetupRequired, 503, "setup_required", "Not set up yet", "Doorward has no administrator yet. Use the setup link it printed when it started."),
    Row(Code::Busy, 503, "busy", "Busy", "As much is going on as may be at once. Try again in a moment."),
    Row(Code::Starting, 503, "starting", "This app is not ready", "The app is starting."),
    Row(Code::AppDown, 503, "app_down", "This app is not ready", "The app is down."),
    Row(Code::AuditUnavailable, 503, "audit_unavailable", "Cannot be recorded", "The audit log cannot be written, so nothing was passed on. Try again in a moment."),
    Row(Code::StoreUnavailable, 503, "store_unavailable", "Not available", "Doorward cannot reach its database. Try again in a moment."),
    Row(Code::UpstreamTimeout, 504, "upstream_timeout", "This app did not answer", "The app did not answer in time."),
];

impl Code {
    /// Every code.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|row| row.0)
    }

    fn row(self) -> &'static Row {
        const BROKEN: &Row = &Row(Code::Internal, 500, "internal", "Something broke", "Something broke on our side.");
        TABLE.iter().find(|row| row.0 == self).unwrap_or(BROKEN)
    }

    /// The status of the answer.
    pub fn status(self) -> StatusCode {
        StatusCode::from_u16(self.row().1).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The word.
    pub fn as_str(self) -> &'static str {
        self.row().2
    }

    /// The heading of the page that tells people. It is not the `title` of the problem document, which goes with the document's type
    /// and so is the status's own phrase.
    pub fn heading(self) -> &'static str {
        self.row().3
    }

    /// A sentence, where there is nothing more to say.
    pub fn detail(self) -> &'static str {
        self.row().4
    }

    /// What was decided. `None` is an answer to what was asked, and no decision: nothing is found, or what is asked for cannot be.
    pub fn verdict(self) -> Option<Verdict> {
        match (self, self.row().1) {
            (Self::NotFound, _) | (_, 409 | 422) => None,
            (_, 401) => Some(Verdict::SignIn),
            (_, 403) => Some(Verdict::Deny),
            _ => Some(Verdict::Refuse),
        }
    }

    /// How long to wait when nothing says more exactly: for what passes by itself. A database or a disk needs longer than a queue.
    pub fn wait(self) -> Option<Duration> {
        match (self, self.row().1) {
            (Self::StoreUnavailable | Self::AuditUnavailable, _) => Some(Duration::from_secs(5)),
            (_, 503) => Some(Duration::from_secs(2)),
            (_, 429) => Some(Duration::from_secs(1)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_in_the_table_once() {
        for (index, row) in TABLE.iter().enumerate() {
            assert_eq!(row.0 as usize, index, "{} stands in the order of the enum", row.2);
            assert_eq!(TABLE.iter().filter(|other| other.2 == row.2).count(), 1, "{}", row.2);
        }
        assert_eq!(TABLE.len(), Code::UpstreamTimeout as usize + 1);
    }

    #[test]
    fn every_code_is_in_the_guide_with_its_status() {
        let guide = include_str!("../../../docs/headers.md");
        let rows: Vec<&str> = guide.lines().filter(|line| line.starts_with("| `")).collect();
        for Row(_, status, word, ..) in TABLE {
            let is_row = |row: &&str| {
                let mut cells = row.split('|').skip(1);
                cells.next().is_some_and(|codes| codes.contains(&format!("`{word}`")))
                    && cells.next().is_some_and(|statuses| statuses.contains(&status.to_string()))
            };
            assert!(rows.iter().any(is_row), "docs/headers.md does not tell of {word}, {status}");
        }
    }

    #[test]
    fn what_was_asked_and_cannot_be_is_no_decision() {
        let told = |code: Code| code.verdict().map(Verdict::as_str);
        assert_eq!((told(Code::SignInRequired), told(Code::Forbidden)), (Some("sign-in"), Some("deny")));
        for code in [Code::NotUnderstood, Code::NoApp, Code::TooLarge, Code::Throttled, Code::Internal, Code::Busy] {
            assert_eq!(told(code), Some("refuse"), "{code:?}");
        }
        for code in [Code::NotFound, Code::Conflict, Code::AlreadyAllowed, Code::InvalidInput, Code::WrongPassword] {
            assert_eq!(told(code), None, "{code:?}");
        }
    }
}
