//! Whether the tools answer, and only to Doorward.

use url::Url;

use super::Findings;
use crate::config::{AppSection, Reach};
use crate::{fetch, supervise};

/// Whether its program is there, or it answers.
pub fn look_at_app(app: &AppSection, findings: &mut Findings) {
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
        Reach::Unsaid => {
            let wraps = if app.profile == "dagster" { "doorward dagster" } else { "doorward run" };
            let told = format!(
                "needs `upstream` (an address) or `command` (a program to start) for `doorward serve`; `{wraps}` brings its own, so for that this is complete"
            );
            findings.add("note", what, told);
        }
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
