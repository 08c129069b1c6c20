//! Variables that Kubernetes puts into every container for each service of the namespace, in the form of Docker's old links
//! (<https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables>). A service named `doorward-db` makes
//! some that begin as our settings do, and one named `doorward-log--level` some that look like our sections. Knows nothing of settings:
//! none of them ends as these variables do (a test looks), so whoever asks has looked there first.

use std::net::IpAddr;

/// A service that all of its variables agree about.
#[derive(Debug)]
struct Service<'e> {
    /// With `_` at the end; empty for the service `doorward`.
    name: &'e str,
    host: &'e str,
}

/// The services of an environment. Variables are named without `DOORWARD_`.
#[derive(Debug)]
pub(super) struct Services<'e>(Vec<Service<'e>>);

impl<'e> Services<'e> {
    /// Finds them: a service has an address, a port, and a URL of just these.
    pub(super) fn of(variables: &[(&'e str, &'e str)]) -> Self {
        let found = variables.iter().filter_map(|(variable, host)| {
            let name = variable.strip_suffix("SERVICE_HOST")?;
            let value = |end: &str| {
                let named = |own: &str| own.strip_prefix(name) == Some(end);
                variables.iter().find(|(own, _)| named(own)).map(|(_, value)| *value)
            };
            let is_one = (name.is_empty() || name.ends_with('_'))
                && host.parse::<IpAddr>().is_ok()
                && value("SERVICE_PORT").is_some_and(|port| is_number(port) && is_url(value("PORT"), None, host, port));
            is_one.then_some(Service { name, host })
        });
        Self(found.collect())
    }

    /// Whether such a variable is of a service: of one that is known by the rest of its variables, whatever its name; else by its name,
    /// and where a person could mean something by the name (`DOORWARD_PORT=8080`), by its value.
    pub(super) fn have(&self, rest: &str, value: &str) -> bool {
        self.0.iter().any(|service| service.has(rest, value)) || is_of_some_service(rest, value)
    }
}

impl Service<'_> {
    fn has(&self, rest: &str, value: &str) -> bool {
        let Some(end) = rest.strip_prefix(self.name) else { return false };
        let words: Vec<&str> = end.split('_').collect();
        match words.as_slice() {
            ["SERVICE", "HOST"] => value == self.host,
            ["SERVICE", "PORT", ..] => is_number(value),
            ["PORT"] => value.contains("://"),
            ["PORT", number, protocol @ ("TCP" | "UDP" | "SCTP")] => {
                is_url(Some(value), Some(protocol), self.host, number)
            }
            ["PORT", number, "TCP" | "UDP" | "SCTP", "ADDR"] => is_number(number) && value == self.host,
            ["PORT", number, "TCP" | "UDP" | "SCTP", "PORT"] => is_number(number) && value == *number,
            ["PORT", number, protocol @ ("TCP" | "UDP" | "SCTP"), "PROTO"] => {
                is_number(number) && value.eq_ignore_ascii_case(protocol)
            }
            _ => false,
        }
    }
}

fn is_number(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether it is `tcp://HOST:PORT`.
fn is_url(value: Option<&str>, protocol: Option<&str>, host: &str, port: &str) -> bool {
    let Some((own, place)) = value.and_then(|value| value.split_once("://")) else { return false };
    let Some((place, own_port)) = place.rsplit_once(':') else { return false };
    let is_host = place == host || place.strip_prefix('[').and_then(|place| place.strip_suffix(']')) == Some(host);
    is_host && own_port == port && protocol.is_none_or(|protocol| own.eq_ignore_ascii_case(protocol))
}

fn is_of_some_service(rest: &str, value: &str) -> bool {
    // Our sections are parted by two underscores; most names of services give single ones.
    if rest.contains("__") {
        return false;
    }
    let words: Vec<&str> = rest.split('_').collect();
    let is_address = value.contains("://");
    match words.as_slice() {
        [.., "SERVICE", "HOST"] => value.parse::<IpAddr>().is_ok(),
        [.., "PORT"] if is_address => true,
        [.., "PORT", number, "TCP" | "UDP" | "SCTP"] => is_number(number) && is_address,
        [.., "PORT", number, "TCP" | "UDP" | "SCTP", "ADDR" | "PORT" | "PROTO"] => is_number(number),
        words => words.windows(2).any(|pair| pair == ["SERVICE", "PORT"]) && is_number(value),
    }
}

#[cfg(test)]
mod tests {
    use super::Services;
    use crate::config::table;

    /// As a container sees them, of services named `doorward`, `doorward-db`, `doorward-redis` and `doorward-dagster`.
    #[test]
    fn what_kubernetes_sets_for_any_service_is_recognised() {
        for name in ["", "DB_", "REDIS_", "DAGSTER_", "MY_OTHER_PORT_"] {
            for (end, value) in [
                ("SERVICE_HOST", "10.96.0.12"),
                ("SERVICE_HOST", "fd00::12"),
                ("SERVICE_PORT", "5432"),
                ("SERVICE_PORT_HTTP", "80"),
                ("SERVICE_PORT_WEB_UI", "80"),
                ("PORT", "tcp://10.96.0.12:5432"),
                ("PORT_5432_TCP", "tcp://10.96.0.12:5432"),
                ("PORT_53_UDP", "udp://10.96.0.12:53"),
                ("PORT_5432_TCP_ADDR", "10.96.0.12"),
                ("PORT_5432_TCP_PORT", "5432"),
                ("PORT_5432_TCP_PROTO", "tcp"),
            ] {
                assert!(Services::of(&[]).have(&format!("{name}{end}"), value), "{name}{end}={value}");
            }
        }
    }

    #[test]
    fn what_a_person_meant_as_a_setting_is_none_of_it() {
        for (rest, value) in [
            ("PORT", "8080"),
            ("DB_PORT", "5432"),
            ("SERVICE_HOST", "tools.example.com"),
            ("SERVICE_PORT", "http"),
            ("PORT_X_TCP", "tcp://10.0.0.1:1"),
            ("LISTN", "127.0.0.1:3000"),
            ("APPS__SERVICE_HOST", "10.0.0.1"),
            // Alone, without the rest of a service's.
            ("SESSIONS__PORT_1_TCP_ADDR", "10.0.0.1"),
            ("", ""),
        ] {
            assert!(!Services::of(&[]).have(rest, value), "{rest}={value}");
        }
    }

    /// All that Kubernetes sets for a service with one port.
    fn variables_of(name: &str, host: &str, port: &str) -> Vec<(String, String)> {
        let place = if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") };
        [
            ("SERVICE_HOST".to_owned(), host.to_owned()),
            ("SERVICE_PORT".to_owned(), port.to_owned()),
            ("SERVICE_PORT_HTTP".to_owned(), port.to_owned()),
            ("PORT".to_owned(), format!("tcp://{place}")),
            (format!("PORT_{port}_TCP"), format!("tcp://{place}")),
            (format!("PORT_{port}_TCP_PROTO"), "tcp".to_owned()),
            (format!("PORT_{port}_TCP_PORT"), port.to_owned()),
            (format!("PORT_{port}_TCP_ADDR"), host.to_owned()),
        ]
        .map(|(end, value)| (format!("{name}{end}"), value))
        .to_vec()
    }

    fn lent(variables: &[(String, String)]) -> Vec<(&str, &str)> {
        variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }

    #[test]
    fn a_whole_set_is_of_a_service_whatever_it_is_called() {
        for name in ["", "DB_", "A__B_", "APPS__MAIN_", "LOG__LEVEL_", "APPS__MAIN__UPSTREAM_"] {
            for host in ["10.96.0.12", "fd00::12"] {
                let variables = variables_of(name, host, "5432");
                let variables = lent(&variables);
                let services = Services::of(&variables);
                for (rest, value) in &variables {
                    assert!(services.have(rest, value), "{rest}={value}");
                }
                assert!(!services.have(&format!("{name}LISTN"), "127.0.0.1:3000"), "{name}LISTN");
                assert!(!services.have("SESSIONS__IDEL", "1h"));
            }
        }
    }

    #[test]
    fn a_set_that_lacks_one_or_disagrees_is_no_service() {
        let whole = variables_of("APPS__MAIN_", "10.96.0.12", "80");
        for lacking in ["SERVICE_HOST", "SERVICE_PORT", "PORT"] {
            let mut some = whole.clone();
            some.retain(|(name, _)| *name != format!("APPS__MAIN_{lacking}"));
            assert!(!Services::of(&lent(&some)).have("APPS__MAIN_PORT_80_TCP_PORT", "80"), "without {lacking}");
        }
        for (other, value) in [("SERVICE_HOST", "10.96.0.13"), ("SERVICE_PORT", "81"), ("PORT", "8080")] {
            let mut some = whole.clone();
            some.iter_mut()
                .filter(|(name, _)| *name == format!("APPS__MAIN_{other}"))
                .for_each(|(_, own)| value.clone_into(own));
            assert!(!Services::of(&lent(&some)).have("APPS__MAIN_PORT_80_TCP_PORT", "80"), "with {other}={value}");
        }
        let whole = lent(&whole);
        assert!(!Services::of(&whole).have("APPS__MAIN_PORT_80_TCP_ADDR", "10.0.0.9"), "not of this service");
    }

    /// Else it would have to be told what is passed over.
    #[test]
    fn no_setting_is_called_like_such_a_variable() {
        for key in &table().keys {
            let last = key.path.rsplit('.').next().unwrap_or_default();
            let words: Vec<&str> = last.split('_').collect();
            assert!(last != "*" && !words.contains(&"port") && !last.ends_with("service_host"), "{}", key.path);
        }
    }
}
