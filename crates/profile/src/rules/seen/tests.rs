use super::*;

fn seen<'a>(query: Option<&'a str>, headers: &'a HeaderMap, body: &'a Body<'a>) -> Seen<'a> {
    Seen { verb: Verb::GET, query, headers, body: Some(body) }
}

fn parameter(query: &str) -> Result<Option<String>, &'static str> {
    let headers = HeaderMap::new();
    let seen = Seen { verb: Verb::GET, query: Some(query), headers: &headers, body: None };
    seen.parameter("job").map_err(|misread| misread.code)
}

#[test]
fn a_parameter_names_something_if_all_tools_read_it_alike() {
    for (query, value) in [
        ("", None),
        ("a=1", None),
        ("job=a", Some("a")),
        ("x=1&j%6fb=a%2Fb", Some("a/b")),
        ("job=a+b", Some("a b")),
        ("job", Some("")),
    ] {
        assert_eq!(parameter(query), Ok(value.map(str::to_owned)), "{query}");
    }
    for query in ["job=a&job=b", "job=a&job=a", "job=a;x=1", "x=1;job=a", "job=a&j%6Fb=b", "job=%ff"] {
        assert_eq!(parameter(query), Err("duplicate_parameter"), "{query}");
    }
    for query in ["JOB=a", "job=a&Job=b", "j_ob=a", "job=a&JOB[]=b"] {
        assert_eq!(parameter(query), Err("ambiguous_parameter"), "{query}");
    }
}

fn names(text: &str) -> Result<String, &'static str> {
    let tree = Tree::read(format!("{{\"job\": {text}}}"), 8).unwrap();
    let (headers, body) = (HeaderMap::new(), Body::new(&tree));
    let at = seen(None, &headers, &body).at(&Pointer::parse("/job").unwrap()).map_err(|misread| misread.code)?;
    Ok(match Names::of(at).map_err(|misread| misread.code)? {
        Names::One(name) => name.into_owned(),
        Names::Each(names) => names.join(" and "),
        Names::Untold => "untold".to_owned(),
    })
}

#[test]
fn texts_and_plain_integers_are_names_and_a_list_is_several() {
    for (text, found) in [
        (r#""a""#, "a"),
        (r#""\u0061\/b""#, "a/b"),
        ("7", "7"),
        ("-7", "-7"),
        ("0", "0"),
        ("9007199254740992", "9007199254740992"),
        (r#"["a", 7, "b"]"#, "a and 7 and b"),
        (r#"["a"]"#, "a"),
        ("null", "untold"),
        ("true", "untold"),
        (r#""""#, "untold"),
        ("[]", "untold"),
        ("{}", "untold"),
        (r#"["a", null]"#, "untold"),
        (r#"["a", ["b"]]"#, "untold"),
        (r#"["a", ""]"#, "untold"),
        (r#"[{"name": "a"}]"#, "untold"),
    ] {
        assert_eq!(names(text), Ok(found.to_owned()), "{text}");
    }
    for text in ["1.0", "1e0", "-0", "1E2", "9007199254740993", "99999999999999999999999", "[1, 1.5]"] {
        assert_eq!(names(text), Err("ambiguous_number"), "{text}");
    }
    for text in [r#""a\u0000""#, r#""a\nb""#, r#"["a", "\u007f"]"#] {
        assert_eq!(names(text), Err("ambiguous_name"), "{text}");
    }
    let many = format!("[{}1]", "1,".repeat(MOST));
    assert_eq!(names(&many), Ok("untold".to_owned()));
}

#[test]
fn what_the_url_says_too_is_refused() {
    let tree = Tree::read(r#"{"job": {"name": "a"}}"#.to_owned(), 8).unwrap();
    let (headers, body) = (HeaderMap::new(), Body::new(&tree));
    let at = |query: &str| {
        let found = seen(Some(query), &headers, &body).at(&Pointer::parse("/job/name").unwrap());
        found.map(|_| ()).map_err(|misread| misread.code)
    };
    for query in ["job=b", "JOB=b", "j%6fb", "x=1;job=b", "job[name]=b", "job.name=b", "j_o_b[]=1"] {
        assert_eq!(at(query), Err("ambiguous_request"), "{query}");
    }
    for query in ["", "name=b", "jobs=b", "x=job"] {
        assert_eq!(at(query), Ok(()), "{query}");
    }
}
