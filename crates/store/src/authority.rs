//! Whether somebody may still change what they asked to change, looked at when the change is made and by no earlier reading.

use doorward_domain::{Authority, NewAuditEvent, Rights};
use doorward_service::ports::StoreError;

use crate::connection::Connections;
use crate::sessions;
use crate::transaction::Transaction;

impl Connections {
    /// As [`Connections::begin`], for the change that this event tells of: only if what it rests on still holds.
    pub(crate) async fn begin_for(&self, event: &NewAuditEvent) -> Result<Transaction, StoreError> {
        let transaction = self.begin().await?;
        match event.authority {
            Some(authority) if !holds(&transaction, authority, event).await? => Err(StoreError::NoLongerAllowed),
            _ => Ok(transaction),
        }
    }
}

async fn holds(transaction: &Transaction, authority: Authority, event: &NewAuditEvent) -> Result<bool, StoreError> {
    let Some(live) = sessions::live_in(transaction, authority.session, event.at).await? else { return Ok(false) };
    let role = Rights::compile(&live.grants).on_everything(event.at);
    Ok(authority.needs.is_none_or(|action| role.is_some_and(|role| role.allows(action))))
}
