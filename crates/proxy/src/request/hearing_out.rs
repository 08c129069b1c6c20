//! Hearing out a tool whose answer is kept back: nobody gets it, and the audit log has what came of the change.
//!
//! Whoever asked is answered meanwhile, and a door that stops waits for it as for what it answers: not for what has no end.
//!
//! Must not know: why it is kept back. Look next: [`super::record`].

use http::Method;
use http_body_util::BodyExt as _;
use std::rc::Rc;
use std::time::Duration;

use super::Record;
use super::answer_head::end_of;
use crate::Limits;
use crate::body::ReadAlong as _;
use crate::deadlines::{AnswerEnd, Deadlines, ENDLESS};
use crate::room::Holder;
use crate::upstream::{Answer, Content, Pool, StreamBody, UnderWay, Via};
use crate::worker::Worker;

/// For how long, where there is no limit to how long a tool may take.
const LONGEST: Duration = Duration::from_hours(1);
/// For how long a body is heard of whose head has come: others wait for the turn.
const BODY: Duration = Duration::from_mins(1);
/// The most of a body that is heard, in bytes.
const MOST: usize = 16 << 20;

/// What is left of an exchange.
pub(super) enum Rest {
    /// All of the answer to what was asked by this method, on a connection of this pool.
    Unanswered(UnderWay, Method, Rc<Pool>),
    /// Its body; its head is on record.
    Answer(Answer),
}

/// Has the record hear what is left, in no more time than a tool may take to say something.
pub(super) fn hear_out(worker: &Rc<Worker>, asked_by: Holder, mut record: Box<Record>, rest: Option<Rest>) {
    record.withheld();
    let rest = match rest {
        // Part of it was still to come from the client.
        Some(Rest::Unanswered(under_way, ..)) if !under_way.is_sent() => return,
        Some(Rest::Answer(Answer { content: Content::Stream(body), headers, status, is_early })) => {
            Rest::Answer(Answer { content: Content::Stream(body.apart()), headers, status, is_early })
        }
        Some(Rest::Answer(Answer { content: Content::Whole(answer), .. })) => {
            let _kept_back = record.pass_whole(answer);
            return;
        }
        Some(rest) => rest,
        None => return,
    };
    let Ok(turn) = worker.hearing_out.try_take(asked_by) else { return };
    let worker = Rc::clone(worker);
    tokio::task::spawn_local(async move {
        let limits = worker.shared.snapshot.load_full().limits.clone();
        let longest = if limits.answer_idle.is_zero() { LONGEST } else { limits.answer_idle };
        // What is not heard in time is dropped, and so on record as interrupted.
        let _in_time = tokio::time::timeout(longest, hear(&worker, &limits, record, rest)).await;
        drop(turn);
    });
}

async fn hear(worker: &Worker, limits: &Limits, mut record: Box<Record>, rest: Rest) {
    let Answer { content, headers, .. } = match rest {
        Rest::Answer(answer) => answer,
        Rest::Unanswered(under_way, method, pool) => {
            let deadlines = Rc::new(Deadlines::new(Rc::clone(&worker.ticker)));
            let via = Via { pool: &pool, deadlines: &deadlines, ticker: &worker.ticker, limits };
            let upgrades = under_way.upgrades();
            match under_way.answer(&method, &via).await {
                Ok(answer) => {
                    record.answered(answer.status);
                    if upgrades && !matches!(answer.content, Content::Switched(_)) {
                        record.opened_none();
                    }
                    answer
                }
                Err(trouble) => return record.unanswered(format!("the app {trouble}"), true),
            }
        }
    };
    match content {
        Content::Whole(answer) => drop(record.pass_whole(answer)),
        Content::Stream(body) => {
            let hearing = hear_body(worker, end_of(&headers), body, record);
            let _in_time = tokio::time::timeout(BODY, hearing).await;
        }
        Content::Switched(_) => drop(record.complete()),
    }
}

/// What has no end, or is very long, is on record as interrupted, and so is what a door that stops would wait for in vain.
async fn hear_body(worker: &Worker, ends: AnswerEnd, mut body: Box<StreamBody>, mut record: Box<Record>) {
    let mut heard = 0;
    while ends != AnswerEnd::Never && heard <= MOST {
        match tokio::time::timeout(ENDLESS, body.frame()).await {
            Err(_silent) if ends == AnswerEnd::Unsaid && worker.is_stopping.get() => return,
            Err(_silent) => {}
            Ok(None) => {
                let _nothing = record.complete();
                return;
            }
            Ok(Some(frame)) => match frame.map(http_body::Frame::into_data) {
                Ok(Ok(data)) => {
                    heard += data.len();
                    drop(record.pass(data));
                }
                Ok(Err(_trailers)) => {}
                Err(_broken) => return,
            },
        }
    }
}
