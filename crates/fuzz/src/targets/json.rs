//! JSON bodies that rules look into: what is sent means to another reader what it meant to us, in whatever spelling.

use bytes::Bytes;
use doorward_profile::{CanonicalPath, HeadReading, Misread, Profile, RequestHead, Understood};
use http::{HeaderMap, HeaderValue, Method, header};
use serde_json::Value;
use std::sync::LazyLock;

const RULES: &str = r#"
profile: jobs
rules:
  - {match: "POST /jobs", action: edit, name: change, resource: "job:{/job}"}
  - {match: "POST /jobs", when: {json: {/op: list}}, action: view, name: list}
  - {match: "POST /jobs", when: {json: {/op: delete, /sure: true}}, action: manage, name: delete, resource: "job:{/job}"}
"#;

static JOBS: LazyLock<Option<Profile>> = LazyLock::new(|| Profile::from_yaml(RULES).ok());

/// The first byte says how the body is coded, the rest is the body.
pub fn read(data: &[u8]) {
    let Some((coding, body)) = data.split_first() else { return };
    let coding = [None, Some("gzip"), Some("deflate")].get(usize::from(coding % 3)).copied().flatten();
    let Ok(understood) = understand(body, coding) else { return };
    let Ok(envelope) = understood.envelope(None) else { panic!("understood, and nothing can be sent") };
    let Ok(other) = serde_json::from_slice::<Value>(&envelope.body) else {
        // It is JSON all the same: a number may be more than this reader holds.
        assert!(
            serde_json::from_slice::<&serde_json::value::RawValue>(&envelope.body).is_ok(),
            "what is sent is no JSON"
        );
        return;
    };
    let Some(operation) = understood.intent().operations.first() else { panic!("understood, but nothing") };
    let says = |key: &str| other.get(key).and_then(Value::as_str);
    let expected = match (says("op"), other.get("sure").and_then(Value::as_bool)) {
        (Some("list"), _) => "list",
        (Some("delete"), Some(true)) => "delete",
        _ => "change",
    };
    assert_eq!(operation.rule.as_str(), expected, "another reader sees another request");
    if let (Some(job), "delete" | "change") = (says("job").filter(|job| !job.is_empty()), expected) {
        let named: Vec<String> = understood.intent().resources.iter().map(ToString::to_string).collect();
        assert_eq!(named, [format!("job:{job}")], "another reader sees another job");
    }
    let Ok(again) = understand(&envelope.body, None) else { panic!("what is sent is not understood again") };
    assert_eq!(again.intent(), understood.intent(), "what is sent means something else");
}

fn understand(body: &[u8], coding: Option<&'static str>) -> Result<Understood, Misread> {
    let Some(jobs) = &*JOBS else { panic!("the profile cannot be read") };
    let path = CanonicalPath::parse("/jobs")?;
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.extend(coding.map(|coding| (header::CONTENT_ENCODING, HeaderValue::from_static(coding))));
    let head = RequestHead { method: &Method::POST, path: &path, query: None, headers: &headers };
    match jobs.read_head(&head)? {
        HeadReading::NeedsBody { .. } => jobs.read_body(&head, Bytes::copy_from_slice(body)),
        other => panic!("it was understood without its body: {other:?}"),
    }
}
