//! For whoever manages: who can sign in, and who asks for access. What is rare is the command line's and the API's.

pub(super) mod access_requests;
pub(super) mod people;
