//! Values of which there may be several: a list in YAML, or words parted by something in a variable.

use doorward_profile::{HandOver, IdentityHeader, Kept};
use ipnet::IpNet;
use serde::Deserializer;
use serde::de::{Error, SeqAccess, Visitor};
use serde_json::{Value, json};
use std::fmt;
use std::marker::PhantomData;

use super::parse::network;
use super::setting::{Of, Setting, Several, Word, words};

/// A network as `10.0.0.0/8`: of proxies whose word is taken.
pub struct Network;

impl Word for Network {
    type Value = IpNet;

    fn schema() -> Value {
        json!({"type": "string", "words": "a network (CIDR)"})
    }

    fn parse(text: &str) -> Result<IpNet, String> {
        network(text)
    }
}

impl Several for Network {
    fn all() -> Value {
        let words = "a list of networks (CIDR)";
        json!({"type": ["array", "string"], "items": {"type": "string"}, "words": words, "separator": ","})
    }

    fn together(all: &[IpNet]) -> Result<(), String> {
        match IpNet::aggregate(&all.to_vec()).iter().find(|net| net.prefix_len() == 0) {
            Some(every) => Err(format!(
                "together these networks are every address there is (`{every}`): anybody could claim to be anybody; name your proxies' networks"
            )),
            None => Ok(()),
        }
    }
}

/// A word of a command: the program, or an argument.
pub struct Argument;

impl Word for Argument {
    type Value = String;

    fn schema() -> Value {
        json!({"type": ["string", "number"], "words": "a word"})
    }

    fn parse(text: &str) -> Result<String, String> {
        Ok(text.to_owned())
    }
}

impl Several for Argument {
    fn all() -> Value {
        let words = "a list: program and arguments";
        json!({"type": "array", "items": {"type": ["string", "number"]}, "minItems": 1, "words": words, "separator": " "})
    }

    fn alone(_: &str) -> Result<String, String> {
        Err("write the command as a list: [program, argument, \"{port}\"]".into())
    }

    fn together(all: &[String]) -> Result<(), String> {
        if all.is_empty() { Err("a command needs at least the program".into()) } else { Ok(()) }
    }
}

impl Word for Kept {
    type Value = Self;

    fn schema() -> Value {
        json!({"enum": Self::NAMES, "words": Self::NAMES.map(|name| format!("`{name}`")).join(", ")})
    }

    fn parse(text: &str) -> Result<Self, String> {
        text.parse().map_err(|error: doorward_profile::keeps::UnknownKept| error.to_string())
    }
}

impl Several for Kept {
    fn all() -> Value {
        let words = format!("a list of {}", words::<Self>());
        json!({"type": ["array", "string"], "items": {"enum": Self::NAMES}, "words": words, "separator": ","})
    }
}

impl Word for IdentityHeader {
    type Value = Self;

    fn schema() -> Value {
        let words = Self::ALL.map(|header| format!("`{}`", header.name())).join(", ");
        json!({"enum": Self::ALL.map(Self::name), "words": words})
    }

    fn parse(text: &str) -> Result<Self, String> {
        text.parse().map_err(|error: doorward_profile::hand_over::UnknownHandOver| error.to_string())
    }
}

impl Setting for HandOver {
    type Value = Self;

    fn schema() -> Value {
        let known = json!({"enum": IdentityHeader::ALL.map(IdentityHeader::name)});
        let list = json!({"type": "array", "items": known});
        let words = format!("`all`, `none` or a list of {}", words::<IdentityHeader>());
        json!({"anyOf": [{"enum": ["all", "none", null]}, known, list], "separator": ",", "words": words})
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Of::<Self>(PhantomData))
    }
}

impl<'de> Visitor<'de> for Of<HandOver> {
    type Value = HandOver;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&words::<HandOver>())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<HandOver, E> {
        HandOver::parse(text).map_err(E::custom)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<HandOver, A::Error> {
        std::iter::from_fn(|| items.next_element_seed(Of::<IdentityHeader>(PhantomData)).transpose()).collect()
    }
}
