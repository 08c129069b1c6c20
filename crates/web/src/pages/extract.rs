//! Who may look at a page and send its form, as a type in the handler's signature.
//!
//! As [`crate::extract`] is for programs: nobody signed in is led to the login page, and the CSRF token comes in a hidden field.

use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::extract::{FromRef, FromRequest, FromRequestParts, Request};
use axum::response::{IntoResponse, Redirect, Response};
use doorward_http::desk_paths::login_leading_to;
use http::StatusCode;
use http::request::Parts;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{login_instead_of_form, wanted};
use crate::app_state::AppState;
use crate::error::{ApiError, Code};
use crate::extract::{SignedInCaller, check_csrf, signed_in};

/// Somebody who is signed in and looks at a page; nobody is led to the login page and back.
#[derive(Debug)]
pub(crate) struct PageCaller(pub SignedInCaller);

impl<S: Send + Sync> FromRequestParts<S> for PageCaller {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        match signed_in(parts) {
            Ok(Some(caller)) => Ok(Self(caller)),
            Ok(None) => Err(Redirect::to(&login_leading_to(wanted(&parts.uri))).into_response()),
            Err(error) => Err(error.into_response()),
        }
    }
}

/// A form sent by somebody who is signed in, from a page we gave them.
#[derive(Debug)]
pub(crate) struct SignedForm<T> {
    pub caller: SignedInCaller,
    pub form: T,
}

#[derive(Deserialize)]
struct WithCsrf<T> {
    #[serde(default)]
    csrf: String,
    #[serde(flatten)]
    form: T,
}

impl<S, T> FromRequest<S> for SignedForm<T>
where
    AppState: FromRef<S>,
    S: Send + Sync,
    T: DeserializeOwned,
{
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let caller = match signed_in(&mut parts) {
            Ok(Some(caller)) => caller,
            Ok(None) => return Err(Redirect::to(&login_instead_of_form(parts.uri.path())).into_response()),
            Err(error) => return Err(error.into_response()),
        };
        let form = PageForm::<WithCsrf<T>>::from_request(Request::from_parts(parts, body), state).await;
        let WithCsrf { csrf, form } = form.map_err(IntoResponse::into_response)?.0;
        check_csrf(&AppState::from_ref(state), &caller, &csrf).map_err(IntoResponse::into_response)?;
        Ok(Self { caller, form })
    }
}

/// A form of a page that anybody may send.
#[derive(Debug)]
pub(crate) struct PageForm<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for PageForm<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        match Form::<T>::from_request(request, state).await {
            Ok(Form(form)) => Ok(Self(form)),
            Err(FormRejection::InvalidFormContentType(_)) => Err(ApiError::with_detail(
                Code::UnsupportedMediaType,
                "This page takes a form (application/x-www-form-urlencoded).",
            )),
            Err(other) if other.status() == StatusCode::PAYLOAD_TOO_LARGE => Err(ApiError::too_large()),
            Err(_) => Err(ApiError::with_detail(Code::BadRequest, "The form could not be read.")),
        }
    }
}
