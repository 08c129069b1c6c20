//! What cannot be at the address where Doorward itself listens: its probes, and the tools behind it.

use doorward_proxy::UpstreamAddress;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::{AppSection, Reach, Sections};
use crate::config::{Problems, Values};

/// Says of each that is there too.
pub fn check(values: &Values, sections: &Sections, apps: &[AppSection], problems: &mut Problems) {
    let own = sections.listen;
    // A free port is chosen anew at each start.
    if own.port() == 0 {
        return;
    }
    if let Some(probes) = sections.admin_listen
        && probes.port() == own.port()
        && (probes.ip() == own.ip() || probes.ip().is_unspecified() || own.ip().is_unspecified())
    {
        problems.add(
            &values.origin("admin_listen"),
            format!("`admin_listen` is {probes}, where people come in (`listen`); give it another port"),
        );
    }
    for app in apps {
        let Reach::Upstream(address) = &app.reach else { continue };
        if address.parse().is_ok_and(|address| leads_to(&address, own)) {
            let at = values.origin(&format!("apps.{}.upstream", app.name));
            let what = format!(
                "app `{}` has Doorward itself as its `upstream`: {own} is where it listens; name the tool's own address",
                app.name
            );
            problems.add(&at, what);
        }
    }
}

/// Whether a connection to there comes in here, as far as its text tells.
fn leads_to(address: &UpstreamAddress, own: SocketAddr) -> bool {
    let ip = match address.host() {
        "localhost" => Some(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        host => host.parse().ok(),
    };
    let Some(ip) = ip else { return false };
    address.port() == own.port()
        && (ip == own.ip() || ip.is_unspecified() || (ip.is_loopback() && own.ip().is_unspecified()))
}
