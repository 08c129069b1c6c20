//! One question to the tool, by the way that requests go: our own words, nothing of the client's, no credentials.

use bytes::{Bytes, BytesMut};
use doorward_domain::Resource;
use doorward_profile::{Envelope, Told};
use http::header::{CONTENT_ENCODING, HeaderMap};
use http::{Method, StatusCode};
use http_body_util::BodyExt as _;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use crate::deadlines::Deadlines;
use crate::headers::write_header;
use crate::site::Site;
use crate::upstream::{Answer, Call, Content, MaySend, Payload, UpstreamError, Via, exchange};
use crate::worker::Worker;

/// The longest answer, in bytes.
const LONGEST: usize = 1 << 20;
/// The longest answer about all there is.
const LONGEST_OF_ALL: usize = 8 << 20;

/// Why the tool did not tell.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotTold {
    #[error("it {0}")]
    Tool(#[from] UpstreamError),
    #[error("it answered {0}")]
    Status(StatusCode),
    #[error("its answer is longer than {0} bytes")]
    TooLong(usize),
    #[error("its answer cannot be read")]
    Unreadable,
    #[error("it takes too long to say what it has")]
    TooSlow,
}

impl NotTold {
    /// Whether nobody listens there.
    pub(super) fn is_away(&self) -> bool {
        matches!(self, Self::Tool(UpstreamError::Refused(_) | UpstreamError::ConnectTimeout))
    }
}

/// What the tool tells of each of these, in their order.
pub(super) async fn ask(
    worker: &Rc<Worker>,
    site: &Arc<Site>,
    asks: &[Resource],
) -> Result<Vec<Option<Arc<Told>>>, NotTold> {
    let profile = &site.app.profile;
    let envelope = profile.question(asks).map_err(|_| NotTold::Unreadable)?;
    let body = said(worker, site, envelope, LONGEST).await?;
    profile.answers(asks, &body).map_err(|_| NotTold::Unreadable)
}

/// What the tool tells of which thing is in which, as it says it.
pub(super) async fn ask_contents(worker: &Rc<Worker>, site: &Arc<Site>, envelope: Envelope) -> Result<Bytes, NotTold> {
    said(worker, site, envelope, LONGEST_OF_ALL).await
}

/// The answer to a question.
async fn said(worker: &Rc<Worker>, site: &Arc<Site>, envelope: Envelope, longest: usize) -> Result<Bytes, NotTold> {
    let path = [site.app.prefix.as_str(), &envelope.path_and_query].concat();
    let answer = send(worker, site, &path, envelope.body).await?;
    if answer.status != StatusCode::OK {
        return Err(NotTold::Status(answer.status));
    }
    if !is_plain(&answer.headers) {
        return Err(NotTold::Unreadable);
    }
    collect(answer.content, longest).await
}

/// What the profile asks the tool by, in the door's own words: it only looks.
struct OwnQuestion;

impl MaySend for OwnQuestion {}

async fn send(worker: &Rc<Worker>, site: &Site, path: &str, body: Bytes) -> Result<Answer, UpstreamError> {
    // Nobody's connection: whoever waits has a deadline of their own.
    let deadlines = Rc::new(Deadlines::new(Rc::clone(&worker.ticker)));
    let (pool, snapshot) = (worker.pool(&site.upstream), worker.shared.snapshot.load_full());
    let via = Via { pool: &pool, deadlines: &deadlines, ticker: &worker.ticker, limits: &snapshot.limits };
    let host = site.upstream.authority();
    let write_head = |out: &mut BytesMut| {
        out.extend_from_slice(b"POST ");
        out.extend_from_slice(path.as_bytes());
        out.extend_from_slice(b" HTTP/1.1\r\n");
        write_header(out, b"host", host.as_bytes());
        out.extend_from_slice(
            b"accept: application/json\r\naccept-encoding: identity\r\ncontent-type: application/json\r\n",
        );
    };
    let call = Call {
        _proof: &OwnQuestion,
        method: &Method::POST,
        write_head: &write_head,
        repeatable: true,
        is_last: false,
        upgrades: false,
        // Nothing is changed by it.
        is_told: &Cell::default(),
        under_way: &RefCell::default(),
    };
    exchange(&via, &call, &mut Payload::Whole(body)).await
}

fn is_plain(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_ENCODING).is_none_or(|encoding| encoding.as_bytes().eq_ignore_ascii_case(b"identity"))
}

async fn collect(content: Content, longest: usize) -> Result<Bytes, NotTold> {
    let mut body = match content {
        Content::Whole(bytes) => return Ok(bytes),
        Content::Stream(body) => body,
        Content::Switched(_) => return Err(NotTold::Unreadable),
    };
    let mut all = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame?.into_data() else { continue };
        if all.len() + data.len() > longest {
            return Err(NotTold::TooLong(longest));
        }
        all.extend_from_slice(&data);
    }
    Ok(all.freeze())
}
