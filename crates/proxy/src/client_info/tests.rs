use http::Request;

use super::*;

fn settled(peer: &str, target: &str, headers: &[(&str, &str)]) -> String {
    let proxies: Vec<IpNet> = vec!["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()];
    let mut request = Request::get(target);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let (parts, ()) = request.body(()).unwrap().into_parts();
    match resolve(&Peer::new(peer.parse().unwrap()), &proxies, &parts) {
        Ok(client_info) => {
            format!("{} {}://{} ({})", client_info.ip, client_info.scheme(), client_info.host, client_info.host_header)
        }
        Err(misread) => misread.code.to_owned(),
    }
}

#[test]
fn strangers_cannot_say_who_they_are() {
    let spoof = [
        ("Host", "a.example"),
        ("X-Forwarded-For", "1.2.3.4"),
        ("X-Forwarded-Proto", "https"),
        ("X-Forwarded-Host", "evil"),
        ("Forwarded", "for=9.9.9.9;proto=https;host=evil"),
    ];
    assert_eq!(settled("203.0.113.9", "/", &spoof), "203.0.113.9 http://a.example (a.example)");
}

#[test]
fn a_trusted_proxy_is_believed_only_as_far_as_the_first_stranger() {
    let host = ("Host", "inner:8080");
    let with = |list| settled("10.0.0.1", "/", &[host, ("X-Forwarded-For", list)]);
    assert!(with("1.1.1.1, 2.2.2.2").starts_with("2.2.2.2 "));
    assert!(with("1.1.1.1, 2.2.2.2, 10.0.0.9").starts_with("2.2.2.2 "));
    assert!(with("10.0.0.8, 10.0.0.9").starts_with("10.0.0.8 "));
    assert!(with("[2001:db8::1]:99").starts_with("2001:db8::1 "));
    assert!(with("::ffff:7.7.7.7").starts_with("7.7.7.7 "));
    assert!(with("").starts_with("10.0.0.1 "));
}

#[test]
fn scheme_and_host_come_from_the_nearest_proxy() {
    let said = settled(
        "10.0.0.1",
        "/",
        &[("Host", "inner"), ("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "evil, tools.example.com:8443")],
    );
    assert_eq!(said, "10.0.0.1 https://tools.example.com:8443 (inner)");
    assert_eq!(
        settled(
            "fd00::1",
            "/",
            &[("Host", "inner"), ("Forwarded", "for=1.1.1.1, for=\"[2001:db8::2]:4\";proto=https;host=b")]
        ),
        "2001:db8::2 https://b (inner)"
    );
    assert_eq!(settled("10.0.0.1", "/", &[("Host", "inner"), ("X-Forwarded-Host", "e@vil")]), "invalid_host");
}

/// What a trusted proxy's headers come to.
fn proxied(headers: &[(&str, &str)]) -> String {
    settled("10.0.0.1", "/", &[&[("Host", "h")], headers].concat())
}

#[test]
fn two_kinds_of_headers_must_say_the_same() {
    let said = proxied(&[("X-Forwarded-For", "1.1.1.1"), ("Forwarded", "for=1.1.1.1")]);
    assert_eq!(said, "1.1.1.1 http://h (h)");
    let listed = [("X-Forwarded-For", "1.1.1.1:5"), ("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "H.example")];
    assert_eq!(
        proxied(&[&listed[..], &[("Forwarded", "For=\"1.1.1.1:9\"; Proto=https;host=h.example")]].concat()),
        "1.1.1.1 https://h.example (h)"
    );
    // A client behind a proxy that writes one kind and passes the other on.
    for lie in
        ["for=2.2.2.2", "for=1.1.1.1", "for=1.1.1.1;proto=https", "for=1.1.1.1;proto=https;host=evil", "proto=https"]
    {
        assert_eq!(proxied(&[&listed[..], &[("Forwarded", lie)]].concat()), "forwarding_headers", "{lie}");
    }
    let standard = ("Forwarded", "for=1.1.1.1;proto=https;host=b");
    for lie in [
        ("X-Forwarded-For", "2.2.2.2"),
        ("X-Forwarded-For", "1.1.1.1"),
        ("X-Forwarded-Host", "evil"),
        ("X-Forwarded-Proto", "https"),
    ] {
        assert_eq!(proxied(&[standard, lie]), "forwarding_headers", "{lie:?}");
    }
}

#[test]
fn what_cannot_be_read_is_refused_and_not_guessed() {
    for list in [
        "unknown",
        "unknown, garbage",
        "garbage",
        "1.1.1.1, nonsense",
        "nonsense, 1.1.1.1",
        "_hidden",
        "1.1.1.1, unknown",
        "1.1.1.1:99999",
        "1.1.1.1:",
        "1.1.1.1:x",
        "[2001:db8::1]:99999",
        "[2001:db8::1",
        "[1.1.1.1]",
        "1.1.1.1 2.2.2.2",
        "1.1.1",
        "for=1.1.1.1",
        "\"1.1.1.1\"",
        "\u{e4}",
    ] {
        assert_eq!(proxied(&[("X-Forwarded-For", list)]), "forwarding_headers", "{list}");
    }
    assert_eq!(proxied(&[("X-Forwarded-For", "unknown, 1.1.1.1")]), "1.1.1.1 http://h (h)", "the client's own claim");
    for schemes in ["http, https", "https, http", "ftp", "https http", "on", "https;q=1"] {
        assert_eq!(proxied(&[("X-Forwarded-Proto", schemes)]), "forwarding_headers", "{schemes}");
    }
    assert_eq!(proxied(&[("X-Forwarded-Proto", "https"), ("X-Forwarded-Proto", "http")]), "forwarding_headers");
    assert_eq!(proxied(&[("X-Forwarded-Proto", "HTTPS, wss")]), "10.0.0.1 https://h (h)");
    for hosts in ["a b", "a/b", "u@a", "a:99999", "a:", "a b, tools.example.com", "\"a\""] {
        assert_eq!(proxied(&[("X-Forwarded-Host", hosts)]), "invalid_host", "{hosts}");
    }
}

#[test]
fn forwarded_is_read_by_its_grammar_or_not_at_all() {
    for (text, said) in [
        ("for=1.1.1.1", "1.1.1.1 http://h (h)"),
        ("for=\"1.1.1.1:80\"", "1.1.1.1 http://h (h)"),
        ("for=\"1.1.1.1:_port\";by=_me;secret=x", "1.1.1.1 http://h (h)"),
        ("for=\"[2001:db8::1]\"", "2001:db8::1 http://h (h)"),
        ("for=_hidden, for=1.1.1.1;proto=https, for=10.0.0.7;proto=http", "1.1.1.1 http://h (h)"),
        (";for=1.1.1.1;, ,", "1.1.1.1 http://h (h)"),
        ("proto=https;host=\"b:8443\"", "10.0.0.1 https://b:8443 (h)"),
        ("", "10.0.0.1 http://h (h)"),
        ("for=1.1.1.1;host=\"a b\"", "invalid_host"),
    ] {
        assert_eq!(proxied(&[("Forwarded", text)]), said, "{text}");
    }
    for text in [
        "for=unknown",
        "for=_hidden",
        "for=\"_hidden:80\"",
        "for=1.1.1.1, for=unknown",
        "for=1.1.1.1, proto=https",
        "for=garbage",
        "for=1.1.1.1:80",
        "for=\"1.1.1.1:99999\"",
        "for=\"1.1.1.1:\"",
        "for=[2001:db8::1]",
        "for=\"2001:db8::1\"",
        "for=\"1.1.1.1",
        "for=1.1.1.1\"",
        "for=\"1.1.1.1\\\"\"",
        "for=1.1.1.1;for=2.2.2.2",
        "for=1.1.1.1;FOR=1.1.1.1",
        "for = 1.1.1.1",
        "for",
        "for=",
        "=1.1.1.1",
        "1.1.1.1",
        "for=1.1.1.1;proto=ftp",
        "for=1.1.1.1 proto=https",
        "for=\"1.1.1.1,proto=https",
    ] {
        assert_eq!(proxied(&[("Forwarded", text)]), "forwarding_headers", "{text}");
    }
}

#[test]
fn a_request_names_exactly_one_valid_host() {
    for headers in [
        &[][..],
        &[("Host", "a"), ("Host", "a")],
        &[("Host", "")],
        &[("Host", "a b")],
        &[("Host", "u@a")],
        &[("Host", "a/b")],
        &[("Host", "a:99999")],
        &[("Host", "a:")],
        &[("Host", "[::1")],
        &[("Host", "a,b")],
        &[("Host", "a\u{e4}")],
    ] {
        assert_eq!(settled("9.9.9.9", "/", headers), "invalid_host", "{headers:?}");
    }
    assert_eq!(settled("9.9.9.9", "http://b:81/x", &[("Host", "a")]), "9.9.9.9 http://b:81 (b:81)");
    assert_eq!(settled("9.9.9.9", "http://u@b/x", &[("Host", "a")]), "invalid_host");
    assert_eq!(settled("9.9.9.9", "ftp://b/x", &[("Host", "a")]), "invalid_host");
}

#[test]
fn browsers_trust_what_is_encrypted_and_what_is_this_machine() {
    let is_trustworthy = |secure, host: &'static str| {
        let ip = "192.0.2.1".parse().unwrap();
        ClientInfo { ip, secure, host: host.into(), host_header: host, is_proxied: false }.is_trustworthy()
    };
    assert!(is_trustworthy(true, "tools.example.com"));
    for host in ["localhost", "LOCALHOST:3000", "a.localhost:80", "127.0.0.1:3000", "127.1.2.3", "[::1]:3000", "[::1]"]
    {
        assert!(is_trustworthy(false, host), "{host}");
    }
    for host in
        ["tools.example.com", "localhost.example.com", "xlocalhost", "128.0.0.1", "127.example.com", "[::2]", ""]
    {
        assert!(!is_trustworthy(false, host), "{host}");
    }
}
