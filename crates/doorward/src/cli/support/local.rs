//! Working on the database from the command line: the same verbs as the running Doorward, in the name of the person at the machine.

use doorward_domain::{AppName, Email, SessionLimits, User};
use doorward_service::ports::{Listed, ListedKey, Paging, SystemClock, SystemEntropy, UserQuery};
use doorward_service::{Actor, App, Services, ServicesConfig};
use std::sync::Arc;

use super::printable::tell;
use crate::cli::{Common, Failure, Outcome};
use crate::compose;
use crate::config::{AppSection, Config, DatabaseUrl, Loaded, OptionValue, Overrides, Problems, Reach, Request, load};

/// The verbs and in whose name.
pub struct Local {
    /// The verbs.
    pub services: Arc<Services>,
    /// `cli:<os user>`.
    pub actor: Actor,
    /// How long sessions live.
    pub sessions: SessionLimits,
    /// How this program is called again for the same configuration and database, in what people are told to type.
    pub command: String,
}

impl Common {
    /// Reads the configuration with these options, and more.
    pub fn load_with(&self, overrides: Overrides) -> Outcome<Loaded> {
        self.read(overrides).map_err(Failure::usage)
    }

    /// The same; what is wrong is handed back one by one.
    pub fn read(&self, overrides: Overrides) -> Result<Loaded, Problems> {
        load(&self.request(overrides))
    }

    /// The same for work to which it does not matter how tools are reached.
    pub fn read_without_tools(&self) -> Result<Loaded, Problems> {
        load(&Request { reaches_no_tool: true, ..self.request(Overrides::new()) })
    }

    /// The same, if all it lacks is how one app is reached and what it is: whoever wraps that tool says so on the command line.
    pub fn read_for_a_wrapped_tool(&self) -> Option<Loaded> {
        let is_unsaid = |app: &&AppSection| app.reach == Reach::Unsaid;
        self.read_without_tools().ok().filter(|loaded| loaded.config.apps.iter().filter(is_unsaid).count() == 1)
    }

    /// Fails, in words, if there is a password in the address of the database: whoever lists the processes would see it.
    pub fn names_no_password(&self) -> Result<(), Failure> {
        match &self.database {
            Some(given) if DatabaseUrl::new(given.clone()).has_password() => Err(Failure::usage(
                "--database: everybody on this machine can see what commands are called with, so no password belongs here: put the \
                 address into the configuration file, or into a file that DOORWARD_DATABASE_FILE names",
            )),
            _ => Ok(()),
        }
    }

    fn request(&self, mut overrides: Overrides) -> Request {
        if let Some(database) = &self.database {
            overrides.push(("database".into(), "--database", OptionValue::Word(database.clone())));
        }
        Request::of_process(self.config.clone(), overrides)
    }

    /// Reads the configuration for work on the database: how tools are reached does not matter to it.
    pub fn load_without_tools(&self) -> Outcome<Loaded> {
        self.read_without_tools().map_err(Failure::usage)
    }

    /// Reads the configuration with these options.
    pub fn load(&self) -> Outcome<Loaded> {
        self.load_with(Overrides::new())
    }
}

impl Local {
    /// Opens the database, does the work, and sees that everything is written.
    pub fn with(common: &Common, work: impl AsyncFnOnce(&Self) -> Outcome) -> Outcome {
        let loaded = common.load_without_tools()?;
        Self::with_apps(&loaded, |_| Ok(Vec::new()), work)
    }

    /// The same, for something on this app, if one is named. A tool that is wrapped is in no file, and known only while it runs; then the
    /// name given here is taken at its word.
    pub fn for_app(common: &Common, named: Option<&str>, work: impl AsyncFnOnce(&Self) -> Outcome) -> Outcome {
        let loaded = common.load_without_tools()?;
        let named = named.map(app_name).transpose()?;
        let more = |apps: &[Arc<App>]| match named {
            Some(name) if apps.is_empty() => Ok(vec![taken_at_its_word(name, &loaded.config)?]),
            _ => Ok(Vec::new()),
        };
        Self::with_apps(&loaded, more, work)
    }

    /// The same, with apps beside the known ones.
    pub fn with_apps(
        loaded: &Loaded,
        more: impl FnOnce(&[Arc<App>]) -> Outcome<Vec<Arc<App>>>,
        work: impl AsyncFnOnce(&Self) -> Outcome,
    ) -> Outcome {
        let config = &loaded.config;
        let address = compose::database_address(config);
        let mut apps = compose::known_apps(config, &address).map_err(Failure::usage)?;
        apps.extend(more(&apps)?);
        compose::must_exist(&address, &compose::own_command(loaded)).map_err(Failure::not_found)?;
        if let (None, Some(other)) = (&config.sections.database, compose::other_than(&address)) {
            tell(format_args!("doorward: this is about the database {address}; {other}"));
        }
        Self::on(&address, loaded, apps, work)
    }

    /// The same on a database that is made if there is none.
    pub fn making(loaded: &Loaded, work: impl AsyncFnOnce(&Self) -> Outcome) -> Outcome {
        let apps = compose::apps_of(&loaded.config).map_err(Failure::usage)?;
        Self::on(&compose::database_address(&loaded.config), loaded, apps, work)
    }

    fn on(
        address: &DatabaseUrl,
        loaded: &Loaded,
        apps: Vec<Arc<App>>,
        work: impl AsyncFnOnce(&Self) -> Outcome,
    ) -> Outcome {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let store = compose::open_store(address).await.map_err(Failure::failed)?;
            let clock = Arc::new(SystemClock);
            let sessions = loaded.config.sections.sessions;
            let services_config = ServicesConfig { sessions, ..ServicesConfig::default() };
            let services =
                Services::start(store.stores(), services_config, apps, clock, Arc::new(SystemEntropy)).await?;
            let actor = Actor::Local(format!("cli:{}", os_user()));
            let local = Self { services, actor, sessions, command: compose::own_command(loaded) };
            let outcome = work(&local).await;
            local.services.shutdown().await;
            outcome
        })
    }

    /// Somebody by username or e-mail address; a username goes before an address, as when signing in.
    pub async fn user(&self, name: &str) -> Outcome<User> {
        match self.services.users.find_by_name(&self.actor, name).await.map_err(Failure::from) {
            Err(missing) if missing.code == 3 => {
                let found = self.user_by_email(name).await?;
                found.ok_or_else(|| Failure::not_found(format!("there is no user `{name}`")))
            }
            found => found,
        }
    }

    /// A key by name.
    pub async fn key(&self, name: &str) -> Outcome<ListedKey> {
        let found = self.services.keys.find_by_name(&self.actor, name).await;
        found.map_err(|error| Failure::from(error).looking_for("key", name))
    }

    /// How everybody is called.
    pub async fn usernames(&self) -> Outcome<Vec<String>> {
        let everybody = every_page(async |cursor| {
            let paging = Paging { limit: 500, cursor, ..Paging::default() };
            let query = UserQuery { paging, ..UserQuery::default() };
            self.services.users.list(&self.actor, &query).await.map_err(Failure::from)
        });
        Ok(everybody.await?.into_iter().map(|user| user.username.to_string()).collect())
    }

    async fn user_by_email(&self, address: &str) -> Outcome<Option<User>> {
        let Ok(address) = address.parse::<Email>() else { return Ok(None) };
        let paging = Paging { limit: 500, search: Some(address.key()), ..Paging::default() };
        let found = self.services.users.list(&self.actor, &UserQuery { paging, ..UserQuery::default() }).await?;
        let is_it = |user: &User| user.email.as_ref().is_some_and(|email| email.key() == address.key());
        Ok(found.items.into_iter().find(is_it))
    }
}

/// An app that nothing tells of but its name.
pub fn taken_at_its_word(name: AppName, config: &Config) -> Outcome<Arc<App>> {
    tell(format_args!(
        "doorward: no app is configured and no Doorward of yours runs on this database, so nobody can tell whether there is an app `{name}`"
    ));
    compose::implied_app(name, "generic", &config.profiles).map_err(Failure::usage)
}

/// Fetches page after page until the end.
pub async fn every_page<T>(mut fetch: impl AsyncFnMut(Option<String>) -> Outcome<Listed<T>>) -> Outcome<Vec<T>> {
    let mut all = Vec::new();
    let mut cursor = None;
    loop {
        let page = fetch(cursor).await?;
        for id in page.unreadable {
            tell(format_args!("doorward: {id} is left out: what the database holds of it cannot be read"));
        }
        all.extend(page.items);
        cursor = page.next_cursor;
        if cursor.is_none() {
            return Ok(all);
        }
    }
}

/// An app's name as typed.
pub fn app_name(text: &str) -> Outcome<AppName> {
    text.parse().map_err(|error| {
        let lower = text.trim().to_ascii_lowercase();
        let meant = lower.parse::<AppName>().map(|name| format!("; did you mean `{name}`?")).unwrap_or_default();
        Failure::refused(format!("{error}{meant}"))
    })
}

/// Who sits at the machine, as the system knows them; a variable such as `USER` could say anything.
fn os_user() -> String {
    let uid = rustix::process::getuid().as_raw();
    let accounts = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    accounts
        .lines()
        .find_map(|line| {
            let mut fields = line.split(':');
            let name = fields.next()?;
            (fields.nth(1)?.parse() == Ok(uid)).then(|| name.to_owned())
        })
        .unwrap_or_else(|| format!("uid-{uid}"))
}
