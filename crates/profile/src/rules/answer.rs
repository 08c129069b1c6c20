//! What a rule says about the tool's answer, beside who may ask for it.

use http::header::{CONTENT_SECURITY_POLICY, HeaderMap, HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// `answer` of a rule, as it is written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswerText {
    /// Headers that the answer gets.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// Whether a page may install what is answered here as a service worker. Such a script sees every request of this origin below its
    /// path, Doorward's own pages too if that is `/`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub service_worker: bool,
}

/// `answer` of a rule, ready.
#[derive(Debug, Clone, Default)]
pub struct AnswerRule {
    headers: Vec<(HeaderName, HeaderValue)>,
    service_worker: bool,
}

impl AnswerRule {
    /// Reads it, or says all that is wrong.
    pub(crate) fn compile(text: &AnswerText) -> Result<Self, Vec<String>> {
        let mut mistakes = Vec::new();
        let mut headers = Vec::new();
        for (name, value) in &text.headers {
            match (HeaderName::try_from(name), HeaderValue::try_from(value)) {
                (Ok(name), _) if !is_settable(&name) => {
                    mistakes.push(format!("answer: `{name}` is not a header that a rule may set"));
                }
                (Ok(name), Ok(value)) => headers.push((name, value)),
                (Err(_), _) => mistakes.push(format!("answer: `{name}` is not the name of a header")),
                (_, Err(_)) => mistakes.push(format!("answer: the value of `{name}` cannot stand in a header")),
            }
        }
        if mistakes.is_empty() { Ok(Self { headers, service_worker: text.service_worker }) } else { Err(mistakes) }
    }

    /// Whether what is answered may become a service worker.
    pub fn allows_service_worker(&self) -> bool {
        self.service_worker
    }

    /// Puts its headers on an answer. Policies add up: a browser keeps to all of them, so the tool's own is never weakened (CSP 3
    /// section 8.1). Of any other header the rule's value counts.
    pub fn put_on(&self, answer: &mut HeaderMap) {
        for (name, value) in &self.headers {
            if *name == CONTENT_SECURITY_POLICY {
                answer.append(name, value.clone());
            } else {
                answer.insert(name, value.clone());
            }
        }
    }
}

/// Not what frames the message, and not what is only ours to say.
fn is_settable(name: &HeaderName) -> bool {
    let name = name.as_str();
    let frames = [
        "connection",
        "content-length",
        "content-encoding",
        "transfer-encoding",
        "upgrade",
        "keep-alive",
        "trailer",
        "te",
    ];
    let ours = ["set-cookie", "clear-site-data", "service-worker-allowed", "www-authenticate", "location"];
    !frames.contains(&name) && !ours.contains(&name) && !name.starts_with("doorward-")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compiled(pairs: &[(&str, &str)]) -> Result<AnswerRule, Vec<String>> {
        let headers = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        AnswerRule::compile(&AnswerText { headers, service_worker: false })
    }

    #[test]
    fn a_policy_is_added_to_the_tools_own_and_any_other_header_takes_its_place() {
        let rule = compiled(&[("Content-Security-Policy", "sandbox"), ("X-Frame-Options", "DENY")]).unwrap();
        let mut answer = HeaderMap::new();
        answer.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'self'"));
        answer.insert("x-frame-options", HeaderValue::from_static("SAMEORIGIN"));
        rule.put_on(&mut answer);
        let policies: Vec<_> = answer.get_all(CONTENT_SECURITY_POLICY).iter().collect();
        assert_eq!(policies, ["default-src 'self'", "sandbox"]);
        assert_eq!(answer.get_all("x-frame-options").iter().collect::<Vec<_>>(), ["DENY"]);
    }

    #[test]
    fn what_frames_the_answer_or_is_ours_to_say_cannot_be_set() {
        let refused = compiled(&[
            ("Content-Length", "0"),
            ("Set-Cookie", "a=b"),
            ("Doorward-Decision", "allow"),
            ("a b", "c"),
            ("x", "\n"),
        ]);
        assert_eq!(refused.unwrap_err().len(), 5);
    }
}
