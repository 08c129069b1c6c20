//! From the text of a request to what it asks.

use std::sync::Arc;

use super::{
    arguments::Variables,
    document::parse,
    document_cache::DocumentCache,
    json::{Kind, Tree, Value, quoted, read_strictly},
    prepared::Prepared,
    request::Request,
    rules::Rules,
    transport::Parameters,
};
use crate::Misread;

/// Levels of JSON: the user's own configuration may nest in it.
pub const JSON_DEPTH: usize = 128;

/// Reads the text of requests.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'r> {
    /// The dialect.
    pub rules: &'r Arc<Rules>,
    /// Documents read before.
    pub cache: &'r DocumentCache,
}

/// A strictly read JSON text.
pub fn tree(text: String, what: &str) -> Result<Tree, Misread> {
    read_strictly(JSON_DEPTH, text, what)
}

impl Reader<'_> {
    /// Reads a request that is a JSON object `{query, variables, operationName}`, at a place of a tree. Other members are left out of
    /// what the tool gets.
    pub fn object(self, tree: Tree, place: usize) -> Result<Request, Misread> {
        let Some(object) = tree.value(place).filter(|value| value.kind() == Kind::Object) else {
            return Err(Misread::new(
                "bad_request",
                "A GraphQL request is one JSON object; several at once are not understood.",
            ));
        };
        let query = match object.get("query") {
            Some(query) if query.kind() == Kind::String => query,
            Some(_) => return Err(Misread::new("bad_request", "The GraphQL query must be a string.")),
            None => return Err(no_query(object)),
        };
        // A letter takes six bytes at most (`\u0041`): what is longer cannot be within the limit, and is not worth a copy.
        if query.raw().len() > 6 * self.rules.limits.document + 2 {
            return Err(parse::too_long(&self.rules.limits));
        }
        let name = match object.get("operationName") {
            None => None,
            Some(name) if name.kind() == Kind::Null => None,
            Some(name) => {
                Some(name.as_str().ok_or_else(|| Misread::new("bad_request", "The operationName must be a string."))?)
            }
        };
        let prepared =
            self.prepared(query.raw(), || query.as_str().unwrap_or_default().into_owned(), name.as_deref())?;
        let name = name.map(|name| Box::from(&*name));
        let variables = match object.get("variables") {
            None => Variables::default(),
            Some(value) => match value.kind() {
                Kind::Null => Variables::default(),
                Kind::String => variables_in_string(&value.as_str().unwrap_or_default())?,
                _ => {
                    let place = value.index();
                    Variables::new(tree, place)?
                }
            },
        };
        Ok(Request::new(self.rules, prepared, variables, name))
    }

    /// Reads a request that is a document and nothing else.
    pub fn document(self, text: &str) -> Result<Request, Misread> {
        let prepared = self.prepared(&quoted(text), || text.to_owned(), None)?;
        Ok(Request::new(self.rules, prepared, Variables::default(), None))
    }

    /// Reads a request from a URL.
    pub fn url(self, parameters: &Parameters<'_>) -> Result<Request, Misread> {
        let query = parameters
            .get("query")
            .ok_or_else(|| Misread::new("no_query", "There is no GraphQL query in the request."))?;
        let name = parameters.get("operationName");
        let prepared = self.prepared(&quoted(query), || query.to_owned(), name)?;
        let variables = parameters.get("variables").map_or_else(|| Ok(Variables::default()), variables_in_string)?;
        Ok(Request::new(self.rules, prepared, variables, name.map(Box::from)))
    }

    /// A document by its text as a JSON string, read now or before.
    fn prepared(
        self,
        literal: &str,
        text: impl FnOnce() -> String,
        name: Option<&str>,
    ) -> Result<Arc<Prepared>, Misread> {
        if let Some(known) = self.cache.recall(literal, name) {
            return Ok(known);
        }
        let prepared = Arc::new(Prepared::new(self.rules, &text(), name)?);
        self.cache.keep(literal, name, &prepared);
        Ok(prepared)
    }
}

fn no_query(object: Value<'_>) -> Misread {
    if object.get("extensions").is_some_and(|extensions| extensions.get("persistedQuery").is_some()) {
        return Misread::new("persisted_query", "Persisted queries are not understood: send the query itself.");
    }
    Misread::new("no_query", "There is no GraphQL query in the request.")
}

/// Variables may come as a string of JSON. They are sent on inside our envelope, one level deeper, where they must still be readable.
fn variables_in_string(text: &str) -> Result<Variables, Misread> {
    let tree = read_strictly(JSON_DEPTH - 1, text.to_owned(), "The text of the GraphQL variables")?;
    if tree.root().is_some_and(|root| root.kind() == Kind::Null) {
        return Ok(Variables::default());
    }
    Variables::new(tree, 0)
}
