//! The arrows inside the big crates: each module names only those further in, so that none goes round in a circle.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::failure::{Outcome, While};
use crate::imports::sources;
use crate::workspace::Workspace;

/// Each crate's modules in rows, innermost first, and those of its rooms (`crate/room`) that have an order of their own. A module may name
/// those of earlier rows, none of its own row and none of a later one. A module that is not here has no place yet.
const ROWS: &[(&str, &[&[&str]])] = &[
    (
        "service",
        &[
            &["counters", "right"],
            &["actor", "apps", "background", "client", "ports", "throttle"],
            &["context", "gate", "readiness"],
            &["audit_log", "authentication"],
            &["core"],
            &["explain", "sign_in"],
            &["admin"],
            &["access", "setup"],
            &["services"],
        ],
    ),
    ("service/admin", &[&["sessions", "subjects", "users"], &["grants", "groups"], &["keys"]]),
    (
        "service/sign_in",
        &[&["admin_exists", "hand_over", "passwords", "return_address", "session_issuer", "waits"], &["login"]],
    ),
    (
        "proxy",
        &[
            &["burst", "client_info", "desk", "headers", "ids", "limits", "listen", "room"],
            &["deadlines", "menu", "spread"],
            &["crowd", "upstream"],
            &["body", "site"],
            &["handshake", "large", "snapshot", "things"],
            &["shared"],
            &["worker"],
            &["request"],
            &["ws"],
            &["client"],
            &["door", "fuzzed"],
        ],
    ),
    ("proxy/client", &[&["head_room"], &["io"], &["connection"], &["accepting"]]),
    (
        "web",
        &[
            &["contact", "cookie", "csrf", "error", "held_digest", "moment", "view"],
            &["app_state", "asset", "body", "listing"],
            &["identity", "setup_gate"],
            &["extract", "same_origin"],
            &["pages", "probes"],
            &["api", "middleware"],
            &["place"],
        ],
    ),
    (
        "store",
        &[
            &["batches", "engine", "entity", "paging", "search_text"],
            &["unique"],
            &["connection", "proof"],
            &["migration", "rows", "transaction"],
            &["noted", "sequences", "settings", "subjects"],
            &["admins", "audit", "change_feed", "live", "probe"],
            &["authority", "backup", "changes"],
            &["change"],
            &["grants", "groups", "sessions"],
            &["access", "keys"],
            &["users"],
            &["store"],
            &["diagnose"],
        ],
    ),
    (
        "profile",
        &[
            &["error", "hand_over", "keeps", "kinds", "menu", "misread", "yaml"],
            &["content", "json", "path"],
            &["request", "rules"],
            &["body", "graphql", "overrides"],
            &["understanding"],
            &["profile"],
            &["file"],
            &["registry"],
            &["check", "schema"],
        ],
    ),
    ("doorward", &[&["config", "descriptors", "exit", "fetch", "signals"], &["supervise"], &["compose"], &["cli"]]),
];

/// Reads what the modules name and compares it with the rows.
pub fn wrong_arrows(workspace: &Workspace) -> Outcome<Vec<String>> {
    let mut wrong = Vec::new();
    for (name, rows) in ROWS {
        let (of_crate, within) = crate_and_room(name);
        let folder = Path::new("crates").join(of_crate).join("src").join(within);
        let mut files = Vec::new();
        for file in sources(&workspace.root)? {
            if let Ok(inside) = file.strip_prefix(&folder) {
                let text = std::fs::read_to_string(workspace.root.join(&file));
                files.push((
                    inside.to_string_lossy().into_owned(),
                    text.during(format_args!("reading {}", file.display()))?,
                ));
            }
        }
        wrong.extend(misplaced(rows, &arrows(within, &files)).into_iter().map(|what| format!("{name}: {what}")));
    }
    Ok(wrong)
}

/// The crate and, within its `src`, the room whose modules are in order; no room is the crate itself.
fn crate_and_room(name: &str) -> (&str, &str) {
    name.split_once('/').unwrap_or((name, ""))
}

type Arrows = BTreeMap<String, BTreeSet<String>>;

fn misplaced(rows: &[&[&str]], arrows: &Arrows) -> Vec<String> {
    let row_of = |module: &str| rows.iter().position(|row| row.contains(&module));
    let mut wrong = Vec::new();
    for (from, to) in arrows {
        let Some(row) = row_of(from) else {
            wrong.push(format!("{from} has no place among the modules (xtask/src/check/modules.rs)"));
            continue;
        };
        for name in to {
            // What has no place itself is told on its own.
            if row_of(name).is_some_and(|other| other >= row) {
                wrong.push(format!("{from} → {name}"));
            }
        }
    }
    wrong
}

/// Each top module with those it names, from the files of a crate or of a room in it (path within, text). Tests may name whom they like.
fn arrows(within: &str, files: &[(String, String)]) -> Arrows {
    let roots: &[&str] = if within.is_empty() { &["lib.rs", "main.rs"] } else { &["mod.rs"] };
    let root = files.iter().find(|(path, _)| roots.contains(&path.as_str())).map_or("", |(_, text)| text.as_str());
    let modules = declared(root);
    let offered = offered(root, &modules);
    let mut arrows: Arrows = modules.iter().map(|module| ((*module).to_owned(), BTreeSet::new())).collect();
    for (path, text) in files {
        let place: Vec<&str> = path.trim_end_matches(".rs").split('/').filter(|part| *part != "mod").collect();
        let is_test = place.iter().any(|part| part.starts_with("tests") || part.ends_with("_tests"));
        let Some(named) = place.first().filter(|_| !is_test).and_then(|top| arrows.get_mut(*top)) else { continue };
        let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
        let code = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
        for name in from_root(within, &code, place.len()) {
            let module = if modules.contains(name) { Some(&name) } else { offered.get(name) };
            named.extend(module.filter(|module| place.first() != Some(module)).map(|module| (*module).to_owned()));
        }
    }
    arrows
}

/// The modules that the crate's root declares, those for tests apart.
fn declared(root: &str) -> BTreeSet<&str> {
    let mut before = "";
    let mut found = BTreeSet::new();
    for line in root.lines() {
        let words = line.strip_prefix("pub(crate) ").or_else(|| line.strip_prefix("pub ")).unwrap_or(line);
        let name = words.strip_prefix("mod ").and_then(|rest| rest.strip_suffix(';'));
        found.extend(name.filter(|_| before != "#[cfg(test)]"));
        before = line;
    }
    found
}

/// Which module each name comes from that the root offers as its own.
fn offered<'a>(root: &'a str, modules: &BTreeSet<&'a str>) -> BTreeMap<&'a str, &'a str> {
    let mut found = BTreeMap::new();
    for statement in root.split(';') {
        let Some((_, path)) = statement.split_once("pub use ").or_else(|| statement.split_once("pub(crate) use "))
        else {
            continue;
        };
        if let Some((module, names)) = path.split_once("::")
            && modules.contains(module)
        {
            found.extend(words(names).map(|name| (name, module)));
        }
    }
    found
}

/// The first names of all paths from the root, as a module at this depth writes them: `crate::a`, `crate::{a, b::C}`, in a room
/// `crate::room::a`, and `super::a` as often as it is deep.
fn from_root<'a>(within: &str, code: &'a str, depth: usize) -> impl Iterator<Item = &'a str> {
    let down = if within.is_empty() { "crate::".to_owned() } else { format!("crate::{within}::") };
    let up = "super::".repeat(depth);
    let ends: Vec<usize> = [down.as_str(), up.as_str()]
        .iter()
        .flat_map(|start| code.match_indices(*start).map(|(at, _)| (at, at + start.len())))
        .filter(|(at, _)| {
            !code.get(..*at).unwrap_or_default().ends_with(|c: char| c.is_alphanumeric() || "_:".contains(c))
        })
        .map(|(_, end)| end)
        .collect();
    ends.into_iter().flat_map(|end| {
        let rest = code.get(end..).unwrap_or_default();
        let (many, one) = match rest.strip_prefix('{') {
            Some(group) => (Some(firsts(group)), None),
            None => (None, words(rest).next()),
        };
        many.into_iter().flatten().chain(one)
    })
}

/// The first name of each path in a group, up to its closing brace.
fn firsts(group: &str) -> Vec<&str> {
    let (mut depth, mut start, mut found) = (0, 0, Vec::new());
    for (at, c) in group.char_indices() {
        let is_end = c == '}' && depth == 0;
        if (c == ',' && depth == 0) || is_end {
            found.extend(words(group.get(start..at).unwrap_or_default()).next());
            start = at + 1;
        }
        match c {
            _ if is_end => break,
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
    }
    found
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(files: &[(&str, &str)]) -> Arrows {
        in_room("", files)
    }

    fn in_room(within: &str, files: &[(&str, &str)]) -> Arrows {
        arrows(within, &files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect::<Vec<_>>())
    }

    const ROOT: (&str, &str) = (
        "lib.rs",
        "mod a;\npub mod b;\nmod c;\n#[cfg(test)]\nmod fakes;\n\npub use b::{Bee, Hive};\npub use c::Sea;\n",
    );

    #[test]
    fn every_way_of_naming_a_module_is_read() {
        for code in [
            "use crate::b::X;",
            "use crate::{b, c::{d, Y}};",
            "use crate::Bee;",
            "fn f() { crate::b::g() }",
            "use super::b;",
            "use super::{c, Hive};",
        ] {
            assert!(of(&[ROOT, ("a.rs", code)])["a"].contains("b"), "{code}");
        }
        assert!(of(&[ROOT, ("a/deep.rs", "use super::super::b;")])["a"].contains("b"));
    }

    #[test]
    fn comments_tests_and_neighbours_within_a_module_do_not_count() {
        for code in [
            "/// See [`crate::b`].",
            "#[cfg(test)]\nmod tests {\n    use crate::b;\n}",
            "use crate::a::b;",
            "use crate::fakes;",
        ] {
            assert_eq!(of(&[ROOT, ("a.rs", code)])["a"], BTreeSet::new(), "{code}");
        }
        assert_eq!(of(&[ROOT, ("a/tests.rs", "use crate::b;"), ("a/deep.rs", "use super::b;")])["a"], BTreeSet::new());
    }

    #[test]
    fn in_a_room_paths_from_the_crate_lead_through_it() {
        let root = ("mod.rs", ROOT.1);
        for code in ["use crate::room::b::X;", "use crate::room::{b, c};", "use super::b;", "use super::Bee;"] {
            assert!(in_room("room", &[root, ("a.rs", code)])["a"].contains("b"), "{code}");
        }
        for code in ["use crate::b;", "use crate::other::b;", "use super::super::b;"] {
            assert_eq!(in_room("room", &[root, ("a.rs", code)])["a"], BTreeSet::new(), "{code}");
        }
    }

    #[test]
    fn an_arrow_outward_a_circle_and_a_stranger_are_found() {
        let rows: &[&[&str]] = &[&["a"], &["b"]];
        let circle = of(&[ROOT, ("a.rs", "use crate::b;"), ("b.rs", "use crate::a;")]);
        assert_eq!(
            misplaced(rows, &circle),
            ["a → b", "c has no place among the modules (xtask/src/check/modules.rs)"]
        );
    }

    #[test]
    fn in_every_crate_of_the_rows_the_innermost_names_nobody_further_out() {
        for (name, rows) in ROWS {
            let (inner, outer) = (rows[0][0], rows[rows.len() - 1][0]);
            let (_, within) = crate_and_room(name);
            let (file, path) =
                if within.is_empty() { ("lib.rs", "crate".to_owned()) } else { ("mod.rs", format!("crate::{within}")) };
            let root = format!("mod {inner};\nmod {outer};\n");
            let back = format!("use {path}::{outer};");
            let forth = format!("use {path}::{inner};");
            let (first, last) = (format!("{inner}.rs"), format!("{outer}/mod.rs"));
            let found = in_room(within, &[(file, &root), (&first, &back), (&last, &forth)]);
            assert_eq!(misplaced(rows, &found), [format!("{inner} → {outer}")], "{name}");
        }
    }

    #[test]
    fn two_of_a_row_do_not_name_one_another() {
        let rows: &[&[&str]] = &[&["a", "b", "c"]];
        assert_eq!(misplaced(rows, &of(&[ROOT, ("c.rs", "use crate::Bee;")])), ["c → b"]);
    }
}
