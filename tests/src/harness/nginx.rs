//! A real nginx before the door, as the documents say it is set up.

use std::path::Path;
use std::process::Command;
use std::time::Duration;
use tempfile::TempDir;

use super::door::Door;
use super::eventually;
use super::port::free_port;
use super::process::Process;

/// A running nginx.
#[derive(Debug)]
pub struct Nginx {
    /// Where it listens on 127.0.0.1.
    pub port: u16,
    process: Process,
    _folder: TempDir,
}

/// What docs/behind-a-proxy.md gives to nginx, word for word.
pub fn documented() -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/behind-a-proxy.md");
    let page = std::fs::read_to_string(page).expect("the page is there");
    let (_, from) = page.split_once("```nginx\n").expect("it has a configuration for nginx");
    from.split_once("```").expect("the configuration ends").0.to_owned()
}

/// The text with one thing in another's place; it must be there.
pub fn replaced(text: &str, from: &str, to: &str) -> String {
    assert_eq!(text.matches(from).count(), 1, "once in the documented configuration: {from}");
    text.replace(from, to)
}

impl Nginx {
    /// Starts it with this configuration from the documents, before this door. Other than there: the ports, and no TLS.
    pub async fn before(door: &Door, documented: &str) -> Self {
        let (port, folder) = (free_port(), tempfile::tempdir().expect("a temporary folder"));
        let shown = folder.path().display();
        let mut site = replaced(documented, "listen 443 ssl;", &format!("listen 127.0.0.1:{port};"));
        site = replaced(&site, "http://127.0.0.1:3000;", &format!("http://127.0.0.1:{};", door.port));
        site = site.lines().filter(|line| !line.trim_start().starts_with("ssl_")).collect::<Vec<_>>().join("\n");
        let user = if is_root() { "user root;" } else { "" };
        let places = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|name| format!("{name}_temp_path {shown}/{name};"));
        let configuration = format!(
            "{user} daemon off; pid {shown}/pid; error_log stderr; events {{}}\nhttp {{ access_log off; {}\n{site}\n}}\n",
            places.join(" ")
        );
        let file = folder.path().join("nginx.conf");
        std::fs::write(&file, configuration).expect("it can be written");
        let mut command = Command::new("nginx");
        command.env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        command.args(["-e", "stderr", "-p"]).arg(folder.path()).arg("-c").arg(&file);
        let process = Process::start(&mut command, &folder.path().join("nginx.log"));
        let nginx = Self { port, process, _folder: folder };
        let listens = || async { tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok() };
        assert!(
            eventually(Duration::from_secs(30), listens).await,
            "nginx does not listen:\n{}",
            nginx.process.output()
        );
        nginx
    }
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output().expect("id runs");
    output.stdout.trim_ascii() == b"0"
}
