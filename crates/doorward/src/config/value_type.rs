//! What may be written at a key, and how it is read. Raw text is parsed once, here; nobody after this sees strings that may be wrong.

use doorward_domain::Role;
use doorward_profile::{Corner, HandOver, IdentityHeader, Kept};
use ipnet::IpNet;
use std::net::SocketAddr;
use std::{path::PathBuf, time::Duration};
use url::Url;

use super::Node;
use super::parse::{choice, database, duration, host, listen, network, path_prefix, public_url, size, upstream};
use super::yaml::Data;

/// What may be written at a key.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// Any words.
    Text,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// `true` or `false`.
    Truth,
    /// A whole number from … to.
    Number(u64, u64),
    /// `30s`, `15m`, `24h`, `7d`; at least this many milliseconds.
    Duration(u64),
    /// Bytes: `65536`, `64kB`, `4MiB`.
    Size,
    /// `address:port` to listen on.
    Listen,
    /// `https://host[:port]`: an address for people, without a path.
    PublicUrl,
    /// `http://host:port[/base]`.
    Upstream,
    /// `sqlite:…`
    Database,
    /// A file.
    File,
    /// Networks as `10.0.0.0/8`.
    Networks,
    /// One of the five roles.
    Role,
    /// The name of a profile.
    Profile,
    /// A host name.
    Host,
    /// A path prefix, `/dagster`.
    PathPrefix,
    /// A program and its arguments.
    Command,
    /// `true`, `false`, or a corner of the window.
    Menu,
    /// Profile rules, as in a profile file.
    Rules,
    /// Spellings of paths that a tool tells apart.
    KeepsApart,
    /// Headers that say who is asking.
    HandOver,
    /// Agreed for later; only nothing may be written.
    Later,
}

/// What was written, parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Nothing.
    Null,
    /// Words.
    Text(String),
    /// A truth value.
    Truth(bool),
    /// A number, or bytes.
    Number(u64),
    /// A time span.
    Duration(Duration),
    /// An address to listen on.
    Listen(SocketAddr),
    /// An address to reach something at.
    Url(Url),
    /// A file.
    File(PathBuf),
    /// Networks.
    Networks(Vec<IpNet>),
    /// A role.
    Role(Role),
    /// Whether and where our menu is.
    Menu(MenuSetting),
    /// Spellings of paths.
    Kept(Vec<Kept>),
    /// Headers that say who is asking.
    HandOver(HandOver),
    /// Several words.
    Words(Vec<String>),
    /// Structure that somebody else reads.
    Tree(Node),
}

/// Whether and where our menu is in a tool's pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MenuSetting {
    /// Where the profile says, if it does.
    #[default]
    AsProfile,
    /// Nowhere.
    Off,
    /// In this corner.
    At(Corner),
}

impl MenuSetting {
    fn read(text: &str, plain: bool) -> Result<Self, String> {
        match text {
            "true" if plain => Ok(Self::AsProfile),
            "false" if plain => Ok(Self::Off),
            corner => {
                corner.parse().map(Self::At).map_err(|error| format!("`{text}` is neither true nor false, and {error}"))
            }
        }
    }
}

/// Something wrong below a node: the node at fault and the sentence.
pub type Wrong<'a> = (&'a Node, String);

impl Kind {
    /// Parses what was written. `null` is the absence of a value, for every kind.
    pub fn read<'a>(&self, node: &'a Node) -> Result<Value, Vec<Wrong<'a>>> {
        if node.is_null() {
            return Ok(Value::Null);
        }
        match (self, &node.data) {
            (Self::Later, Data::Map(entries)) if entries.is_empty() => Ok(Value::Null),
            (Self::Later, Data::List(items)) if items.is_empty() => Ok(Value::Null),
            (Self::Later, _) => one(node, "this is not supported by this version; leave it out or write null"),
            (Self::Networks, Data::List(items)) => {
                each(items, |item| text_of(item).and_then(network)).map(Value::Networks)
            }
            (Self::Networks, Data::Scalar { text, .. }) => {
                network(text).map(|n| Value::Networks(vec![n])).or_else(|e| one(node, e))
            }
            (Self::Command, Data::List(items)) if items.is_empty() => one(node, "a command needs at least the program"),
            (Self::Command, Data::List(items)) => {
                each(items, |item| text_of(item).map(str::to_owned)).map(Value::Words)
            }
            (Self::Command, _) => one(node, "write the command as a list: [program, argument, \"{port}\"]"),
            (Self::KeepsApart, Data::List(items)) => each(items, |item| text_of(item).and_then(kept)).map(Value::Kept),
            (Self::KeepsApart, Data::Scalar { text, .. }) => {
                kept(text).map(|kept| Value::Kept(vec![kept])).or_else(|e| one(node, e))
            }
            (Self::HandOver, Data::List(items)) => each(items, |item| text_of(item).and_then(identity_header))
                .map(|headers| Value::HandOver(headers.into_iter().collect())),
            (Self::Rules, Data::List(_)) => Ok(Value::Tree(node.clone())),
            (Self::Rules, _) => one(node, "write rules as a list, each `{match: \"GET /path/**\", action: view}`"),
            (_, Data::Scalar { text, plain }) => self.read_scalar(text, *plain).or_else(|e| one(node, e)),
            (_, Data::List(_)) => one(node, format!("one value is expected here, not a list: {}", self.describe())),
            (_, Data::Map(_)) => one(node, format!("one value is expected here, not a section: {}", self.describe())),
        }
    }

    fn read_scalar(&self, text: &str, plain: bool) -> Result<Value, String> {
        match self {
            Self::Choice(words) => choice(text, words),
            Self::Truth => match text {
                "true" if plain => Ok(Value::Truth(true)),
                "false" if plain => Ok(Value::Truth(false)),
                _ => Err(format!("`{text}` is neither true nor false")),
            },
            Self::Menu => MenuSetting::read(text, plain).map(Value::Menu),
            Self::Number(least, most) => match text.parse() {
                Ok(number) if (*least..=*most).contains(&number) => Ok(Value::Number(number)),
                _ => Err(format!("`{text}` is not a whole number from {least} to {most}")),
            },
            Self::Duration(least) => duration(text, *least).map(Value::Duration),
            Self::Size => size(text).map(Value::Number),
            Self::Listen => listen(text).map(Value::Listen),
            Self::PublicUrl => public_url(text).map(Value::Url),
            Self::Upstream => upstream(text).map(Value::Text),
            Self::Database => database(text).map(Value::Text),
            Self::File => Ok(Value::File(PathBuf::from(text))),
            Self::Role => text.parse().map(Value::Role).map_err(|e: doorward_domain::role::UnknownRole| e.to_string()),
            Self::HandOver => HandOver::parse(text).map(Value::HandOver).map_err(|error| error.to_string()),
            Self::Host => host(text).map(Value::Text),
            Self::PathPrefix => path_prefix(text).map(Value::Text),
            Self::Text
            | Self::Profile
            | Self::Networks
            | Self::Command
            | Self::Rules
            | Self::KeepsApart
            | Self::Later => Ok(Value::Text(text.to_owned())),
        }
    }

    /// What may be written, in a few words.
    pub fn describe(&self) -> String {
        match self {
            Self::Text => "text".into(),
            Self::Choice(words) => words.iter().map(|w| format!("`{w}`")).collect::<Vec<_>>().join(" or "),
            Self::Truth => "`true` or `false`".into(),
            Self::Number(least, most) => format!("a whole number from {least} to {most}"),
            Self::Duration(_) => "a duration (`30s`, `15m`, `24h`, `7d`)".into(),
            Self::Size => "a size in bytes (`65536`, `64kB`, `4MiB`)".into(),
            Self::Listen => "an address to listen on (`127.0.0.1:3000`)".into(),
            Self::PublicUrl => "a URL without a path".into(),
            Self::Upstream => "an http URL".into(),
            Self::Database => "a database URL".into(),
            Self::File => "a file".into(),
            Self::Networks => "a list of networks (CIDR)".into(),
            Self::Role => "a role".into(),
            Self::Profile => "the name of a profile".into(),
            Self::Host => "a host name".into(),
            Self::PathPrefix => "a path beginning with `/`".into(),
            Self::Command => "a list: program and arguments".into(),
            Self::Menu => {
                format!("`true`, `false`, or a corner of the window ({})", doorward_profile::Corner::NAMES.join(", "))
            }
            Self::Rules => "a list of profile rules".into(),
            Self::KeepsApart => format!("a list of {}", Kept::NAMES.map(|name| format!("`{name}`")).join(", ")),
            Self::HandOver => format!(
                "`all`, `none` or a list of {}",
                IdentityHeader::ALL.map(|header| format!("`{}`", header.name())).join(", ")
            ),
            Self::Later => "not supported by this version".into(),
        }
    }
}

fn one<T>(node: &Node, what: impl Into<String>) -> Result<T, Vec<Wrong<'_>>> {
    Err(vec![(node, what.into())])
}

fn each<T>(items: &[Node], read: impl Fn(&Node) -> Result<T, String>) -> Result<Vec<T>, Vec<Wrong<'_>>> {
    let (mut values, mut wrong) = (Vec::new(), Vec::new());
    for item in items {
        match read(item) {
            Ok(value) => values.push(value),
            Err(what) => wrong.push((item, what)),
        }
    }
    if wrong.is_empty() { Ok(values) } else { Err(wrong) }
}

fn kept(text: &str) -> Result<Kept, String> {
    text.parse().map_err(|error: doorward_profile::keeps::UnknownKept| error.to_string())
}

fn identity_header(text: &str) -> Result<IdentityHeader, String> {
    text.parse().map_err(|error: doorward_profile::hand_over::UnknownHandOver| error.to_string())
}

fn text_of(node: &Node) -> Result<&str, String> {
    match &node.data {
        Data::Scalar { text, .. } => Ok(text),
        _ => Err("a word is expected here".into()),
    }
}
