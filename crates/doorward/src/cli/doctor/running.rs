//! What runs beside the configuration that is looked at: the Doorwards of this user, and what listens where this one would.

use doorward_http::desk_paths::READY;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use url::Url;

use super::Findings;
use crate::compose;
use crate::config::Config;
use crate::descriptors::{self, Descriptors};
use crate::fetch;

/// Doorwards that this configuration is not of: everything else that is told is about the configuration, and not about them. Beside one
/// that it is of they are in the way, and one line tells of all.
pub fn look_at_others(config: &Config, findings: &mut Findings) {
    let database = compose::absolute_address(&compose::database_address(config));
    let (own, others): (Vec<_>, Vec<_>) =
        compose::running_doors().into_iter().partition(|door| door.database == database);
    if !own.is_empty() && !others.is_empty() {
        let told = format!("{} more of your Doorwards use other databases, and are not looked at", others.len());
        return findings.add("note", "running", told);
    }
    for door in others {
        let told = format!(
            "the Doorward at {} (process {}) uses another database, {}: this looks at the configuration above, and not at that one; name \
             its file with --config, or its database with --database",
            door.address, door.pid, door.database
        );
        findings.add("note", "running", told);
    }
}

/// Whoever asks has the limit of their shell; what a running Doorward has is told by the kernel. Of those that this configuration is of, or
/// else of all, the one with the fewest is told of.
pub fn look_at_descriptors(config: &Config, findings: &mut Findings) {
    let needed = descriptors::needed(config.sections.limits.max_connections);
    let database = compose::absolute_address(&compose::database_address(config));
    let (own, others): (Vec<_>, Vec<_>) =
        compose::running_doors().into_iter().partition(|door| door.database == database);
    let running = if own.is_empty() { others } else { own };
    let running = running
        .iter()
        .filter_map(|door| Some((Descriptors::of(door.pid)?, format!("the Doorward at {}", door.address))));
    let fewest = running.min_by_key(|(limits, _)| limits.hard);
    let (Descriptors { hard, .. }, of) =
        fewest.unwrap_or_else(|| (Descriptors::now(), "a Doorward started here".to_owned()));
    if hard >= needed {
        findings.add("good", "file descriptors", format!("{of} may open {hard}, and needs {needed}"));
        return;
    }
    let fit = Descriptors { soft: hard, hard }.connections();
    let told = format!(
        "{of} may open {hard}, enough for {fit} connections for each processor; `limits.max_connections` would need {needed} \
         (LimitNOFILE=, `ulimit -Hn`)"
    );
    findings.add("note", "file descriptors", told);
}

/// Where the Doorward that this configuration is of listens, if it runs: that may have been said on its command line.
pub fn served(config: &Config) -> Vec<SocketAddr> {
    let database = compose::absolute_address(&compose::database_address(config));
    let own = compose::running_doors().into_iter().filter(|door| door.database == database);
    own.filter_map(|door| door.listen).collect()
}

/// Whether it is ready, wherever it listens. Where none runs, whether one could listen where the configuration says.
pub fn look_at_listen(config: &Config, served: &[SocketAddr], findings: &mut Findings) {
    for listen in served {
        look_at_served(*listen, findings);
    }
    if served.is_empty() {
        look_at_configured(config.sections.listen, findings);
    }
}

/// A Doorward that listens there already is asked whether it is ready.
fn look_at_configured(listen: SocketAddr, findings: &mut Findings) {
    match TcpListener::bind(listen) {
        Ok(_) => findings.add("good", "listen", format!("{listen} is free: no Doorward runs there")),
        Err(_) if fetch::finds_doorward(listen) => look_at_served(listen, findings),
        Err(error) => {
            findings.add("wrong", "listen", format!("{listen} cannot be used: {error}; name another with `listen`"));
        }
    }
}

fn look_at_served(listen: SocketAddr, findings: &mut Findings) {
    findings.add("good", "listen", format!("{listen} is served by a running Doorward"));
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    let here = SocketAddr::new(ip, listen.port());
    let Ok(ready) = format!("http://{here}{READY}").parse::<Url>() else { return };
    let told = match fetch::get(&ready) {
        Ok(answer) if answer.status == 200 => Ok(format!("the Doorward at {listen} is ready")),
        Ok(answer) => {
            let body: String = String::from_utf8_lossy(&answer.body).chars().take(300).collect();
            Err(format!("the Doorward at {listen} is not ready ({}): {body}", answer.status))
        }
        Err(error) => Err(format!("the Doorward at {listen} does not say whether it is ready: {error}")),
    };
    findings.add_result("ready", told);
}
