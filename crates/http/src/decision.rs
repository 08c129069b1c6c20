//! `Doorward-Decision`: how an answer of Doorward's says what was decided, under which id it is found, and why.

use doorward_domain::DecisionId;
use http::HeaderMap;
use http::header::{HeaderName, HeaderValue};
use std::fmt;

/// The header.
pub const DECISION: HeaderName = HeaderName::from_static("doorward-decision");

/// What was decided about a request that was not carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Whoever asks may not.
    Deny,
    /// Nobody knows who asks.
    SignIn,
    /// It went no further, whoever asks.
    Refuse,
}

impl Verdict {
    /// In the header.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Deny => "deny",
            Self::SignIn => "sign-in",
            Self::Refuse => "refuse",
        }
    }
}

/// What the header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decided<'a> {
    /// What was decided.
    pub verdict: Verdict,
    /// Under this it is found in the log, and in the audit log where it is recorded.
    pub id: DecisionId,
    /// The code.
    pub reason: &'a str,
}

impl fmt::Display for Decided<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; id={}; reason={}", self.verdict.as_str(), self.id, self.reason)
    }
}

impl<'a> Decided<'a> {
    /// Has an answer say so.
    pub fn tell(self, headers: &mut HeaderMap) {
        // Codes are words; what was none would leave the header out.
        headers.extend(HeaderValue::try_from(self.to_string()).ok().map(|value| (DECISION, value)));
    }

    /// Reads what an answer says; `None` where it does not say, or says it in another way.
    pub fn read(headers: &'a HeaderMap) -> Option<Self> {
        let mut parts = headers.get(DECISION)?.to_str().ok()?.split("; ");
        let said = parts.next()?;
        let verdict = [Verdict::Deny, Verdict::SignIn, Verdict::Refuse].into_iter().find(|v| v.as_str() == said)?;
        let id = parts.next()?.strip_prefix("id=")?.parse().ok()?;
        let reason = parts.next()?.strip_prefix("reason=")?;
        parts.next().is_none().then_some(Self { verdict, id, reason })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "01936f2e-5a77-7c11-8000-000000000001";

    #[test]
    fn what_is_told_is_read() {
        for verdict in [Verdict::Deny, Verdict::SignIn, Verdict::Refuse] {
            let told = Decided { verdict, id: ID.parse().unwrap(), reason: "forbidden" };
            let mut headers = HeaderMap::new();
            told.tell(&mut headers);
            assert_eq!(headers[DECISION], format!("{}; id={ID}; reason=forbidden", verdict.as_str()));
            assert_eq!(Decided::read(&headers), Some(told));
        }
    }

    #[test]
    fn what_is_said_otherwise_is_not_read() {
        for said in ["", "allow; id=x; reason=y", "deny", "deny; id=1; reason=forbidden", &format!("deny; id={ID}")] {
            let headers = [(DECISION, said.parse().unwrap())].into_iter().collect();
            assert_eq!(Decided::read(&headers), None, "{said}");
        }
    }
}
