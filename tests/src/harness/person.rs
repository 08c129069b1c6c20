//! Somebody before the door: with a cookie or without.

use reqwest::{Client, Method, RequestBuilder, Response, header, redirect};
use serde_json::{Value, json};

use super::door::{Door, PASSWORD, credentials};

/// A browser or program before a door.
#[derive(Debug, Clone)]
pub struct Person {
    client: Client,
    base: String,
    /// `name=value`; empty for a stranger.
    pub cookie: String,
    /// What writes to the API need beside the cookie.
    pub csrf: String,
    /// For programs that send no cookie.
    pub bearer: String,
}

impl Person {
    /// Nobody in particular.
    pub fn stranger(door: &Door) -> Self {
        let client = Client::builder().redirect(redirect::Policy::none()).no_proxy().build().expect("a client");
        Self { client, base: door.url(""), cookie: String::new(), csrf: String::new(), bearer: String::new() }
    }

    /// The same person, with what they have, before another door. Two that are told apart by their port alone call their cookies by it.
    #[must_use]
    pub fn before(self, door: &Door) -> Self {
        let (_, value) = self.cookie.split_once('=').expect("a cookie");
        Self { base: door.url(""), cookie: format!("doorward-{}={value}", door.port), ..self }
    }

    /// Signs in through the API.
    pub async fn sign_in(door: &Door, name: &str, password: &str) -> Self {
        let mut person = Self::stranger(door);
        let answer = person.api(Method::POST, "auth/login", &credentials(name, password)).await;
        let status = answer.status();
        let cookie = answer.headers().get(header::SET_COOKIE).map(|value| value.to_str().expect("ASCII").to_owned());
        let body = text(answer).await;
        assert_eq!(status, 200, "{name} could not sign in: {body}");
        let body: Value = serde_json::from_str(&body).expect("JSON");
        cookie.expect("a cookie").split(';').next().expect("a value").clone_into(&mut person.cookie);
        body["csrf_token"].as_str().expect("a CSRF token").clone_into(&mut person.csrf);
        body["token"].as_str().expect("a token").clone_into(&mut person.bearer);
        person
    }

    /// A request with the person's cookie; add to it what the test is about.
    pub fn ask(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.base));
        if self.cookie.is_empty() { request } else { request.header(header::COOKIE, &self.cookie) }
    }

    /// A GET as a script makes it.
    pub async fn get(&self, path: &str) -> Response {
        self.ask(Method::GET, path).send().await.expect("an answer")
    }

    /// A GET as a browser makes it that goes to a page.
    pub async fn visit(&self, path: &str) -> Response {
        let request =
            self.ask(Method::GET, path).header("Sec-Fetch-Mode", "navigate").header("Sec-Fetch-Dest", "document");
        request.header(header::ACCEPT, "text/html,application/xhtml+xml").send().await.expect("an answer")
    }

    /// A call to Doorward's API.
    pub async fn api(&self, method: Method, path: &str, body: &Value) -> Response {
        let request = self.ask(method, &format!("/_doorward/api/v1/{path}")).header("X-CSRF-Token", &self.csrf);
        if body.is_null() { request } else { request.json(body) }.send().await.expect("an answer")
    }

    /// A call to Doorward's API that must work.
    pub async fn api_done(&self, method: Method, path: &str, body: &Value) -> Value {
        let answer = self.api(method.clone(), path, body).await;
        let status = answer.status();
        let said = text(answer).await;
        assert!(status.is_success(), "{method} {path}: {status} {said}");
        if said.is_empty() { Value::Null } else { serde_json::from_str(&said).expect("JSON") }
    }

    /// Makes a user (for administrators): the user.
    pub async fn make_user(&self, name: &str, role: &str) -> Value {
        let body = json!({"username": name, "password": PASSWORD, "role": role});
        self.api_done(Method::POST, "users", &body).await
    }

    /// A GraphQL operation as Dagster's pages send it.
    pub async fn graphql(&self, query: &str, variables: Value) -> Response {
        let body = json!({"operationName": null, "variables": variables, "query": query});
        self.ask(Method::POST, "/graphql").json(&body).send().await.expect("an answer")
    }

    /// A GraphQL operation whose answer is JSON.
    pub async fn graphql_json(&self, query: &str, variables: Value) -> Value {
        let said = text(self.graphql(query, variables).await).await;
        serde_json::from_str(&said).unwrap_or_else(|error| panic!("not JSON ({error}): {said}"))
    }
}

/// The body as text.
pub async fn text(answer: Response) -> String {
    answer.text().await.expect("a body to its end")
}

/// The body as JSON.
pub async fn json_of(answer: Response) -> Value {
    let said = text(answer).await;
    serde_json::from_str(&said).unwrap_or_else(|error| panic!("not JSON ({error}): {said}"))
}

/// A header as text; empty when it is not there.
pub fn head<'a>(answer: &'a Response, name: &str) -> &'a str {
    answer.headers().get(name).map_or("", |value| value.to_str().expect("ASCII"))
}
