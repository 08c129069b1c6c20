//! nginx twice: as the upstream everybody talks to, and as the plain proxy we are measured against.

use std::ffi::OsStr;
use std::path::Path;
use std::time::Duration;

use super::{LOAD_CORE, PROXY_CORE};
use crate::failure::{Outcome, While};
use crate::process::{Companion, Recipe, free_port};
use crate::steps::read;
use crate::tools;

/// A running nginx.
#[derive(Debug)]
pub struct Nginx {
    _process: Companion,
    /// Where it listens on 127.0.0.1.
    pub port: u16,
}

/// Who is asking and for whom, as Doorward says it to every tool.
const IDENTITY: &str = "proxy_set_header Cookie \"\"; proxy_set_header X-Forwarded-For $remote_addr; \
    proxy_set_header X-Forwarded-Proto http; proxy_set_header X-Forwarded-Host $host; proxy_set_header Remote-User bench; \
    proxy_set_header Remote-Name bench; proxy_set_header Remote-Email bench; proxy_set_header Remote-Groups bench; \
    proxy_set_header X-Forwarded-User bench; proxy_set_header X-Forwarded-Email bench; \
    proxy_set_header X-Forwarded-Groups bench; proxy_set_header Doorward-Role admin;";

/// An answer of the size that a tool's API gives.
const ANSWER: &str = r#"{"data":{"version":"1.13.27","runs":["aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb","cccccccccccccccccccccccccccccccc"]}}"#;

impl Nginx {
    /// Answers every request from memory.
    pub fn upstream(folder: &Path) -> Outcome<Self> {
        let server = format!("location / {{ default_type application/json; return 200 '{ANSWER}'; }}");
        Self::start(folder, "upstream", LOAD_CORE, "", &server)
    }

    /// A plain `proxy_pass` with keep-alive and no auth at all.
    pub fn proxy(folder: &Path, upstream: u16) -> Outcome<Self> {
        Self::passing(folder, "proxy", upstream, "")
    }

    /// The same, with the headers that Doorward adds: what a tool's own reading of them costs.
    pub fn naming_proxy(folder: &Path, upstream: u16) -> Outcome<Self> {
        Self::passing(folder, "naming-proxy", upstream, IDENTITY)
    }

    fn passing(folder: &Path, name: &str, upstream: u16, headers: &str) -> Outcome<Self> {
        let pool =
            format!("upstream tool {{ server 127.0.0.1:{upstream}; keepalive 128; keepalive_requests 1000000; }}");
        let server = format!(
            "location / {{ proxy_pass http://tool; proxy_http_version 1.1; proxy_set_header Connection \"\"; \
             proxy_set_header Host $host; {headers} }}"
        );
        Self::start(folder, name, PROXY_CORE, &pool, &server)
    }

    fn start(folder: &Path, name: &str, core: usize, http: &str, server: &str) -> Outcome<Self> {
        let port = free_port()?;
        let folder = folder.join(format!("nginx-{name}"));
        std::fs::create_dir_all(&folder).during("making nginx's folder")?;
        let is_root = read(std::process::Command::new("id").arg("-u"))?.trim() == "0";
        let user = if is_root { "user root;" } else { "" };
        let shown = folder.display();
        let configuration = format!(
            "{user} worker_processes 1; daemon off; pid {shown}/pid; error_log {shown}/error.log;\n\
             events {{ worker_connections 4096; }}\n\
             http {{ access_log off; keepalive_requests 100000000; keepalive_timeout 600s;\n\
             client_body_temp_path {shown}/body; proxy_temp_path {shown}/proxy; fastcgi_temp_path {shown}/fastcgi;\n\
             uwsgi_temp_path {shown}/uwsgi; scgi_temp_path {shown}/scgi;\n\
             {http}\n\
             server {{ listen 127.0.0.1:{port} backlog=4096; {server} }} }}\n"
        );
        let file = folder.join("nginx.conf");
        std::fs::write(&file, configuration).during("writing nginx's configuration")?;
        let process = Companion::start(&Recipe {
            name: "nginx",
            command: &[
                tools::NGINX.ensure()?.as_os_str(),
                OsStr::new("-e"),
                folder.join("error.log").as_os_str(),
                OsStr::new("-p"),
                folder.as_os_str(),
                OsStr::new("-c"),
                file.as_os_str(),
            ],
            environment: &[],
            core: Some(core),
            folder: &folder,
            log: &folder.join("output.log"),
        })?;
        Ok(Self { _process: process.listening(port, Duration::from_secs(10))?, port })
    }
}
