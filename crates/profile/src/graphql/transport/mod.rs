//! How a GraphQL request comes over HTTP: which part of it is the request at all.
//!
//! The tool's own reader looks for words inside header values, ignores bodies, and takes the last of two equal keys. Another reader
//! (a browser, a proxy, a person) may see something else in the same bytes. Where both readings agree, that is the request;
//! where they do not, it is refused.

mod url;

pub use url::Parameters;

use http::{HeaderMap, Method, header};

use crate::{Misread, RequestHead, content};

/// Where the GraphQL request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The tool's page for trying queries; nothing is executed.
    Page,
    /// A WebSocket is opened.
    Socket,
    /// In the body, as a JSON object.
    Json,
    /// In the body, as the document alone.
    Document,
    /// In the URL's query; the body must be empty.
    Url,
}

/// Says where the request is, from its head.
pub fn form(head: &RequestHead<'_>) -> Result<Form, Misread> {
    match *head.method {
        Method::GET if opens_socket(head.headers) => socket(head),
        Method::GET => page_or_query(head.headers),
        Method::POST => posted(head.headers),
        _ => Err(Misread::new("method_not_understood", "GraphQL is served for GET and POST only.")),
    }
}

fn opens_socket(headers: &HeaderMap) -> bool {
    let names = |value: &http::HeaderValue| {
        value
            .to_str()
            .is_ok_and(|value| value.split(',').any(|protocol| protocol.trim().eq_ignore_ascii_case("websocket")))
    };
    headers.get_all(header::UPGRADE).iter().any(names)
}

/// A tool that does not take up the upgrade answers the very same request as a GET: then its URL must ask for nothing.
fn socket(head: &RequestHead<'_>) -> Result<Form, Misread> {
    match head.query {
        None | Some("") => Ok(Form::Socket),
        Some(_) => Err(Misread::new("ambiguous_request", "A WebSocket is opened without a URL query.")),
    }
}

fn page_or_query(headers: &HeaderMap) -> Result<Form, Misread> {
    let ambiguous = || {
        Misread::new("ambiguous_request", "The Accept header can be read in two ways: as for a page or for a query.")
    };
    let mut values = headers.get_all(header::ACCEPT).iter();
    let wants_page =
        |value: &http::HeaderValue| value.to_str().map(|v| v.contains("text/html")).map_err(|_| ambiguous());
    let Some(first) = values.next() else { return Ok(Form::Url) };
    let page = wants_page(first)?;
    for other in values {
        if wants_page(other)? != page {
            return Err(ambiguous());
        }
    }
    Ok(if page { Form::Page } else { Form::Url })
}

fn posted(headers: &HeaderMap) -> Result<Form, Misread> {
    let ambiguous =
        |why: &str| Misread::new("ambiguous_content_type", format!("The Content-Type can be read in two ways: {why}."));
    let mut values = headers.get_all(header::CONTENT_TYPE).iter();
    let Some(value) = values.next() else { return Ok(Form::Url) };
    if values.next().is_some() {
        return Err(ambiguous("there is more than one"));
    }
    let value = value.to_str().map_err(|_| ambiguous("it holds strange characters"))?;
    if value == "application/json" {
        // As nearly all are.
        return Ok(Form::Json);
    }
    let tool = if value.contains("application/json") {
        Form::Json
    } else if value.contains("application/graphql") {
        Form::Document
    } else {
        Form::Url
    };
    let essence = content::essence(value);
    let standard = if essence.eq_ignore_ascii_case("application/json") {
        Form::Json
    } else if essence.eq_ignore_ascii_case("application/graphql") {
        Form::Document
    } else {
        Form::Url
    };
    if tool != standard {
        return Err(ambiguous("the app and the standard disagree about it"));
    }
    if tool == Form::Url { Ok(tool) } else { content::only_utf8(value).map(|()| tool) }
}

/// Refuses a URL query beside a body that is the request: two requests in one.
pub fn nothing_in_url(parameters: &Parameters<'_>) -> Result<(), Misread> {
    match ["query", "variables", "operationName", "extensions"].iter().find(|key| parameters.get(key).is_some()) {
        Some(key) => {
            Err(Misread::new("ambiguous_request", format!("There is a request in the body and “{key}” in the URL.")))
        }
        None => Ok(()),
    }
}
