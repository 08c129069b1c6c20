//! Every way Dagster takes a request, and every way it takes one that we do not.

use bytes::Bytes;
use flate2::{
    Compression,
    write::{GzEncoder, ZlibEncoder},
};
use std::io::Write;

use super::{Sent, ask, body_of, get, post};
use crate::HeadReading;

const WIPE: &str = "mutation{wipeAssets(assetPartitionRanges:[]){__typename}}";
const WIPE_JSON: &str = r#"{"query":"mutation{wipeAssets(assetPartitionRanges:[]){__typename}}"}"#;
const WIPE_URL: &str = "query=mutation%7BwipeAssets(assetPartitionRanges:%5B%5D)%7B__typename%7D%7D";
const MANAGE: &str = "manage by graphql.mutation.wipeAssets: wipeAssets, changes state []";

#[test]
fn a_json_body_is_read() {
    for content_type in [
        "application/json",
        "application/json; charset=utf-8",
        "application/json;charset=\"UTF-8\"",
        "application/json ; x=y",
    ] {
        assert_eq!(post(content_type, WIPE_JSON).verdict(), MANAGE, "{content_type}");
    }
}

#[test]
fn a_graphql_body_is_read() {
    assert_eq!(post("application/graphql", WIPE).verdict(), MANAGE);
    assert_eq!(post("application/graphql; charset=utf-8", WIPE).verdict(), MANAGE);
}

#[test]
fn with_another_content_type_dagster_takes_the_url_and_so_do_we() {
    for content_type in
        ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml", ""]
    {
        assert_eq!(post(content_type, "").url(WIPE_URL).verdict(), MANAGE, "{content_type}");
    }
    let none = Sent { headers: http::HeaderMap::new(), ..post("", "") };
    assert_eq!(none.url(WIPE_URL).verdict(), MANAGE);
}

#[test]
fn a_body_beside_a_request_in_the_url_is_refused() {
    assert_eq!(post("text/plain", WIPE_JSON).url("query={version}").refused(), "ambiguous_request");
    assert_eq!(post("text/plain", WIPE_JSON).refused(), "ambiguous_request");
    assert_eq!(post("text/plain", "").refused(), "no_query");
}

#[test]
fn content_types_that_two_readers_read_differently_are_refused() {
    for content_type in [
        "text/plain; x=application/json",
        "application/json-seq",
        "application/graphql; x=application/json",
        "Application/JSON",
        "APPLICATION/GRAPHQL",
        "application/graphql+json",
        "application/graphql-response+json",
        "application/jsonx",
        "x-application/json",
        "application/json, text/plain",
        "application/json,application/json",
        "application/graphql, application/json",
        "text/plain;application/graphql",
        "\u{e9}application/json",
    ] {
        assert_eq!(post(content_type, WIPE_JSON).refused(), "ambiguous_content_type", "{content_type}");
        assert_eq!(post(content_type, "").url(WIPE_URL).refused(), "ambiguous_content_type", "{content_type}");
    }
}

#[test]
fn two_content_types_are_refused_even_if_equal() {
    for second in ["application/json", "text/plain", ""] {
        let sent = post("application/json", WIPE_JSON).header("content-type", second);
        assert_eq!(sent.refused(), "ambiguous_content_type");
        assert!(sent.head_reading().is_err(), "known before the body is read");
    }
}

#[test]
fn another_charset_is_refused() {
    for charset in ["utf-16", "latin1", "utf-7", "utf-8; charset=utf-16", "\"utf-8 utf-16\""] {
        assert_eq!(
            post(&format!("application/json; charset={charset}"), WIPE_JSON).refused(),
            "bad_charset",
            "{charset}"
        );
    }
}

#[test]
fn a_request_in_the_url_beside_one_in_the_body_is_refused_and_op_is_not() {
    for query in [
        "query={version}",
        "query=",
        "variables={}",
        "operationName=A",
        "op=A&query={version}",
        "%71uery={version}",
        "extensions={}",
    ] {
        assert_eq!(post("application/json", WIPE_JSON).url(query).refused(), "ambiguous_request", "{query}");
        assert_eq!(post("application/graphql", WIPE).url(query).refused(), "ambiguous_request", "{query}");
    }
    assert_eq!(post("application/json", WIPE_JSON).url("op=Wipe").verdict(), MANAGE);
}

#[test]
fn only_a_plain_op_is_passed_on_and_nothing_else_of_the_url() {
    for (query, sent) in [
        ("op=Plain_1", "/graphql?op=Plain_1"),
        ("op=Plain&x=y", "/graphql?op=Plain"),
        ("op=a%26query%3Dx", "/graphql"),
        ("op=", "/graphql"),
        ("op=a+b", "/graphql"),
        ("OP=A", "/graphql"),
        ("", "/graphql"),
    ] {
        let understood = post("application/json", WIPE_JSON).url(query).understood();
        assert_eq!(understood.envelope(None).unwrap().path_and_query, sent, "{query}");
    }
    let long = format!("op={}", "a".repeat(129));
    assert_eq!(
        post("application/json", WIPE_JSON).url(&long).understood().envelope(None).unwrap().path_and_query,
        "/graphql"
    );
}

#[test]
fn queries_are_read_from_the_url_of_a_get_and_sent_as_post() {
    let understood = get("query=query($n:Int){version}&variables={\"n\":1}&operationName=").read();
    assert_eq!(understood.unwrap_err().code, "unknown_operation");
    let understood = get("query=query+A($n:Int){version}&variables=%7B%22n%22:1%7D&operationName=A").understood();
    insta::assert_json_snapshot!(body_of(&understood, None), @r##"
{
  "operationName": "A",
  "query": "query A($n:Int){version}",
  "variables": {
    "n": 1
  }
}
"##);
}

#[test]
fn a_mutation_by_get_is_refused_for_everybody() {
    assert_eq!(get(WIPE_URL).refused(), "mutation_by_get");
    assert_eq!(get("query=mutation{setNuxSeen}").refused(), "mutation_by_get");
    assert_eq!(get("query=query A{version} mutation B{setNuxSeen}&operationName=B").refused(), "mutation_by_get");
    assert_eq!(get(WIPE_URL).header("accept", "application/json").refused(), "mutation_by_get");
    assert_eq!(get(WIPE_URL).header("accept", "Text/HTML").refused(), "mutation_by_get");
}

#[test]
fn a_get_with_a_body_is_refused() {
    assert_eq!(Sent { body: Bytes::from_static(b"{}"), ..get("query={version}") }.refused(), "ambiguous_request");
}

#[test]
fn a_page_is_opened_by_whoever_may_view() {
    for sent in [get(""), get("query=mutation{setNuxSeen}"), Sent { query: None, ..get("") }] {
        let sent = sent.header("accept", "text/html,application/xhtml+xml;q=0.9");
        let Ok(HeadReading::Understood(intent)) = sent.head_reading() else { panic!() };
        assert_eq!(intent.strongest().unwrap().action, doorward_domain::Action::View);
    }
}

#[test]
fn a_page_to_one_reader_and_a_query_to_another_is_refused() {
    let sent = get("query=mutation{setNuxSeen}").header("accept", "*/*").header("accept", "text/html");
    assert_eq!(sent.head_reading().unwrap_err().code, "ambiguous_request");
    let sent = get("query=mutation{setNuxSeen}").header("accept", "text/html").header("accept", "*/*");
    assert_eq!(sent.head_reading().unwrap_err().code, "ambiguous_request");
}

#[test]
fn other_methods_are_not_understood() {
    for method in ["HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "QUERY", "post"] {
        let sent = Sent { method: method.parse().unwrap(), ..post("application/json", WIPE_JSON) };
        assert!(sent.head_reading().is_err(), "{method}");
    }
}

#[test]
fn keys_given_twice_are_refused_wherever_they_stand() {
    for body in [
        r#"{"query":"{version}","query":"mutation{setNuxSeen}"}"#,
        r#"{"query":"{version}","\u0071uery":"mutation{setNuxSeen}"}"#,
        r#"{"query":"{version}","variables":{"a":{"b":1,"b":2}}}"#,
        r#"{"query":"{version}","variables":"{\"a\":1,\"a\":2}"}"#,
        r#"{"query":"{version}","extensions":{"x":[{"a":1,"a":2}]}}"#,
        r#"{"query":"query A{version} mutation B{setNuxSeen}","operationName":"A","operationName":"B"}"#,
    ] {
        assert_eq!(post("application/json", body).refused(), "duplicate_key", "{body}");
    }
    for query in [
        "query={version}&query=mutation{setNuxSeen}",
        "query={version}&%71uery={x}",
        "query={version}&op=A&op=B",
        "query={version}&x&x",
    ] {
        assert_eq!(get(query).refused(), "duplicate_key", "{query}");
    }
    assert_eq!(post("application/json", WIPE_JSON).url("op=A&op=B").refused(), "duplicate_key");
}

#[test]
fn only_utf8_is_read() {
    let utf16: Vec<u8> = WIPE_JSON.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let utf16_marked: Vec<u8> = [0xff, 0xfe].into_iter().chain(utf16.iter().copied()).collect();
    let utf32: Vec<u8> = WIPE_JSON.chars().flat_map(|c| u32::from(c).to_be_bytes()).collect();
    for body in [utf16, utf16_marked, utf32] {
        assert!(["bad_json", "not_utf8"].contains(&post("application/json", body.clone()).refused()));
        assert!(["graphql_syntax", "not_utf8"].contains(&post("application/graphql", body).refused()));
    }
    assert_eq!(post("application/json", &b"{\"query\":\"{version #\xff}\"}"[..]).refused(), "not_utf8");
    assert_eq!(get("query={version}%ff").refused(), "not_utf8");
    assert_eq!(post("application/json", format!("\u{feff}{WIPE_JSON}")).verdict(), MANAGE);
}

#[test]
fn json_that_only_python_takes_is_refused() {
    for body in [
        r#"{"query":"{version}","variables":{"a":NaN}}"#,
        r#"{"query":"{version}","variables":{"a":-Infinity}}"#,
        r#"{"query":"{version}","variables":{"a":"\ud800"}}"#,
        r#"{"query":"{version} \udfff"}"#,
        r#"{"query":"{version}",}"#,
        r#"{"query":"{version}"} "#.trim_end().trim_end_matches('}'),
        r#"{"query":"{version}"}{}"#,
        "{'query':'{version}'}",
    ] {
        assert_eq!(post("application/json", body).refused(), "bad_json", "{body}");
    }
    let deep =
        format!(r#"{{"query":"{{version}}","variables":{{"a":{}1{}}}}}"#, "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(post("application/json", deep).refused(), "too_deep");
}

#[test]
fn what_is_not_one_request_is_refused() {
    for (body, code) in [
        (format!("[{WIPE_JSON}]"), "bad_request"),
        ("[]".to_owned(), "bad_request"),
        ("\"{version}\"".to_owned(), "bad_request"),
        ("null".to_owned(), "bad_request"),
        ("{}".to_owned(), "no_query"),
        (r#"{"query":null}"#.to_owned(), "bad_request"),
        (r#"{"query":["{version}"]}"#.to_owned(), "bad_request"),
        (r#"{"Query":"{version}"}"#.to_owned(), "no_query"),
        (r#"{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"x"}}}"#.to_owned(), "persisted_query"),
        (r#"{"query":"{version}","variables":[]}"#.to_owned(), "bad_variables"),
        (r#"{"query":"{version}","variables":1}"#.to_owned(), "bad_variables"),
        (r#"{"query":"{version}","variables":"[]"}"#.to_owned(), "bad_variables"),
        (r#"{"query":"{version}","variables":""}"#.to_owned(), "bad_json"),
        (r#"{"query":"{version}","operationName":1}"#.to_owned(), "bad_request"),
        (r#"{"query":"{version}","operationName":""}"#.to_owned(), "unknown_operation"),
        (r#"{"query":"","operationName":null}"#.to_owned(), "graphql_syntax"),
    ] {
        assert_eq!(post("application/json", body.clone()).refused(), code, "{body}");
    }
}

#[test]
fn variables_reach_dagster_digit_by_digit_and_nothing_unknown_does() {
    let digits = "1".repeat(400);
    let body = format!(
        r#"{{"extensions":{{"persistedQuery":{{}}}},"id":7,"operation_name":"X","variables":{{"n": {digits}, "f":1.10e+2, "\u0061":"\u00e9"}},"query":"query($n:Int){{version}}"}}"#
    );
    let envelope = post("application/json", body).understood().envelope(None).unwrap();
    let expected = format!(
        r#"{{"operationName":null,"variables":{{"n": {digits}, "f":1.10e+2, "\u0061":"\u00e9"}},"query":"query($n:Int){{version}}"}}"#
    );
    assert_eq!(std::str::from_utf8(&envelope.body).unwrap(), expected);
}

#[test]
fn variables_as_a_string_are_sent_as_an_object() {
    let body = r#"{"query":"query($n:Int){version}","variables":"{\"n\": 1}"}"#;
    let sent = post("application/json", body).understood();
    assert_eq!(body_of(&sent, None)["variables"], serde_json::json!({"n": 1}));
    let null = post("application/json", r#"{"query":"{version}","variables":"null"}"#).understood();
    assert_eq!(body_of(&null, None)["variables"], serde_json::json!({}));
}

#[test]
fn what_we_send_we_would_understand_ourselves() {
    for depth in 120..130 {
        let deep = format!(r#"{{"n":{}{}}}"#, "[".repeat(depth), "]".repeat(depth));
        let body = serde_json::json!({"query": "query($n:Any){version}", "variables": deep}).to_string();
        if let Ok(understood) = post("application/json", body).read() {
            let envelope = understood.envelope(None).unwrap();
            assert!(post("application/json", envelope.body).read().is_ok(), "{depth}");
        }
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn compressed_bodies_are_read_within_the_limit() {
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
    zlib.write_all(WIPE_JSON.as_bytes()).unwrap();
    let zlib = zlib.finish().unwrap();
    assert_eq!(
        post("application/json", gzip(WIPE_JSON.as_bytes())).header("content-encoding", "gzip").verdict(),
        MANAGE
    );
    assert_eq!(post("application/json", zlib).header("content-encoding", "deflate").verdict(), MANAGE);
    assert_eq!(post("application/json", WIPE_JSON).header("content-encoding", "identity").verdict(), MANAGE);
}

#[test]
fn a_bomb_does_not_go_off() {
    let bomb = gzip(&vec![b' '; 64 << 20]);
    assert!(bomb.len() < 1 << 20);
    assert_eq!(post("application/json", bomb).header("content-encoding", "gzip").refused(), "too_large");
}

#[test]
fn a_small_body_does_not_grow_far_beyond_its_own_length() {
    let ones =
        gzip(format!("{{\"query\":\"{{version}}\",\"variables\":{{\"a\":[{}1]}}}}", "1,".repeat(7 << 20)).as_bytes());
    assert!(ones.len() < 80 << 10, "{}", ones.len());
    assert_eq!(post("application/json", ones).header("content-encoding", "gzip").refused(), "too_large");
    // What people really send shrinks less, and passes.
    let names: Vec<String> = (0..20_000).map(|n| format!("2024-01-{n:05}-{:x}", n * 2_654_435_761_u64)).collect();
    let body = serde_json::json!({"query": "query($n:[String!]){version}", "variables": {"n": names}}).to_string();
    let packed = gzip(body.as_bytes());
    assert!(body.len() > 2 * packed.len());
    assert!(post("application/json", packed).header("content-encoding", "gzip").read().is_ok());
    let many = format!("{{\"query\":\"{{version}}\",\"variables\":{{\"a\":[{}1]}}}}", "1,".repeat(300_000));
    assert_eq!(post("application/json", many).refused(), "too_large");
}

#[test]
fn compression_that_hides_something_is_refused() {
    let twice = [gzip(WIPE_JSON.as_bytes()), gzip(b" ")].concat();
    let cut = gzip(WIPE_JSON.as_bytes())[..20].to_vec();
    for (body, coding) in [
        (twice, "gzip"),
        (cut, "gzip"),
        (WIPE_JSON.into(), "gzip"),
        (WIPE_JSON.into(), "br"),
        (WIPE_JSON.into(), "gzip, gzip"),
    ] {
        assert_eq!(
            post("application/json", body).header("content-encoding", coding).refused(),
            "content_encoding",
            "{coding}"
        );
    }
    let two =
        post("application/json", WIPE_JSON).header("content-encoding", "identity").header("content-encoding", "gzip");
    assert_eq!(two.refused(), "content_encoding");
}

#[test]
fn a_socket_that_also_is_a_request_is_refused() {
    let open = |query: Option<&str>| {
        Sent { query: query.map(Into::into), ..get("") }.header("upgrade", "WebSocket").header("connection", "upgrade")
    };
    assert!(matches!(open(None).head_reading(), Ok(HeadReading::Socket { .. })));
    assert_eq!(open(Some(WIPE_URL)).head_reading().unwrap_err().code, "ambiguous_request");
    assert_eq!(open(Some("x=1")).head_reading().unwrap_err().code, "ambiguous_request");
    let listed = get(WIPE_URL).header("upgrade", "h2c, websocket");
    assert!(listed.head_reading().is_err());
}

#[test]
fn a_subscription_over_http_is_refused() {
    assert_eq!(ask("subscription{locationStateChangeEvents{__typename}}").refused(), "subscription_by_http");
}

#[test]
fn what_is_sent_has_each_key_once() {
    let envelope = ask("{version}").understood().envelope(None).unwrap();
    insta::assert_snapshot!(std::str::from_utf8(&envelope.body).unwrap(), @r##"{"operationName":null,"variables":{},"query":"{version}"}"##);
}
