//! The tools behind the door.

use doorward_domain::{AppName, Role};
use doorward_profile::{HandOver, Kept, Profile, Profiles, RuleText};

use super::rules;
use crate::config::{Key, Kind, MenuSetting, Origin, Problems, Value, Values};

/// The keys of each app.
pub const KEYS: &[Key] = &[
    Key {
        path: "apps.*.upstream",
        kind: Kind::Upstream,
        default: "null",
        doc: "Where the tool answers: `http://host:port`. An app has this or `command`. Paths are passed on as they are; with a path here (`http://host:port/` too) the app's own `path` is replaced by it.",
        example: "http://127.0.0.1:3001",
        live: true,
    },
    Key {
        path: "apps.*.command",
        kind: Kind::Command,
        default: "null",
        doc: "The tool as a command that Doorward starts, watches and stops. `{port}` in any argument, and the environment variable `PORT`, carry the private port it must listen on.",
        example: "[dagster-webserver, -p, \"{port}\"]",
        live: true,
    },
    Key {
        path: "apps.*.profile",
        kind: Kind::Profile,
        default: "null",
        doc: "What kind of tool it is: which requests are which action. See `doorward profile list`. Required.",
        example: "dagster",
        live: true,
    },
    Key {
        path: "apps.*.host",
        kind: Kind::Host,
        default: "null",
        doc: "The host name under which people reach it. An app with neither `host` nor `path` is the default app; there is at most one.",
        example: "dagster.example.com",
        live: true,
    },
    Key {
        path: "apps.*.path",
        kind: Kind::PathPrefix,
        default: "null",
        doc: "The path under which people reach it. The tool gets the path unchanged, so it must be mounted there too (for Dagster: `--path-prefix /dagster`), unless `upstream` ends in a path.",
        example: "/dagster",
        live: true,
    },
    Key {
        path: "apps.*.title",
        kind: Kind::Text,
        default: "null",
        doc: "What people call it. Unless set, what its profile calls the tool when the app is named like the profile; else the name.",
        example: "Pipelines",
        live: true,
    },
    Key {
        path: "apps.*.attribution",
        kind: Kind::Truth,
        default: "true",
        doc: "Whether what people start in the tool carries their name (for Dagster: the run tag `user`).",
        example: "false",
        live: true,
    },
    Key {
        path: "apps.*.filter_answers",
        kind: Kind::Truth,
        default: "false",
        doc: "Whether what people may not view is taken out of the tool's answers to them, for those who hold grants or denials of single things. Only with a profile that says how things in answers are named (`dagster`). What cannot be filtered is refused to them.",
        example: "true",
        live: true,
    },
    Key {
        path: "apps.*.menu",
        kind: Kind::Menu,
        default: "true",
        doc: "Whether the tool's pages get our small menu (name, role, account, sign out): `true` where the profile says, `false` not at all, or the corner of the window that the tool leaves free.",
        example: "top-right",
        live: true,
    },
    Key {
        path: "apps.*.graphql.limits.tokens",
        kind: Kind::Number(1_000, 250_000),
        default: "null",
        doc: "The most tokens (words, signs, white space, comments, commas) of a GraphQL document, for clients that ask for very many things at once. `null` is as the profile says (`dagster`: 50000, some 2,000 aliased fields with their arguments). A longer one is answered with 400.",
        example: "100000",
        live: true,
    },
    Key {
        path: "apps.*.default_role",
        kind: Kind::Role,
        default: "null",
        doc: "The role that everybody who is signed in has at least. A grant of a smaller one takes nothing away: the strongest counts. `null` is none.",
        example: "viewer",
        live: true,
    },
    Key {
        path: "apps.*.keeps_apart",
        kind: Kind::KeepsApart,
        default: "null",
        doc: "Spellings of paths that the tool is known to tell apart: `escaped_slash` (`%2F` is part of a name, never a separator), `double_slash` (`//` is not `/`), `case` (`Admin` is not `admin`). Paths are then read in that way only, instead of being refused where a rule depends on it. `null` is what the profile says.",
        example: "[escaped_slash]",
        live: true,
    },
    Key {
        path: "apps.*.hand_over",
        kind: Kind::HandOver,
        default: "null",
        doc: "Which headers that say who is asking the tool gets: `all`, `none`, or a list of their names. `null` is what the profile says (`generic`: all; `dagster`: none, since Dagster reads none). What a client sends under these names never passes, handed over or not.",
        example: "[Remote-User, Remote-Groups]",
        live: true,
    },
    Key {
        path: "apps.*.get_bodies",
        kind: Kind::Truth,
        default: "false",
        doc: "Whether the tool is known to read the body of a `GET`, `HEAD` or `OPTIONS` (Elasticsearch and OpenSearch do). Otherwise such a request is answered with 400, unless the profile says it: a tool that does not read the body takes it for the next request.",
        example: "true",
        live: true,
    },
    Key {
        path: "apps.*.rules",
        kind: Kind::Rules,
        default: "[]",
        doc: "Profile rules that come before the profile's own.",
        example: "[{match: \"POST /report/**\", action: run}]",
        live: true,
    },
];

/// How the tool is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// It answers there.
    Upstream(String),
    /// Doorward starts it.
    Command(Vec<String>),
    /// The configuration does not say: a command line that wraps the tool does. Never of an app that is served.
    Unsaid,
}

/// One tool behind the door.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppSection {
    /// Its name.
    pub name: AppName,
    /// What people call it.
    pub title: String,
    /// How it is reached.
    pub reach: Reach,
    /// The name of its profile.
    pub profile: String,
    /// The host name it is reached under.
    pub host: Option<String>,
    /// The path prefix it is reached under.
    pub path: Option<String>,
    /// Whether what people start carries their name.
    pub attribution: bool,
    /// Whether what people may not view is taken out of its answers.
    pub filter_answers: bool,
    /// Whether and where our menu is in its pages.
    pub menu: MenuSetting,
    /// The most tokens of a GraphQL document; `None` is as the profile says.
    pub graphql_tokens: Option<usize>,
    /// The role of everybody signed in.
    pub default_role: Option<Role>,
    /// Spellings of paths that the tool tells apart, if it is not the profile that says so.
    pub keeps_apart: Option<Vec<Kept>>,
    /// Which headers that say who is asking it gets, if it is not the profile that says so.
    pub hand_over: Option<HandOver>,
    /// Whether it reads the body of a `GET`, whatever the profile says.
    pub get_bodies: bool,
    /// Rules before the profile's own.
    pub rules: Vec<RuleText>,
}

/// Reads all apps and says which cannot work, alone or together. Where `may_be_unsaid`, an app need not say how it is reached and what
/// it is.
pub fn read(values: &Values, profiles: &Profiles, may_be_unsaid: bool, problems: &mut Problems) -> Vec<AppSection> {
    let one = |(name, at): (&String, &Origin)| read_one(values, profiles, name, at, may_be_unsaid, problems);
    let apps = values.apps.iter().filter_map(one).collect::<Vec<_>>();
    refuse_overlaps(values, &apps, problems);
    apps
}

fn read_one(
    values: &Values,
    profiles: &Profiles,
    name: &str,
    at: &Origin,
    may_be_unsaid: bool,
    problems: &mut Problems,
) -> Option<AppSection> {
    let path = |key: &str| format!("apps.{name}.{key}");
    // First of all, so that mistakes in them are told whatever else is wrong with the app.
    let rules = match values.value(&path("rules")) {
        Value::Tree(node) => rules::read(&node, problems),
        _ => Vec::new(),
    };
    let named = values.text(&path("profile"));
    if let Some(Err(what)) = named.as_deref().map(|named| profiles.named(named)) {
        problems.add(&values.origin(&path("profile")), format!("`{}`: {what}", path("profile")));
    }
    let parsed: AppName = name.parse().ok()?;
    let sound = ["upstream", "command", "profile"].iter().all(|key| values.is_sound(&path(key)));
    let reach = match (values.text(&path("upstream")), values.words(&path("command"))) {
        (Some(_), Some(_)) => {
            problems.add(
                &values.origin(&path("command")),
                format!("app `{name}` has both `upstream` and `command`; keep one"),
            );
            None
        }
        (Some(url), None) => Some(Reach::Upstream(url)),
        (None, Some(words)) => Some(Reach::Command(words)),
        (None, None) if may_be_unsaid && sound => Some(Reach::Unsaid),
        (None, None) => {
            if sound {
                problems
                    .add(at, format!("app `{name}` needs `upstream` (an address) or `command` (a program to start)"));
            }
            None
        }
    };
    let profile = named.or_else(|| (reach == Some(Reach::Unsaid)).then(|| implied_profile(profiles, name)));
    let tool = profile.as_deref().and_then(|profile| profiles.find(profile)).map(AsRef::as_ref);
    if profile.is_none() && sound {
        let known = profiles.names().collect::<Vec<_>>().join(", ");
        problems.add(at, format!("app `{name}` needs `profile`, what kind of tool it is: one of {known}"));
    }
    Some(AppSection {
        title: values.text(&path("title")).unwrap_or_else(|| implied_title(name, tool)),
        name: parsed,
        reach: reach?,
        profile: profile.clone()?,
        host: values.text(&path("host")),
        path: values.text(&path("path")),
        attribution: values.truth(&path("attribution")),
        filter_answers: filter_answers(values, name, tool, problems),
        menu: values.menu(&path("menu")),
        graphql_tokens: graphql_tokens(values, name, tool, problems),
        default_role: values.role(&path("default_role")),
        keeps_apart: values.kept(&path("keeps_apart")),
        hand_over: values.hand_over(&path("hand_over")),
        get_bodies: values.truth(&path("get_bodies")),
        rules,
    })
}

impl AppSection {
    /// What may be meant otherwise than it says: no mistake for certain.
    pub fn doubt(&self) -> Option<String> {
        let Reach::Command(command) = &self.reach else { return None };
        let has_braces = |word: &&String| word.split_once('{').is_some_and(|(_, rest)| rest.contains('}'));
        if command.iter().any(|word| word.contains("{port}")) {
            return None;
        }
        command.iter().find(has_braces).map(|word| {
            format!("`command` says `{word}`, and nowhere `{{port}}`: only that becomes the port that the tool must listen on")
        })
    }
}

/// What a tool is that only a command line says: what it is named after, else anything.
fn implied_profile(profiles: &Profiles, name: &str) -> String {
    if profiles.find(name).is_some() { name } else { "generic" }.to_owned()
}

/// Where nobody says how things in answers are named, nothing can be taken out of them.
fn filter_answers(values: &Values, name: &str, profile: Option<&Profile>, problems: &mut Problems) -> bool {
    let path = format!("apps.{name}.filter_answers");
    let filters = values.truth(&path);
    if let Some(profile) = profile.filter(|profile| filters && !profile.filters_answers()) {
        let what = format!("`{path}`: the profile {} does not say how things in answers are named", profile.name());
        problems.add(&values.origin(&path), what);
    }
    filters
}

/// A limit for a tool without GraphQL is a mistake: whoever wrote it expects it to do something.
fn graphql_tokens(values: &Values, name: &str, profile: Option<&Profile>, problems: &mut Problems) -> Option<usize> {
    let path = format!("apps.{name}.graphql.limits.tokens");
    let Value::Number(tokens) = values.value(&path) else { return None };
    if let Some(profile) = profile.filter(|profile| profile.graphql().is_none()) {
        problems.add(&values.origin(&path), format!("`{path}`: the profile {} knows no GraphQL", profile.name()));
    }
    usize::try_from(tokens).ok()
}

/// An app named like its profile is called what the tool is called.
pub fn implied_title(name: &str, profile: Option<&Profile>) -> String {
    let tool = profile.filter(|profile| profile.name() == name);
    tool.and_then(|tool| tool.title().map(str::to_owned)).unwrap_or_else(|| name.to_owned())
}

/// Two apps at one place: one of them would never be reached, and nobody could say which.
fn refuse_overlaps(values: &Values, apps: &[AppSection], problems: &mut Problems) {
    // Of one whose place could not be read it has been told, and nobody knows where it would be.
    let is_placed =
        |app: &&AppSection| ["host", "path"].iter().all(|key| values.is_sound(&format!("apps.{}.{key}", app.name)));
    let apps: Vec<&AppSection> = apps.iter().filter(is_placed).collect();
    for (index, app) in apps.iter().enumerate() {
        let Some(other) = apps.iter().take(index).find(|other| other.host == app.host && other.path == app.path) else {
            continue;
        };
        let place = match (&app.host, &app.path) {
            (None, None) => "have neither `host` nor `path`, and there can be only one default app".to_owned(),
            (host, path) => format!(
                "are both at `{}{}`; give one another host or path",
                host.as_deref().unwrap_or_default(),
                path.as_deref().unwrap_or_default()
            ),
        };
        let at = values.apps.get(app.name.as_str()).unwrap_or(&Origin::Default);
        problems.add(at, format!("apps `{}` and `{}` {place}", other.name, app.name));
    }
}
