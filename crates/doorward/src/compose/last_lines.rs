//! The last lines of a start. A tool that Doorward runs fills the terminal with lines of its own; once everything answers, where it is
//! and how to get in stand below them.

use doorward_http::desk_paths::{LOGIN, SETUP, setup_with};
use doorward_service::setup::Bootstrap;
use doorward_service::{App, Health, Services};
use std::fmt::Write as _;
use std::sync::{Arc, Weak};
use std::time::Duration;

/// How often is looked.
const EVERY: Duration = Duration::from_millis(200);

/// Prints them when all apps answer; nothing when they do already, since then the banner stands last anyway. `address` is the
/// door's, without the slash at the end.
pub fn print_when_up(services: &Arc<Services>, address: String, bootstrap: &Bootstrap, print: fn(&str)) {
    if are_up(&services.apps.all()) {
        return;
    }
    let way_in = way_in(&address, bootstrap);
    let services = Arc::downgrade(services);
    tokio::spawn(async move {
        if let Some(text) = wait(&services, &address, &way_in).await {
            print(&text);
        }
    });
}

/// `None` when Doorward stops first.
async fn wait(services: &Weak<Services>, address: &str, way_in: &str) -> Option<String> {
    loop {
        tokio::time::sleep(EVERY).await;
        let services = services.upgrade()?;
        let apps = services.apps.all();
        if are_up(&apps) {
            let is_set_up = services.setup.is_required().await.is_ok_and(|required| !required);
            let sign_in = format!("  sign in     {address}{LOGIN}\n");
            return Some(text(&apps, address, if is_set_up && way_in.contains(SETUP) { &sign_in } else { way_in }));
        }
    }
}

fn are_up(apps: &[Arc<App>]) -> bool {
    apps.iter().all(|app| matches!(**app.health.load(), Health::Up))
}

fn text(apps: &[Arc<App>], address: &str, way_in: &str) -> String {
    let mut text = String::new();
    for app in apps {
        let at = if app.address.starts_with('/') { format!("{address}{}", app.address) } else { app.address.clone() };
        let _ = writeln!(text, "{} answers at {at}", app.title);
    }
    text + way_in
}

/// How to get in; a password that was shown once is not shown again.
fn way_in(address: &str, bootstrap: &Bootstrap) -> String {
    match bootstrap {
        Bootstrap::AlreadyDone => format!("  sign in     {address}{LOGIN}\n"),
        Bootstrap::Created { username } => format!("  sign in     {address}{LOGIN} as {username}\n"),
        Bootstrap::Generated { username, .. } => {
            format!("  sign in     {address}{LOGIN} as {username}, with the password above\n")
        }
        Bootstrap::Token(token) => {
            format!("  set up      {address}{}\n", setup_with(token))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use doorward_domain::Secret;
    use insta::assert_snapshot;

    #[test]
    fn address_and_state_are_repeated_and_a_password_is_not() {
        let app = crate::compose::implied_app(
            "dagster".parse().expect("a name"),
            "dagster",
            doorward_profile::Profiles::builtin(),
        )
        .expect("an app");
        let told = |bootstrap: &Bootstrap| {
            text(&[Arc::clone(&app)], "http://here:3000", &way_in("http://here:3000", bootstrap))
        };
        assert_snapshot!(told(&Bootstrap::Created { username: "ada".into() }), @r"
        Dagster answers at http://here:3000/
          sign in     http://here:3000/_doorward/login as ada
        ");
        assert_snapshot!(told(&Bootstrap::Token(Secret::new("T0ken".into()))), @r"
        Dagster answers at http://here:3000/
          set up      http://here:3000/_doorward/setup?token=T0ken
        ");
        let generated = Bootstrap::Generated { username: "ada".into(), password: Secret::new("correct horse".into()) };
        assert!(!told(&generated).contains("correct horse"));
    }
}
