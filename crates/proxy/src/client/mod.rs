//! The connections of clients: they are taken in, each is served until it ends, and no more of a head is read than there is room for.
//!
//! Must not know: what a request means ([`crate::request`]). Who a client is, as far as proxies say so, is [`crate::client_info`]; how long it
//! may wait [`crate::deadlines`]; and who makes way when there are too many [`crate::crowd`]. All of these requests need too.

pub(crate) mod accepting;

mod connection;
mod head_room;
mod io;
