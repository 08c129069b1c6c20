//! It makes no difference to what is acted on where a value is written.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::acts_on;

/// A value, as a literal and as JSON.
#[derive(Debug, Clone)]
enum Written {
    Null,
    Text(String),
    Number(i32),
    Truth(bool),
    List(Vec<Written>),
    Object(Vec<(&'static str, Written)>),
}

impl Written {
    fn json(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Text(text) => json!(text),
            Self::Number(number) => json!(number),
            Self::Truth(truth) => json!(truth),
            Self::List(items) => items.iter().map(Self::json).collect(),
            Self::Object(members) => {
                members.iter().map(|(name, value)| ((*name).to_owned(), value.json())).collect::<Map<_, _>>().into()
            }
        }
    }

    /// With every value, at its turn, as a variable instead if the choice says so.
    fn literal(&self, choices: &mut impl Iterator<Item = bool>, variables: &mut Map<String, Value>) -> String {
        if choices.next().unwrap_or_default() {
            let name = format!("v{}", variables.len());
            variables.insert(name.clone(), self.json());
            return format!("${name}");
        }
        match self {
            Self::List(items) => {
                let items = items.iter().map(|item| item.literal(choices, variables));
                format!("[{}]", items.collect::<Vec<_>>().join(" "))
            }
            Self::Object(members) => {
                let members =
                    members.iter().map(|(name, value)| format!("{name}:{}", value.literal(choices, variables)));
                format!("{{{}}}", members.collect::<Vec<_>>().join(" "))
            }
            plain => plain.json().to_string(),
        }
    }
}

fn scalar() -> impl Strategy<Value = Written> {
    prop_oneof![
        6 => "[ab/%@]{0,3}".prop_map(Written::Text),
        1 => (-2..20).prop_map(Written::Number),
        1 => Just(Written::Null),
        1 => any::<bool>().prop_map(Written::Truth),
    ]
}

fn value() -> impl Strategy<Value = Written> {
    let names = [
        "repositoryLocationName",
        "repositoryName",
        "jobName",
        "pipelineName",
        "runId",
        "path",
        "assetKey",
        "assetSelection",
        "assetCheckSelection",
        "repositorySelector",
        "selector",
        "name",
        "logKey",
        "runConfigData",
        "partitionsDefName",
    ];
    scalar().prop_recursive(4, 24, 4, move |inner| {
        let members = prop::collection::btree_map(prop::sample::select(names.to_vec()), inner.clone(), 0..5);
        prop_oneof![
            1 => prop::collection::vec(inner, 0..3).prop_map(Written::List),
            3 => members.prop_map(|members| Written::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn literals_and_variables_name_the_same(
        value in value(),
        choices in prop::collection::vec(prop::bool::weighted(0.3), 64),
        (argument, defaults) in (prop::sample::select(vec!["executionParams", "selector", "assetKey", "runId"]), any::<bool>()),
    ) {
        let document = |definitions: &str, literal: &str| format!("mutation{definitions}{{launchRun({argument}:{literal}){{__typename}}}}");
        let plain = acts_on(&document("", &value.literal(&mut std::iter::empty(), &mut Map::new())), &json!({}));
        let mut variables = Map::new();
        let literal = value.literal(&mut choices.into_iter(), &mut variables);
        let define = |(name, value): (&String, &Value)| {
            // A default may not be `null` everywhere, but it comes to the same.
            let literal = of_json(value).literal(&mut std::iter::empty(), &mut Map::new());
            if defaults { format!("${name}:X={literal}") } else { format!("${name}:X") }
        };
        let definitions = variables.iter().map(define).collect::<Vec<_>>().join(" ");
        let definitions = if variables.is_empty() { String::new() } else { format!("({definitions})") };
        let given = if defaults { json!({}) } else { Value::Object(variables.clone()) };
        prop_assert_eq!(acts_on(&document(&definitions, &literal), &given), plain, "{}", literal);
    }
}

fn of_json(value: &Value) -> Written {
    match value {
        Value::Null => Written::Null,
        Value::Bool(truth) => Written::Truth(*truth),
        Value::Number(number) => {
            Written::Number(number.as_i64().and_then(|number| i32::try_from(number).ok()).unwrap())
        }
        Value::String(text) => Written::Text(text.clone()),
        Value::Array(items) => Written::List(items.iter().map(of_json).collect()),
        Value::Object(members) => {
            Written::Object(members.iter().map(|(name, value)| (&*name.clone().leak(), of_json(value))).collect())
        }
    }
}
