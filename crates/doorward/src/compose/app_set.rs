//! The apps as the door finds them, and the tools that run behind them. Made at start, remade when the configuration is read again.

use arc_swap::ArcSwap;
use doorward_proxy::{Site, Sites, UpstreamAddress};
use doorward_service::{App, Health};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

use super::Wrapped;
use super::apps::app_of;
use super::mounted::Other;
use crate::config::{AppSection, Config, Origin, Problems, Reach};
use crate::supervise::{Probe, Supervised, Tool, free_port, supervise};

/// A tool that Doorward runs.
#[derive(Debug)]
struct Running {
    command: Vec<String>,
    port: u16,
    health: Arc<ArcSwap<Health>>,
    /// `None` until the door is open.
    supervised: Option<Supervised>,
}

/// How long the start waits for tools that others run.
const FIRST_LOOK: Duration = Duration::from_millis(200);

/// Tools as they are to be: by app, the command, the private port, the health.
type Kept = BTreeMap<String, (Vec<String>, u16, Arc<ArcSwap<Health>>)>;

/// All apps with everything that belongs to them.
#[derive(Debug, Default)]
pub struct AppSet {
    wrapped: Option<Wrapped>,
    /// Whom people ask for access, as at the start: the desk's pages say the same.
    contact: Arc<str>,
    running: BTreeMap<String, Running>,
    /// As decisions see them.
    pub apps: Vec<Arc<App>>,
    sites: Sites,
    /// Tools that others run.
    others: Vec<Other>,
    /// What is known of them: it stays known when the configuration is read again.
    seen: Vec<(AppSection, Arc<ArcSwap<Health>>)>,
}

impl AppSet {
    /// An empty one.
    pub fn new(wrapped: Option<Wrapped>, contact: &str) -> Self {
        Self { wrapped, contact: contact.trim().into(), ..Self::default() }
    }

    /// Makes apps and sites anew. Tools whose command is unchanged go on running; tools to be stopped are returned. On a problem
    /// everything stays as it was.
    pub fn rebuild(&mut self, config: &Config) -> Result<Vec<Supervised>, Problems> {
        let mut problems = Problems::default();
        let mut kept = Kept::new();
        let (mut apps, mut sites) = (Vec::new(), Vec::new());
        for section in &config.apps {
            let (health, upstream) = self.reach(section, &mut kept, &mut problems);
            let Some(mut app) = app_of(section, config, self.wrapped.as_ref(), health, &mut problems) else {
                continue;
            };
            app.contact = Arc::clone(&self.contact);
            if let Some(before) = self.apps.iter().find(|before| before.name == app.name) {
                app.traffic = Arc::clone(&before.traffic);
            }
            let app = Arc::new(app);
            apps.push(Arc::clone(&app));
            match upstream.parse::<UpstreamAddress>() {
                Ok(upstream) => sites.push(Site {
                    app,
                    hosts: section.keys.host.iter().map(ToString::to_string).collect(),
                    path: section.keys.path.clone().unwrap_or_default(),
                    upstream,
                }),
                Err(error) => problems.add(&Origin::Default, format!("app `{}`: {error}", section.name)),
            }
        }
        let own = |site: &Site| kept.contains_key(site.app.name.as_str());
        let others = sites.iter().filter(|site| !own(site)).map(|site| Other::new(&site.app, &site.upstream)).collect();
        match Sites::new(sites) {
            Ok(sites) if problems.is_empty() => {
                let by_name = |section: &AppSection| apps.iter().find(|app| app.name == section.name);
                let seen = config
                    .apps
                    .iter()
                    .filter_map(|section| Some((section.clone(), Arc::clone(&by_name(section)?.health))));
                self.seen = seen.collect();
                (self.apps, self.sites, self.others) = (apps, sites, others);
            }
            Ok(_) => {}
            Err(error) => problems.add(&Origin::Default, error.to_string()),
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(self.keep_only(kept))
    }

    /// How an app's tool is reached: at its address, or on the private port of a tool that runs already or is going to.
    fn reach(&self, section: &AppSection, kept: &mut Kept, problems: &mut Problems) -> (Arc<ArcSwap<Health>>, String) {
        let command = match &section.reach {
            Reach::Upstream(address) => {
                let known = self
                    .seen
                    .iter()
                    .find(|(before, _)| is_same_tool(before, section))
                    .map(|(_, health)| Arc::clone(health));
                return (known.unwrap_or_else(|| Arc::new(ArcSwap::from_pointee(Health::Up))), address.clone());
            }
            Reach::Command(command) => command,
            Reach::Unsaid => {
                problems
                    .add(&Origin::Default, format!("nothing says how the tool of app `{}` is reached", section.name));
                return (Arc::new(ArcSwap::from_pointee(Health::Up)), String::new());
            }
        };
        let name = section.name.to_string();
        let (port, health) = match self.running.get(&name).filter(|running| running.command == *command) {
            Some(running) => (running.port, Arc::clone(&running.health)),
            None => match free_port() {
                Ok(port) => {
                    (port, Arc::new(ArcSwap::from_pointee(Health::Starting(format!("{} is starting.", section.title)))))
                }
                Err(error) => {
                    problems.add(&Origin::Default, format!("there is no free port for {name}: {error}"));
                    (0, Arc::new(ArcSwap::from_pointee(Health::Up)))
                }
            },
        };
        kept.insert(name, (command.clone(), port, Arc::clone(&health)));
        (health, format!("http://127.0.0.1:{port}"))
    }

    fn keep_only(&mut self, kept: Kept) -> Vec<Supervised> {
        let mut before = std::mem::take(&mut self.running);
        for (name, (command, port, health)) in kept {
            let same = before.get(&name).is_some_and(|running| running.port == port);
            let supervised = if same { before.remove(&name).and_then(|running| running.supervised) } else { None };
            self.running.insert(name, Running { command, port, health, supervised });
        }
        before.into_values().filter_map(|running| running.supervised).collect()
    }

    /// Where each app is, for the door.
    pub fn take_sites(&mut self) -> Sites {
        std::mem::take(&mut self.sites)
    }

    /// Looks at the tools that others run, for a moment: so that most are known to be well before anybody asks for them.
    pub async fn look_at_others(&self) {
        let looking: Vec<_> =
            self.others.iter().cloned().map(|other| tokio::spawn(async move { other.look().await })).collect();
        let all = async {
            for one in looking {
                let _ = one.await;
            }
        };
        let _ = tokio::time::timeout(FIRST_LOOK, all).await;
    }

    /// Starts every tool that does not run yet. Called when the door is open, so that a port in use starts nothing.
    pub fn start_tools(&mut self, config: &Config) {
        for other in std::mem::take(&mut self.others) {
            other.watch();
        }
        for app in &self.apps {
            let Some(running) = self.running.get_mut(app.name.as_str()).filter(|running| running.supervised.is_none())
            else {
                continue;
            };
            let port = running.port.to_string();
            running.supervised = Some(supervise(Tool {
                name: app.name.to_string(),
                title: app.title.clone(),
                command: running.command.iter().map(|word| word.replace("{port}", &port)).collect(),
                port: running.port,
                probe: probe_of(app),
                health: Arc::clone(&running.health),
                gives_up: self.wrapped.as_ref().is_some_and(|wrapped| wrapped.name == app.name),
                grace: config.sections.shutdown_grace,
            }));
        }
    }

    /// Waits until the wrapped tool is given up; its exit code. For ever if none is wrapped.
    pub async fn given_up(&mut self) -> u8 {
        let wrapped = self.wrapped.as_ref().and_then(|wrapped| self.running.get_mut(wrapped.name.as_str()));
        match wrapped.and_then(|running| running.supervised.as_mut()) {
            Some(supervised) => supervised.given_up().await,
            None => std::future::pending().await,
        }
    }

    /// Stops every tool at once; they have time until then. Returns when all are gone.
    pub async fn stop_tools(&mut self, until: Instant) {
        let running = std::mem::take(&mut self.running);
        let stopping: Vec<_> =
            running.into_values().filter_map(|r| r.supervised).map(|s| tokio::spawn(s.stop(until))).collect();
        for stopped in stopping {
            let _ = stopped.await;
        }
    }
}

/// Whether what was seen of the one holds for the other.
fn is_same_tool(one: &AppSection, other: &AppSection) -> bool {
    let looked_at = |section: &AppSection| {
        (section.name.clone(), section.reach.clone(), section.keys.path.clone(), section.profile.clone())
    };
    looked_at(one) == looked_at(other)
}

/// How to tell that an app's tool answers where its rules are matched.
pub fn probe_of(app: &App) -> Probe {
    let front = format!("{}/", app.prefix);
    match app.profile.probe() {
        Some(path) => Probe { path: format!("{}{path}", app.prefix), front: Some(front) },
        None => Probe { path: front, front: None },
    }
}
