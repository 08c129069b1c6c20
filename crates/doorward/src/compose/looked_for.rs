//! In which apps one is looked for that nobody named, where several Doorwards work on one database.

use doorward_domain::AppName;
use url::{Host, Url};

use super::banner::address;
use super::database::absolute_address;
use super::running::{RunningDoor, running_doors};
use crate::config::{Config, DatabaseUrl};

/// The likelier first. What is asked for may say at which address: then at the configuration's own it is the configuration's, and at
/// that of a Doorward that runs it is that one's. Else it is the configuration's, and last any other's.
pub fn looked_for(config: &Config, database: &DatabaseUrl, asked: Option<&Url>) -> Vec<Vec<AppName>> {
    let own = config.apps.iter().map(|app| app.name.clone()).collect();
    let listen = Url::parse(&address(config.sections.listen, None)).ok();
    let addresses: Vec<_> = listen.into_iter().chain(config.sections.public_url.clone()).collect();
    let database = absolute_address(database);
    let doors: Vec<_> = running_doors().into_iter().filter(|door| door.database == database).collect();
    in_order(own, &addresses, &doors, asked)
}

fn in_order(own: Vec<AppName>, addresses: &[Url], doors: &[RunningDoor], asked: Option<&Url>) -> Vec<Vec<AppName>> {
    let is_at = |address: &Url| asked.is_some_and(|asked| is_same_place(asked, address));
    let (there, elsewhere): (Vec<_>, Vec<_>) =
        doors.iter().partition(|door| Url::parse(&door.address).is_ok_and(|address| is_at(&address)));
    let names =
        |doors: Vec<&RunningDoor>| doors.into_iter().flat_map(|door| &door.apps).map(|app| app.name.clone()).collect();
    if asked.is_none() || addresses.iter().any(is_at) {
        vec![own, names(there), names(elsewhere)]
    } else {
        vec![names(there), own, names(elsewhere)]
    }
}

/// Host and port; this machine has several names for itself.
fn is_same_place(one: &Url, other: &Url) -> bool {
    let is_here = |url: &Url| match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    };
    one.port_or_known_default() == other.port_or_known_default()
        && (one.host() == other.host() || (is_here(one) && is_here(other)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compose::running::tests::door;

    #[test]
    fn the_configuration_goes_first_unless_the_address_is_another_doors() {
        let url = |text: &str| Url::parse(text).expect("a URL");
        let doors = [door("http://127.0.0.1:2", &["two"]), door("https://three.example.com", &["three", "tree"])];
        let own = [url("http://127.0.0.1:1"), url("https://one.example.com/")];
        for (asked, expected) in [
            (None, "one;;two three tree"),
            (Some("http://127.0.0.1:1/x"), "one;;two three tree"),
            (Some("https://one.example.com/x"), "one;;two three tree"),
            (Some("http://127.0.0.1:2/x"), "two;one;three tree"),
            (Some("http://localhost:2/x"), "two;one;three tree"),
            (Some("https://three.example.com:443/"), "three tree;one;two"),
            (Some("http://three.example.com/"), ";one;two three tree"),
            (Some("http://127.0.0.1:3/"), ";one;two three tree"),
        ] {
            let asked = asked.map(url);
            let groups = in_order(vec!["one".parse().expect("a name")], &own, &doors, asked.as_ref());
            let shown: Vec<_> = groups
                .iter()
                .map(|group| group.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
                .collect();
            assert_eq!(shown.join(";"), expected, "{asked:?}");
        }
    }
}
