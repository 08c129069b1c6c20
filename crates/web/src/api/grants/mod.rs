//! What whom is given, or denied, on what.

pub(super) mod list;
pub(super) mod put;
pub(super) mod remove;
pub(super) mod show;

use doorward_domain::Subject;
use doorward_service::{Actor, Services};

use super::{api_keys, groups, users};
use crate::error::{ApiError, Code};

/// Whom a grant is for, as it is written in a body or a query: exactly one of the three, by id or name.
#[derive(Debug, Default)]
struct Named {
    user: Option<String>,
    group: Option<String>,
    key: Option<String>,
}

impl Named {
    /// Finds them; `None` when none is named.
    async fn find(self, services: &Services, actor: &Actor) -> Result<Option<Subject>, ApiError> {
        let missing = |field: &str| {
            ApiError::with_detail(Code::InvalidInput, format!("there is no such {field}")).with("field", field)
        };
        let known = |found: Result<Subject, ApiError>, field| {
            found.map(Some).map_err(|error| if error.code() == Code::NotFound { missing(field) } else { error })
        };
        match (self.user, self.group, self.key) {
            (None, None, None) => Ok(None),
            (Some(user), None, None) => {
                let found = users::find(services, actor, &user).await;
                known(found.map(|user| Subject::User(user.id)).map_err(Into::into), "user")
            }
            (None, Some(group), None) => {
                let found = groups::find(services, actor, &group).await;
                known(found.map(|group| Subject::Group(group.id)).map_err(Into::into), "group")
            }
            (None, None, Some(key)) => {
                let found = api_keys::find(services, actor, &key).await;
                known(found.map(|listed| Subject::Key(listed.key.id)).map_err(Into::into), "key")
            }
            _ => Err(ApiError::with_detail(Code::InvalidInput, "name one of `user`, `group` and `key`")
                .with("field", "user")),
        }
    }
}
