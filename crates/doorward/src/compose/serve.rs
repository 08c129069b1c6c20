//! From start to stop.

use doorward_domain::{HostName, Secret};
use doorward_proxy::{Door, ListenError, Listening};
use doorward_service::ports::{SystemClock, SystemEntropy};
use doorward_service::setup::Bootstrap;
use doorward_service::{Services, ServicesConfig};
use doorward_store::Store;
use doorward_web::{Contact, DeskConfig};
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::time::Instant;
use tokio_util::sync::DropGuard;
use url::Url;

use super::app_set::AppSet;
use super::banner::{Banner, address};
use super::database::{absolute_address, missing_database, other_than, sharing};
use super::desk::WebDesk;
use super::logging::Logging;
use super::own_command::own_command;
use super::reload::Reload;
use super::snapshot::snapshot;
use super::{Environment, Wrapped, database_address, last_lines, open_store, probes, running};
use crate::config::{Config, DatabaseUrl, Loaded};
use crate::descriptors;
use crate::exit::{Failure, Outcome};
use crate::fetch;
use crate::signals::{SignalAction, Signals};

/// What to serve.
pub struct Plan {
    /// Reads the configuration, at start and again on SIGHUP.
    pub load: Box<dyn Fn() -> Result<Loaded, String> + Send>,
    /// The tool named on the command line.
    pub wrapped: Option<Wrapped>,
}

/// How long the last writing may take.
const LAST_WRITES: Duration = Duration::from_secs(5);

/// Serves until a signal says stop or the wrapped tool is hopeless.
pub fn serve(plan: Plan) -> Outcome {
    let loaded = (plan.load)().map_err(Failure::usage)?;
    let contact = loaded.config.sections.contact.as_deref().unwrap_or_default();
    let mut app_set = AppSet::new(plan.wrapped.clone(), contact);
    // Before anything is opened: a configuration that cannot work is told at once.
    drop(app_set.rebuild(&loaded.config).map_err(Failure::usage)?);
    let environment = Environment::of_process().map_err(Failure::usage)?;
    let logging = Logging::start(&loaded.config.sections.log);
    descriptors::raise();
    let command = own_command(&loaded);
    // One worker is enough for pages and the database; the second keeps the first from being a bottleneck for password hashes.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(16)
        .thread_name("control")
        .enable_all()
        .build()?;
    let code = runtime.block_on(run(plan, loaded, app_set, environment, logging, command));
    // What still hangs in a blocking call must not keep us.
    runtime.shutdown_timeout(Duration::from_millis(100));
    code
}

async fn run(
    plan: Plan,
    loaded: Loaded,
    mut app_set: AppSet,
    environment: Environment,
    logging: Logging,
    command: String,
) -> Outcome {
    let Loaded { config, values, .. } = loaded;
    let mut signals = Signals::listen()?;
    let address = database_address(&config);
    let missing = missing_database(&address);
    let store = open_store(&address).await.map_err(Failure::failed)?;
    if let Some(made) = missing {
        tell_of_new(&made, &address);
    }
    let services = start_services(&store, &config, &app_set).await?;
    // Before there is a new setup link: a start that fails here must not take that of another Doorward on this database away.
    let listening = Listening::at(&[config.sections.listen], None).map_err(not_listening)?;
    let probes_listen = match config.sections.admin_listen {
        Some(address) => Some(probes::listen(address).await.map_err(Failure::failed)?),
        None => None,
    };
    let bootstrap = bootstrap(&services, environment).await?;
    app_set.look_at_others().await;
    let door = open_door(listening, &config, &mut app_set, &services, &command)?;
    let probes = probes_listen.map(|listener| start_probes(listener, &services));
    let announced = announce(&config, &address, &command, &app_set, &bootstrap, &door);
    last_lines::print_when_up(&services, door_address(&config, &door), &bootstrap, printer(&config));
    drop(bootstrap);
    app_set.start_tools(&config);
    let mut reload = Reload { load: plan.load, config, at_start: values, logging, announced };
    let code = loop {
        tokio::select! {
            wish = signals.next() => match wish {
                SignalAction::Stop => break 0,
                SignalAction::Reload => reload.run(&mut app_set, &door),
            },
            code = app_set.given_up() => break code,
        }
    };
    signals.stop_at_once_when_asked_again();
    tracing::info!("stopping: no new connections, requests in flight may finish");
    // One grace for both: requests first, since they need the tool.
    let grace = reload.config.sections.shutdown_grace;
    let until = Instant::now() + grace;
    door.shutdown(grace).await;
    app_set.stop_tools(until).await;
    // Nothing asks the database any more when it is closed.
    drop(probes);
    let _ = tokio::time::timeout(LAST_WRITES, services.shutdown()).await;
    store.close().await;
    Ok(ExitCode::from(code))
}

/// A mistyped name makes a database, too: whoever meant another one should see it.
fn tell_of_new(made: &Path, address: &DatabaseUrl) {
    let made = std::path::absolute(made).unwrap_or_else(|_| made.to_owned());
    if let Some(other) = other_than(address) {
        tracing::warn!("a new database was made at {}; {other}", made.display());
    } else {
        tracing::info!("a new database was made at {}", made.display());
    }
}

async fn start_services(store: &Store, config: &Config, app_set: &AppSet) -> Outcome<Arc<Services>> {
    let services_config = ServicesConfig {
        sessions: config.sections.sessions,
        audit_file: config.sections.audit.file.clone(),
        audit_stdout: config.sections.audit.stdout,
        audit_retention: config.sections.audit.retention,
    };
    let (clock, entropy) = (Arc::new(SystemClock), Arc::new(SystemEntropy));
    Ok(Services::start(store.stores(), services_config, app_set.apps.clone(), clock, entropy).await?)
}

fn start_probes(listener: TcpListener, services: &Arc<Services>) -> DropGuard {
    probes::serve(listener, doorward_web::probes(Arc::clone(services), DeskConfig::default()))
}

async fn bootstrap(services: &Services, environment: Environment) -> Outcome<Bootstrap> {
    let password: Option<Secret> = environment.admin_password;
    services.setup.bootstrap(environment.admin_user.as_deref(), password).await.map_err(Failure::refused)
}

fn open_door(
    listening: Listening,
    config: &Config,
    app_set: &mut AppSet,
    services: &Arc<Services>,
    command: &str,
) -> Outcome<Door> {
    let desk_config = DeskConfig {
        public_url: config.sections.public_url.clone(),
        desk_host: config.sections.desk_host.clone(),
        contact: Contact::new(config.sections.contact.as_deref().unwrap_or_default()),
        remember: config.sections.sessions.remember,
        command: command.to_owned(),
    };
    let csrf_key = config.sections.desk_host.is_none().then_some(services.csrf_key);
    let router = doorward_web::router(Arc::clone(services), desk_config.clone());
    let desk = Arc::new(WebDesk::new(router, desk_config, Arc::clone(&services.clock), csrf_key));
    let (desk_host, control) = (config.sections.desk_host.clone(), tokio::runtime::Handle::current());
    Door::open(listening, desk_host, snapshot(config, app_set), Arc::clone(services), desk, control)
        .map_err(Failure::failed)
}

/// Two Doorwards at one address are told apart from other programs.
fn not_listening(error: ListenError) -> Failure {
    let ListenError { address, cause } = &error;
    if cause.kind() == io::ErrorKind::AddrInUse && fetch::finds_doorward(*address) {
        return Failure::failed(format!(
            "cannot listen on {address}: a Doorward listens there already; choose another port with -p, --listen or `listen`"
        ));
    }
    Failure::failed(error)
}

/// Tells the operator, and leaves a note for commands. The banner holds secrets at the first start, so it is printed, not logged.
/// Standard output is left alone where events go to it.
fn announce(
    config: &Config,
    database: &DatabaseUrl,
    command: &str,
    app_set: &AppSet,
    bootstrap: &Bootstrap,
    door: &Door,
) -> Option<running::Announced> {
    let listen = listens(config, door);
    let people = people_url(config, listen);
    let public_url = people.as_ref();
    let shown = database.to_string();
    let banner = Banner {
        listen,
        public_url,
        probes: config.sections.admin_listen,
        database: &shown,
        sharing: &sharing(database),
        command,
        apps: &app_set.apps,
        bootstrap,
    };
    let text = banner.text();
    // The note first: who reads the banner may give a command at once.
    let reached = address(listen, public_url);
    let announced = running::announce((&reached, listen), &absolute_address(database), command, &app_set.apps);
    printer(config)(&text);
    announced
}

fn listens(config: &Config, door: &Door) -> SocketAddr {
    door.local_addrs().first().copied().unwrap_or(config.sections.listen)
}

/// The address for people.
fn door_address(config: &Config, door: &Door) -> String {
    let listen = listens(config, door);
    address(listen, people_url(config, listen).as_ref())
}

/// The address that is configured for people: with a host of the desk's own, that one, at the port we listen on unless another is named.
fn people_url(config: &Config, listen: SocketAddr) -> Option<Url> {
    let at_host = |host: &HostName| Url::parse(&format!("http://{}:{}", host.in_url(), listen.port())).ok();
    config.sections.public_url.clone().or_else(|| config.sections.desk_host.as_ref().and_then(at_host))
}

/// What the operator reads goes to standard output, unless events go there.
fn printer(config: &Config) -> fn(&str) {
    if config.sections.audit.stdout {
        return |text| eprint!("{text}");
    }
    // When nobody reads, the door is open all the same.
    |text| {
        let mut out = std::io::stdout().lock();
        drop(out.write_all(text.as_bytes()).and_then(|()| out.flush()));
    }
}
