//! An app as it stands on a page: its name, its state, the way in.

use doorward_domain::Role;
use doorward_profile::Corner;
use doorward_service::{App, Health};

/// One app, for one person.
pub(super) struct Card {
    pub title: String,
    pub letter: String,
    pub address: String,
    pub role: Role,
    /// `up`, `starting` or `down`.
    pub health: &'static str,
    pub health_word: &'static str,
    /// What there is to say about its state.
    pub words: Option<String>,
    /// Where in its pages our menu is, in words; `None` where it is not.
    pub menu_at: Option<&'static str>,
}

impl Card {
    /// The app as it is now, for somebody who holds `role` on it.
    pub fn new(app: &App, role: Role) -> Self {
        let (health, health_word, words) = match &**app.health.load() {
            Health::Up => ("up", "Answering", None),
            Health::Starting(words) => ("starting", "Starting", Some(words.clone())),
            Health::Silent(words) | Health::Down(words) => ("down", "Not answering", Some(words.clone())),
        };
        let letter = app.title.chars().next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
        let menu_at = app.profile.menu().first().map(|place| side(place.corner));
        Self {
            title: app.title.clone(),
            letter,
            address: app.address.clone(),
            role,
            health,
            health_word,
            words,
            menu_at,
        }
    }
}

fn side(corner: Corner) -> &'static str {
    match corner {
        Corner::TopLeft => "at the upper left",
        Corner::TopRight => "at the upper right",
        Corner::BottomLeft => "at the lower left",
        Corner::BottomRight => "at the lower right",
    }
}
