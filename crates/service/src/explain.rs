//! The decision that would be made, without touching the tool.

use bytes::Bytes;
use doorward_domain::{AppName, Operation, Resource, Role};
use http::{HeaderMap, Method};
use serde::Serialize;

use crate::ports::StoreError;
use crate::{Actor, NotAllowed};

/// The request to explain.
#[derive(Debug, Clone)]
pub struct Hypothetical {
    /// As this user; `None` is nobody.
    pub as_user: Option<String>,
    /// For this app; `None` is the only one, or the default.
    pub app: Option<AppName>,
    /// The method.
    pub method: Method,
    /// Path and query, as a client would send them.
    pub path: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

/// What would happen, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// `allow`, `deny`, `sign-in` or `refuse`.
    pub decision: &'static str,
    /// The app it was asked of.
    pub app: AppName,
    /// The user it was asked for.
    #[serde(rename = "as")]
    pub as_user: Option<String>,
    /// The role held on the app.
    pub role: Option<Role>,
    /// The strongest action asked for; absent when the request was not understood.
    pub action: Option<&'static str>,
    /// Everything the request does, each with its rule.
    pub operations: Vec<Operation>,
    /// What it acts on.
    pub resources: Vec<Resource>,
    /// The rule behind the strongest action.
    pub rule: Option<String>,
    /// The weakest role that would do.
    pub required_role: Option<Role>,
    /// A sentence.
    pub reason: String,
    /// Whether it would be recorded before being forwarded.
    pub changes_state: bool,
}

/// Why it could not be explained.
#[derive(Debug, thiserror::Error)]
pub enum ExplainError {
    /// Needs `admin`, or to be about oneself.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// There is no such user.
    #[error("there is no such user")]
    UnknownUser,
    /// There is no such app, or none was named and there are several.
    #[error("name one of the apps")]
    UnknownApp,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Explains decisions.
#[derive(Debug)]
pub struct Explain {}

impl Explain {
    /// What would be decided.
    pub async fn explain(&self, _actor: &Actor, _request: &Hypothetical) -> Result<Explanation, ExplainError> {
        Err(ExplainError::UnknownApp)
    }
}
