use proptest::prelude::*;

use super::*;

fn canonical(raw: &str) -> String {
    CanonicalPath::parse(raw)
        .map_or_else(|misread| format!("refused: {}", misread.code), |path| path.as_str().to_owned())
}

#[test]
fn unreserved_escapes_are_decoded_and_others_are_upper_case() {
    assert_eq!(canonical("/%67raphql"), "/graphql");
    assert_eq!(canonical("/%67%72%61%70%68%71%6c"), "/graphql");
    assert_eq!(canonical("/%7Euser/%2d%5F"), "/~user/-_");
    assert_eq!(canonical("/caf%c3%a9"), "/caf%C3%A9");
    assert_eq!(canonical("/a%2fb"), "/a%2Fb");
}

#[test]
fn what_browsers_leave_raw_is_escaped() {
    assert_eq!(canonical("/a|b[0]{c}"), "/a%7Cb%5B0%5D%7Bc%7D");
}

#[test]
fn ordinary_paths_stay_as_they_are() {
    for path in
        ["/", "/runs", "/runs/", "/a.b/..c/.../d..", "/a:b@c!$&'()*+,=", "/a%20b", "/100%25", "/50%25%20off", "/a;v=1"]
    {
        assert_eq!(canonical(path), path);
    }
    assert_eq!(canonical(""), "/");
}

#[test]
fn what_two_servers_could_read_differently_is_refused() {
    let refused = [
        // dot segments in every spelling
        "/.",
        "/..",
        "/./a",
        "/a/../b",
        "/a/..",
        "/%2e",
        "/%2e%2E/a",
        "/.%2e/a",
        "/a/%2e/b",
        "/a/.;x=1/b",
        "/a/..;/b",
        "/a/..%3B/b",
        "/a%2F..%2Fb",
        "/a%2f%2e%2e/b",
        "/a%2F.",
        "/..%2Fa",
        // separators of other systems, controls, other encodings
        "/a\\b",
        "/a%5Cb",
        "/a%5c..%5cb",
        "/a%00",
        "/%00",
        "/a%0d%0ab",
        "/a%1f",
        "/a%7F",
        "/a\tb",
        "/a b",
        "/é",
        "/%ff",
        "/%C0%AE%C0%AE/a",
        "/%c0%af",
        "/%ed%a0%80",
        "/%E2%82",
        "/a%C2%85b",
        // broken escapes
        "/%",
        "/%2",
        "/%zz",
        "/%u002e",
        "/a%2",
        "/%%32%65",
        "/%+2",
        // twice encoded
        "/%252e%252e/a",
        "/%252e",
        "/a%252F..%252Fb",
        "/a%255Cb",
        "/a%2500",
        "/%25252e%25252e/a",
        "/a/%25%32%65%25%32%65/b",
        "/%2525252525252e",
        "/a%250d%250ab",
        "/a%25ff",
        // not a path
        "graphql",
        "*",
        "/a#b",
        "/a?b",
        "http://host/graphql",
    ];
    for path in refused {
        assert_eq!(canonical(path), "refused: ambiguous_path", "{path}");
    }
}

#[test]
fn empty_segments_stay_as_they_are_and_are_not_plain() {
    for path in
        ["//", "//a", "/a//b", "/a/%2Fb", "/%2Fgraphql", "/a%2F%2Fb", "/;/a", "/a/;x/b", "/a//", "/q/%2F/x", "/%252F"]
    {
        assert_eq!(canonical(path), path);
        assert!(!CanonicalPath::parse(path).unwrap().is_plain(), "{path}");
    }
    for path in ["//..", "//.//a", "/a//..;/b", "/a/%2F../b", "/a%2F%2F%2e%2e", "/%252F..", "//\\a"] {
        assert_eq!(canonical(path), "refused: ambiguous_path", "{path}");
    }
}

#[test]
fn what_is_decided_by_a_path_is_agreed_by_all_its_readings() {
    let below = |raw: &str, place: &str| {
        let path = CanonicalPath::parse(raw).unwrap();
        path.agreed(|text| text.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
    };
    for (raw, there) in
        [("/desk/a", true), ("/desk//a", true), ("/desk/a%2Fb", true), ("/desks%2Fa", false), ("/a//b", false)]
    {
        assert_eq!(below(raw, "/desk").unwrap(), there, "{raw}");
    }
    for raw in [
        "//desk",
        "/%2Fdesk/a",
        "/desk%2Fa",
        "/desk;x/a",
        "/desk%3Fa",
        "/%2564esk/a",
        "//host/desk",
        "///host/desk/a",
        "/;/desk",
    ] {
        assert_eq!(below(raw, "/desk").unwrap_err().code, "ambiguous_path", "{raw}");
    }
}

#[test]
fn a_path_past_the_limit_is_refused() {
    assert_eq!(canonical(&format!("/{}", "a".repeat(LONGEST))), "refused: path_too_long");
    assert_eq!(canonical(&format!("/{}", "a".repeat(LONGEST - 1))).len(), LONGEST);
}

#[test]
fn below_cuts_at_a_segment_only() {
    let path = CanonicalPath::parse("/dg/graphql").unwrap();
    assert_eq!(path.below("/dg").unwrap(), CanonicalPath::parse("/graphql").unwrap());
    assert_eq!(path.below("").unwrap(), path);
    assert_eq!(path.below("/dg").unwrap().below("/graphql").unwrap().as_str(), "/");
    assert!(path.below("/d").is_none());
    assert!(path.below("/dg/graphql/x").is_none());
}

#[test]
fn only_paths_with_one_reading_are_plain() {
    assert!(CanonicalPath::parse("/%67raphql").unwrap().is_plain());
    assert!(CanonicalPath::parse("/runs/").unwrap().is_plain());
    for path in ["/a%20b", "/a;b", "/a%2Fb", "/100%25", "/a//b"] {
        assert!(!CanonicalPath::parse(path).unwrap().is_plain(), "{path}");
    }
}

fn decoded(path: &str) -> Vec<u8> {
    percent_encoding::percent_decode_str(path).collect()
}

/// Made of the pieces attacks are made of, so that many of them are accepted and many are not.
fn hostile_path() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("/".to_owned()),
        Just(".".to_owned()),
        Just("%2e".to_owned()),
        Just("%2F".to_owned()),
        Just("%25".to_owned()),
        Just("2e".to_owned()),
        Just(";".to_owned()),
        Just("%5c".to_owned()),
        Just("graphql".to_owned()),
        Just("%67".to_owned()),
        Just("%c3%a9".to_owned()),
        Just("%3f".to_owned()),
        Just("|".to_owned()),
        "[a-z0-9%/.]{1,4}",
        any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| format!("/{}", pieces.concat()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn the_canonical_form_is_canonical(raw in hostile_path()) {
        if let Ok(path) = CanonicalPath::parse(&raw) {
            let again = CanonicalPath::parse(path.as_str()).expect("canonical paths are accepted");
            prop_assert_eq!(again.as_str(), path.as_str());
            prop_assert_eq!(again.is_plain(), path.is_plain());
        }
    }

    #[test]
    fn the_canonical_form_names_the_same_resource(raw in hostile_path()) {
        if let Ok(path) = CanonicalPath::parse(&raw) {
            prop_assert_eq!(decoded(path.as_str()), decoded(&raw));
        }
    }

    #[test]
    fn no_accepted_path_holds_a_dot_segment_once_or_twice_decoded(raw in hostile_path()) {
        if let Ok(path) = CanonicalPath::parse(&raw) {
            let once = String::from_utf8(decoded(path.as_str())).expect("UTF-8");
            let twice = String::from_utf8(decoded(&once)).expect("UTF-8, also when decoded twice");
            for text in [once, twice] {
                prop_assert!(!text.contains('\\') && !text.chars().any(char::is_control), "{}", text);
                prop_assert!(text.split('/').all(|segment| segment != "." && segment != ".."), "{}", text);
            }
        }
    }
}
