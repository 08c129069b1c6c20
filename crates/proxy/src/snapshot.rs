//! What the door goes by: read from the configuration, and replaced as a whole when that is read again, so that no request is judged by
//! half of the old and half of the new.

use ipnet::IpNet;
use std::net::IpAddr;
use url::Url;

use crate::client_info::is_trusted;
use crate::{Limits, Sites};

/// Apps, limits and trusted proxies of one reading of the configuration. A request goes by one of them; what has begun and lasts is read
/// again by the next.
#[derive(Debug, Default)]
pub struct Snapshot {
    /// Which apps there are, and where. The desk, `explain` and the audit log know apps from here, too.
    pub sites: Sites,
    /// Whose `X-Forwarded-*` and `Forwarded` are believed.
    pub trusted_proxies: Vec<IpNet>,
    /// The configured address for people: pages of it are our own.
    pub public_url: Option<Url>,
    /// What anybody may ask. How long and how many headers may be holds for connections that come from then on.
    pub limits: Limits,
}

impl Snapshot {
    /// Whether what somebody there says about others is believed.
    pub(crate) fn is_trusted(&self, ip: IpAddr) -> bool {
        is_trusted(ip, &self.trusted_proxies)
    }
}
