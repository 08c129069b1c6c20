//! What the door needs from the desk. The binary ties the two together; neither knows the other.

use bytes::Bytes;
use doorward_domain::{Action, DecisionId, GrantId, Principal, Role, SessionId, Timestamp};
use doorward_service::Client;
use doorward_service::ports::NamedAccess;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use std::error::Error;
use std::future::Future;
use std::pin::Pin;

/// The body of a desk's answer.
pub type DeskBody = UnsyncBoxBody<Bytes, Box<dyn Error + Send + Sync>>;

/// A desk's answer in the making.
pub type DeskAnswer = Pin<Box<dyn Future<Output = Response<DeskBody>> + Send>>;

/// Doorward's own pages and API, and the pages the door shows in a tool's place.
///
/// Calls run on the control runtime, never on a worker. Everything below `/_doorward/` is handed over with its path in canonical
/// form and with the settled [`Client`] as a request extension; who is asking is the desk's to find out.
pub trait Desk: Send + Sync + 'static {
    /// Answers a request for the desk. Its body has arrived.
    fn call(&self, request: Request<Bytes>, client: Client) -> DeskAnswer;

    /// The longest body of a request for this path of the desk, in bytes. A longer one is refused with 413 before the desk sees it.
    fn body_limit(&self, path: &str) -> usize;

    /// The address of the script that is our menu in the tools' pages; `None` is no menu.
    fn menu_script(&self) -> Option<&str> {
        None
    }

    /// The page that says no, to whom, and what would do.
    fn denied(&self, denial: &Denial<'_>) -> Page;

    /// The page to wait on until the tool answers; refreshes itself.
    fn starting(&self, title: &str, sentence: &str) -> Page;

    /// The page for somebody whose form came after their session had ended: nothing was passed on; sign in at `login`, then send it
    /// again. `back` is the page with the form, if it is known.
    fn unsent(&self, login: &str, back: Option<&str>) -> Page;

    /// The page that says what went wrong; `may_try_again` when the same address can be asked for again.
    fn trouble(&self, status: StatusCode, title: &str, sentence: &str, may_try_again: bool) -> Page;

    /// The page that answers a form of which nobody can tell what became: it may have been done.
    fn maybe_done(&self, form: &FormPassedOn<'_>) -> Page;
}

/// A page for a browser. Status and `Doorward-Decision` are the door's to add.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// The document.
    pub html: String,
    /// Its headers, `Content-Type` apart: policy, caching.
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

/// What somebody is told whose form was passed on, and who may not see what came of it, or nobody does.
#[derive(Debug, Clone, Copy)]
pub struct FormPassedOn<'a> {
    /// How it is answered.
    pub status: StatusCode,
    /// What went wrong.
    pub title: &'a str,
    /// The same in sentences, and what to do before it is sent again.
    pub sentence: &'a str,
    /// Names the decision, under which the audit log has it.
    pub decision_id: DecisionId,
    /// Who sent it, as long as they are signed in.
    pub who: Option<&'a Principal>,
    /// What people call the app.
    pub app_title: &'a str,
    /// Where to look: the page with the form, or the app; for whoever has to sign in first, where they do, and come back from.
    pub onward: &'a str,
    /// Whether they have to.
    pub is_signed_out: bool,
}

/// What a refused person is told.
#[derive(Debug, Clone, Copy)]
pub struct Denial<'a> {
    /// Names the decision.
    pub decision_id: DecisionId,
    /// Who was refused.
    pub username: &'a str,
    /// The same with what they may do elsewhere, where it is known.
    pub who: Option<&'a Principal>,
    /// The role they hold on the app.
    pub held: Option<Role>,
    /// The strongest role they hold on anything of it.
    pub on_parts: Option<Role>,
    /// The grant that denies it, if one does.
    pub denied_by: Option<GrantId>,
    /// Until when they were given it, if they were and that has ended.
    pub ended: Option<Timestamp>,
    /// The weakest role that would do.
    pub required_role: Option<Role>,
    /// What it would have been.
    pub required_action: Action,
    /// What, why, and what would do.
    pub sentence: &'a str,
    /// What people call the app.
    pub app_title: &'a str,
    /// What they can ask for, if a grant would do: in words, and with which session.
    pub asking: Option<(&'a str, SessionId)>,
    /// What they have asked for already, and waits for an answer or was declined.
    pub asked: Option<&'a NamedAccess>,
    /// What was refused, where it is a page to come back to: path and query.
    pub wanted: Option<&'a str>,
}
