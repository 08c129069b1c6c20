//! What introspection answers, as far as it is compared.

use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

use crate::graphql::OperationKind;

/// A tool's schema.
#[derive(Debug)]
pub(super) struct Schema {
    roots: BTreeMap<&'static str, String>,
    fields: BTreeMap<String, BTreeMap<String, Field>>,
    inputs: BTreeMap<String, BTreeMap<String, TypeName>>,
    types: BTreeSet<String>,
    objects: BTreeSet<String>,
}

/// A field with arguments.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) arguments: BTreeMap<String, TypeName>,
    pub(super) result: TypeName,
}

/// The type at the bottom of lists and non-nulls.
#[derive(Debug)]
pub(super) struct TypeName {
    kind: String,
    pub(super) name: String,
}

impl TypeName {
    /// Whether it is a scalar or an enumeration.
    pub(super) fn is_leaf(&self) -> bool {
        self.kind == "SCALAR" || self.kind == "ENUM"
    }
}

impl Schema {
    /// Reads an answer.
    pub(super) fn parse(answer: &[u8]) -> Result<Self, serde_json::Error> {
        let schema = serde_json::from_slice::<Answer>(answer)?.data.schema;
        let mut roots = BTreeMap::new();
        for (kind, root) in [
            (OperationKind::Query, schema.query_type),
            (OperationKind::Mutation, schema.mutation_type),
            (OperationKind::Subscription, schema.subscription_type),
        ] {
            roots.extend(root.map(|root| (kind.as_str(), root.name)));
        }
        let mut read = Self {
            roots,
            fields: BTreeMap::new(),
            inputs: BTreeMap::new(),
            types: BTreeSet::new(),
            objects: BTreeSet::new(),
        };
        for own in schema.types {
            let fields = own.fields.unwrap_or_default().into_iter().map(|field| {
                let arguments = named(field.args);
                (field.name, Field { arguments, result: field.r#type.bottom() })
            });
            read.fields.insert(own.name.clone(), fields.collect());
            read.inputs.insert(own.name.clone(), named(own.input_fields.unwrap_or_default()));
            if own.kind == "OBJECT" {
                read.objects.insert(own.name.clone());
            }
            read.types.insert(own.name);
        }
        Ok(read)
    }

    /// The names of all root fields of a kind.
    pub(super) fn roots(&self, kind: OperationKind) -> impl Iterator<Item = &str> {
        self.root_fields(kind).into_iter().flat_map(|fields| fields.keys().map(String::as_str))
    }

    /// Whether there is a root field of that name.
    pub(super) fn has_root(&self, name: &str) -> bool {
        let kinds = [OperationKind::Query, OperationKind::Mutation, OperationKind::Subscription];
        kinds.into_iter().any(|kind| self.root(kind, name).is_some())
    }

    /// One root field.
    pub(super) fn root(&self, kind: OperationKind, name: &str) -> Option<&Field> {
        self.root_fields(kind)?.get(name)
    }

    fn root_fields(&self, kind: OperationKind) -> Option<&BTreeMap<String, Field>> {
        self.fields.get(self.roots.get(kind.as_str())?)
    }

    /// The fields of an input type.
    pub(super) fn input(&self, name: &str) -> Option<&BTreeMap<String, TypeName>> {
        self.inputs.get(name)
    }

    /// The names of all arguments and input fields.
    pub(super) fn argument_names(&self) -> BTreeSet<&str> {
        let arguments = self.fields.values().flat_map(BTreeMap::values).flat_map(|field| field.arguments.keys());
        arguments.chain(self.inputs.values().flat_map(BTreeMap::keys)).map(String::as_str).collect()
    }

    /// The names of all fields of results.
    pub(super) fn field_names(&self) -> BTreeSet<&str> {
        self.fields.values().flat_map(BTreeMap::keys).map(String::as_str).collect()
    }

    /// Every type with fields that a query may lead to, and its fields; introspection's own are left out.
    pub(super) fn results(&self) -> impl Iterator<Item = (&str, &BTreeMap<String, Field>)> {
        let roots = [OperationKind::Mutation, OperationKind::Subscription].map(|kind| self.roots.get(kind.as_str()));
        let results = self.fields.iter().filter(|(name, fields)| !fields.is_empty() && !name.starts_with("__"));
        results.filter(move |(name, _)| !roots.contains(&Some(*name))).map(|(name, fields)| (name.as_str(), fields))
    }

    /// Whether there is an object type of that name.
    pub(super) fn has_object(&self, name: &str) -> bool {
        self.objects.contains(name)
    }

    /// Whether there is a type of that name.
    pub(super) fn has_type(&self, name: &str) -> bool {
        self.types.contains(name)
    }
}

fn named(list: Vec<RawInput>) -> BTreeMap<String, TypeName> {
    list.into_iter().map(|input| (input.name, input.r#type.bottom())).collect()
}

#[derive(Deserialize)]
struct Answer {
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    #[serde(rename = "__schema")]
    schema: RawSchema,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawSchema {
    query_type: Option<RawRoot>,
    mutation_type: Option<RawRoot>,
    subscription_type: Option<RawRoot>,
    types: Vec<RawType>,
}

#[derive(Deserialize)]
struct RawRoot {
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawType {
    kind: String,
    name: String,
    fields: Option<Vec<RawField>>,
    input_fields: Option<Vec<RawInput>>,
}

#[derive(Deserialize)]
struct RawField {
    name: String,
    #[serde(default)]
    args: Vec<RawInput>,
    r#type: RawTypeName,
}

#[derive(Deserialize)]
struct RawInput {
    name: String,
    r#type: RawTypeName,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawTypeName {
    kind: String,
    name: Option<String>,
    of_type: Option<Box<Self>>,
}

impl RawTypeName {
    fn bottom(self) -> TypeName {
        match self.of_type {
            Some(inner) => inner.bottom(),
            None => TypeName { kind: self.kind, name: self.name.unwrap_or_default() },
        }
    }
}
