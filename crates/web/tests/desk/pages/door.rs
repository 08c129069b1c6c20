//! What the door shows instead of an app.

use doorward_domain::{DecisionId, GrantId, Role, SessionId, Timestamp};
use doorward_service::ports::NamedAccess;
use doorward_testkit::{access_request, user};
use doorward_web::Contact;
use doorward_web::pages::{
    AskFor, DeniedPage, MaybeDonePage, SECURITY_HEADERS, denied_response, maybe_done_response, starting_response,
    trouble_response, unsent_response,
};
use http::StatusCode;

fn header<'a>(response: &'a http::Response<String>, name: &str) -> &'a str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

#[test]
fn a_refusal_says_who_what_and_which_role_would_do_and_escapes_all_of_it() {
    let decision_id = DecisionId::generate(Timestamp::from_millis(0), [0; 10]);
    let response = denied_response(&DeniedPage {
        sentence: "You are signed in as <ada>.",
        held: Some(Role::Viewer),
        on_parts: None,
        denied_by: None,
        ended: None,
        required_role: Some(Role::Operator),
        decision_id,
        username: "<ada>",
        app_title: "\"Wiki\" & more",
        command: "doorward",
        contact: &Contact::new("Ask <data@example.com>"),
        asking: None,
        asked: None,
        wanted: Some("/runs?a=<b>"),
    });
    assert_eq!(response.status(), 403);
    let html = response.body();
    assert!(html.contains("You are signed in as &#60;ada&#62;.") && !html.contains("<ada>"), "{html}");
    assert!(html.contains("You don’t have access"));
    assert!(html.contains("Ask &#60;<a href=\"mailto:data@example.com\">data@example.com</a>&#62;"), "{html}");
    assert!(html.contains("<dt>Role needed</dt><dd>operator</dd>") && html.contains(&decision_id.to_string()));
}

#[test]
fn a_denial_is_named_where_it_refuses() {
    let (decision_id, denial) = (
        DecisionId::generate(Timestamp::from_millis(0), [0; 10]),
        GrantId::generate(Timestamp::from_millis(0), [1; 10]),
    );
    let page = |on_parts, denied_by| {
        denied_response(&DeniedPage {
            sentence: "No.",
            held: None,
            on_parts,
            denied_by,
            ended: Some("2026-11-20T11:00:00Z".parse().unwrap()),
            required_role: None,
            decision_id,
            username: "ada",
            app_title: "Wiki",
            command: "doorward",
            contact: &Contact::new(""),
            asking: None,
            asked: None,
            wanted: Some("/runs?a=<b>"),
        })
        .into_body()
    };
    let denied = page(None, Some(denial));
    assert!(denied.contains(&format!("<dt>Denied by</dt><dd>the denial {denial}</dd>")), "{denied}");
    assert!(!denied.contains("Role needed"));
    let on_parts = page(Some(Role::Operator), None);
    assert!(on_parts.contains("<dt>Your role</dt><dd>operator on parts of this app</dd>"), "{on_parts}");
    assert!(!on_parts.contains("Denied by"));
    assert!(on_parts.contains("href=\"/_doorward/logout?next=/runs%3Fa%3D%3Cb%3E\""), "{on_parts}");
    let ended = "<dt>Access ended</dt><dd><time datetime=\"2026-11-20T11:00:00Z\">20 Nov 2026, 11:00 UTC</time></dd>";
    assert!(on_parts.contains(ended), "{on_parts}");
}

/// Where the desk has a host of its own, the form is there: from an app's host nothing could be sent to it.
#[test]
fn what_can_be_asked_for_stands_under_a_refusal_as_a_form_or_as_a_link_to_one() {
    let decision_id = DecisionId::generate(Timestamp::from_millis(0), [0; 10]);
    let session = SessionId::generate(Timestamp::from_millis(0), [1; 10]);
    let page = |csrf_key: Option<&[u8; 32]>| {
        let asking = Some(AskFor::new("operator on job:<x> of Wiki", csrf_key, session));
        denied_response(&DeniedPage {
            sentence: "No.",
            held: None,
            on_parts: None,
            denied_by: None,
            ended: None,
            required_role: Some(Role::Operator),
            decision_id,
            username: "ada",
            app_title: "Wiki",
            command: "doorward",
            contact: &Contact::new(""),
            asking,
            asked: None,
            wanted: Some("/runs?a=<b>"),
        })
        .into_body()
    };
    let (form, link) = (page(Some(&[7; 32])), page(None));
    assert!(form.contains(&format!("action=\"/_doorward/denied/{decision_id}\"")) && form.contains("name=\"csrf\""));
    assert!(form.contains("operator on job:&#60;x&#62; of Wiki"), "{form}");
    assert!(!link.contains("<form") && link.contains(&format!("href=\"/_doorward/denied/{decision_id}\"")), "{link}");
}

#[test]
fn who_has_asked_for_it_reads_that_it_waits() {
    let decision_id = DecisionId::generate(Timestamp::from_millis(0), [0; 10]);
    let ada = user("ada").build();
    let request = access_request(&ada, "hers", Role::Operator).on("wiki").because("for the <launch>").build();
    let page = denied_response(&DeniedPage {
        sentence: "No.",
        held: None,
        on_parts: None,
        denied_by: None,
        ended: None,
        required_role: Some(Role::Operator),
        decision_id,
        username: "ada",
        app_title: "Wiki",
        command: "doorward",
        contact: &Contact::new(""),
        asking: None,
        asked: Some(&NamedAccess { request, user: "ada".to_owned() }),
        wanted: None,
    });
    let html = page.body();
    assert!(html.contains("<h2 id=\"asked\">Waiting for an answer</h2>") && !html.contains("<form"), "{html}");
    assert!(html.contains("You asked for <strong>operator on all of Wiki</strong>"), "{html}");
    assert!(html.contains("for the &#60;launch&#62;"), "{html}");
    assert!(html.contains("href=\"/_doorward/logout\""), "there is no page to come back to: {html}");
}

#[test]
fn the_waiting_page_asks_again_by_a_header() {
    let response = starting_response("Wiki is starting", "A moment.");
    assert_eq!(
        (response.status().as_u16(), header(&response, "refresh"), header(&response, "retry-after")),
        (503, "2", "2")
    );
    assert!(response.body().contains("<h1>Wiki is starting</h1>"));
}

#[test]
fn all_carry_the_security_headers() {
    for response in [
        starting_response("a", "b"),
        trouble_response(StatusCode::BAD_GATEWAY, "", "c", true, &Contact::default()),
        unsent_response("/l", None, &Contact::default()),
    ] {
        for (name, value) in SECURITY_HEADERS {
            assert_eq!(header(&response, name), value);
        }
    }
    let page = trouble_response(StatusCode::BAD_GATEWAY, "", "c", true, &Contact::default());
    assert!(page.body().contains("<h1>Bad Gateway</h1>"));
}

#[test]
fn what_may_pass_can_be_tried_again_and_what_stays_wrong_cannot() {
    let page = |status, may| trouble_response(status, "", "", may, &Contact::default());
    let offers = |status, may| page(status, may).body().contains(">Try again</a>");
    assert!(offers(StatusCode::BAD_GATEWAY, true) && offers(StatusCode::TOO_MANY_REQUESTS, true));
    assert!(!offers(StatusCode::NOT_FOUND, true) && !offers(StatusCode::BAD_REQUEST, true));
    assert!(!offers(StatusCode::BAD_GATEWAY, false), "a form would be sent without what was typed");
}

#[test]
fn a_tool_that_does_not_answer_is_looked_at_again_and_the_page_says_whom_to_ask() {
    let contact = Contact::new("Ask data@example.com.");
    let page = |status, may| trouble_response(status, "", "The wiki cannot be reached.", may, &contact);
    for (status, seconds) in
        [(StatusCode::BAD_GATEWAY, "10"), (StatusCode::SERVICE_UNAVAILABLE, "10"), (StatusCode::GATEWAY_TIMEOUT, "60")]
    {
        let shown = page(status, true);
        assert_eq!(header(&shown, "refresh"), seconds);
        assert!(shown.body().contains(&format!("looks again every {seconds} seconds")), "{}", shown.body());
        assert!(shown.body().contains("href=\"mailto:data@example.com\""), "{}", shown.body());
    }
    for shown in [page(StatusCode::BAD_GATEWAY, false), page(StatusCode::BAD_REQUEST, true)] {
        assert_eq!(header(&shown, "refresh"), "", "a form is not sent again, and what is wrong stays wrong");
        assert!(!shown.body().contains("looks again"));
        assert!(shown.body().contains("href=\"mailto:data@example.com\""), "{}", shown.body());
    }
}

#[test]
fn whose_form_may_have_been_done_is_led_to_where_that_shows() {
    let page = MaybeDonePage {
        status: StatusCode::BAD_GATEWAY,
        title: "It may have been done",
        sentence: "Look there before you send it again.",
        decision_id: "01936f2e-5a77-7c11-8000-000000000001".parse().unwrap(),
        command: "doorward --config /etc/doorward.yaml",
        app_title: "Wiki",
        onward: "/wiki/edit?a=\"b",
        is_signed_out: false,
    };
    let shown = maybe_done_response(&page, &Contact::default());
    let html = shown.body();
    assert_eq!((shown.status(), header(&shown, "refresh")), (StatusCode::BAD_GATEWAY, ""), "it is not sent again");
    assert!(html.contains("href=\"/wiki/edit?a=&#34;b\">Back to Wiki</a>"), "{html}");
    assert!(
        html.contains("doorward --config /etc/doorward.yaml audit show 01936f2e-5a77-7c11-8000-000000000001"),
        "{html}"
    );
    assert!(!html.contains("Try again"), "{html}");
    let login = "/_doorward/login?next=/wiki/edit";
    let signed_out =
        maybe_done_response(&MaybeDonePage { onward: login, is_signed_out: true, ..page }, &Contact::default());
    assert!(signed_out.body().contains(&format!("href=\"{login}\">Sign in</a>")), "{}", signed_out.body());
}

#[test]
fn whose_form_came_too_late_is_told_that_nothing_happened_and_how_to_send_it_again() {
    let response =
        unsent_response("/_doorward/login?next=/a%22", Some("/a?b=\"c"), &Contact::new("Ask data@example.com."));
    let html = response.body();
    assert_eq!(response.status(), 401);
    assert!(
        html.contains("not passed on") && html.contains("href=\"/_doorward/login?next=/a%22\" target=\"_blank\""),
        "{html}"
    );
    assert!(html.contains("href=\"mailto:data@example.com\""), "{html}");
    assert!(html.contains("href=\"/a?b=&#34;c\">Back to the form</a>"), "{html}");
    assert!(!unsent_response("/l", None, &Contact::default()).body().contains("Back to the form"));
}
