//! `apps`: the tools behind the door.

use doorward_domain::{AppName, HostName, Role};
use doorward_profile::{HandOver, Kept, Profile, Profiles, RuleText};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

use super::rules::{self, Rules};
use crate::config::list_type::Argument;
use crate::config::setting::{Many, Maybe, One};
use crate::config::value_type::{PathPrefix, ProfileName, Text, Upstream, Whole};
use crate::config::{MenuSetting, Origin, Problems, Values};

/// An app. Its name has 1 to 63 of a-z, 0-9, - and _.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AppKeys {
    /// Where the tool answers: `http://host:port`. An app has this or `command`. Paths are passed on as they are; with a path here
    /// (`http://host:port/` too) the app's own `path` is replaced by it.
    #[serde(with = "Maybe::<Upstream>")]
    #[schemars(extend("example" = "http://127.0.0.1:3001", "live" = true))]
    upstream: Option<String>,
    /// The tool as a command that Doorward starts, watches and stops. `{port}` in any argument, and the environment variable `PORT`, carry
    /// the private port it must listen on.
    #[serde(with = "Maybe::<Many<Argument>>")]
    #[schemars(extend("example" = "[dagster-webserver, -p, \"{port}\"]", "live" = true))]
    command: Option<Vec<String>>,
    /// What kind of tool it is: which requests are which action. See `doorward profile list`. Required.
    #[serde(with = "Maybe::<ProfileName>")]
    #[schemars(extend("example" = "dagster", "live" = true))]
    profile: Option<String>,
    /// The host name under which people reach it. An app with neither `host` nor `path` is the default app; there is at most one.
    #[serde(with = "Maybe::<HostName>")]
    #[schemars(extend("example" = "dagster.example.com", "live" = true))]
    pub host: Option<HostName>,
    /// The path under which people reach it. The tool gets the path unchanged, so it must be mounted there too (for Dagster:
    /// `--path-prefix /dagster`), unless `upstream` ends in a path.
    #[serde(with = "Maybe::<PathPrefix>")]
    #[schemars(extend("example" = "/dagster", "live" = true))]
    pub path: Option<String>,
    /// What people call it. Unless set, what its profile calls the tool when the app is named like the profile; else the name.
    #[serde(with = "Maybe::<Text>")]
    #[schemars(extend("example" = "Pipelines", "live" = true))]
    title: Option<String>,
    /// Whether what people start in the tool carries their name (for Dagster: the run tag `user`).
    #[schemars(extend("default" = "true", "example" = "false", "live" = true))]
    pub attribution: bool,
    /// Whether what people may not view is taken out of the tool's answers to them, for those who hold grants or denials of single things.
    /// Only with a profile that says how things in answers are named (`dagster`). What cannot be filtered is refused to them.
    #[schemars(extend("default" = "false", "example" = "true", "live" = true))]
    pub filter_answers: bool,
    /// Whether the tool's pages get our small menu (name, role, account, sign out): `true` where the profile says, `false` not at all, or
    /// the corner of the window that the tool leaves free.
    #[serde(with = "One::<MenuSetting>")]
    #[schemars(extend("default" = "true", "example" = "top-right", "live" = true))]
    pub menu: MenuSetting,
    pub graphql: GraphqlSection,
    /// The role that everybody who is signed in has at least. A grant of a smaller one takes nothing away: the strongest counts. `null` is
    /// none.
    #[serde(with = "Maybe::<Role>")]
    #[schemars(extend("example" = "viewer", "live" = true))]
    pub default_role: Option<Role>,
    /// Spellings of paths that the tool is known to tell apart: `escaped_slash` (`%2F` is part of a name, never a separator),
    /// `double_slash` (`//` is not `/`), `case` (`Admin` is not `admin`). Paths are then read in that way only, instead of being refused
    /// where a rule depends on it. `null` is what the profile says.
    #[serde(with = "Maybe::<Many<Kept>>")]
    #[schemars(extend("example" = "[escaped_slash]", "live" = true))]
    pub keeps_apart: Option<Vec<Kept>>,
    /// Which headers that say who is asking the tool gets: `all`, `none`, or a list of their names. `null` is what the profile says
    /// (`generic`: all; `dagster`: none, since Dagster reads none). What a client sends under these names never passes, handed over or not.
    #[serde(with = "Maybe::<HandOver>")]
    #[schemars(extend("example" = "[Remote-User, Remote-Groups]", "live" = true))]
    pub hand_over: Option<HandOver>,
    /// Whether the tool is known to read the body of a `GET`, `HEAD` or `OPTIONS` (Elasticsearch and OpenSearch do). Otherwise such a
    /// request is answered with 400, unless the profile says it: a tool that does not read the body takes it for the next request.
    #[schemars(extend("default" = "false", "example" = "true", "live" = true))]
    pub get_bodies: bool,
    /// Profile rules that come before the profile's own.
    #[serde(with = "One::<Rules>")]
    #[schemars(extend("default" = "[]", "example" = "[{match: \"POST /report/**\", action: run}]", "live" = true))]
    rules: Vec<Value>,
}

/// What only tools with GraphQL have.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GraphqlSection {
    pub limits: GraphqlLimits,
}

/// How much one document may ask for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GraphqlLimits {
    /// The most tokens (words, signs, white space, comments, commas) of a GraphQL document, for clients that ask for very many things at
    /// once. `null` is as the profile says (`dagster`: 50000, some 2,000 aliased fields with their arguments). A longer one is answered
    /// with 400.
    #[serde(with = "Maybe::<Whole<1_000, 250_000>>")]
    #[schemars(extend("example" = "100000", "live" = true))]
    pub tokens: Option<usize>,
}

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
    /// Rules before the profile's own.
    pub rules: Vec<RuleText>,
    /// All that is said of it.
    pub keys: AppKeys,
}

/// Looks at all apps and says which cannot work, alone or together. Where `may_be_unsaid`, an app need not say how it is reached and what
/// it is.
pub fn resolve(
    values: &Values,
    all: BTreeMap<String, AppKeys>,
    profiles: &Profiles,
    may_be_unsaid: bool,
    problems: &mut Problems,
) -> Vec<AppSection> {
    let wrapped = all.keys().find_map(|name| wrapped(values, name));
    let mut resolver = Resolver { values, profiles, wrapped, may_be_unsaid, problems };
    let apps: Vec<AppSection> = all.into_iter().filter_map(|(name, keys)| resolver.app(&name, keys)).collect();
    refuse_overlaps(values, &apps, problems);
    apps
}

struct Resolver<'r> {
    values: &'r Values,
    profiles: &'r Profiles,
    /// The app that the command line brings, and by what.
    wrapped: Option<(String, &'static str)>,
    may_be_unsaid: bool,
    problems: &'r mut Problems,
}

/// By which command the tool of this app is wrapped, if it is.
fn wrapped(values: &Values, name: &str) -> Option<(String, &'static str)> {
    match values.origin(&format!("apps.{name}.command")) {
        Origin::Option(by) => Some((name.to_owned(), by)),
        _ => None,
    }
}

impl Resolver<'_> {
    fn app(&mut self, name: &str, keys: AppKeys) -> Option<AppSection> {
        let path = |key: &str| format!("apps.{name}.{key}");
        // First of all, so that mistakes in them are told whatever else is wrong with the app.
        let rules = self.values.node(&path("rules")).map(|list| rules::read(list, &keys.rules, self.problems));
        if let Some(Err(what)) = keys.profile.as_deref().map(|named| self.profiles.named(named)) {
            self.wrong(&path("profile"), &what);
        }
        let parsed = name.parse::<AppName>();
        let parsed =
            parsed.map_err(|error| self.problems.add(&self.values.origin_of_name("apps", name), error.to_string()));
        let parsed = parsed.ok()?;
        let is_sound = ["upstream", "command", "profile"].iter().all(|key| self.values.is_sound(&path(key)));
        let reach = self.reach(name, &keys, is_sound);
        let implied = || if self.profiles.find(name).is_some() { name } else { "generic" }.to_owned();
        let profile = keys.profile.clone().or_else(|| (reach == Some(Reach::Unsaid)).then(implied));
        let tool = profile.as_deref().and_then(|profile| self.profiles.find(profile)).map(AsRef::as_ref);
        match tool {
            Some(tool) => self.refuse_what_the_tool_lacks(name, &keys, tool),
            None if profile.is_none() && is_sound => {
                let known = self.profiles.names().collect::<Vec<_>>().join(", ");
                let what = format!("app `{name}` needs `profile`, what kind of tool it is: one of {known}");
                self.problems.add(&self.values.origin_of_name("apps", name), what);
            }
            None => {}
        }
        Some(AppSection {
            title: keys.title.clone().unwrap_or_else(|| implied_title(name, tool)),
            name: parsed,
            reach: reach?,
            profile: profile?,
            rules: rules?,
            keys,
        })
    }

    fn reach(&mut self, name: &str, keys: &AppKeys, is_sound: bool) -> Option<Reach> {
        match (&keys.upstream, &keys.command) {
            (Some(_), Some(_)) => {
                let at = self.values.origin(&format!("apps.{name}.command"));
                self.problems.add(&at, format!("app `{name}` has both `upstream` and `command`; keep one"));
                None
            }
            (Some(url), None) => Some(Reach::Upstream(url.clone())),
            (None, Some(words)) => Some(Reach::Command(words.clone())),
            (None, None) if self.may_be_unsaid && is_sound => Some(Reach::Unsaid),
            (None, None) => {
                if is_sound {
                    let why = match &self.wrapped {
                        Some((own, by)) => format!(
                            "`{by}` brings `{own}` only: add one of them, take `{name}` out, or if it is what you start, call it so with `--name {name}`"
                        ),
                        None => "only `doorward dagster` and `doorward run` bring their own".to_owned(),
                    };
                    let what =
                        format!("app `{name}` needs `upstream` (an address) or `command` (a program to start); {why}");
                    self.problems.add(&self.values.origin_of_name("apps", name), what);
                }
                None
            }
        }
    }

    /// Whoever writes what does nothing for a tool expects it to do something.
    fn refuse_what_the_tool_lacks(&mut self, name: &str, keys: &AppKeys, tool: &Profile) {
        if keys.filter_answers && !tool.filters_answers() {
            let what = format!("the profile {} does not say how things in answers are named", tool.name());
            self.wrong(&format!("apps.{name}.filter_answers"), &what);
        }
        if keys.graphql.limits.tokens.is_some() && tool.graphql().is_none() {
            let what = format!("the profile {} knows no GraphQL", tool.name());
            self.wrong(&format!("apps.{name}.graphql.limits.tokens"), &what);
        }
    }

    fn wrong(&mut self, path: &str, what: &impl std::fmt::Display) {
        self.problems.add(&self.values.origin(path), format!("`{path}`: {what}"));
    }
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
        let Some(other) = apps
            .iter()
            .take(index)
            .find(|other| (&other.keys.host, &other.keys.path) == (&app.keys.host, &app.keys.path))
        else {
            continue;
        };
        let place = match (&app.keys.host, &app.keys.path) {
            (None, None) => "have neither `host` nor `path`, and there can be only one default app".to_owned(),
            (host, path) => format!(
                "are both at `{}{}`; give one another host or path",
                host.as_ref().map(HostName::as_str).unwrap_or_default(),
                path.as_deref().unwrap_or_default()
            ),
        };
        let at = values.origin_of_name("apps", app.name.as_str());
        problems.add(&at, format!("apps `{}` and `{}` {place}", other.name, app.name));
    }
}
