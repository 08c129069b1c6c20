//! Variables that Kubernetes puts into every container for each service of the namespace, in the form of Docker's old links
//! (<https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables>). A service named `doorward-db` makes
//! some that begin as our settings do. Knows nothing of settings: whoever asks has looked there first.

/// Whether such a variable, without `DOORWARD_`, is of a service: by its name, and where a person could mean something by the name
/// (`DOORWARD_PORT=8080`), by its value.
pub(super) fn is_of_service(rest: &str, value: &str) -> bool {
    // Our sections are parted by two underscores; the name of a service gives single ones.
    if rest.contains("__") {
        return false;
    }
    let words: Vec<&str> = rest.split('_').collect();
    let is_number = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
    let is_address = value.contains("://");
    match words.as_slice() {
        [.., "SERVICE", "HOST"] => value.parse::<std::net::IpAddr>().is_ok(),
        [.., "PORT"] if is_address => true,
        [.., "PORT", number, "TCP" | "UDP" | "SCTP"] => is_number(number) && is_address,
        [.., "PORT", number, "TCP" | "UDP" | "SCTP", "ADDR" | "PORT" | "PROTO"] => is_number(number),
        words => words.windows(2).any(|pair| pair == ["SERVICE", "PORT"]) && is_number(value),
    }
}

#[cfg(test)]
mod tests {
    use super::is_of_service;

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
                assert!(is_of_service(&format!("{name}{end}"), value), "{name}{end}={value}");
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
            ("SESSIONS__PORT_1_TCP_ADDR", "10.0.0.1"),
            ("", ""),
        ] {
            assert!(!is_of_service(rest, value), "{rest}={value}");
        }
    }
}
