//! What a host of its own for the desk asks of the rest of the configuration.

use doorward_domain::HostName;

use super::{AppSection, Sections};
use crate::config::{Problems, Values};

/// Says what does not go together: an app at the desk's host, an app at any host, an address for people that is not the desk's.
pub fn check(values: &Values, sections: &Sections, apps: &[AppSection], problems: &mut Problems) {
    let Some(desk) = &sections.desk_host else { return };
    for app in apps {
        match &app.keys.host {
            // What could not be read has been told.
            None if !values.is_sound(&format!("apps.{}.host", app.name)) => {}
            None => problems.add(
                &values.origin_of_name("apps", app.name.as_str()),
                format!(
                    "with `desk_host`, app `{0}` needs `host`: people are sent from {desk} only to hosts that are named",
                    app.name
                ),
            ),
            Some(host) if desk == host => {
                let at = values.origin(&format!("apps.{}.host", app.name));
                problems.add(
                    &at,
                    format!("app `{}` is at `desk_host`, {desk}, where scripts of its pages would reach Doorward's own; give one another host", app.name),
                );
            }
            Some(_) => {}
        }
    }
    let public = sections.public_url.as_ref().and_then(|url| url.host_str()).map(HostName::of);
    if let Some(public) = public.filter(|public| public != desk) {
        problems.add(
            &values.origin("public_url"),
            format!(
                "`public_url` is at {public}, but with `desk_host` people reach Doorward itself at {desk}: they must name one host"
            ),
        );
    }
}
