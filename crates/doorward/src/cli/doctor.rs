//! `doorward doctor`

mod running;
mod space;

use clap::Args;
use doorward_domain::AppName;
use doorward_service::ports::{Clock as _, GrantQuery, Paging, SystemClock};
use doorward_store::Store;
use ipnet::IpNet;
use serde::Serialize;
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::ExitCode;
use url::Url;

use super::support::output::{Output, counted};
use super::support::printable::tell;
use super::{Common, Failure, Outcome};
use crate::compose;
use crate::config::{AppSection, Config, Overrides, Problems, Reach};
use crate::{fetch, supervise};

/// Looks at everything Doorward needs and says what is wrong and what to do
///
/// One line for each thing that was looked at or is wrong; the last line counts what is wrong. Exits with 1 when something is.
#[derive(Debug, Args)]
pub struct Doctor {
    #[command(flatten)]
    output: Output,
}

/// One thing looked at.
#[derive(Debug, Serialize)]
struct Finding {
    verdict: &'static str,
    what: String,
    detail: String,
}

/// Everything found so far.
#[derive(Debug, Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, verdict: &'static str, what: impl Into<String>, told: impl Into<String>) {
        let told = told.into().lines().map(str::trim).collect::<Vec<_>>().join(" ");
        self.0.push(Finding { verdict, what: what.into(), detail: told });
    }

    /// Each problem on a line of its own.
    fn add_problems(&mut self, problems: &Problems) {
        for problem in problems.iter() {
            self.add("wrong", "configuration", problem.to_string());
        }
    }

    fn add_result(&mut self, what: impl Into<String>, result: Result<String, String>) {
        match result {
            Ok(finding) => self.add("good", what, finding),
            Err(finding) => self.add("wrong", what, finding),
        }
    }
}

impl Doctor {
    pub fn run(&self, common: &Common) -> Outcome {
        let mut findings = Findings::default();
        match common.read(Overrides::new()) {
            Err(problems) => findings.add_problems(&problems),
            Ok(loaded) => {
                let file = loaded
                    .file
                    .map_or_else(|| "no file, defaults and environment".to_owned(), |f| f.display().to_string());
                findings.add("good", "configuration", file);
                look_at(&loaded.config, &mut findings)?;
            }
        }
        self.output.list(&findings.0, &["verdict", "what", "detail"])?;
        let wrong = findings.0.iter().filter(|finding| finding.verdict == "wrong").count();
        match wrong {
            0 => {
                tell(format_args!("nothing is wrong"));
                Ok(ExitCode::SUCCESS)
            }
            1 => Err(Failure::failed("one thing is wrong")),
            many => Err(Failure::failed(format!("{many} things are wrong"))),
        }
    }
}

fn look_at(config: &Config, findings: &mut Findings) -> Outcome<()> {
    if let Err(problems) = compose::apps_of(config) {
        findings.add_problems(&problems);
    }
    running::look_at_others(config, findings);
    look_at_database(config, findings)?;
    findings.add_result("clock", clock());
    running::look_at_descriptors(config, findings);
    running::look_at_listen(config.door.listen, findings);
    look_at_address(config, findings);
    look_at_proxies(config, findings);
    for app in &config.apps {
        look_at_app(app, findings);
    }
    if config.apps.is_empty() {
        findings.add("note", "apps", "none are configured; `doorward dagster` brings its own");
    }
    Ok(())
}

fn look_at_database(config: &Config, findings: &mut Findings) -> Outcome<()> {
    let address = compose::database_address(config);
    if let Some(file) = compose::missing_database(&address) {
        findings.add("note", "database", format!("{} is not there yet; the first start makes it", file.display()));
        return Ok(());
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        match compose::open_store(&address).await {
            Err(error) => findings.add("wrong", "database", error),
            Ok(store) => {
                findings.add("good", "database", crate::config::hide_password(&address));
                for (what, result) in store.diagnose().await {
                    findings.add_result(what, result);
                }
                look_at_grants(config, &address, &store, findings).await;
            }
        }
    });
    let path = address.strip_prefix("sqlite:").map(|path| path.strip_prefix("//").unwrap_or(path));
    if let Some(folder) = path.map(Path::new).and_then(Path::parent).filter(|folder| !folder.as_os_str().is_empty()) {
        findings.add_result("data folder", folder_permissions(folder));
        findings.add_result("free space", space::free(folder));
    }
    Ok(())
}

/// Grants on what is no app (any more) wait for an app of that name; most often one was renamed.
async fn look_at_grants(config: &Config, address: &str, store: &Store, findings: &mut Findings) {
    let Ok(apps) = compose::known_apps(config, address) else { return };
    if apps.is_empty() {
        // A tool that is wrapped is known only while it runs.
        return;
    }
    let grants = store.stores().grants;
    let mut lost = BTreeMap::<AppName, u64>::new();
    let mut cursor = None;
    loop {
        let paging = Paging { limit: 500, cursor, ..Paging::default() };
        let Ok(page) = grants.list(&GrantQuery { paging, ..GrantQuery::default() }).await else { return };
        for grant in page.items {
            if let Some(app) = grant.grant.scope.app().filter(|app| !apps.iter().any(|known| known.name == **app)) {
                *lost.entry(app.clone()).or_default() += 1;
            }
        }
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    for (app, count) in lost {
        let told = format!("{} on `{app}`, which is no app: doorward grant list --app {app}", counted(count, "grant"));
        findings.add("note", "grants", told);
    }
}

/// Whoever may write in the folder can put another database in the place of ours.
fn folder_permissions(folder: &Path) -> Result<String, String> {
    let mode = folder.metadata().map_err(|error| format!("{}: {error}", folder.display()))?.permissions().mode();
    let shared_but_sticky = mode & 0o1000 != 0;
    if mode & 0o022 != 0 && !shared_but_sticky {
        return Err(format!(
            "other users may write in {} ({:o}); run: chmod go-w {0}",
            folder.display(),
            mode & 0o7777
        ));
    }
    Ok(format!("{} ({:o})", folder.display(), mode & 0o7777))
}

/// Sessions and tokens are judged by the clock; one that stands in the past lets nobody in, or everybody for too long.
fn clock() -> Result<String, String> {
    let now = SystemClock.now();
    match "2026-01-01T00:00:00Z".parse() {
        Ok(built) if now < built => {
            Err(format!("the clock says {now}, which is before this program was made; set the time"))
        }
        _ => Ok(now.to_string()),
    }
}

fn look_at_address(config: &Config, findings: &mut Findings) {
    let door = &config.door;
    match &door.public_url {
        Some(url) if url.scheme() == "https" && door.trusted_proxies.is_empty() => findings.add(
            "note",
            "public_url",
            format!("{url} is https, which a proxy in front must speak; name its network in `trusted_proxies`, or its X-Forwarded-Proto is not believed"),
        ),
        Some(url) => findings.add("good", "public_url", url.as_str()),
        None if door.listen.ip().is_loopback() => findings.add("good", "reach", "by this configuration, Doorward listens on this machine only"),
        None => findings.add(
            "note",
            "reach",
            "listens on the network without TLS: passwords cross it in clear unless a proxy in front speaks https; then set `public_url`",
        ),
    }
}

/// Wider than any network that one party has: the largest private ones are `10.0.0.0/8` and `fc00::/7`.
fn look_at_proxies(config: &Config, findings: &mut Findings) {
    let wide = |net: &IpNet| net.prefix_len() < if net.addr().is_ipv4() { 8 } else { 7 };
    for net in IpNet::aggregate(&config.door.trusted_proxies).iter().filter(|net| wide(net)) {
        let text = format!(
            "{net} is a large part of the Internet, and whoever is in it can claim any address; name your proxies' networks"
        );
        findings.add("wrong", "trusted_proxies", text);
    }
}

fn look_at_app(app: &AppSection, findings: &mut Findings) {
    let what = format!("app {}", app.name);
    if let Some(doubt) = app.doubt() {
        findings.add("note", what.clone(), doubt);
    }
    match &app.reach {
        Reach::Command(command) => {
            let program = command.first().map_or("", String::as_str);
            let found = supervise::find_program(program).map(|path| path.display().to_string());
            findings.add_result(
                what,
                found.ok_or_else(|| format!("{program} was not found in PATH; install it or write its path")),
            );
        }
        Reach::Unsaid => {}
        Reach::Upstream(address) => {
            let Ok(url) = &address.parse::<Url>() else { return };
            let answer = fetch::get(url).map(|answer| format!("{url} answers {}", answer.status));
            findings.add_result(
                &what,
                answer.map_err(|error| format!("{url} does not answer: {error}; is the tool running?")),
            );
            if is_local(url) {
                look_at_exposure(url, &what, findings);
            }
        }
    }
}

fn is_local(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// A tool on this machine should be reachable through Doorward only.
fn look_at_exposure(url: &Url, what: &str, findings: &mut Findings) {
    let port = url.port_or_known_default().unwrap_or(80);
    for address in supervise::reachable_elsewhere(port) {
        findings.add(
            "wrong",
            what,
            format!(
                "it can be reached at {address} port {port} past Doorward, without signing in; make it listen on 127.0.0.1 only"
            ),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Request, load};

    #[test]
    fn networks_of_proxies_that_are_no_ones_are_wrong_also_in_pieces() {
        let found = |networks: &str| {
            let variables = vec![("DOORWARD_TRUSTED_PROXIES".to_owned(), networks.to_owned())];
            let config = load(&Request { variables, ..Request::default() })
                .unwrap_or_else(|problems| panic!("{problems}"))
                .config;
            let mut findings = Findings(Vec::new());
            look_at_proxies(&config, &mut findings);
            findings
                .0
                .iter()
                .map(|finding| finding.detail.split(' ').next().unwrap_or_default().to_owned())
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(found("[10.0.0.0/8, 'fc00::/7', 192.0.2.1]"), "");
        assert_eq!(found("[12.0.0.0/8, 13.0.0.0/8, 128.0.0.0/1, '2000::/3']"), "12.0.0.0/7 128.0.0.0/1 2000::/3");
    }
}
