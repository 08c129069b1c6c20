//! What the unit tests of this crate share.

use doorward_profile::Profile;
use doorward_service::{App, Health};
use std::sync::Arc;

/// An app that is up, with the generic profile.
pub(crate) fn app(name: &str) -> Arc<App> {
    Arc::new(App {
        name: name.parse().unwrap(),
        title: name.to_owned(),
        address: "/".to_owned(),
        profile: Arc::new(Profile::builtin("generic").unwrap()),
        prefix: String::new(),
        contact: Arc::default(),
        default_role: None,
        attribution: false,
        filter_answers: false,
        health: Arc::new(arc_swap::ArcSwap::from_pointee(Health::Up)),
        traffic: Arc::default(),
    })
}
