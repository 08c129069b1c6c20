//! Reading GraphQL.
