//! A real Dagster behind the door, asked past the door for what really happened.

use reqwest::Client;
use serde_json::{Value, json};

use super::prepared;

/// The Dagster that all tests of a run share; tests keep apart by the names they use.
#[derive(Debug, Clone)]
pub struct Dagster {
    /// Where it listens.
    pub url: String,
    client: Client,
}

impl Dagster {
    /// The one that `cargo xtask test` started.
    pub fn shared() -> Self {
        Self::at(&prepared("DOORWARD_TEST_DAGSTER"))
    }

    /// Any other.
    pub fn at(url: &str) -> Self {
        Self { url: url.to_owned(), client: Client::builder().no_proxy().build().expect("a client") }
    }

    /// What asks it directly.
    pub const fn client(&self) -> &Client {
        &self.client
    }

    /// Asks it directly.
    pub async fn graphql(&self, query: &str, variables: Value) -> Value {
        let body = json!({"query": query, "variables": variables});
        let answer =
            self.client.post(format!("{}/graphql", self.url)).json(&body).send().await.expect("Dagster answers");
        answer.json().await.expect("JSON")
    }

    /// Whether a mutation `setConcurrencyLimit(concurrencyKey: key, …)` was really executed: the proof that an attack got through.
    pub async fn executed(&self, key: &str) -> bool {
        let answer = self.graphql("{instance{concurrencyLimits{concurrencyKey}}}", json!({})).await;
        let limits = answer["data"]["instance"]["concurrencyLimits"]
            .as_array()
            .unwrap_or_else(|| panic!("no limits in {answer}"));
        limits.iter().any(|limit| limit["concurrencyKey"] == key)
    }

    /// The tags of a run.
    pub async fn tags(&self, run: &str) -> Vec<(String, String)> {
        let query = "query($id: ID!){runOrError(runId:$id){... on Run{tags{key value}}}}";
        let answer = self.graphql(query, json!({"id": run})).await;
        let tags = answer["data"]["runOrError"]["tags"].as_array().unwrap_or_else(|| panic!("no tags in {answer}"));
        tags.iter().map(|tag| (text(&tag["key"]), text(&tag["value"]))).collect()
    }

    /// The value of a run's `user` tag.
    pub async fn launched_by(&self, run: &str) -> Vec<String> {
        self.tags(run).await.into_iter().filter(|(key, _)| key == "user").map(|(_, value)| value).collect()
    }
}

fn text(value: &Value) -> String {
    value.as_str().expect("text").to_owned()
}

/// The job of the example project, as launch mutations name it.
pub fn maintenance_job() -> Value {
    json!({"repositoryName": "__repository__", "repositoryLocationName": "definitions.py", "jobName": "maintenance_job"})
}

/// A launch that answers with the run's id.
pub const LAUNCH: &str = "mutation Launch($params: ExecutionParams!) { launchRun(executionParams: $params) { __typename \
                          ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }";

/// A document that leaves a trace in Dagster when it is really executed.
pub fn limit_mutation(key: &str) -> String {
    format!("mutation {{ setConcurrencyLimit(concurrencyKey: \"{key}\", limit: 1) }}")
}
