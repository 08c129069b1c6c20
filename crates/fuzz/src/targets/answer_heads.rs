//! Heads of a tool's answers: one meaning, and nothing in them that is between the tool and us.

use doorward_proxy::fuzzed::answer_head;
use http::Method;

/// The input is a head; its first byte says what was asked.
pub fn read(data: &[u8]) {
    let Some((asked, bytes)) = data.split_first() else { return };
    let method = if asked & 1 == 1 { Method::HEAD } else { Method::GET };
    let Ok(Some(head)) = answer_head(bytes, &method) else { return };
    for name in ["connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding"] {
        let is_switch = head.status == 101 && name == "connection";
        assert!(is_switch || !head.headers.contains_key(name), "{name} is between the tool and us: {head:?}");
    }
    let is_bodiless = method == Method::HEAD || head.status < 200 || head.status == 204 || head.status == 304;
    assert!(!is_bodiless || head.framing == "None", "a body where there can be none: {head:?}");
    assert!(head.headers.get_all("content-length").iter().count() <= 1, "two lengths: {head:?}");
    assert!(
        !(head.framing == "Chunked" && head.headers.contains_key("content-length")),
        "a length beside chunks, which two readers take for different bodies: {head:?}"
    );
    assert!(!(head.framing == "UntilClose" && head.keeps_open), "nobody would know where the body ends: {head:?}");
    let longer = [bytes, b"more"].concat();
    let with_more = answer_head(&longer, &method).ok().flatten();
    assert!(
        with_more.is_some_and(
            |other| (other.status, &other.headers, other.left) == (head.status, &head.headers, head.left + 4)
        ),
        "what comes behind it changes it"
    );
}
