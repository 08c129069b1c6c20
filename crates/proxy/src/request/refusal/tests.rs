use doorward_domain::{Action, DecisionId, Operation, Refusal, Remedy, RuleName, Targets, Why};
use doorward_http::{Code, Decided, Verdict};
use doorward_profile::Misread;
use doorward_service::Client;
use doorward_service::audit_log::AuditUnavailable;
use doorward_testkit::contract::problems::{To, said};
use http::header::{CONNECTION, HeaderValue, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE};
use http::request::Parts;
use http::{Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use std::time::Duration;

use super::super::{AuditContext, Rejection};
use super::render;
use crate::body::AnswerBody;
use crate::desk::{Denial, Desk, DeskAnswer, FormPassedOn, Page};
use crate::upstream::{BodyFault, UpstreamError};

/// A desk whose pages say nothing.
struct Blank;

impl Desk for Blank {
    fn call(&self, _: Request<bytes::Bytes>, _: Client) -> DeskAnswer {
        unreachable!("nothing is asked of it")
    }

    fn body_limit(&self, _: &str) -> usize {
        0
    }

    fn denied(&self, _: &Denial<'_>) -> Page {
        Page::default()
    }

    fn starting(&self, _: &str, _: &str) -> Page {
        Page { headers: vec![(RETRY_AFTER, HeaderValue::from_static("9"))], ..Page::default() }
    }

    fn unsent(&self, _: &str, _: Option<&str>) -> Page {
        Page::default()
    }

    fn trouble(&self, _: StatusCode, title: &str, _: &str, _: bool) -> Page {
        Page { html: title.to_owned(), ..Page::default() }
    }

    fn maybe_done(&self, form: &FormPassedOn<'_>) -> Page {
        Page { html: form.title.to_owned(), ..Page::default() }
    }
}

fn id() -> DecisionId {
    "01936f2e-5a77-7c11-8000-000000000001".parse().unwrap()
}

fn refusal() -> Box<Refusal> {
    let operation = Operation {
        name: "launchRun".into(),
        action: Action::Run,
        rule: RuleName::UNCLASSIFIED,
        called: None,
        family: None,
        targets: Targets::Whole,
    };
    Box::new(Refusal {
        id: id(),
        name: "ada".parse().unwrap(),
        is_key: false,
        is_capped: false,
        held: None,
        on_parts: None,
        operation,
        why: Why::TooWeak,
        denied: None,
        unresolved: None,
        remedy: Remedy::Nothing,
        in_doubt: None,
        lacks: None,
        ended: None,
    })
}

/// Every way a walk can end, with every fault in it.
fn rejections() -> Vec<Rejection> {
    let not_up = |is_starting| Rejection::NotUp { is_starting, sentence: "The tool is not there.".to_owned() };
    vec![
        Rejection::Misread(Misread::new("ambiguous_path", "The path cannot be read.")),
        Rejection::Method,
        Rejection::NoApp,
        Rejection::Elsewhere("/dagster/".to_owned()),
        Rejection::Busy,
        Rejection::SetupRequired,
        Rejection::SignIn,
        Rejection::CrossSite,
        Rejection::ServiceWorker,
        Rejection::Denied(refusal()),
        Rejection::DeniedInside(refusal(), bytes::Bytes::from_static(b"{}")),
        not_up(true),
        not_up(false),
        Rejection::Body(BodyFault::Gone),
        Rejection::Body(BodyFault::TooSlow),
        Rejection::Body(BodyFault::TooLarge(1)),
        Rejection::Body(BodyFault::NoRoom),
        Rejection::RestOfBody(BodyFault::Gone),
        Rejection::RestOfBody(BodyFault::TooSlow),
        Rejection::Tool(UpstreamError::Refused(String::new())),
        Rejection::Tool(UpstreamError::Unreachable(String::new())),
        Rejection::Tool(UpstreamError::Gone(Box::new(UpstreamError::ConnectTimeout))),
        Rejection::Tool(UpstreamError::ConnectTimeout),
        Rejection::Tool(UpstreamError::Closed),
        Rejection::Tool(UpstreamError::Malformed("no status")),
        Rejection::Tool(UpstreamError::TooSlow),
        Rejection::AnswerWithheld { is_signed_out: false, inside: None },
        Rejection::AnswerWithheld { is_signed_out: true, inside: None },
        Rejection::AuditUnavailable(AuditUnavailable::DiskFull),
        Rejection::AuditUnavailable(AuditUnavailable::Failed),
        Rejection::StoreUnavailable,
        Rejection::TooMany(Duration::from_secs(1)),
    ]
}

/// What each is called. A new way to end does not compile before it is here, and then in the list.
fn code_of(rejection: &Rejection) -> Code {
    match rejection {
        Rejection::Misread(_) => Code::NotUnderstood,
        Rejection::Method => Code::MethodNotAllowed,
        Rejection::NoApp => Code::NoApp,
        Rejection::Busy | Rejection::Body(BodyFault::NoRoom) | Rejection::RestOfBody(BodyFault::NoRoom) => Code::Busy,
        Rejection::SetupRequired => Code::SetupRequired,
        Rejection::SignIn | Rejection::Elsewhere(_) => Code::SignInRequired,
        Rejection::CrossSite => Code::CrossSite,
        Rejection::ServiceWorker => Code::ServiceWorker,
        Rejection::Denied(_) | Rejection::DeniedInside(..) => Code::Forbidden,
        Rejection::NotUp { is_starting: true, .. } => Code::Starting,
        Rejection::NotUp { is_starting: false, .. } => Code::AppDown,
        Rejection::Body(BodyFault::Gone) | Rejection::RestOfBody(BodyFault::Gone) => Code::BodyBroken,
        Rejection::Body(BodyFault::TooSlow) | Rejection::RestOfBody(BodyFault::TooSlow) => Code::BodyTimeout,
        Rejection::Body(BodyFault::TooLarge(_)) | Rejection::RestOfBody(BodyFault::TooLarge(_)) => Code::TooLarge,
        Rejection::Tool(UpstreamError::Refused(_) | UpstreamError::Unreachable(_) | UpstreamError::Gone(_)) => {
            Code::UpstreamUnreachable
        }
        Rejection::Tool(UpstreamError::ConnectTimeout | UpstreamError::TooSlow) => Code::UpstreamTimeout,
        Rejection::Tool(UpstreamError::Closed | UpstreamError::Malformed(_)) => Code::UpstreamBroken,
        // These two are other rejections by then.
        Rejection::Tool(UpstreamError::Client(_) | UpstreamError::Revoked) => Code::Internal,
        Rejection::AnswerWithheld { .. } => Code::AnswerWithheld,
        Rejection::AuditUnavailable(_) => Code::AuditUnavailable,
        Rejection::StoreUnavailable => Code::StoreUnavailable,
        Rejection::TooMany(_) => Code::TooManyRequests,
    }
}

fn asked(method: &str, headers: &[(&str, &str)]) -> Parts {
    let request = headers
        .iter()
        .fold(Request::builder().method(method).uri("/runs"), |request, (name, value)| request.header(*name, *value));
    request.body(()).unwrap().into_parts().0
}

async fn answer(parts: &Parts, rejection: Rejection) -> Response<String> {
    let (head, body) = render(&Blank, parts, &AuditContext::default(), id(), rejection).into_parts();
    let body = AnswerBody::collect(body).await.unwrap().to_bytes();
    Response::from_parts(head, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn what_the_door_says_is_what_the_table_of_codes_says() {
    let program = asked("GET", &[]);
    for rejection in rejections() {
        let (code, is_document) =
            (code_of(&rejection), !matches!(rejection, Rejection::Elsewhere(_) | Rejection::DeniedInside(..)));
        let word = if code == Code::NotUnderstood { "ambiguous_path" } else { code.as_str() };
        if is_document {
            said(code, word, To::Program, &answer(&program, rejection).await);
        }
    }
    // A form, because it is led nowhere.
    let person = asked("POST", &[("sec-fetch-mode", "navigate")]);
    for rejection in rejections() {
        let (code, leads_on) = (
            code_of(&rejection),
            matches!(rejection, Rejection::Elsewhere(_) | Rejection::DeniedInside(..) | Rejection::SetupRequired),
        );
        // The page that waits for the tool would look again for it without the form.
        let has_page_of_its_own = matches!(rejection, Rejection::SignIn | Rejection::Denied(_));
        let word = if code == Code::NotUnderstood { "ambiguous_path" } else { code.as_str() };
        if !leads_on {
            let page = answer(&person, rejection).await;
            said(code, word, To::Person, &page);
            assert_eq!(page.body(), if has_page_of_its_own { "" } else { code.heading() });
        }
    }
}

#[tokio::test]
async fn what_leads_on_or_is_told_inside_names_the_decision_too() {
    let person = asked("GET", &[("accept", "text/html")]);
    let told = |response: &Response<String>| {
        Decided::read(response.headers()).map(|told| (told.verdict, told.reason == "forbidden"))
    };
    for (rejection, status, verdict, to) in [
        (Rejection::SignIn, 302, Some((Verdict::SignIn, false)), "/_doorward/login?next=/runs"),
        (Rejection::SetupRequired, 302, Some((Verdict::Refuse, false)), "/_doorward/setup"),
        (Rejection::DeniedInside(refusal(), bytes::Bytes::new()), 200, Some((Verdict::Deny, true)), ""),
        (Rejection::Elsewhere("/dagster/".to_owned()), 302, None, "/dagster/"),
    ] {
        let response = answer(&person, rejection).await;
        let location = response.headers().get(LOCATION).map_or("", |to| to.to_str().unwrap());
        assert_eq!((response.status().as_u16(), told(&response), location), (status, verdict, to), "{response:?}");
    }
}

#[tokio::test]
async fn a_token_that_opens_nothing_is_named_as_the_reason() {
    let token = format!("Bearer dws_{}", "A".repeat(43));
    let challenge = async |authorization: &str| {
        let response = answer(&asked("GET", &[("authorization", authorization)]), Rejection::SignIn).await;
        response.headers()[WWW_AUTHENTICATE].to_str().unwrap().to_owned()
    };
    assert_eq!(challenge(&token).await, "Bearer realm=\"doorward\", error=\"invalid_token\"");
    assert_eq!(challenge("Bearer a-token-of-the-tool").await, "Bearer realm=\"doorward\"");
}

#[tokio::test]
async fn how_long_to_wait_is_rounded_up() {
    for (millis, seconds) in [(0, "1"), (1001, "2"), (2000, "2")] {
        let response = answer(&asked("GET", &[]), Rejection::TooMany(Duration::from_millis(millis))).await;
        assert_eq!(response.headers()[RETRY_AFTER], seconds, "{millis}");
    }
}

#[tokio::test]
async fn a_connection_on_which_nothing_can_follow_ends() {
    let ends = async |rejection| {
        answer(&asked("GET", &[]), rejection).await.headers().get(CONNECTION).is_some_and(|value| value == "close")
    };
    assert!(ends(Rejection::Busy).await && ends(Rejection::Body(BodyFault::TooSlow)).await);
    assert!(ends(Rejection::Body(BodyFault::TooLarge(1))).await && !ends(Rejection::NoApp).await);
}
