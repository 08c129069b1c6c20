//! From a section of the configuration to the app that decisions see.

use arc_swap::ArcSwap;
use doorward_domain::AppName;
use doorward_profile::{Profile, ProfileError, Profiles};
use doorward_proxy::UpstreamAddress;
use doorward_service::{App, Health};
use std::sync::Arc;

use super::Wrapped;
use crate::config::{AppSection, Config, MenuSetting, Origin, Problems, Reach, Sections, implied_title};

/// All configured apps, for work on the database: whether they run is not known here.
pub fn apps_of(config: &Config) -> Result<Vec<Arc<App>>, Problems> {
    let mut problems = Problems::default();
    let mut apps = Vec::new();
    for section in &config.apps {
        let health = Arc::new(ArcSwap::from_pointee(Health::Up));
        apps.extend(app_of(section, config, None, health, &mut problems).map(Arc::new));
    }
    if problems.is_empty() { Ok(apps) } else { Err(problems) }
}

/// An app that no file names: of somebody who wraps a tool.
pub fn implied_app(name: AppName, profile: &str, profiles: &Profiles) -> Result<Arc<App>, String> {
    let profile = profiles.named(profile)?;
    Ok(Arc::new(App {
        title: implied_title(name.as_str(), Some(profile)),
        name,
        address: "/".into(),
        profile: Arc::clone(profile),
        prefix: String::new(),
        contact: Arc::default(),
        default_role: None,
        attribution: true,
        filter_answers: false,
        health: Arc::new(ArcSwap::from_pointee(Health::Up)),
        traffic: Arc::default(),
    }))
}

/// One app; what is wrong with its rules goes to `problems`.
pub fn app_of(
    section: &AppSection,
    config: &Config,
    wrapped: Option<&Wrapped>,
    health: Arc<ArcSwap<Health>>,
    problems: &mut Problems,
) -> Option<App> {
    let wrapped = wrapped.filter(|wrapped| wrapped.name == section.name);
    // Both were checked when they were read.
    let profile = match config.profiles.named(&section.profile).map(|profile| set_for_app(profile, section)) {
        Ok(Ok(profile)) => profile,
        Ok(Err(error)) => {
            problems.add(&Origin::Default, error.to_string());
            return None;
        }
        Err(what) => {
            problems.add(&Origin::Default, what);
            return None;
        }
    };
    let mounted = wrapped.map(|w| w.prefix.clone()).filter(|p| !p.is_empty()).or_else(|| base(&section.reach));
    let prefix = mounted.or_else(|| section.keys.path.clone()).unwrap_or_default();
    Some(App {
        name: section.name.clone(),
        title: section.title.clone(),
        address: address(section, &config.sections, wrapped.map_or("", |w| &w.prefix)),
        profile,
        prefix,
        contact: config.sections.contact.as_deref().unwrap_or_default().trim().into(),
        default_role: section.keys.default_role,
        attribution: section.keys.attribution,
        filter_answers: section.keys.filter_answers,
        health,
        traffic: Arc::default(),
    })
}

/// The path of the upstream's own address, which takes the place of the app's.
fn base(reach: &Reach) -> Option<String> {
    let Reach::Upstream(address) = reach else { return None };
    address.parse::<UpstreamAddress>().ok()?.base().map(str::to_owned)
}

/// The app's address for people: on this host a path, on another host of ours a URL.
fn address(section: &AppSection, sections: &Sections, prefix: &str) -> String {
    let path = section.keys.path.as_deref().unwrap_or(prefix);
    let Some(host) = &section.keys.host else { return format!("{path}/") };
    let (scheme, port) = match &sections.public_url {
        Some(url) => (url.scheme(), url.port()),
        None => ("http", Some(sections.listen.port()).filter(|port| *port != 80)),
    };
    let port = port.map(|port| format!(":{port}")).unwrap_or_default();
    format!("{scheme}://{host}{port}{path}/")
}

/// The profile with what the configuration of this app says instead of it; shared with other apps when it says nothing.
fn set_for_app(profile: &Arc<Profile>, section: &AppSection) -> Result<Arc<Profile>, ProfileError> {
    let mut own = Arc::clone(profile);
    let change = |own: Arc<Profile>, with: &dyn Fn(Profile) -> Profile| Arc::new(with(Arc::unwrap_or_clone(own)));
    if !section.rules.is_empty() {
        own = Arc::new(own.with_rules(&section.rules)?);
    }
    if let Some(tokens) = section.keys.graphql.limits.tokens {
        own = change(own, &|own| own.with_graphql_tokens(tokens));
    }
    if let Some(kept) = &section.keys.keeps_apart {
        own = change(own, &|own| own.with_keeps(kept.iter().copied().collect()));
    }
    if let Some(headers) = section.keys.hand_over {
        own = change(own, &|own| own.with_hand_over(headers));
    }
    if section.keys.get_bodies {
        own = change(own, &Profile::with_get_bodies);
    }
    Ok(match section.keys.menu {
        MenuSetting::AsProfile => own,
        MenuSetting::Off => change(own, &|own| own.with_menu(Vec::new())),
        MenuSetting::At(corner) => change(own, &|own| own.with_menu(vec![corner.into()])),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Request, load};

    fn apps(yaml: &str) -> Result<Vec<Arc<App>>, String> {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), yaml).expect("written");
        let loaded = load(&Request { file: Some(file.path().into()), ..Request::default() }).expect("sound");
        apps_of(&loaded.config).map_err(|p| p.to_string().replace(&file.path().display().to_string(), "doorward.yaml"))
    }

    #[test]
    fn addresses_are_paths_here_and_urls_on_other_hosts() {
        let yaml = "
listen: 0.0.0.0:8080
apps:
  a: {upstream: 'http://127.0.0.1:1', profile: generic}
  b: {upstream: 'http://127.0.0.1:1', profile: generic, path: /b}
  c: {upstream: 'http://127.0.0.1:1', profile: generic, host: c.example.com}
";
        let addresses = |yaml: &str| apps(yaml).expect("sound").iter().map(|a| a.address.clone()).collect::<Vec<_>>();
        assert_eq!(addresses(yaml), ["/", "/b/", "http://c.example.com:8080/"]);
        let public = yaml.replace("apps:", "public_url: https://tools.example.com\napps:");
        assert_eq!(addresses(&public), ["/", "/b/", "https://c.example.com/"]);
    }

    #[test]
    fn only_an_app_that_says_so_reads_the_body_of_a_get() {
        let yaml = "
apps:
  a: {upstream: 'http://127.0.0.1:1', profile: generic, path: /a}
  b: {upstream: 'http://127.0.0.1:1', profile: generic, path: /b, get_bodies: true}
";
        let read: Vec<_> = apps(yaml).expect("sound").iter().map(|app| app.profile.reads_get_bodies()).collect();
        assert_eq!(read, [false, true]);
    }
}
