//! What the door shows instead of an app.

use doorward_domain::{DecisionId, Role, Timestamp};
use doorward_web::pages::{DeniedPage, SECURITY_HEADERS, denied_response, starting_response, trouble_response};
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
        required_role: Role::Operator,
        decision_id,
        username: "<ada>",
        app_title: "\"Wiki\" & more",
    });
    assert_eq!(response.status(), 403);
    let html = response.body();
    assert!(html.contains("You are signed in as &#60;ada&#62;.") && !html.contains("<ada>"), "{html}");
    assert!(html.contains("<dt>Role needed</dt><dd>operator</dd>") && html.contains(&decision_id.to_string()));
}

#[test]
fn the_waiting_page_asks_again_by_a_header() {
    let response = starting_response("Wiki is starting", "A moment.");
    assert_eq!((response.status().as_u16(), header(&response, "refresh"), header(&response, "retry-after")), (503, "2", "2"));
    assert!(response.body().contains("<h1>Wiki is starting</h1>"));
}

#[test]
fn all_carry_the_security_headers() {
    for response in [starting_response("a", "b"), trouble_response(StatusCode::BAD_GATEWAY, "", "c")] {
        for (name, value) in SECURITY_HEADERS {
            assert_eq!(header(&response, name), value);
        }
    }
    assert!(trouble_response(StatusCode::BAD_GATEWAY, "", "c").body().contains("<h1>Bad Gateway</h1>"));
}
