//! Requests as rows, and back.

use doorward_domain::{
    AccessAnswer, AccessOutcome, AccessRequest, AccessRequestId, DecisionId, GivenAccess, GrantId, Lacking, Pattern,
    Timestamp, UserId,
};
use doorward_service::ports::StoreError;
use sea_orm::ActiveValue::{self, NotSet, Set};

use crate::connection::damaged;
use crate::entity::access_request::{ActiveModel, Model};
use crate::entity::words::ALL_OF_IT;
use crate::rows::ever;
use crate::search_text::{searchable, storable};

const APPROVED: &str = "approved";
const DECLINED: &str = "declined";
const LAPSED: &str = "lapsed";

/// A row of an open request.
pub(super) fn row_of(request: &AccessRequest) -> ActiveModel {
    let pattern = pattern_column(&request.wanted);
    ActiveModel {
        id: Set(request.id.as_uuid()),
        user_id: Set(request.user.as_uuid()),
        app: Set(request.app.as_str().to_owned()),
        pattern: Set(pattern.to_owned()),
        role: Set(request.wanted.role.as_str().to_owned()),
        is_open: Set(Some(true)),
        refused: Set(storable(&request.refused)),
        decision_id: Set(request.decision_id.as_uuid()),
        reason: Set(storable(&request.reason)),
        words: Set(searchable(&[request.app.as_str(), pattern, &request.refused, &request.reason])),
        created_at: Set(request.created_at.as_millis()),
        outcome: Set(String::new()),
        answered_at: Set(0),
        answered_by: Set(String::new()),
        answer: Set(String::new()),
        grant_id: Set(None),
        given_role: Set(None),
        given_pattern: Set(None),
        given_until: Set(None),
    }
}

/// What an answer changes of a row.
pub(super) fn answered(answer: &AccessAnswer) -> ActiveModel {
    let (outcome, reason, given) = match &answer.outcome {
        AccessOutcome::Approved(given) => (APPROVED, "", Some(given)),
        AccessOutcome::Declined(reason) => (DECLINED, &**reason, None),
        AccessOutcome::Lapsed => (LAPSED, "", None),
    };
    ActiveModel {
        is_open: Set(None),
        outcome: Set(outcome.to_owned()),
        answered_at: Set(answer.at.as_millis()),
        answered_by: Set(answer.by.to_string()),
        answer: Set(storable(reason)),
        grant_id: given.map_or(NotSet, |given| Set(Some(given.grant.as_uuid()))),
        given_role: given.map_or(NotSet, |given| Set(Some(given.given.role.as_str().to_owned()))),
        given_pattern: given.map_or(NotSet, |given| Set(Some(pattern_column(&given.given).to_owned()))),
        given_until: given.map_or(ActiveValue::NotSet, |given| Set(given.until.map(Timestamp::as_millis))),
        ..ActiveModel::default()
    }
}

pub(super) fn request_of(row: &Model) -> Result<AccessRequest, StoreError> {
    Ok(AccessRequest {
        id: AccessRequestId::from_uuid(row.id),
        user: UserId::from_uuid(row.user_id),
        app: row.app.parse().map_err(|_| damaged("app name"))?,
        wanted: lacking(&row.role, &row.pattern)?,
        refused: row.refused.as_str().into(),
        decision_id: DecisionId::from_uuid(row.decision_id),
        reason: row.reason.as_str().into(),
        created_at: Timestamp::from_millis(row.created_at),
        answer: match ever(row.answered_at) {
            Some(at) => Some(AccessAnswer { at, by: row.answered_by.as_str().into(), outcome: outcome_of(row)? }),
            None => None,
        },
    })
}

fn outcome_of(row: &Model) -> Result<AccessOutcome, StoreError> {
    match (row.outcome.as_str(), row.grant_id, &row.given_role, &row.given_pattern) {
        (APPROVED, Some(grant), Some(role), Some(pattern)) => Ok(AccessOutcome::Approved(GivenAccess {
            grant: GrantId::from_uuid(grant),
            given: lacking(role, pattern)?,
            until: row.given_until.map(Timestamp::from_millis),
        })),
        (DECLINED, ..) => Ok(AccessOutcome::Declined(row.answer.as_str().into())),
        (LAPSED, ..) => Ok(AccessOutcome::Lapsed),
        _ => Err(damaged("outcome of a request for access")),
    }
}

fn lacking(role: &str, pattern: &str) -> Result<Lacking, StoreError> {
    let resource = if pattern == ALL_OF_IT { None } else { Some(pattern.parse().map_err(|_| damaged("pattern"))?) };
    Ok(Lacking { role: role.parse().map_err(|_| damaged("role"))?, resource })
}

/// The thing's name, or that it is all of the app.
pub(super) fn pattern_column(wanted: &Lacking) -> &str {
    wanted.resource.as_ref().map_or(ALL_OF_IT, Pattern::as_str)
}
