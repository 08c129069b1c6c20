//! What somebody is told instead of what they are not told.

use super::types::Field;

/// What stands for a text that is not told.
pub(super) const NOT_TOLD: &str = "\"Not told to somebody who may not view everything here.\"";

/// The `errors` of an answer: what the tool says of them may tell of anything.
pub(super) const ERRORS: &str = r#"[{"message":"The app could not answer all of this. What it said is not told to somebody who may not view everything here."}]"#;

/// The whole answer where nothing of it may be viewed.
pub(super) const NOTHING: &str = r#"{"data":null,"errors":[{"message":"There is nothing here that you may view.","extensions":{"code":"FORBIDDEN"}}]}"#;

/// What stands for what is not told: nothing, as far as there may be nothing.
pub(super) fn blank(field: &Field, text: &'static str) -> &'static str {
    if field.may_be_null(0) {
        "null"
    } else if field.is_list(0) {
        "[]"
    } else {
        text
    }
}
