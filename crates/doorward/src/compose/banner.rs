//! What the operator sees at start: where the door is and how to get in.

use doorward_domain::Secret;
use doorward_http::desk_paths::{LOGIN, READY, setup_with};
use doorward_service::App;
use doorward_service::setup::Bootstrap;
use std::fmt::Write as _;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use url::Url;

/// What there is to tell.
#[derive(Debug)]
pub struct Banner<'a> {
    /// Where the door listens.
    pub listen: SocketAddr,
    /// The configured address for people.
    pub public_url: Option<&'a Url>,
    /// Where the probes listen, if apart.
    pub probes: Option<SocketAddr>,
    /// The database.
    pub database: &'a str,
    /// The addresses of other Doorwards that run on it.
    pub sharing: &'a [String],
    /// `doorward` with the options that lead a command to the same configuration and database.
    pub command: &'a str,
    /// The apps.
    pub apps: &'a [Arc<App>],
    /// How the first administrator comes to be.
    pub bootstrap: &'a Bootstrap,
}

impl Banner<'_> {
    /// The lines. They hold the setup link or the generated password, so they go to the terminal and never to the log.
    pub fn text(&self) -> String {
        let address = address(self.listen, self.public_url);
        let mut text = format!("Doorward {} at {address}/\n", env!("CARGO_PKG_VERSION"));
        if self.listen.ip().is_unspecified() && self.public_url.is_none() {
            let _ = writeln!(text, "  listens     on every network of this machine, port {}", self.listen.port());
        }
        if let Some(at) = self.probes {
            let _ = writeln!(text, "  probes      http://{at}{READY}, without signing in");
        }
        let _ = writeln!(text, "  database    {}", self.database);
        for other in self.sharing {
            let _ = writeln!(
                text,
                "              the Doorward at {other} uses this database too: people, roles, sign-ins and the audit log are shared"
            );
        }
        for app in self.apps {
            let _ = writeln!(text, "  app         {} ({} profile) at {}", app.title, app.profile.name(), app.address);
        }
        if self.apps.is_empty() {
            let _ = writeln!(text, "  app         none yet: name some under `apps` in the configuration");
        }
        let _ = writeln!(text, "  add people  {} user add NAME --role viewer", self.command);
        match self.bootstrap {
            Bootstrap::AlreadyDone => {
                let _ = writeln!(text, "  sign in     {address}{LOGIN}");
            }
            Bootstrap::Created { username } => {
                let _ = writeln!(
                    text,
                    "  made        the administrator {username}, with the password from the environment"
                );
                let _ = writeln!(text, "  sign in     {address}{LOGIN} as {username}");
            }
            Bootstrap::Generated { username, password } => {
                let _ =
                    writeln!(text, "  sign in     {address}{LOGIN}\n{}", password_box(username, password).trim_end());
            }
            Bootstrap::Token(token) => {
                let _ =
                    writeln!(text, "  set up      open this link to create the first administrator; it works once:");
                let _ = writeln!(text, "              {address}{}", setup_with(token));
            }
        }
        text
    }
}

/// The address people can use: the configured one, else this machine's.
pub fn address(listen: SocketAddr, public_url: Option<&Url>) -> String {
    if let Some(url) = public_url {
        return url.as_str().trim_end_matches('/').to_owned();
    }
    let here = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => "127.0.0.1".to_owned(),
        IpAddr::V6(ip) if ip.is_unspecified() => "127.0.0.1".to_owned(),
        IpAddr::V6(ip) => format!("[{ip}]"),
        IpAddr::V4(ip) => ip.to_string(),
    };
    format!("http://{here}:{}", listen.port())
}

/// A generated password, shown once.
pub fn password_box(username: &str, password: &Secret) -> String {
    let lines = [
        "Administrator".to_owned(),
        format!("username  {username}"),
        format!("password  {}", password.expose()),
        "This is shown once. Change it after signing in.".to_owned(),
    ];
    let width = lines.iter().map(|line| line.chars().count()).max().unwrap_or(0);
    let edge = "─".repeat(width + 2);
    let body = lines.map(|line| format!("│ {line:width$} │")).join("\n");
    format!("┌{edge}┐\n{body}\n└{edge}┘\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use insta::assert_snapshot;

    fn banner(listen: &str, public: Option<&str>, bootstrap: &Bootstrap) -> String {
        let public = public.map(|url| url.parse::<Url>().expect("a URL"));
        let app = crate::compose::implied_app(
            "dagster".parse().expect("a name"),
            "dagster",
            doorward_profile::Profiles::builtin(),
        )
        .expect("an app");
        let listen = listen.parse().expect("an address");
        let (database, command, public_url) = ("sqlite:///d.db", "doorward --database sqlite:///d.db", public.as_ref());
        Banner { listen, public_url, probes: None, database, sharing: &[], command, apps: &[app], bootstrap }.text()
    }

    #[test]
    fn the_setup_link_is_one_people_can_open() {
        let token = Bootstrap::Token(Secret::new("T0ken".into()));
        assert_snapshot!(banner("0.0.0.0:3000", None, &token), @r"
        Doorward 0.1.0 at http://127.0.0.1:3000/
          listens     on every network of this machine, port 3000
          database    sqlite:///d.db
          app         Dagster (dagster profile) at /
          add people  doorward --database sqlite:///d.db user add NAME --role viewer
          set up      open this link to create the first administrator; it works once:
                      http://127.0.0.1:3000/_doorward/setup?token=T0ken
        ");
        assert!(
            banner("0.0.0.0:3000", Some("https://t.example.com"), &token)
                .contains("https://t.example.com/_doorward/setup?token=T0ken")
        );
    }

    #[test]
    fn an_administrator_from_the_environment_is_said_to_be_made() {
        let created = Bootstrap::Created { username: "root".into() };
        assert_snapshot!(banner("127.0.0.1:3000", None, &created), @r"
        Doorward 0.1.0 at http://127.0.0.1:3000/
          database    sqlite:///d.db
          app         Dagster (dagster profile) at /
          add people  doorward --database sqlite:///d.db user add NAME --role viewer
          made        the administrator root, with the password from the environment
          sign in     http://127.0.0.1:3000/_doorward/login as root
        ");
    }

    #[test]
    fn a_generated_password_stands_in_a_box() {
        let generated =
            Bootstrap::Generated { username: "admin".into(), password: Secret::new("correct horse".into()) };
        assert_snapshot!(banner("127.0.0.1:3000", None, &generated), @r"
        Doorward 0.1.0 at http://127.0.0.1:3000/
          database    sqlite:///d.db
          app         Dagster (dagster profile) at /
          add people  doorward --database sqlite:///d.db user add NAME --role viewer
          sign in     http://127.0.0.1:3000/_doorward/login
        ┌─────────────────────────────────────────────────┐
        │ Administrator                                   │
        │ username  admin                                 │
        │ password  correct horse                         │
        │ This is shown once. Change it after signing in. │
        └─────────────────────────────────────────────────┘
        ");
    }
}
