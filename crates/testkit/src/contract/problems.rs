//! How an edge says no: door and desk each call [`said`] with every answer that they can make of a code.

use doorward_http::{Code, Decided, PROBLEM_JSON};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, Response};
use serde_json::Value;

/// To whom it was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum To {
    /// Problem details.
    Program,
    /// A page.
    Person,
}

/// The answer says what the table of codes says, and so does every header. `word` is the code's own, or a narrower one.
pub fn said(code: Code, word: &str, to: To, answer: &Response<String>) {
    let about = format!("{code:?} to a {to:?}: {answer:?}");
    assert_eq!(answer.status(), code.status(), "{about}");
    let decided = Decided::read(answer.headers());
    assert_eq!(decided.map(|decided| decided.verdict), code.verdict(), "{about}");
    assert!(decided.is_none_or(|decided| decided.reason == word), "{about}");
    headers(code, answer.headers(), &about);
    match to {
        To::Program => document(code, word, answer, decided, &about),
        To::Person => {
            assert_eq!(answer.headers()[CONTENT_TYPE], "text/html; charset=utf-8", "{about}");
        }
    }
}

fn headers(code: Code, headers: &HeaderMap, about: &str) {
    assert_eq!(headers[CACHE_CONTROL], "no-store", "{about}");
    let challenge = headers.get(WWW_AUTHENTICATE).map(|value| value.to_str().unwrap());
    assert_eq!(challenge.is_some(), code.status() == 401, "{about}");
    assert!(challenge.is_none_or(|challenge| challenge.starts_with("Bearer realm=\"doorward\"")), "{about}");
    let wait = headers.get(RETRY_AFTER).map(|value| value.to_str().unwrap().parse::<u64>().unwrap());
    assert_eq!(wait, code.wait().map(|wait| wait.as_secs()), "{about}");
    for name in [CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE, doorward_http::DECISION] {
        assert!(headers.get_all(&name).iter().count() <= 1, "{name} once: {about}");
    }
}

fn document(code: Code, word: &str, answer: &Response<String>, decided: Option<Decided<'_>>, about: &str) {
    assert_eq!(answer.headers()[CONTENT_TYPE], PROBLEM_JSON, "{about}");
    let said: Value = serde_json::from_str(answer.body()).unwrap();
    assert_eq!(said["type"], "about:blank", "{about}");
    assert_eq!(said["title"], code.status().canonical_reason().unwrap(), "{about}");
    assert_eq!(said["status"], code.status().as_u16(), "{about}");
    assert_eq!(said["code"], word, "{about}");
    assert!(said["detail"].as_str().is_some_and(|detail| detail.ends_with('.')), "{about}");
    let id = said.get("decision_id").map(|id| id.as_str().unwrap().to_owned());
    assert_eq!(id, decided.map(|decided| decided.id.to_string()), "{about}");
    let login = said.get("login_url").map(|login| login.as_str().unwrap());
    assert_eq!(login.is_some(), code.status() == 401, "{about}");
    assert!(login.is_none_or(|login| login.starts_with(doorward_http::desk_paths::LOGIN)), "{about}");
}
