//! The public codes: stable words that programs may rely on, each with its status and its sentence.

use http::StatusCode;

/// What went wrong, for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Code {
    InvalidJson,
    InvalidQuery,
    BadRequest,
    DuplicateAuthorization,
    TwoCredentials,
    SignInRequired,
    InvalidCredentials,
    Forbidden,
    StepUpRequired,
    SessionRequired,
    Csrf,
    CrossSite,
    WrongSetupToken,
    NotFound,
    NotHere,
    MethodNotAllowed,
    Conflict,
    LastAdmin,
    Cycle,
    NotGrantable,
    AlreadyAllowed,
    AlreadyAnswered,
    TooManyOpen,
    /// Nobody owns more API keys than that.
    TooManyKeys,
    AlreadySetUp,
    TooLarge,
    UnsupportedMediaType,
    InvalidInput,
    WrongPassword,
    Throttled,
    TooManyRequests,
    Internal,
    SetupRequired,
    Busy,
    Unavailable,
}

struct Entry(Code, u16, &'static str, &'static str, &'static str);

#[rustfmt::skip]
const TABLE: [Entry; 35] = [
    Entry(Code::InvalidJson, 400, "invalid_json", "Not JSON", "The body is not a JSON document."),
    Entry(Code::InvalidQuery, 400, "invalid_query", "Query not understood", "The query string could not be understood."),
    Entry(Code::BadRequest, 400, "bad_request", "Request not understood", "The request could not be understood."),
    Entry(Code::DuplicateAuthorization, 400, "duplicate_authorization", "Request not understood", "The request has more than one Authorization header."),
    Entry(Code::TwoCredentials, 400, "two_credentials", "Request not understood", "The request presents an API key and another credential of Doorward's; send one."),
    Entry(Code::SignInRequired, 401, "sign_in_required", "Sign in first", "Nobody is signed in with this request."),
    Entry(Code::InvalidCredentials, 401, "invalid_credentials", "Not signed in", "That username and password do not match."),
    Entry(Code::Forbidden, 403, "forbidden", "Not allowed", "Your role does not include this."),
    Entry(Code::StepUpRequired, 403, "step_up_required", "Your password again", "This needs your password again: you gave it more than 15 minutes ago."),
    Entry(Code::SessionRequired, 403, "session_required", "For people", "This is for a person who is signed in; an API key has no session."),
    Entry(Code::Csrf, 403, "csrf", "Not from our page", "The request lacks the token that shows it was meant: load the page again and retry. A program sends it as X-CSRF-Token; csrf_token of /_doorward/api/v1/auth/me has it."),
    Entry(Code::CrossSite, 403, "cross_site", "From another site", "The request came from another site, so it was not carried out."),
    Entry(Code::WrongSetupToken, 403, "wrong_setup_token", "Setup link not valid", "This setup link is not valid (any more)."),
    Entry(Code::NotFound, 404, "not_found", "Not found", "There is nothing here, or nothing that you may see."),
    Entry(Code::NotHere, 404, "not_here", "Not at this host", "Doorward's own pages and API are at a host of their own, not at an app's."),
    Entry(Code::MethodNotAllowed, 405, "method_not_allowed", "Method not allowed", "This address does not take that method."),
    Entry(Code::Conflict, 409, "conflict", "Already taken", "Something with that name exists already."),
    Entry(Code::LastAdmin, 409, "last_admin", "Last administrator", "This would leave nobody with the role admin."),
    Entry(Code::Cycle, 409, "cycle", "A group in itself", "A group cannot be in itself."),
    Entry(Code::NotGrantable, 409, "not_grantable", "A grant would not help", "No grant would allow this."),
    Entry(Code::AlreadyAllowed, 409, "already_allowed", "Allowed already", "This is allowed already."),
    Entry(Code::AlreadyAnswered, 409, "already_answered", "Answered already", "This request is closed: it was answered already, or has lapsed."),
    Entry(Code::TooManyOpen, 409, "too_many_open", "Too many open requests", "One person may have so many requests open, and no more."),
    Entry(Code::TooManyKeys, 409, "too_many_keys", "Too many API keys", "One person may have so many API keys, and no more."),
    Entry(Code::AlreadySetUp, 409, "already_set_up", "Already set up", "Doorward is set up already."),
    Entry(Code::TooLarge, 413, "body_too_large", "Too large", "The body is larger than 1 MiB."),
    Entry(Code::UnsupportedMediaType, 415, "unsupported_media_type", "Unsupported media type", "Send JSON, with Content-Type: application/json and no Content-Encoding."),
    Entry(Code::InvalidInput, 422, "invalid_input", "Not usable", "Something in the body cannot be used."),
    Entry(Code::WrongPassword, 422, "wrong_password", "Wrong password", "The current password is not right."),
    Entry(Code::Throttled, 429, "throttled", "Too many tries", "Too many tries. Wait a moment and try again."),
    Entry(Code::TooManyRequests, 429, "too_many_requests", "Too many requests", "Too many requests from your network carry sessions that do not exist. Wait a moment and try again."),
    Entry(Code::Internal, 500, "internal", "Something broke", "Something broke on our side. The log says more."),
    Entry(Code::SetupRequired, 503, "setup_required", "Not set up yet", "Doorward has no administrator yet. Use the setup link it printed when it started."),
    Entry(Code::Busy, 503, "busy", "Busy", "Too many sign-ins at once. Try again in a moment."),
    Entry(Code::Unavailable, 503, "store_unavailable", "Not available", "Doorward cannot reach its database. Try again in a moment."),
];

impl Code {
    fn entry(self) -> &'static Entry {
        const BROKEN: &Entry =
            &Entry(Code::Internal, 500, "internal", "Something broke", "Something broke on our side.");
        TABLE.iter().find(|entry| entry.0 == self).unwrap_or(BROKEN)
    }

    /// The status of the answer.
    pub fn status(self) -> StatusCode {
        StatusCode::from_u16(self.entry().1).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The word.
    pub fn as_str(self) -> &'static str {
        self.entry().2
    }

    /// A heading.
    pub fn title(self) -> &'static str {
        self.entry().3
    }

    /// A sentence.
    pub fn detail(self) -> &'static str {
        self.entry().4
    }

    /// How the decision is named in `Doorward-Decision`, for answers that are one.
    pub fn decision(self) -> Option<&'static str> {
        match self.status().as_u16() {
            400 => Some("refuse"),
            401 => Some("sign-in"),
            403 => Some("deny"),
            _ => None,
        }
    }

    /// The code for an answer the router made on its own.
    pub fn of_status(status: StatusCode) -> Self {
        match status.as_u16() {
            404 => Self::NotFound,
            405 => Self::MethodNotAllowed,
            413 => Self::TooLarge,
            415 => Self::UnsupportedMediaType,
            422 => Self::InvalidInput,
            400..=499 => Self::BadRequest,
            _ => Self::Internal,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_in_the_table_once() {
        for (index, entry) in TABLE.iter().enumerate() {
            assert_eq!(entry.0 as usize, index, "{} stands in the order of the enum", entry.2);
        }
        assert_eq!(TABLE.len(), Code::Unavailable as usize + 1);
    }

    #[test]
    fn every_code_is_in_the_guide_with_its_status() {
        let guide = include_str!("../../../../docs/headers.md");
        let rows: Vec<&str> = guide.lines().filter(|line| line.starts_with("| `")).collect();
        for Entry(_, status, word, ..) in TABLE {
            let is_row = |row: &&str| {
                let mut cells = row.split('|').skip(1);
                cells.next().is_some_and(|codes| codes.contains(&format!("`{word}`")))
                    && cells.next().is_some_and(|statuses| statuses.contains(&status.to_string()))
            };
            assert!(rows.iter().any(is_row), "docs/headers.md does not tell of {word}, {status}");
        }
    }
}
