//! An app as it stands on a page: its name, its state, the way in.

use doorward_profile::{Corner, MenuPlace};
use doorward_service::{App, Health};

use super::held::{Held, Thing};
use crate::moment::Moment;

/// One app, for one person.
pub(super) struct Card {
    pub title: String,
    pub letter: String,
    pub address: String,
    /// The role on all of it, or that there are some on single things.
    pub role: String,
    /// When that ends.
    pub until: Option<Moment>,
    /// What is held on single things.
    pub things: Vec<Thing>,
    /// How many more of these there are.
    pub more: usize,
    /// `up`, `starting` or `down`.
    pub health: &'static str,
    pub health_word: &'static str,
    /// What there is to say about its state.
    pub words: Option<String>,
    /// Where in its pages our menu is, in words; `None` where it is not.
    pub menu_at: Option<&'static str>,
}

impl Card {
    /// The app as it is now, for somebody who holds this on it.
    pub fn new(app: &App, held: Held) -> Self {
        let (health, health_word, words) = match &**app.health.load() {
            Health::Up => ("up", "Answering", None),
            Health::Starting(words) => ("starting", "Starting", Some(words.clone())),
            Health::Silent(words) | Health::Down(words) => ("down", "Not answering", Some(words.clone())),
        };
        let letter = app.title.chars().next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
        let menu_at = app.profile.menu().first().copied().map(side);
        Self {
            title: app.title.clone(),
            letter,
            address: app.address.clone(),
            role: held.whole.map_or_else(|| "on single things".to_owned(), |role| role.to_string()),
            until: held.until.map(Moment::from),
            things: held.things,
            more: held.more,
            health,
            health_word,
            words,
            menu_at,
        }
    }
}

/// Further from the corner than this, in CSS pixels, it is not what people call a corner.
const CORNER: u16 = 100;

fn side(place: MenuPlace) -> &'static str {
    match place.corner {
        Corner::TopLeft | Corner::BottomLeft if place.y > CORNER => "on the left",
        Corner::TopRight | Corner::BottomRight if place.y > CORNER => "on the right",
        Corner::TopLeft => "at the upper left",
        Corner::TopRight => "at the upper right",
        Corner::BottomLeft => "at the lower left",
        Corner::BottomRight => "at the lower right",
    }
}
