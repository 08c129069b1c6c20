//! How a request that was not carried out is answered: problem details (RFC 9457) for programs, a page for people, with the same headers.

use doorward_domain::DecisionId;
use http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, Response, StatusCode};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::time::Duration;

use crate::code::Code;
use crate::decision::Decided;
use crate::keeping::must_not_be_kept;
use crate::retry_after::retry_after;

/// The media type of a problem document.
pub const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");
const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");

/// What the caller is told.
#[derive(Debug, Clone)]
pub struct Problem {
    code: Code,
    word: &'static str,
    detail: Cow<'static, str>,
    members: Map<String, Value>,
    wait: Option<Duration>,
}

impl Problem {
    /// In the code's own sentence.
    pub fn new(code: Code) -> Self {
        Self::with_detail(code, code.detail())
    }

    /// In a sentence of its own; the caller reads it.
    pub fn with_detail(code: Code, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { code, word: code.as_str(), detail: detail.into(), members: Map::new(), wait: code.wait() }
    }

    /// What was not understood, by a word narrower than [`Code::NotUnderstood`]: there are as many as readers have reasons.
    pub fn not_understood(word: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { word, ..Self::with_detail(Code::NotUnderstood, detail) }
    }

    /// With a member in the document; what every document has stays as it is.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.members.insert(name.into(), value.into());
        self
    }

    /// With how long to wait.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.wait = Some(wait);
        self
    }

    /// The code, for whoever acts on it.
    pub fn code(&self) -> Code {
        self.code
    }

    /// The code, as it is told.
    pub fn word(&self) -> &'static str {
        self.word
    }

    /// The sentence.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// What else the document says.
    pub fn members(&self) -> &Map<String, Value> {
        &self.members
    }

    /// How long to wait before it is worth asking again, where that helps.
    pub fn wait(&self) -> Option<Duration> {
        self.wait
    }

    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        self.code.status()
    }

    /// For a program.
    pub fn as_document(&self, id: DecisionId) -> Response<String> {
        self.answer(self.document(id), PROBLEM_JSON, id)
    }

    /// For a person, who is shown this page.
    pub fn as_page(&self, html: String, id: DecisionId) -> Response<String> {
        self.answer(html, HTML, id)
    }

    /// The type is `about:blank`, so the title is the status's own phrase (section 4.2.1); what it is exactly, `code` says.
    fn document(&self, id: DecisionId) -> String {
        let mut members = self.members.clone();
        members.insert("type".into(), "about:blank".into());
        members.insert("title".into(), self.status().canonical_reason().into());
        members.insert("status".into(), self.status().as_u16().into());
        members.insert("detail".into(), self.detail().into());
        members.insert("code".into(), self.word.into());
        if self.code.verdict().is_some() {
            members.insert("decision_id".into(), id.to_string().into());
        }
        Value::Object(members).to_string()
    }

    fn answer(&self, body: String, kind: HeaderValue, id: DecisionId) -> Response<String> {
        let mut response = Response::new(body);
        *response.status_mut() = self.status();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, kind);
        must_not_be_kept(headers);
        if self.status() == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, challenge(false));
        }
        headers.extend(self.wait.map(|wait| (RETRY_AFTER, retry_after(wait))));
        self.tell_decision(id, headers);
        response
    }

    /// Names the decision, on an answer that is neither document nor page.
    pub fn tell_decision(&self, id: DecisionId, headers: &mut HeaderMap) {
        if let Some(verdict) = self.code.verdict() {
            Decided { verdict, id, reason: self.word }.tell(headers);
        }
    }
}

/// `WWW-Authenticate`. A token that was presented and is no good is named as the reason (RFC 6750 section 3).
pub fn challenge(is_token_no_good: bool) -> HeaderValue {
    HeaderValue::from_static(if is_token_no_good {
        "Bearer realm=\"doorward\", error=\"invalid_token\""
    } else {
        "Bearer realm=\"doorward\""
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id() -> DecisionId {
        "01936f2e-5a77-7c11-8000-000000000001".parse().unwrap()
    }

    #[test]
    fn what_every_document_has_no_member_can_say_otherwise() {
        let problem =
            Problem::new(Code::Forbidden).with("status", 200).with("code", "ok").with("required_role", "admin");
        let said: Value = serde_json::from_str(problem.as_document(id()).body()).unwrap();
        let wanted = serde_json::json!({
            "type": "about:blank", "title": "Forbidden", "status": 403, "detail": "Your role does not include this.",
            "code": "forbidden", "decision_id": id().to_string(), "required_role": "admin",
        });
        assert_eq!(said, wanted);
    }

    #[test]
    fn a_narrower_word_is_told_wherever_the_code_is() {
        let answer = Problem::not_understood("ambiguous_path", "The path cannot be read.").as_document(id());
        let said: Value = serde_json::from_str(answer.body()).unwrap();
        assert_eq!(
            (answer.status(), &said["code"], &said["title"]),
            (StatusCode::BAD_REQUEST, &"ambiguous_path".into(), &"Bad Request".into())
        );
        assert_eq!(Decided::read(answer.headers()).map(|told| told.reason), Some("ambiguous_path"));
    }

    #[test]
    fn a_page_has_the_headers_of_the_document() {
        for code in Code::all() {
            let problem = Problem::new(code);
            let (page, document) = (problem.as_page("<p>".into(), id()), problem.as_document(id()));
            let others = |response: &Response<String>| {
                let mut headers = response.headers().clone();
                headers.remove(CONTENT_TYPE);
                headers
            };
            assert_eq!((page.status(), others(&page)), (document.status(), others(&document)), "{code:?}");
        }
    }

    #[test]
    fn how_long_to_wait_is_said_where_it_passes() {
        let said = |problem: Problem| problem.as_document(id()).headers().get(RETRY_AFTER).cloned();
        assert_eq!(said(Problem::new(Code::Starting)), Some("2".parse().unwrap()));
        assert_eq!(
            said(Problem::new(Code::Throttled).retry_after(Duration::from_millis(2001))),
            Some("3".parse().unwrap())
        );
        assert_eq!(said(Problem::new(Code::Forbidden)), None);
    }
}
