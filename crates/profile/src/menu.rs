//! Where Doorward's own small menu sits in a tool's pages: the places that the tool leaves free, measured from a corner of the window.
//!
//! Only data; what the menu is and how it gets there is the door's and the desk's.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::fmt;
use std::str::FromStr;

/// A corner of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Corner {
    /// Where reading begins.
    TopLeft,
    /// Where accounts often are.
    TopRight,
    /// Where sidebars end.
    BottomLeft,
    /// Where most tools have nothing.
    #[default]
    BottomRight,
}

impl Corner {
    /// All of them, as they are written.
    pub const NAMES: [&str; 4] = ["top-left", "top-right", "bottom-left", "bottom-right"];

    /// As it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TopLeft => "top-left",
            Self::TopRight => "top-right",
            Self::BottomLeft => "bottom-left",
            Self::BottomRight => "bottom-right",
        }
    }
}

impl fmt::Display for Corner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Not one of the four corners.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a corner is one of top-left, top-right, bottom-left, bottom-right")]
pub struct UnknownCorner;

impl FromStr for Corner {
    type Err = UnknownCorner;

    fn from_str(text: &str) -> Result<Self, UnknownCorner> {
        [Self::TopLeft, Self::TopRight, Self::BottomLeft, Self::BottomRight]
            .into_iter()
            .find(|corner| corner.as_str() == text)
            .ok_or(UnknownCorner)
    }
}

/// Where the menu may sit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MenuPlace {
    /// From which corner it is measured.
    #[serde(default)]
    pub corner: Corner,
    /// How far from the left or right edge, in CSS pixels.
    #[serde(default = "some_room")]
    pub x: u16,
    /// How far from the upper or lower edge, in CSS pixels.
    #[serde(default = "some_room")]
    pub y: u16,
}

impl Default for MenuPlace {
    fn default() -> Self {
        Self { corner: Corner::default(), x: some_room(), y: some_room() }
    }
}

impl From<Corner> for MenuPlace {
    fn from(corner: Corner) -> Self {
        Self { corner, ..Self::default() }
    }
}

const fn some_room() -> u16 {
    16
}

impl fmt::Display for MenuPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.corner, self.x, self.y)
    }
}

/// As it stands in a profile: `menu: false`, one place, or several in the order in which they are tried.
#[derive(Debug)]
pub(crate) enum MenuText {
    /// `false`: none; `true` is the same as saying nothing.
    Switch(bool),
    /// Where, at least one.
    At(Vec<MenuPlace>),
}

impl<'de> Deserialize<'de> for MenuText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::Bool(is_on) => Ok(Self::Switch(is_on)),
            Value::Array(places) if places.is_empty() => {
                Err(D::Error::custom("a place is missing; `menu: false` is no menu"))
            }
            places @ Value::Array(_) => serde_json::from_value(places).map(Self::At).map_err(D::Error::custom),
            place => serde_json::from_value(place).map(|place| Self::At(vec![place])).map_err(D::Error::custom),
        }
    }
}

impl MenuText {
    pub(crate) fn places(self) -> Vec<MenuPlace> {
        match self {
            Self::Switch(false) => Vec::new(),
            Self::Switch(true) => vec![MenuPlace::default()],
            Self::At(places) => places,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Corner, MenuPlace, Profile};

    fn places(text: &str) -> Result<Vec<MenuPlace>, String> {
        let yaml = format!("profile: x\n{text}rules:\n  - {{match: \"GET /**\", action: view}}\n");
        Profile::from_yaml(&yaml).map(|profile| profile.menu().to_vec()).map_err(|error| error.to_string())
    }

    fn menu(text: &str) -> Result<Option<MenuPlace>, String> {
        places(text).map(|places| places.first().copied())
    }

    #[test]
    fn a_profile_says_where_the_menu_sits_or_that_there_is_none() {
        assert_eq!(menu(""), Ok(Some(MenuPlace { corner: Corner::BottomRight, x: 16, y: 16 })));
        assert_eq!(menu("menu: true\n"), menu(""));
        assert_eq!(menu("menu: false\n"), Ok(None));
        assert_eq!(
            menu("menu: {corner: top-left, y: 3}\n"),
            Ok(Some(MenuPlace { corner: Corner::TopLeft, x: 16, y: 3 }))
        );
        for wrong in ["menu: {corner: middle}\n", "menu: {z: 1}\n", "menu: left\n", "menu: {x: -1}\n"] {
            assert!(menu(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_profile_may_name_more_places_for_where_the_first_is_taken() {
        let two = places("menu:\n  - {corner: bottom-left, x: 20, y: 172}\n  - {corner: top-left, x: 4}\n").unwrap();
        assert_eq!(two.iter().map(ToString::to_string).collect::<Vec<_>>(), ["bottom-left 20 172", "top-left 4 16"]);
        for wrong in ["menu: []\n", "menu: [false]\n", "menu: [{corner: middle}]\n"] {
            assert!(places(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_built_in_profiles_have_one() {
        for name in Profile::builtin_names() {
            assert!(!Profile::builtin(name).unwrap().menu().is_empty(), "{name}");
        }
    }
}
