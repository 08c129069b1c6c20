//! Reading the configuration again while Doorward runs.

use doorward_proxy::Door;
use tokio::time::Instant;

use super::app_set::AppSet;
use super::logging::Logging;
use super::running::Announced;
use super::snapshot::snapshot;
use crate::config::{Config, Key, Loaded, Values};

/// What reading again needs.
pub struct Reload {
    /// Reads the configuration.
    pub load: Box<dyn Fn() -> Result<Loaded, String> + Send>,
    /// The configuration as read last.
    pub config: Config,
    /// Every key as it was at the start: where it needs one, that is what is in force.
    pub at_start: Values,
    /// The log.
    pub logging: Logging,
    /// Our note for commands; gone with this.
    pub announced: Option<Announced>,
}

impl Reload {
    /// Takes the new configuration over as far as that is possible, or refuses it in words and changes nothing.
    pub fn run(&mut self, app_set: &mut AppSet, door: &Door) {
        let Loaded { config, values, .. } = match (self.load)() {
            Ok(loaded) => loaded,
            Err(problems) => {
                tracing::error!("the configuration was read again and is refused, the old one stays: {problems}");
                return;
            }
        };
        let stopped = match app_set.rebuild(&config) {
            Ok(stopped) => stopped,
            Err(problems) => {
                tracing::error!("the configuration was read again and is refused, the old one stays: {problems}");
                return;
            }
        };
        door.replace(snapshot(&config, app_set));
        if let Some(announced) = &mut self.announced {
            announced.renew(&app_set.apps);
        }
        self.logging.set(&config.sections.log);
        app_set.start_tools(&config);
        let until = Instant::now() + config.sections.shutdown_grace;
        for tool in stopped {
            tokio::spawn(tool.stop(until));
        }
        for path in waiting(&self.at_start, &values) {
            tracing::warn!("`{path}` has changed; that takes effect at the next start");
        }
        tracing::info!(apps = config.apps.len(), "the configuration was read again and is in force");
        self.config = config;
    }
}

/// The paths of what differs and cannot change while Doorward runs, as each key says of itself.
fn waiting(at_start: &Values, now: &Values) -> Vec<String> {
    let differs = |(path, key, _): (String, &Key, _)| (!key.live && at_start.differs(now, &path)).then_some(path);
    now.iter().filter_map(differs).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Request, load, table};

    fn read(yaml: &str) -> Values {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("doorward.yaml");
        std::fs::write(&file, yaml).expect("written");
        load(&Request { file: Some(file), ..Request::default() })
            .unwrap_or_else(|problems| panic!("{yaml}: {problems}"))
            .values
    }

    #[test]
    fn every_changed_key_is_in_force_or_told_to_wait_for_the_next_start() {
        let before = read("");
        let mut tried = 0;
        // A folder that is read has to be there.
        let profiles = tempfile::tempdir().expect("a folder");
        let example = |key: &Key| match key.path.as_str() {
            "profiles" => profiles.path().display().to_string(),
            _ => key.example.clone(),
        };
        for key in table().keys.iter().filter(|key| !key.path.contains('*') && !key.is_later) {
            let yaml = key.path.rsplit('.').fold(example(key), |value, name| format!("{{{name}: {value}}}"));
            let after = read(&yaml);
            let changed = before.differs(&after, &key.path);
            let expected: &[&str] = if changed && !key.live { &[&key.path] } else { &[] };
            assert_eq!(waiting(&before, &after), expected, "{yaml}");
            assert_eq!(waiting(&after, &before), expected, "and when it is taken away again: {yaml}");
            tried += usize::from(changed);
        }
        assert!(tried > 20, "{tried} examples differ from the default");
        assert_eq!(waiting(&before, &read("contact: ask ada")), ["contact"]);
    }
}
