//! `doorward explain`

use bytes::Bytes;
use clap::Args;
use doorward_service::Explanation;
use doorward_service::explain::{ExplainError, Hypothetical, Whom};
use http::header::{CONTENT_TYPE, HOST};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use url::Url;

use super::support::local::{Local, app_name};
use super::support::output::{Output, print};
use super::{Common, Failure, Outcome};
use crate::cli::support::printable::tell;
use crate::compose;

/// Says what would be decided about a request, and why, without touching the tool
///
/// For example: doorward explain --as bob --profile dagster POST /graphql --body launch.json
#[derive(Debug, Args)]
pub struct Explain {
    /// As this user; nobody unless given
    #[arg(long = "as", value_name = "USER")]
    as_user: Option<String>,
    /// As this API key
    #[arg(long, value_name = "KEY", conflicts_with = "as_user")]
    as_key: Option<String>,
    /// For this app; unless given, the one that Doorward finds by host and path
    #[arg(long)]
    app: Option<String>,
    /// Without configured apps (a wrapped tool): the kind of tool
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// GET, POST, …
    method: String,
    /// Path and query as a browser would send them, or the whole URL
    path: String,
    /// A file with the body; - is standard input
    #[arg(long, value_name = "FILE")]
    body: Option<PathBuf>,
    /// A header, as `Name: value`. With a body, Content-Type is application/json unless given
    #[arg(short = 'H', long = "header", value_name = "HEADER")]
    headers: Vec<String>,
    #[command(flatten)]
    output: Output,
}

const SHOWN: &[&str] = &[
    "decision",
    "reason",
    "because",
    "remedy",
    "app",
    "as",
    "role",
    "action",
    "required_role",
    "rule",
    "resources",
    "changes_state",
];

impl Explain {
    pub fn run(self, common: &Common) -> Outcome {
        let loaded = common.load_without_tools()?;
        let database = compose::database_address(&loaded.config);
        let mut request = self.request()?;
        request.command = compose::own_command(&loaded);
        request.doors = compose::doors_of(&loaded.config, &database);
        request.among = compose::looked_for(&loaded.config, &database, asked(&request).as_ref());
        let profiles = &loaded.config.profiles;
        let more = |apps: &[_]| match (&self.profile, apps.is_empty()) {
            (Some(profile), _) => {
                let name = app_name(self.app.as_deref().unwrap_or(profile))?;
                Ok(vec![compose::implied_app(name, profile, profiles).map_err(Failure::usage)?])
            }
            (None, true) => {
                let name = self.app.as_deref().unwrap_or("dagster");
                let unknown =
                    |error| Failure::not_found(format!("{error}; no app is known, so say which with --profile"));
                Ok(vec![compose::implied_app(app_name(name)?, name, profiles).map_err(unknown)?])
            }
            (None, false) => Ok(Vec::new()),
        };
        Local::with_apps(&loaded, more, async |local| {
            if let Whom::User(name) = &mut request.whom {
                *name = local.user(name).await?.username.to_string();
            }
            if let Whom::Key(name) = &request.whom {
                local.key(name).await?;
            }
            let explanation = local.services.explain.explain(&local.actor, &request).await?;
            self.show(&explanation)?;
            let app = explanation.app.as_ref();
            if let Some(command) = app.and_then(|app| compose::configured_elsewhere(&loaded.config, &database, app)) {
                tell(format_args!(
                    "The Doorward that runs this app has a configuration, which was not read here. With its rules: {command} explain …"
                ));
            }
            Ok(ExitCode::SUCCESS)
        })
    }

    fn request(&self) -> Outcome<Hypothetical> {
        let mut headers = HeaderMap::new();
        for header in &self.headers {
            let (name, value) =
                header.split_once(':').ok_or_else(|| Failure::usage(format!("`{header}`: write it as Name: value")))?;
            let name = name.trim().parse::<HeaderName>().map_err(|e| Failure::usage(format!("`{name}`: {e}")))?;
            let value = value.trim().parse::<HeaderValue>().map_err(|e| Failure::usage(format!("`{header}`: {e}")))?;
            headers.append(name, value);
        }
        let body = self.body.as_deref().map(read_body).transpose()?.unwrap_or_default();
        if self.body.is_some() && !headers.contains_key(CONTENT_TYPE) {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        let app = match (&self.app, &self.profile) {
            (Some(app), _) | (None, Some(app)) => Some(app_name(app)?),
            (None, None) => None,
        };
        let method =
            self.method.parse::<Method>().map_err(|_| Failure::usage(format!("`{}` is no method", self.method)))?;
        let whom = match (&self.as_user, &self.as_key) {
            (Some(name), _) => match name.strip_prefix("key:") {
                Some(key) => return Err(Failure::usage(format!("`{name}` is an API key: say --as-key {key}"))),
                None => Whom::User(name.clone()),
            },
            (None, Some(name)) => Whom::Key(name.clone()),
            (None, None) => Whom::Nobody,
        };
        let (path, command, doors) = (self.path.clone(), String::new(), Vec::new());
        Ok(Hypothetical { whom, app, among: Vec::new(), method, path, headers, body, command, doors })
    }

    fn show(&self, explanation: &Explanation) -> Outcome<()> {
        self.output.show(explanation, SHOWN)?;
        if self.output.is_table() && !explanation.operations.is_empty() {
            print("\n")?;
            self.output.list(&explanation.operations, &["name", "action", "rule"])?;
        }
        Ok(())
    }
}

/// The address that it says: of a whole URL, or of a path with the header `Host`.
fn asked(request: &Hypothetical) -> Option<Url> {
    if request.path.contains("://") {
        return Url::parse(&request.path).ok();
    }
    let host = request.headers.get(HOST)?.to_str().ok()?;
    Url::parse(&format!("http://{host}/")).ok()
}

fn read_body(file: &Path) -> Outcome<Bytes> {
    if file == Path::new("-") {
        let mut body = Vec::new();
        std::io::stdin().read_to_end(&mut body)?;
        return Ok(body.into());
    }
    std::fs::read(file).map(Bytes::from).map_err(|error| Failure::failed(format!("{}: {error}", file.display())))
}

impl From<ExplainError> for Failure {
    fn from(error: ExplainError) -> Self {
        match error {
            ExplainError::NotAllowed(error) => Self::refused(error),
            ExplainError::UnknownUser
            | ExplainError::UnknownKey
            | ExplainError::UnknownApp(_)
            | ExplainError::NoApp(_) => Self::not_found(error),
            ExplainError::NoAddress(_) => Self::usage(error),
            ExplainError::Store(error) => error.into(),
        }
    }
}
