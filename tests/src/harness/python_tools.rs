//! Real tools written in Python, each a process of its own on a free port in a folder of its own.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;
use tempfile::TempDir;

use super::cli::{self, Printed};
use super::port::free_port;
use super::process::Process;
use super::{eventually, prepared};

/// A running tool.
#[derive(Debug)]
pub struct PythonTool {
    /// Where it listens on 127.0.0.1.
    pub port: u16,
    process: Process,
    folder: TempDir,
}

impl PythonTool {
    /// A Jupyter server without a password of its own: that is the door's part.
    pub async fn jupyter() -> Self {
        let settings = ["--IdentityProvider.token=", "--ServerApp.password=", "--ServerApp.disable_check_xsrf=True"];
        let places = ["--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1", "--ServerApp.port_retries=0"];
        let more = ["-m", "jupyter_server", "--ServerApp.port={port}", "--ServerApp.root_dir={folder}"];
        Self::start(&[&more[..], &places, &settings].concat()).answering("/api").await
    }

    /// Flower, with nobody to watch; `prefix` is its own `--url_prefix`.
    pub async fn flower(prefix: Option<&str>) -> Self {
        Self::flower_with(prefix, &[]).await
    }

    /// Flower that wants its people to sign in at a provider, and so sends them from one of its pages to another.
    pub async fn flower_asking_who(prefix: Option<&str>) -> Self {
        let provider = ["--auth=.*@example.com", "--auth_provider=flower.views.auth.GithubLoginHandler"];
        let client = ["--oauth2_key=k", "--oauth2_secret=s", "--oauth2_redirect_uri=http://localhost/cb"];
        Self::flower_with(prefix, &[provider.as_slice(), &client].concat()).await
    }

    async fn flower_with(prefix: Option<&str>, more: &[&str]) -> Self {
        let own = prefix.map(|prefix| format!("--url_prefix={prefix}"));
        let mut arguments =
            vec!["-m", "celery", "--broker=memory://", "flower", "--address=127.0.0.1", "--port={port}"];
        arguments.extend(own.as_deref());
        arguments.extend(more);
        let ready = prefix.map_or_else(|| "/healthcheck".to_owned(), |prefix| format!("/{prefix}/healthcheck"));
        Self::start(&arguments).answering(&ready).await
    }

    /// A WebSocket server that sends everything back.
    pub async fn echo() -> Self {
        let script = script("echo.py").display().to_string();
        Self::start(&[&script, "serve", "{port}"]).listening().await
    }

    fn start(arguments: &[&str]) -> Self {
        let (port, folder) = (free_port(), tempfile::tempdir().expect("a temporary folder"));
        let home = folder.path().display().to_string();
        let fill = |text: &&str| text.replace("{port}", &port.to_string()).replace("{folder}", &home);
        let mut command = python();
        command.args(arguments.iter().map(fill)).current_dir(folder.path()).env("HOME", folder.path());
        for name in ["JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"] {
            command.env(name, folder.path().join(name));
        }
        let process = Process::start(&mut command, &folder.path().join("tool.log"));
        Self { port, process, folder }
    }

    async fn answering(self, path: &str) -> Self {
        let url = format!("{}{path}", self.url());
        let answers = || async { reqwest::get(&url).await.is_ok_and(|answer| answer.status() == 200) };
        assert!(eventually(Duration::from_secs(90), answers).await, "it does not answer:\n{}", self.process.output());
        self
    }

    async fn listening(self) -> Self {
        let at = ("127.0.0.1", self.port);
        let listens = || async { tokio::net::TcpStream::connect(at).await.is_ok() };
        assert!(eventually(Duration::from_secs(90), listens).await, "it does not listen:\n{}", self.process.output());
        self
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Its folder.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }
}

/// Runs one of the programs in `tests/tools` to its end.
pub fn run(name: &str, arguments: &[&str]) -> Printed {
    cli::run(python().arg(script(name)).args(arguments), "")
}

fn script(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tools").join(name)
}

/// The Python that has them.
fn python() -> Command {
    let mut python = Command::new(prepared("DOORWARD_TEST_TOOLS_PYTHON"));
    python.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    python
}
