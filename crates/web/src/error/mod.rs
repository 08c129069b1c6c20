//! How failures are worded: one error for the whole desk, with a public code and a private cause.
//!
//! Handlers return [`ApiError`]; it becomes an answer only in [`crate::middleware`], which knows whether a person or a program asked,
//! names the decision, and logs the cause, once. `from_service` says which failure of a verb has which code.

mod code;
mod from_service;

use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue};
use serde_json::{Map, Value};
use std::{borrow::Cow, sync::Arc, time::Duration};

pub(crate) use code::Code;

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// A failure: what the caller is told, and why it really happened.
#[derive(Debug, Clone)]
pub(crate) struct ApiError(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    code: Code,
    detail: Cow<'static, str>,
    members: Map<String, Value>,
    headers: Vec<(HeaderName, HeaderValue)>,
    cause: Option<Cause>,
}

impl ApiError {
    /// A failure, in the code's own words.
    pub fn new(code: Code) -> Self {
        Self::with_detail(code, code.detail())
    }

    /// A failure, in words of its own; the caller reads them.
    pub fn with_detail(code: Code, detail: impl Into<Cow<'static, str>>) -> Self {
        Self(Arc::new(Inner { code, detail: detail.into(), members: Map::new(), headers: Vec::new(), cause: None }))
    }

    /// A failure that the caller is told nothing about.
    pub fn caused(code: Code, cause: impl Into<Cause>) -> Self {
        Self::new(code).change(|inner| inner.cause = Some(cause.into()))
    }

    /// A failure that the caller is told no more about than these words.
    pub fn caused_in_words(code: Code, detail: &'static str, cause: impl Into<Cause>) -> Self {
        Self::with_detail(code, detail).change(|inner| inner.cause = Some(cause.into()))
    }

    /// With a member in the problem document.
    pub fn with(self, name: &str, value: impl Into<Value>) -> Self {
        self.change(|inner| {
            inner.members.insert(name.to_owned(), value.into());
        })
    }

    /// With a header on the answer.
    pub fn with_header(self, name: HeaderName, value: HeaderValue) -> Self {
        self.change(|inner| inner.headers.push((name, value)))
    }

    /// Too many tries; says how long to wait, in words and as `Retry-After`.
    pub fn throttled(wait: Duration) -> Self {
        let seconds = whole_seconds(wait);
        let unit = if seconds == 1 { "second" } else { "seconds" };
        Self::with_detail(Code::Throttled, format!("Too many tries. Try again in {seconds} {unit}.")).retry_after(wait)
    }

    /// With `Retry-After`, in whole seconds, rounded up.
    pub fn retry_after(self, wait: Duration) -> Self {
        self.with_header(http::header::RETRY_AFTER, HeaderValue::from(whole_seconds(wait)))
    }

    fn change(mut self, edit: impl FnOnce(&mut Inner)) -> Self {
        if let Some(inner) = Arc::get_mut(&mut self.0) {
            edit(inner);
        }
        self
    }

    /// The public code.
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// The words for the caller.
    pub fn detail(&self) -> &str {
        &self.0.detail
    }

    /// What else the problem document says.
    pub fn members(&self) -> &Map<String, Value> {
        &self.0.members
    }

    /// Headers of the answer.
    pub fn headers(&self) -> &[(HeaderName, HeaderValue)] {
        &self.0.headers
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

/// Rounded up, so that whoever waits that long has waited long enough.
fn whole_seconds(wait: Duration) -> u64 {
    (wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1)
}

impl IntoResponse for ApiError {
    /// Carried to the edge, which writes the answer.
    fn into_response(self) -> Response {
        let mut response = self.code().status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}
