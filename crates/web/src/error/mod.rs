//! How failures are worded: one error for the whole desk, with a public code and a private cause.
//!
//! Handlers return [`ApiError`]; it becomes an answer only in [`crate::middleware`], which knows whether a person or a program asked,
//! names the decision, and logs the cause, once. `from_service` says which failure of a verb has which public code; what a code means is
//! the same at the door ([`doorward_http::Code`]).

mod from_service;

use axum::response::{IntoResponse, Response};
use doorward_http::{Problem, whole_seconds};
use http::StatusCode;
use serde_json::Value;
use std::{borrow::Cow, sync::Arc, time::Duration};

pub(crate) use doorward_http::Code;

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// A failure: what the caller is told, and why it really happened.
#[derive(Debug, Clone)]
pub(crate) struct ApiError(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    problem: Problem,
    cause: Option<Cause>,
}

impl ApiError {
    /// A failure, in the code's own words.
    pub fn new(code: Code) -> Self {
        Self::of(Problem::new(code))
    }

    /// A failure, in words of its own; the caller reads them.
    pub fn with_detail(code: Code, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::of(Problem::with_detail(code, detail))
    }

    /// A failure that the caller is told nothing about.
    pub fn caused(code: Code, cause: impl Into<Cause>) -> Self {
        Self::new(code).change(|inner| inner.cause = Some(cause.into()))
    }

    /// A failure that the caller is told no more about than these words.
    pub fn caused_in_words(code: Code, detail: &'static str, cause: impl Into<Cause>) -> Self {
        Self::with_detail(code, detail).change(|inner| inner.cause = Some(cause.into()))
    }

    /// A body longer than what the desk reads.
    pub fn too_large() -> Self {
        Self::with_detail(Code::TooLarge, "The body is larger than 1 MiB.")
    }

    /// The failure for an answer that the framework made on its own.
    pub fn of_status(status: StatusCode) -> Self {
        Self::new(match status.as_u16() {
            404 => Code::NotFound,
            405 => Code::MethodNotAllowed,
            413 => return Self::too_large(),
            415 => Code::UnsupportedMediaType,
            422 => Code::InvalidInput,
            400..=499 => Code::BadRequest,
            _ => Code::Internal,
        })
    }

    fn of(problem: Problem) -> Self {
        Self(Arc::new(Inner { problem, cause: None }))
    }

    /// With a member in the problem document.
    pub fn with(self, name: &str, value: impl Into<Value>) -> Self {
        self.change(|inner| inner.problem = inner.problem.clone().with(name, value))
    }

    /// Too many tries; says how long to wait, in words and as `Retry-After`.
    pub fn throttled(wait: Duration) -> Self {
        let seconds = whole_seconds(wait);
        let unit = if seconds == 1 { "second" } else { "seconds" };
        Self::with_detail(Code::Throttled, format!("Too many tries. Try again in {seconds} {unit}.")).retry_after(wait)
    }

    /// With how long to wait.
    pub fn retry_after(self, wait: Duration) -> Self {
        self.change(|inner| inner.problem = inner.problem.clone().retry_after(wait))
    }

    fn change(mut self, edit: impl FnOnce(&mut Inner)) -> Self {
        if let Some(inner) = Arc::get_mut(&mut self.0) {
            edit(inner);
        }
        self
    }

    /// What the caller is told.
    pub fn problem(&self) -> &Problem {
        &self.0.problem
    }

    /// The public code.
    pub fn code(&self) -> Code {
        self.problem().code()
    }

    /// The words for the caller.
    pub fn detail(&self) -> &str {
        self.problem().detail()
    }

    /// Why, for the log: the whole chain of causes.
    pub fn cause(&self) -> Option<String> {
        let mut next: Option<&dyn std::error::Error> = self.0.cause.as_deref().map(|cause| cause as _);
        let mut words = Vec::new();
        while let Some(cause) = next {
            words.push(cause.to_string());
            next = cause.source();
        }
        (!words.is_empty()).then(|| words.join(": "))
    }
}

impl IntoResponse for ApiError {
    /// Carried to `middleware`, which writes the answer.
    fn into_response(self) -> Response {
        let mut response = self.code().status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}
