//! Reaching out: identity providers, directories, mail servers, webhook receivers.
//!
//! An empty room today: OIDC, LDAP, SMTP and webhook delivery move in here as implementations of ports of `doorward-service`.
//!
//! Architecture invariant: never imports `store`, `proxy` or `web`.
