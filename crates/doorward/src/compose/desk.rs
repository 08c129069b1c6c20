//! The desk as the door sees it: the pages and API of `doorward-web`, which knows nothing of doors.

use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use doorward_domain::Principal;
use doorward_proxy::{Denial, Desk, DeskAnswer, DeskBody, FormPassedOn, Page};
use doorward_service::Client;
use doorward_service::ports::Clock;
use doorward_web::DeskConfig;
use doorward_web::pages::{self, AskFor, DeniedPage, MaybeDonePage};
use http::header::CONTENT_TYPE;
use http::{Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use std::sync::Arc;
use tower::ServiceExt as _;

/// The desk behind the door.
pub struct WebDesk {
    router: Router,
    config: DeskConfig,
    clock: Arc<dyn Clock>,
    menu: String,
    /// What signs the forms on the door's pages; `None` where the desk has a host of its own, and forms stand there only.
    csrf_key: Option<[u8; 32]>,
}

impl WebDesk {
    /// Takes the router in.
    pub fn new(router: Router, config: DeskConfig, clock: Arc<dyn Clock>, csrf_key: Option<[u8; 32]>) -> Self {
        Self { router, config, clock, menu: doorward_web::menu_script(), csrf_key }
    }
}

impl WebDesk {
    /// How Doorward's command is called on a page for them. Where the desk has a host of its own, the machine is nothing for a page that the
    /// tool shares its origin with.
    fn command_for(&self, who: Option<&Principal>) -> &str {
        who.filter(|_| self.csrf_key.is_some()).map_or("doorward", |who| self.config.command_for(who, self.clock.now()))
    }
}

impl Desk for WebDesk {
    fn call(&self, mut request: Request<Bytes>, client: Client) -> DeskAnswer {
        request.extensions_mut().insert(client);
        let answer = self.router.clone().oneshot(request.map(Body::from));
        Box::pin(async move {
            let Ok(answer) = answer.await;
            answer.map(|body| DeskBody::new(body.map_err(Into::into)))
        })
    }

    fn body_limit(&self, path: &str) -> usize {
        doorward_web::body_limit(path)
    }

    fn menu_script(&self) -> Option<&str> {
        Some(&self.menu)
    }

    fn denied(&self, denial: &Denial<'_>) -> Page {
        page(pages::denied_response(&DeniedPage {
            sentence: denial.sentence,
            held: denial.held,
            on_parts: denial.on_parts,
            denied_by: denial.denied_by,
            ended: denial.ended,
            required_role: denial.required_role,
            decision_id: denial.decision_id,
            username: denial.username,
            app_title: denial.app_title,
            command: self.command_for(denial.who),
            contact: &self.config.contact,
            asked: denial.asked,
            // Where the desk has a host of its own, signing out happens there, and a path means nothing.
            wanted: denial.wanted.filter(|_| self.csrf_key.is_some()),
            asking: denial.asking.map(|(what, session)| AskFor::new(what, self.csrf_key.as_ref(), session)),
        }))
    }

    fn starting(&self, title: &str, sentence: &str) -> Page {
        page(pages::starting_response(title, sentence))
    }

    fn unsent(&self, login: &str, back: Option<&str>) -> Page {
        page(pages::unsent_response(login, back, &self.config.contact))
    }

    fn trouble(&self, status: StatusCode, title: &str, sentence: &str, may_try_again: bool) -> Page {
        page(pages::trouble_response(status, title, sentence, may_try_again, &self.config.contact))
    }

    fn maybe_done(&self, form: &FormPassedOn<'_>) -> Page {
        let shown = MaybeDonePage {
            status: form.status,
            title: form.title,
            sentence: form.sentence,
            decision_id: form.decision_id,
            command: self.command_for(form.who),
            app_title: form.app_title,
            onward: form.onward,
            is_signed_out: form.is_signed_out,
        };
        page(pages::maybe_done_response(&shown, &self.config.contact))
    }
}

fn page(response: Response<String>) -> Page {
    let (parts, html) = response.into_parts();
    let named = parts.headers.iter().filter(|(name, _)| **name != CONTENT_TYPE);
    Page { html, headers: named.map(|(name, value)| (name.clone(), value.clone())).collect() }
}
