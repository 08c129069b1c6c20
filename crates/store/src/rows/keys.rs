//! API keys as rows.

use doorward_domain::{ApiKey, KeyId, Timestamp, UserId};
use doorward_service::ports::StoreError;
use ipnet::IpNet;
use sea_orm::ActiveValue::Set;

use super::{end, end_column, ever};
use crate::connection::damaged;
use crate::entity::api_key;

pub(crate) fn row_of(key: &ApiKey) -> api_key::ActiveModel {
    api_key::ActiveModel {
        id: Set(key.id.as_uuid()),
        name: Set(key.name.as_str().to_owned()),
        owner_id: Set(key.owner.map(UserId::as_uuid)),
        allowed_addresses: Set(addresses_column(&key.allowed_addresses)),
        expires_at: Set(end_column(key.expires_at)),
        last_used_at: Set(key.last_used.map_or(0, |(at, _)| at.as_millis())),
        last_used_from: Set(key.last_used.map_or_else(String::new, |(_, from)| from.to_string())),
        created_at: Set(key.created_at.as_millis()),
        created_by: Set(key.created_by.to_string()),
    }
}

pub(crate) fn key_of(row: &api_key::Model) -> Result<ApiKey, StoreError> {
    let last_used = match ever(row.last_used_at) {
        Some(at) => Some((at, row.last_used_from.parse().map_err(|_| damaged("client address"))?)),
        None => None,
    };
    Ok(ApiKey {
        id: KeyId::from_uuid(row.id),
        name: row.name.parse().map_err(|_| damaged("name of a key"))?,
        owner: row.owner_id.map(UserId::from_uuid),
        allowed_addresses: addresses_of(&row.allowed_addresses)?.into(),
        expires_at: end(row.expires_at),
        last_used,
        created_at: Timestamp::from_millis(row.created_at),
        created_by: row.created_by.as_str().into(),
    })
}

pub(crate) fn addresses_column(addresses: &[IpNet]) -> String {
    addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

/// What cannot be read must not be left out: without its ranges a key is allowed from everywhere.
fn addresses_of(text: &str) -> Result<Vec<IpNet>, StoreError> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    text.split(',').map(|range| range.parse().map_err(|_| damaged("address range of a key"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_come_back_and_damage_is_not_everywhere() {
        let ranges: Vec<IpNet> = vec!["10.0.0.0/8".parse().unwrap(), "2001:db8::/32".parse().unwrap()];
        assert_eq!(addresses_of(&addresses_column(&ranges)).unwrap(), ranges);
        assert_eq!(addresses_of(&addresses_column(&[])).unwrap(), []);
        for damaged in [" ", ",", "10.0.0.0/8,", "10.0.0.0/8,x"] {
            assert!(addresses_of(damaged).is_err(), "{damaged:?}");
        }
    }
}
