//! Our own form of a request: the one thing the tool gets to see.

use http::Method;

use super::{json::quoted, prepared::Prepared, request::Request};
use crate::{Envelope, Misread};

impl Request {
    /// One `POST` with a JSON body that no two readers read differently; with `attribution`, launched runs carry that name.
    pub(crate) fn own_envelope(&self, attribution: Option<&str>) -> Result<Envelope, Misread> {
        let mut path_and_query = self.rules.path.clone();
        if let Some(op) = &self.op {
            path_and_query.push_str("?op=");
            path_and_query.push_str(op);
        }
        let body = self.body("operationName", attribution)?;
        Ok(Envelope { method: Method::POST, path_and_query, body: body.into() })
    }

    /// The JSON object with document, variables and operation name; `name_key` is the key of the latter.
    pub(super) fn body(&self, name_key: &str, attribution: Option<&str>) -> Result<String, Misread> {
        let signed = attribution.map(|user| self.sign(user)).transpose()?;
        let (document, variables) = signed.map_or((None, None), |signed| (signed.document, signed.variables));
        let edited = document.map(|text| self.reread(&text)).transpose()?;
        let query = edited.as_deref().unwrap_or(&self.prepared.literal);
        let variables =
            variables.as_deref().or_else(|| self.variables.object().map(super::json::Value::raw)).unwrap_or("{}");
        let name = self.operation_name.as_deref().map_or_else(|| "null".to_owned(), quoted);
        let mut body = String::with_capacity(query.len() + variables.len() + name.len() + 48);
        for part in ["{\"", name_key, "\":", &name, ",\"variables\":", variables, ",\"query\":", query, "}"] {
            body.push_str(part);
        }
        Ok(body)
    }

    /// An edited document must still be one, and still do the same.
    fn reread(&self, text: &str) -> Result<String, Misread> {
        let again = Prepared::edited(&self.rules, text, self.operation_name.as_deref())?;
        if again.does_the_same_as(&self.prepared) {
            Ok(again.literal)
        } else {
            Err(Misread::new("attribution_ambiguous", "The run's tags cannot be signed with your name."))
        }
    }
}
