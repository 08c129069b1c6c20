//! A request for our own pages and interface, passed to the desk whole.

use doorward_profile::Misread;
use doorward_service::network;
use http::{Request, Response};

use super::head::Head;
use super::{ConnectionContext, Rejection, contested, remembered};
use crate::body::AnswerBody;
use crate::room::Holder;
use crate::upstream::ClientBody;

/// Has the desk answer.
pub(super) async fn to_desk(
    context: &ConnectionContext,
    head: &Head<'_>,
    body: Option<Box<ClientBody>>,
) -> Result<Response<AnswerBody>, Rejection> {
    let Head { parts, client_info, path } = head;
    let shared = &context.worker.shared;
    context.worker.is_of(&context.deadlines, remembered::remembered(shared, parts, client_info));
    // Under the same deadlines as any other body: the desk cannot be kept waiting for it.
    let whose = Holder::Network(network(client_info.ip));
    let limit = shared.desk.body_limit(path.as_str());
    let (body, _place) = match body {
        Some(body) => body.collect(limit, &shared.large.desk_room, whose, |length| length).await?,
        None => Default::default(),
    };
    let mut request = Request::new(body);
    *request.method_mut() = parts.method.clone();
    *request.headers_mut() = parts.headers.clone();
    let query = parts.uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    *request.uri_mut() = format!("{}{query}", path.as_str())
        .parse()
        .map_err(|_| Misread::new("ambiguous_path", "The path cannot be read."))?;
    let client = client_info.client();
    request.extensions_mut().insert(client.clone());
    let answering = shared.control.spawn(shared.desk.call(request, client));
    let mut response = answering.await.map_err(|_| Rejection::StoreUnavailable)?.map(AnswerBody::desk);
    contested::add(response.headers_mut(), contested::taken_back(parts, client_info));
    Ok(response)
}
