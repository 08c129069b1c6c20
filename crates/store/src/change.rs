//! Changing something, so that it is told of: the one way to.
//!
//! The order is always the same, which is that of the locks where an engine locks rows: the rows, their effects (the audit event), the change
//! feed. What the work says was changed goes into the feed, and the event into the log, in the transaction that makes it so; the same goes to whoever asked,
//! as a [`Changed`], so that the caches of this process hear what the others read. Work that another was in the way of is done again, and with
//! it all that it brings about.

use doorward_service::ports::{Change, Changed, Effects, StoreError};

use crate::connection::Connections;
use crate::transaction::{Quiet, Transaction};
use crate::{audit, authority, change_feed};

/// What a piece of work came to.
#[must_use = "it says what others have to forget"]
pub(crate) enum Outcome<T> {
    /// Rows were written: what is cached about these is out of date.
    Written(Vec<Change>, T),
    /// There was nothing to change: no trace stays, of the work neither.
    Nothing(T),
}

impl<T> From<Quiet<T>> for Outcome<T> {
    fn from(quiet: Quiet<T>) -> Self {
        match quiet {
            Quiet::Written(answer) => Self::Written(Vec::new(), answer),
            Quiet::Nothing(answer) => Self::Nothing(answer),
        }
    }
}

impl Connections {
    /// Does what these tell of. Rows, effects and what the feed tells of it are kept together, or nothing is.
    pub(crate) async fn change<T>(
        &self,
        effects: Effects<'_>,
        work: impl AsyncFnOnce(&Transaction) -> Result<Outcome<T>, StoreError> + Clone,
    ) -> Result<Changed<T>, StoreError> {
        let (changes, answer) = self.told(effects, work).await?;
        Ok(Changed::new(changes, answer))
    }

    /// The same where nothing that anybody may have cached depends on it.
    pub(crate) async fn quietly<T>(
        &self,
        effects: Effects<'_>,
        work: impl AsyncFnOnce(&Transaction) -> Result<Quiet<T>, StoreError> + Clone,
    ) -> Result<T, StoreError> {
        Ok(self.told(effects, work).await?.1)
    }

    /// Gives the changes that the feed tells of beside the answer.
    async fn told<T, O: Into<Outcome<T>>>(
        &self,
        effects: Effects<'_>,
        work: impl AsyncFnOnce(&Transaction) -> Result<O, StoreError> + Clone,
    ) -> Result<(Vec<Change>, T), StoreError> {
        let told = async |transaction: &Transaction| {
            authority::must_hold(transaction, effects.audit).await?;
            let (changes, answer) = match work(transaction).await?.into() {
                Outcome::Written(changes, answer) => (changes, answer),
                Outcome::Nothing(answer) => return Ok(Quiet::Nothing((Vec::new(), answer))),
            };
            audit::record(transaction, std::slice::from_ref(effects.audit)).await?;
            change_feed::tell(transaction, &changes).await?;
            Ok(Quiet::Written((changes, answer)))
        };
        // The work itself tells of it.
        self.unrecorded(told).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Store, settings};
    use doorward_domain::{AuditAction, AuditOutcome, EventId, NewAuditEvent, Timestamp, UserId};
    use doorward_service::ports::Changes as _;
    use doorward_testkit::heard;

    fn event() -> NewAuditEvent {
        let at = Timestamp::from_millis(1_795_262_400_000);
        NewAuditEvent {
            id: EventId::generate(at, [7; 10]),
            at,
            actor: "ada".to_owned(),
            client_ip: String::new(),
            app: None,
            action: AuditAction::new("test"),
            target: None,
            outcome: AuditOutcome::Success,
            decision_id: None,
            authority: None,
            details: serde_json::Map::new(),
        }
    }

    /// Forgets the setting, comes to this, and says whether the setting is still there, how long the log is and what is told: by the
    /// feed, and to whoever asked for it.
    async fn after(
        come_to: impl FnOnce() -> Result<Outcome<&'static str>, StoreError> + Clone,
    ) -> (bool, u64, [Vec<Change>; 2]) {
        let store = Store::open("sqlite::memory:").await.unwrap();
        let stores = store.stores();
        stores.settings.put("a", b"b", None).await.unwrap();
        let work = async |transaction: &Transaction| {
            settings::forget(transaction, "a").await?;
            come_to()
        };
        let told = match store.connections.change(Effects::of(&event()), work).await.map(heard) {
            Ok((told, answer)) => {
                assert_eq!(answer, "the answer");
                told
            }
            Err(_) => Vec::new(),
        };
        let is_there = stores.settings.find("a").await.unwrap().is_some();
        let fed = crate::changes::SqlChanges(store.connections.clone()).since(0).await.unwrap().0;
        (is_there, stores.audit.check().await.unwrap().1, [fed, told])
    }

    #[tokio::test]
    async fn what_is_changed_is_recorded_and_told_of_and_what_is_not_leaves_no_trace() {
        let change = Change::User(UserId::generate(event().at, [1; 10]));
        let written = after(|| Ok(Outcome::Written(vec![change, change], "the answer"))).await;
        assert_eq!(written, (false, 1, [vec![change, change], vec![change, change]]));
        let nobody = || [Vec::new(), Vec::new()];
        assert_eq!(after(|| Ok(Quiet::Written("the answer").into())).await, (false, 1, nobody()));
        assert_eq!(after(|| Ok(Outcome::Nothing("the answer"))).await, (true, 0, nobody()));
        assert_eq!(after(|| Err(StoreError::LastAdmin)).await, (true, 0, nobody()));
    }
}
