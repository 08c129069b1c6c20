//! A request that is under way or goes on, read again by the rules of now.
//!
//! The head is kept for that, unless it is very long, and the body is not: what a body or a message asked for stands as long as bodies are read by the same rules,
//! and where they are not, nobody can tell what it would be now, so it ends. Knows nothing of who asks.

use doorward_domain::Intent;
use doorward_profile::{CanonicalPath, HeadReading, Misread, RequestHead};
use http::request::Parts;
use std::rc::Rc;
use std::sync::Arc;

use super::Rejection;
use super::mount::tool_path;
use super::outgoing::Shape;
use crate::Snapshot;
use crate::site::Site;

/// A longer head is not kept, in bytes: it lies in the server's buffer, of which there would be one more for as long.
const LONGEST: usize = 8 << 10;

/// A request as it came, and as what it was passed on.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    /// Its head, if it is kept.
    pub(crate) parts: Option<Rc<Parts>>,
    /// The host it was for.
    pub(crate) host: Box<str>,
    /// As what it was passed on.
    pub(crate) shape: Shape,
}

impl Kept {
    /// For as long as what it began goes on.
    pub(crate) fn for_long(self) -> Self {
        Self { parts: self.parts.filter(|parts| length(parts) <= LONGEST), ..self }
    }

    /// Where it is now, and what was let in under it (`intents`) amounts to now.
    pub(crate) fn read_again(
        &self,
        snapshot: &Snapshot,
        before: &Arc<Site>,
        intents: &[Arc<Intent>],
    ) -> Result<(Arc<Site>, Vec<Arc<Intent>>), Rejection> {
        let parts = self.parts.as_deref().ok_or_else(changed)?;
        let path = CanonicalPath::parse(parts.uri.path())?;
        let site = snapshot
            .sites
            .find_agreed(&self.host, &path)?
            .filter(|site| site.app.name == before.app.name)
            .ok_or(Rejection::NoApp)?;
        if Arc::ptr_eq(site, before) {
            return Ok((Arc::clone(site), intents.to_vec()));
        }
        let path = tool_path(site, &path, parts)?;
        let below = path.below(&site.app.prefix).ok_or(Rejection::NoApp)?;
        let head =
            RequestHead { method: &parts.method, path: &below, query: parts.uri.query(), headers: &parts.headers };
        let profile = &site.app.profile;
        // Where answers were filtered, less was asked of whoever began it.
        let is_as_open = site.app.filter_answers == before.app.filter_answers;
        let now = match (self.shape, profile.read_head(&head)?) {
            (Shape::Same | Shape::Upgrade, HeadReading::Understood(intent)) => vec![intent],
            (Shape::OwnBody { kind, .. }, HeadReading::NeedsBody { kind: now, .. })
                if is_as_open && kind == now && profile.reads_bodies_like(&before.app.profile, kind) =>
            {
                intents.to_vec()
            }
            (Shape::OwnSocket, HeadReading::Socket { .. })
                if is_as_open && profile.reads_messages_like(&before.app.profile) =>
            {
                intents.to_vec()
            }
            _ => return Err(changed().into()),
        };
        Ok((Arc::clone(site), now))
    }
}

/// Bytes of a head.
fn length(parts: &Parts) -> usize {
    let uri = parts.uri.path_and_query().map_or(0, |target| target.as_str().len());
    uri + parts.headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum::<usize>()
}

/// Nobody can tell any more.
pub(super) fn changed() -> Misread {
    Misread::new("rules_changed", "The rules for this app have changed meanwhile. Send it again.")
}
