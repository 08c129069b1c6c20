//! Putting our script element into a page while it streams by. Nothing is held back but the name of a tag that has not ended yet.

use bytes::{Bytes, BytesMut};

use super::policy::{Origin, Policies, Way};
use super::scan::{PagePolicy, Scan, Step};

/// One page and what is put into it.
#[derive(Debug)]
pub(crate) struct Insertion {
    state: State,
    /// Bytes of a tag that may turn out to stand behind the place.
    held: BytesMut,
    policies: Policies,
    element: String,
    secure: bool,
    host: String,
}

#[derive(Debug)]
enum State {
    /// The place is being looked for.
    Looking(Box<Scan>),
    /// It is the end of the page.
    AtEnd,
    /// Everything passes as it is.
    Over,
}

enum Place {
    At(usize),
    AtEnd,
    Nowhere,
}

impl Insertion {
    pub(super) fn new(policies: Policies, element: String, secure: bool, host: &str) -> Self {
        let state = State::Looking(Box::new(Scan::new()));
        Self { state, held: BytesMut::new(), policies, element, secure, host: host.to_owned() }
    }

    /// Whether nothing is left to come but the tool's own bytes.
    pub(crate) fn is_over(&self) -> bool {
        matches!(self.state, State::Over)
    }

    /// The next bytes of the page, with what belongs into them. May be empty.
    pub(crate) fn push(&mut self, data: Bytes) -> Bytes {
        let State::Looking(scan) = &mut self.state else { return data };
        let before = self.held.len();
        let place = data.iter().enumerate().find_map(|(index, &byte)| match scan.step(byte) {
            Step::On => None,
            Step::Before(count) => Some(Place::At((before + index + 1).saturating_sub(count))),
            Step::AtEnd => Some(Place::AtEnd),
            Step::Never => Some(Place::Nowhere),
        });
        let undecided = scan.undecided();
        if place.is_none() && undecided == 0 && self.held.is_empty() {
            return data;
        }
        self.held.extend_from_slice(&data);
        match place {
            None => self.held.split_to(self.held.len().saturating_sub(undecided)).freeze(),
            Some(place) => self.put(&place),
        }
    }

    /// What comes after the tool's last byte.
    pub(crate) fn end(&mut self) -> Bytes {
        let place = match &self.state {
            State::Over => return Bytes::new(),
            // An empty answer is no page.
            State::Looking(scan) if scan.is_untouched() => Place::Nowhere,
            // What the page leaves open would take our element into itself: a tag of somebody who may write into the page, but not run a
            // script, would get our nonce.
            State::Looking(scan) if !scan.is_between_tags() => Place::Nowhere,
            State::Looking(_) | State::AtEnd => Place::At(self.held.len()),
        };
        self.put(&place)
    }

    fn put(&mut self, place: &Place) -> Bytes {
        // Where the scan gave up, nobody knows whether the page has left a tag open.
        let is_surely_ours = !matches!(self.state, State::AtEnd);
        let next = if matches!(place, Place::AtEnd) { State::AtEnd } else { State::Over };
        if let State::Looking(scan) = std::mem::replace(&mut self.state, next) {
            let origin = Origin { secure: self.secure, host: &self.host };
            for policy in scan.policies {
                match policy {
                    PagePolicy::Text(text) => self.policies.add(&text, origin),
                    PagePolicy::Unreadable => self.policies.add_unreadable(),
                }
            }
        }
        let mut rest = self.held.split();
        let Place::At(at) = place else { return rest.freeze() };
        let mut out = rest.split_to((*at).min(rest.len()));
        match self.policies.way() {
            Some(Way::Plain) => out.extend_from_slice(format!("{}></script>", self.element).as_bytes()),
            Some(Way::Nonce(nonce)) if is_surely_ours => {
                out.extend_from_slice(format!("{} nonce=\"{nonce}\"></script>", self.element).as_bytes());
            }
            Some(Way::Nonce(_)) | None => {}
        }
        out.extend_from_slice(&rest);
        out.freeze()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ELEMENT: &str = "<OURS";

    fn insertion() -> Insertion {
        Insertion::new(Policies::default(), ELEMENT.to_owned(), false, "door")
    }

    /// The page with our element, cut into pieces of this length on its way.
    fn through(page: &[u8], piece: usize) -> String {
        let mut insertion = insertion();
        let mut out = Vec::new();
        for part in page.chunks(piece) {
            out.extend_from_slice(&insertion.push(Bytes::copy_from_slice(part)));
        }
        out.extend_from_slice(&insertion.end());
        String::from_utf8_lossy(&out)
            .replace("<OURS></script>", "\u{25b6}")
            .replace("<OURS nonce=\"n\"></script>", "\u{25b7}")
    }

    #[test]
    fn it_stands_at_the_end_of_the_head_wherever_the_page_is_cut() {
        for (page, expected) in [
            (
                "<!doctype html><html><head><title>a</title></head><body>b",
                "<!doctype html><html><head><title>a</title>▶</head><body>b",
            ),
            ("<!DOCTYPE html><body>b", "<!DOCTYPE html>▶<body>b"),
            ("<html><HEAD ><meta charset=x><BODY class=y>", "<html><HEAD ><meta charset=x>▶<BODY class=y>"),
            ("<title></head><body></title><p>x", "<title></head><body></title>▶<p>x"),
            ("<style>a>b{}</stylex></style\n><div>", "<style>a>b{}</stylex></style\n>▶<div>"),
            (
                "<script>if(a<b)'</head>'</script ><link href='</head>'><b>",
                "<script>if(a<b)'</head>'</script ><link href='</head>'>▶<b>",
            ),
            ("<!-- <body> --><!--><!---><p>", "<!-- <body> --><!--><!--->▶<p>"),
            ("<!--!> <body> --!><p>", "<!--!> <body> --!>▶<p>"),
            ("<!-x <body><?xml <body><p>", "<!-x <body><?xml <body>▶<p>"),
            ("hello", "▶hello"),
            (" \n hello <body>", " \n ▶hello <body>"),
            ("<1", "▶<1"),
            ("<html", "<html"),
            ("<html><", "<html><"),
            ("<head><title>a", "<head><title>a"),
            ("<head><link href=/a", "<head><link href=/a"),
            ("<head><!-- a", "<head><!-- a"),
            ("<html><head>", "<html><head>▶"),
            ("<averyveryverylongname>", "▶<averyveryverylongname>"),
            ("</averyveryverylongname=\"x>\"<body>", "</averyveryverylongname=\"x>▶\"<body>"),
            ("<meta a=\"b>c\" d='e>f' g=h/>i</head>", "<meta a=\"b>c\" d='e>f' g=h/>▶i</head>"),
            ("</p></><noscript><body></noscript></head>", "</p></><noscript><body></noscript>▶</head>"),
            ("", ""),
        ] {
            for piece in 1..=page.len().max(1) {
                assert_eq!(through(page.as_bytes(), piece), expected, "in pieces of {piece}");
            }
        }
        assert_eq!(through("\u{feff}<p>".as_bytes(), 1), "\u{feff}▶<p>");
    }

    #[test]
    fn no_page_makes_more_wait_than_the_name_of_a_tag() {
        for start in ["</", "<", "</head", "<!--", "<meta content=\"", "<title>", "</ti", "<script></script"] {
            let mut insertion = insertion();
            let (mut sent, mut came) = (0, 0);
            for piece in [start.as_bytes()].into_iter().chain(std::iter::repeat_n([b'a'; 100].as_slice(), 50)) {
                came += piece.len();
                sent += insertion.push(Bytes::copy_from_slice(piece)).len();
                assert!(came < sent + 32, "{start}: {came} came, {sent} passed");
            }
        }
    }

    #[test]
    fn what_is_not_certain_leaves_it_to_the_end() {
        for page in ["<template><body></template><body>x", "<script><!--<script></script>--></script><body>x"] {
            for piece in 1..page.len() {
                assert_eq!(through(page.as_bytes(), piece), format!("{page}▶"));
            }
        }
    }

    #[test]
    fn a_tag_that_the_page_leaves_open_does_not_get_our_nonce() {
        let policy = "<head><meta http-equiv=Content-Security-Policy content=\"script-src 'nonce-n'\">";
        let whole = format!("{policy}<link>");
        assert_eq!(through(whole.as_bytes(), 5), format!("{whole}▷"));
        for open in [
            "<script src=\"//evil/\" a=\"",
            "<script src='//evil/' a='",
            "<script src=//evil/ a",
            "<script src=//evil/ ",
            "<script src=//evil/ a=",
            "<script src=//evil/",
            "<script",
            "<",
            "</",
            "<link rel=stylesheet href=\"//evil/?",
            "<template></template><script src=\"//evil/\" a=\"",
            "<template></template></head><body><svg><script href=//evil/ ",
            "<script><!--<script></script>--></script><script src=//evil/ ",
        ] {
            let page = format!("{policy}{open}");
            for piece in [1, 7, page.len()] {
                assert_eq!(through(page.as_bytes(), piece), page, "{open}");
            }
        }
    }

    #[test]
    fn pages_in_two_byte_encodings_stay_as_they_are() {
        for page in [b"\xff\xfe<\0h\0".as_slice(), b"\xfe\xff\0<", b"<\0h\0t\0"] {
            assert_eq!(through(page, 1), String::from_utf8_lossy(page));
        }
    }

    #[test]
    fn a_policy_in_the_page_counts_as_much_as_one_in_its_headers() {
        let page = |policy: &str| format!("<head><meta name=x content=y><meta {policy}></head>");
        for (policy, expected) in [
            ("http-equiv=Content-Security-Policy content=\"script-src 'nonce-n'\"", '▷'),
            ("CONTENT = \"default-src 'self'\" HTTP-EQUIV = 'content-security-policy'", '▶'),
            ("http-equiv=refresh content=\"script-src 'none'\"", '▶'),
        ] {
            let page = page(policy);
            assert_eq!(through(page.as_bytes(), 7), page.replace("</head>", &format!("{expected}</head>")), "{policy}");
        }
        for policy in [
            "http-equiv=Content-Security-Policy content=\"script-src 'none'\"",
            "http-equiv=Content-Security-Policy content=\"script-src &#39;self&#39;\"",
            "http-equiv=Content-Security-Policy",
            "http-equiv=Content-Security-Policy content=\"default-src 'none'\" content=\"\"",
        ] {
            assert_eq!(through(page(policy).as_bytes(), 7), page(policy), "left out: {policy}");
        }
        let endless = format!("http-equiv=Content-Security-Policy content=\"script-src {}\"", "x".repeat(20_000));
        assert_eq!(through(page(&endless).as_bytes(), 999), page(&endless));
    }

    proptest! {
        #[test]
        fn whatever_comes_only_ours_is_added_and_only_once(page in "(<|>|/|!|-|\"|'|=| |a|</?(head|body|html|script|title|meta|p)|\u{e9}){0,40}", piece in 1_usize..9) {
            let out = through(page.as_bytes(), piece);
            prop_assert_eq!(out.replace('▶', ""), page.clone());
            prop_assert!(out.matches('▶').count() <= 1);
            prop_assert_eq!(out, through(page.as_bytes(), page.len().max(1)));
        }
    }
}
