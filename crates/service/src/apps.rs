//! The apps as decisions see them. How to reach them is `proxy`'s.

use arc_swap::ArcSwap;
use doorward_domain::{AppName, Role, Scope, nearest};
use doorward_profile::Profile;
use std::fmt;
use std::sync::Arc;

use crate::Traffic;

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
    /// Whom people ask for access: a sentence of the operator's, or empty.
    pub contact: Arc<str>,
    /// The path under which the tool itself is mounted (`/dg`), or empty; profile rules match below it.
    pub prefix: String,
    /// The role of everybody signed in; `None` is none.
    pub default_role: Option<Role>,
    /// Whether what it starts carries the caller's name.
    pub attribution: bool,
    /// Whether what somebody may not view is taken out of the tool's answers to them.
    pub filter_answers: bool,
    /// Whether the tool answers: set by whoever starts or watches it.
    pub health: Arc<ArcSwap<Health>>,
    /// What is counted of its requests. It goes on when the configuration is read again.
    pub traffic: Arc<Traffic>,
}

impl App {
    /// Notes that the tool did not answer; returns whether nobody had noted it before. Nobody is let in to a tool that must show
    /// first that it is mounted where its rules are matched, and does not even listen; that costs nobody anything.
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

    /// Notes that the tool answers, and in its place; returns whether nobody had noted it before.
    pub fn answered(&self) -> bool {
        if matches!(**self.health.load(), Health::Up) {
            return false;
        }
        !matches!(*self.health.swap(Arc::new(Health::Up)), Health::Up)
    }
}

/// There is no app of a name. Says which there are and which of them was meant, if that is for whoever asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownApp {
    /// The name.
    pub name: AppName,
    /// All that there are; empty for who may not know.
    pub known: Vec<AppName>,
}

impl UnknownApp {
    /// The same, without the list for who may not know.
    pub(crate) fn shown_if(self, may_know: bool) -> Self {
        if may_know { self } else { Self { known: Vec::new(), ..self } }
    }
}

impl fmt::Display for UnknownApp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no app `{}`", self.name)?;
        let known: Vec<&str> = self.known.iter().map(AppName::as_str).collect();
        if let Some(meant) = nearest(self.name.as_str(), known.iter().copied()) {
            write!(f, "; did you mean `{meant}`?")?;
        }
        if known.is_empty() { Ok(()) } else { write!(f, " (apps: {})", known.join(", ")) }
    }
}

impl std::error::Error for UnknownApp {}

/// Nothing of an app is of a kind that was named. A grant on it would give nothing, and a denial deny nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownKind {
    app: AppName,
    kind: String,
    /// Those that its profile tells apart.
    known: Vec<String>,
}

impl fmt::Display for UnknownKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { app, kind, known } = self;
        if known.is_empty() {
            return write!(f, "single things of `{app}` cannot be told apart: its profile knows none");
        }
        write!(f, "`{app}` has no things of the kind `{kind}`")?;
        if let Some(meant) = nearest(kind, known.iter().map(String::as_str)) {
            write!(f, "; did you mean `{meant}`?")?;
        }
        write!(f, " (kinds: {})", known.join(", "))
    }
}

impl std::error::Error for UnknownKind {}

/// The apps of one reading of the configuration.
type AllApps = Arc<Vec<Arc<App>>>;

/// All apps, as they are now. Once a door is open, its are these: what it goes by and what is known here changes in one moment.
pub struct Apps(ArcSwap<Source>);

/// Where it stands which apps there are now.
struct Source(Box<dyn Fn() -> AllApps + Send + Sync>);

impl Source {
    fn always(apps: Vec<Arc<App>>) -> Self {
        let apps = Arc::new(apps);
        Self(Box::new(move || Arc::clone(&apps)))
    }
}

impl fmt::Debug for Apps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Apps").field(&self.all()).finish()
    }
}

impl Default for Apps {
    /// None.
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

impl Apps {
    /// These apps.
    pub fn new(apps: Vec<Arc<App>>) -> Self {
        Self(ArcSwap::from_pointee(Source::always(apps)))
    }

    /// All of them, as they are now.
    pub fn all(&self) -> Arc<Vec<Arc<App>>> {
        (self.0.load().0)()
    }

    /// By name.
    pub fn find(&self, name: &AppName) -> Option<Arc<App>> {
        self.all().iter().find(|app| app.name == *name).cloned()
    }

    /// By a name that somebody gave, or which there are instead.
    pub fn named(&self, name: &AppName) -> Result<Arc<App>, UnknownApp> {
        let all = self.all();
        let found = all.iter().find(|app| app.name == *name).cloned();
        found.ok_or_else(|| UnknownApp { name: name.clone(), known: all.iter().map(|app| app.name.clone()).collect() })
    }

    /// Refuses single things of a kind that the app has none of.
    pub(crate) fn have_such(&self, scope: &Scope) -> Result<(), UnknownKind> {
        let (Some(app), Some(pattern)) = (scope.app().and_then(|app| self.find(app)), scope.pattern()) else {
            return Ok(());
        };
        let unknown = |known| UnknownKind { app: app.name.clone(), kind: pattern.kind().to_owned(), known };
        app.profile.tells_apart(pattern.kind()).map_err(unknown)
    }

    /// Refuses a name whose list is empty: it is mistyped, unless it is of an app that there is, or of one that is no more and left
    /// something behind. Where no app is known at all, none can be told from another.
    pub(crate) async fn must_have_been<E: From<UnknownApp>>(
        &self,
        name: &AppName,
        may_know: bool,
        left_something: impl AsyncFnOnce() -> Result<bool, E>,
    ) -> Result<(), E> {
        let Err(unknown) = self.named(name) else { return Ok(()) };
        if unknown.known.is_empty() || left_something().await? {
            return Ok(());
        }
        Err(unknown.shown_if(may_know).into())
    }

    /// Replaces all.
    pub fn replace(&self, apps: Vec<Arc<App>>) {
        self.0.store(Arc::new(Source::always(apps)));
    }

    /// From now on, those that somebody else goes by at the time.
    pub fn follow(&self, apps: impl Fn() -> Arc<Vec<Arc<App>>> + Send + Sync + 'static) {
        self.0.store(Arc::new(Source(Box::new(apps))));
    }
}
