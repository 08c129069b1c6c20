//! Reading JSON bodies: strictly, and with an error that says what is wrong.

use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use doorward_http::is_media_type;
use http::{
    HeaderMap, StatusCode,
    header::{CONTENT_ENCODING, CONTENT_TYPE},
};
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, IgnoredAny},
};

use crate::error::{ApiError, Code};

/// A JSON body. The content type must be `application/json`: what a form can send cross-site is never read.
#[derive(Debug)]
pub(crate) struct JsonBody<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for JsonBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        must_be_plain_json(request.headers())?;
        let bytes = Bytes::from_request(request, state).await.map_err(|rejection| match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => ApiError::too_large(),
            _ => ApiError::with_detail(Code::BadRequest, "The body was cut off."),
        })?;
        read(&bytes).map(Self)
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    // serde takes the members of a struct as a list, too, in an order that nobody has promised.
    if body.trim_ascii_start().first().is_some_and(|first| *first != b'{')
        && serde_json::from_slice::<IgnoredAny>(body).is_ok()
    {
        return Err(ApiError::with_detail(Code::InvalidInput, "The body is not a JSON object."));
    }
    let mut reader = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| wrong(&error, body))?;
    reader.end().map_err(|error| not_json(&error))?;
    Ok(value)
}

/// Reading stops at the first thing that does not fit; whether the rest is JSON at all decides what the failure is called.
fn wrong(error: &serde_path_to_error::Error<serde_json::Error>, body: &[u8]) -> ApiError {
    let inner = error.inner();
    if !inner.is_data() || serde_json::from_slice::<IgnoredAny>(body).is_err() {
        return not_json(inner);
    }
    // The member says where.
    let sentence = inner.to_string();
    let sentence = sentence.split(" at line ").next().unwrap_or_default();
    let invalid = ApiError::with_detail(Code::InvalidInput, format!("The body cannot be used: {sentence}."));
    match field(error) {
        Some(field) => invalid.with("field", field),
        None => invalid,
    }
}

fn not_json(error: &serde_json::Error) -> ApiError {
    ApiError::with_detail(Code::InvalidJson, format!("The body is not a JSON document: {error}."))
}

/// The member that does not fit, as its sender wrote it: where reading stopped, or the name that is missing, unknown or there twice,
/// which serde says in its sentence only ([`serde::de::Error::missing_field`] and its neighbours). None when the body is no object.
fn field(error: &serde_path_to_error::Error<serde_json::Error>) -> Option<String> {
    let sentence = error.inner().to_string();
    let named = ["missing field `", "unknown field `", "duplicate field `"];
    let named =
        named.iter().find_map(|start| sentence.strip_prefix(start)?.split_once('`')).map(|(name, _)| name.to_owned());
    named.or_else(|| Some(error.path().to_string()).filter(|path| path != "."))
}

/// Whether the body is what its sender says, and says as it must: JSON, not encoded.
fn must_be_plain_json(headers: &HeaderMap) -> Result<(), ApiError> {
    let refuse = |words: String| Err(ApiError::with_detail(Code::UnsupportedMediaType, words));
    let said = |value: &http::HeaderValue| {
        value.to_str().unwrap_or("something unreadable").chars().take(80).collect::<String>()
    };
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    let (kind, more) = (types.next().map(said), types.next());
    if more.is_some() || !kind.as_deref().is_some_and(|kind| is_media_type(kind, "application/json")) {
        let what = match (&kind, more) {
            (_, Some(_)) => "has more than one Content-Type".to_owned(),
            (Some(kind), None) => format!("says {kind}"),
            (None, None) => "has no Content-Type".to_owned(),
        };
        return refuse(format!("Send JSON with Content-Type: application/json; this request {what}."));
    }
    match headers.get(CONTENT_ENCODING).filter(|encoding| *encoding != "identity") {
        Some(encoding) => {
            refuse(format!("Send the body without Content-Encoding; this request says {}.", said(encoding)))
        }
        None => Ok(()),
    }
}

/// A member of which an explicit `null` (take it away) means something else than its absence (leave it). Needs `#[serde(default)]`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) enum Member<T> {
    /// Not there.
    #[default]
    Absent,
    /// There, and null.
    Null,
    /// There.
    Given(T),
}

impl<T> Member<T> {
    /// As the verbs take it: `None` leaves, `Some(None)` takes away.
    #[expect(clippy::option_option, reason = "the shape of a change in `doorward_service::ports::UserChange`")]
    pub fn into_change(self) -> Option<Option<T>> {
        match self {
            Self::Absent => None,
            Self::Null => Some(None),
            Self::Given(value) => Some(Some(value)),
        }
    }

    /// The same about something made from the value.
    pub fn try_map<U, E>(self, f: impl FnOnce(T) -> Result<U, E>) -> Result<Member<U>, E> {
        match self {
            Self::Absent => Ok(Member::Absent),
            Self::Null => Ok(Member::Null),
            Self::Given(value) => f(value).map(Member::Given),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Member<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::<T>::deserialize(deserializer).map(|value| value.map_or(Self::Null, Self::Given))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Input {
        #[serde(default)]
        role: Member<String>,
    }

    #[test]
    fn a_body_that_is_no_plain_json_is_told_what_it_says_it_is() {
        let told = |pairs: &[(http::HeaderName, &str)]| {
            let headers = pairs.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect();
            must_be_plain_json(&headers).map_err(|error| error.detail().to_owned())
        };
        let start = "Send JSON with Content-Type: application/json; this request";
        assert_eq!(told(&[(CONTENT_TYPE, "application/json; charset=utf-8")]), Ok(()));
        assert_eq!(told(&[]), Err(format!("{start} has no Content-Type.")));
        let form = "application/x-www-form-urlencoded";
        assert_eq!(told(&[(CONTENT_TYPE, form)]), Err(format!("{start} says {form}.")));
        assert_eq!(
            told(&[(CONTENT_TYPE, "application/json"), (CONTENT_ENCODING, "gzip")]),
            Err("Send the body without Content-Encoding; this request says gzip.".to_owned())
        );
    }

    #[test]
    fn what_is_no_object_is_told_so_and_what_does_not_fit_without_its_place() {
        let told = |text: &str| read::<Input>(text.as_bytes()).map(drop).map_err(|error| error.detail().to_owned());
        assert_eq!(told(" {\"role\": null}"), Ok(()));
        for text in ["[null]", " [\"viewer\"]", "1", "null", "\"role\""] {
            assert_eq!(told(text), Err("The body is not a JSON object.".to_owned()), "{text}");
        }
        assert!(told("[").unwrap_err().starts_with("The body is not a JSON document: "));
        let number = "The body cannot be used: invalid type: integer `1`, expected a string.".to_owned();
        assert_eq!(told("{\"role\": 1}"), Err(number));
    }

    #[test]
    fn null_takes_away_and_absence_leaves() {
        let read = |text| serde_json::from_str::<Input>(text).unwrap().role;
        assert_eq!(read("{}").into_change(), None);
        assert_eq!(read(r#"{"role": null}"#).into_change(), Some(None));
        assert_eq!(read(r#"{"role": "viewer"}"#).into_change(), Some(Some("viewer".to_owned())));
    }
}
