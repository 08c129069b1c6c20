//! The apps as decisions see them. How to reach them is `proxy`'s.

use arc_swap::ArcSwap;
use doorward_domain::{AppName, Role};
use doorward_profile::Profile;
use std::sync::Arc;

/// Whether the tool behind an app answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// Answers, as far as is known.
    Up,
    /// Being started, or started again; the sentence says which, for the waiting page.
    Starting(String),
    /// Does not answer; the sentence says what is known. Requests are tried all the same: some may get through.
    Silent(String),
    /// Nobody is let in; the sentence says why.
    Down(String),
}

/// How a tool did not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Silence {
    /// Nothing listens at its address.
    Refused,
    /// It took too long.
    TooLong,
}

/// What a decision about an app depends on.
#[derive(Debug, Clone)]
pub struct App {
    /// Its name.
    pub name: AppName,
    /// What people call it: the name, unless configured.
    pub title: String,
    /// Its address for people: an absolute URL, or a path on this host.
    pub address: String,
    /// What Doorward knows about it.
    pub profile: Arc<Profile>,
    /// The path under which the tool itself is mounted (`/dg`), or empty; profile rules match below it.
    pub prefix: String,
    /// The role of everybody signed in; `None` is none.
    pub default_role: Option<Role>,
    /// Whether what it starts carries the caller's name.
    pub attribution: bool,
    /// Whether the tool answers: set by whoever starts or watches it.
    pub health: Arc<ArcSwap<Health>>,
}

impl App {
    /// Notes that the tool did not answer; returns whether that is news. Nobody is let in to a tool that must show first that it
    /// is mounted where its rules are matched, and does not even listen; that costs nobody anything.
    pub fn did_not_answer(&self, silence: Silence) -> bool {
        let known = self.health.load();
        if !matches!(**known, Health::Up | Health::Silent(_)) {
            return false;
        }
        let sentence = format!("{} does not answer.", self.title);
        let now = match silence {
            Silence::Refused if self.profile.probe().is_some() => Health::Down(sentence),
            Silence::Refused | Silence::TooLong => Health::Silent(sentence),
        };
        let was_up = matches!(**known, Health::Up);
        // Whoever was quicker knew more.
        let before = self.health.compare_and_swap(&known, Arc::new(now));
        was_up && Arc::ptr_eq(&before, &known)
    }

    /// Notes that the tool answers, and in its place; returns whether that is news.
    pub fn answered(&self) -> bool {
        if matches!(**self.health.load(), Health::Up) {
            return false;
        }
        !matches!(*self.health.swap(Arc::new(Health::Up)), Health::Up)
    }
}

/// All apps, swapped as one when configuration changes.
#[derive(Debug, Default)]
pub struct Apps(ArcSwap<Vec<Arc<App>>>);

impl Apps {
    /// These apps.
    pub fn new(apps: Vec<Arc<App>>) -> Self {
        Self(ArcSwap::from_pointee(apps))
    }

    /// All of them, as they are now.
    pub fn all(&self) -> Arc<Vec<Arc<App>>> {
        self.0.load_full()
    }

    /// By name.
    pub fn find(&self, name: &AppName) -> Option<Arc<App>> {
        self.0.load().iter().find(|app| app.name == *name).cloned()
    }

    /// Replaces all.
    pub fn replace(&self, apps: Vec<Arc<App>>) {
        self.0.store(Arc::new(apps));
    }
}
