//! Lowering permission flags to what somebody may do with the very thing that shows them.
//!
//! Of people who hold the same on all of an app nothing is asked but their role ([`crate::graphql::rewriting`]). Of whoever holds more on
//! some things, or is denied some, each flag is judged: [`asking`] asks for what names the things that show flags, [`standing`] says which
//! operation on which thing a flag stands for, and [`walk`] lowers it where [`Onlooker`] says that such a request would be refused. Nothing is
//! ever raised.
//!
//! An answer that cannot be held is lowered as it streams by, to what somebody may do whatever it acts on; what only we asked for is taken
//! out of it all the same ([`stream`]).
//!
//! Must not know: who asks, and what they may. Look next: `permissions` of the profile, `doorward_service::gate` (who is asked).

mod asking;
pub mod standing;
mod stream;
mod strip;
pub(super) mod walk;

use doorward_domain::Role;
use std::sync::Arc;

use super::collect::{Places, ROOT};
use super::sieve::{DEPTH, Sieve, VALUES};
use super::{Filter, Onlooker};
use crate::graphql::json::{Edits, Tree};
use crate::graphql::prepared::Prepared;
use crate::graphql::{AnswerRewriter, OperationKind, Request, refusal};
pub use stream::FlagStream;
use walk::Walk;

/// What lowers the flags of the answers to one request, thing by thing.
#[derive(Debug, Clone)]
pub struct AnswerFlags {
    own: AnswerRewriter,
    filter: Arc<Filter>,
    prepared: Arc<Prepared>,
    sieve: Arc<Sieve>,
}

impl Request {
    /// The same request, asked so that it is known of which thing each flag is, and what lowers them. `None` where there are none, or where
    /// the profile does not say how things are named.
    pub(crate) fn own_flagged(&self) -> Option<(Self, AnswerFlags)> {
        let own = self.own_rewriter()?;
        let filter = Arc::clone(self.rules.filter.compiled()?);
        let sieve = self.naming(&filter)?;
        let flagged = self.with_document(Arc::clone(&sieve.prepared), Arc::clone(self.own_intent()));
        Some((flagged, AnswerFlags { own, filter, prepared: Arc::clone(&self.prepared), sieve }))
    }

    /// The document that asks for names: remembered with the client's own, where there is room for it.
    fn naming(&self, filter: &Filter) -> Option<Arc<Sieve>> {
        if let Some(known) = self.prepared.naming.get() {
            return known.clone();
        }
        let (rules, prepared) = (&self.rules, &self.prepared);
        let named = prepared.operation().and_then(|operation| {
            asking::ask(&rules.permissions, filter, &prepared.document, operation, rules.limits.document)
        });
        let made = named.and_then(|named| Sieve::of(rules, prepared, self.operation_name.as_deref(), named).ok());
        let made = made.map(Arc::new);
        if made.as_ref().is_none_or(|sieve| sieve.is_kept_with(prepared)) {
            return prepared.naming.get_or_init(|| made).clone();
        }
        made
    }
}

impl AnswerFlags {
    /// The answer with its flags lowered, each to what may be done with what shows it.
    pub fn judged(&self, answer: &[u8], onlooker: &dyn Onlooker) -> Vec<u8> {
        let judged = std::str::from_utf8(answer).ok().and_then(|text| self.walked(text, onlooker));
        judged.map_or_else(|| self.least(answer, onlooker), String::into_bytes)
    }

    fn walked(&self, answer: &str, onlooker: &dyn Onlooker) -> Option<String> {
        let tree = Tree::read_up_to(answer.to_owned(), DEPTH, VALUES).ok()?;
        let operation = self.sieve.prepared.operation()?;
        let types = &self.filter.types;
        let root = types.id(match operation.kind {
            OperationKind::Query => "Query",
            OperationKind::Mutation => "Mutation",
            OperationKind::Subscription => "Subscription",
        })?;
        let mut walk = Walk {
            rules: &self.own.rules,
            filter: &self.filter,
            places: Places::new(types, &self.sieve.prepared.document, operation),
            prefix: &self.sieve.prefix,
            onlooker,
            edits: Edits::default(),
        };
        if let Some(data) = tree.root()?.get("data") {
            walk.value(data, &self.own.plan, Some((root, ROOT)));
        }
        // What comes after all that is put together would be known in part.
        if walk.places.is_exhausted() {
            return None;
        }
        walk.edits.apply(tree.text())
    }

    /// The answer with its flags lowered to what may be done whatever they are of.
    fn least(&self, answer: &[u8], onlooker: &dyn Onlooker) -> Vec<u8> {
        let mut stream = self.streaming(onlooker.least(), |role| onlooker.needs(role));
        let mut out = stream.push(answer);
        out.append(&mut stream.end());
        out
    }

    /// The same as it streams by. `needs` words what is told where a role would be needed.
    pub fn streaming<'r>(&self, least: Role, needs: impl Fn(Role) -> String + 'r) -> FlagStream<'r> {
        FlagStream::new(&self.sieve.prefix, self.own.streaming(least, needs))
    }

    /// How much room keeping it takes, in bytes.
    pub fn weight(&self) -> usize {
        size_of::<Self>() + self.own.weight() + self.sieve.prepared.weight()
    }

    /// What is told instead of an answer that was lost.
    pub fn unreadable(&self) -> Vec<u8> {
        refusal::body(&self.own.rules, &self.prepared, "The app's answer could not be read.").into()
    }
}
