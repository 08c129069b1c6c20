//! The languages of single values: what may be written at a key and what it means. Raw text is parsed once, here; nobody after this sees
//! strings that may be wrong.

use doorward_domain::{HostName, Role, Secret};
use doorward_profile::{Corner, Profile};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};
use std::borrow::Cow;
use std::{net::SocketAddr, path::PathBuf, time::Duration};
use url::Url;

use super::parse::{duration, host, listen, path_prefix, public_url, size, upstream};
use super::setting::Word;

/// Any words.
pub struct Text;

impl Word for Text {
    type Value = String;

    const MAY_BE_NO_TEXT: bool = false;

    fn schema() -> Value {
        json!({"type": "string", "words": "text"})
    }

    fn parse(text: &str) -> Result<String, String> {
        Ok(text.to_owned())
    }
}

impl Word for Secret {
    type Value = Self;

    fn schema() -> Value {
        json!({"type": "string", "secret": "all", "words": "a secret"})
    }

    fn parse(text: &str) -> Result<Self, String> {
        Ok(Self::new(text.to_owned()))
    }
}

/// A whole number from … to.
pub struct Whole<const LEAST: usize, const MOST: usize>;

impl<const LEAST: usize, const MOST: usize> Word for Whole<LEAST, MOST> {
    type Value = usize;

    fn schema() -> Value {
        let words = format!("a whole number from {LEAST} to {MOST}");
        json!({"type": "integer", "minimum": LEAST, "maximum": MOST, "words": words})
    }

    fn parse(text: &str) -> Result<usize, String> {
        let number = text.parse().ok().filter(|number| (LEAST..=MOST).contains(number));
        number.ok_or_else(|| format!("`{text}` is not a whole number from {LEAST} to {MOST}"))
    }
}

/// `30s`, `15m`, `24h`, `7d`; at least this many milliseconds.
pub struct Span<const LEAST: u64>;

impl<const LEAST: u64> Word for Span<LEAST> {
    type Value = Duration;

    fn schema() -> Value {
        json!({"type": "string", "pattern": "^[0-9]+(ms|s|m|h|d)$", "words": "a duration (`30s`, `15m`, `24h`, `7d`)"})
    }

    fn parse(text: &str) -> Result<Duration, String> {
        duration(text, LEAST)
    }
}

/// Bytes: `65536`, `64kB`, `4MiB`; at least so many.
pub struct Size<const LEAST: u64>;

impl<const LEAST: u64> Word for Size<LEAST> {
    type Value = usize;

    fn schema() -> Value {
        json!({"type": ["integer", "string"], "pattern": "^[0-9]+ ?([kKMG]?B|[KMG]iB)?$", "words": "a size in bytes (`65536`, `64kB`, `4MiB`)"})
    }

    fn parse(text: &str) -> Result<usize, String> {
        size(text, LEAST).map(|bytes| usize::try_from(bytes).unwrap_or(usize::MAX))
    }
}

/// `address:port` to listen on.
pub struct Listen;

impl Word for Listen {
    type Value = SocketAddr;

    fn schema() -> Value {
        json!({"type": ["string", "integer"], "words": "an address to listen on (`127.0.0.1:3000`)"})
    }

    fn parse(text: &str) -> Result<SocketAddr, String> {
        listen(text)
    }
}

/// `https://host[:port]`: an address for people, without a path.
pub struct PublicUrl;

impl Word for PublicUrl {
    type Value = Url;

    fn schema() -> Value {
        json!({"type": "string", "words": "a URL without a path"})
    }

    fn parse(text: &str) -> Result<Url, String> {
        public_url(text)
    }
}

/// `http://host:port[/base]`.
pub struct Upstream;

impl Word for Upstream {
    type Value = String;

    fn schema() -> Value {
        json!({"type": "string", "words": "an http URL"})
    }

    fn parse(text: &str) -> Result<String, String> {
        upstream(text)
    }
}

/// A file.
pub struct File;

impl Word for File {
    type Value = PathBuf;

    fn schema() -> Value {
        json!({"type": "string", "words": "a file"})
    }

    fn parse(text: &str) -> Result<PathBuf, String> {
        Ok(PathBuf::from(text))
    }
}

impl Word for HostName {
    type Value = Self;

    fn schema() -> Value {
        json!({"type": "string", "words": "a host name"})
    }

    fn parse(text: &str) -> Result<Self, String> {
        host(text).map(|host| Self::of(&host))
    }
}

/// A path prefix, `/dagster`.
pub struct PathPrefix;

impl Word for PathPrefix {
    type Value = String;

    fn schema() -> Value {
        json!({"type": "string", "words": "a path beginning with `/`"})
    }

    fn parse(text: &str) -> Result<String, String> {
        path_prefix(text)
    }
}

impl Word for Role {
    type Value = Self;

    fn schema() -> Value {
        json!({"enum": ["viewer", "operator", "launcher", "developer", "editor", "manager", "admin"], "words": "a role"})
    }

    fn parse(text: &str) -> Result<Self, String> {
        text.parse().map_err(|error: doorward_domain::role::UnknownRole| error.to_string())
    }
}

/// The name of a profile.
pub struct ProfileName;

impl Word for ProfileName {
    type Value = String;

    fn schema() -> Value {
        json!({"type": "string", "pattern": "^[a-z0-9_-]+$", "examples": Profile::builtin_names(), "words": "the name of a profile"})
    }

    fn parse(text: &str) -> Result<String, String> {
        Ok(text.to_owned())
    }
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

impl Word for MenuSetting {
    type Value = Self;

    fn schema() -> Value {
        let words = format!("`true`, `false`, or a corner of the window ({})", Corner::NAMES.join(", "));
        json!({"enum": [true, false, "top-left", "top-right", "bottom-left", "bottom-right"], "words": words})
    }

    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "true" => Ok(Self::AsProfile),
            "false" => Ok(Self::Off),
            corner => {
                corner.parse().map(Self::At).map_err(|error| format!("`{text}` is neither true nor false, and {error}"))
            }
        }
    }
}

/// Agreed for later; only nothing may be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Later;

impl<'de> Deserialize<'de> for Later {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::Null => Ok(Self),
            Value::Array(items) if items.is_empty() => Ok(Self),
            Value::Object(entries) if entries.is_empty() => Ok(Self),
            _ => Err(D::Error::custom("this is not supported by this version; leave it out or write null")),
        }
    }
}

impl JsonSchema for Later {
    fn schema_name() -> Cow<'static, str> {
        "not supported by this version".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": ["null", "object"], "maxProperties": 0, "later": true})
    }
}
