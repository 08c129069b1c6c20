//! `doorward dagster`: dagster-webserver's own command line, with Doorward in front.

use clap::Args;
use std::ffi::OsStr;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;

use super::{Common, Failure, Outcome};
use crate::compose::{self, Plan, Wrapped};
use crate::config::{OptionValue, listen, path_prefix};
use crate::supervise::{CANNOT_BE_RUN, NOT_FOUND, find_program, unstartable};

/// Wraps dagster-webserver: sign-in, roles and an audit trail in front of Dagster
///
/// All arguments after the word `dagster` are dagster-webserver's own and reach it unchanged (-f, -m, -w, --path-prefix, …), but
/// for -h/--host and -p/--port: they say where Doorward listens (default 127.0.0.1:3000), and dagster-webserver gets a private
/// port on 127.0.0.1; and for --name, which is the app's name (default dagster). Doorward's own options come before the word: doorward --database URL dagster -f defs.py -h 0.0.0.0 -p 3000
///
/// The program is the one named by the variable `DOORWARD_DAGSTER`, else dagster-webserver beside doorward when pip installed both
/// into one environment, else dagster-webserver from PATH. One that is not there ends this with exit code 127, one that cannot be run with 126. For its own help run dagster-webserver --help.
#[derive(Debug, Args)]
#[command(disable_version_flag = true, override_usage = "doorward [OPTIONS] dagster [ARGS]...")]
pub struct Dagster {
    /// dagster-webserver's own arguments
    #[arg(last = true, value_name = "ARGS")]
    arguments: Vec<String>,
}

/// dagster-webserver's options that take a value (1.13): what follows one of them is not an option, whatever it looks like.
const WITH_VALUE: &[&str] = &[
    "--db-statement-timeout",
    "--db-pool-recycle",
    "--db-pool-max-overflow",
    "--uvicorn-log-level",
    "--log-level",
    "--dagster-log-level",
    "--log-format",
    "--code-server-log-level",
    "--live-data-poll-rate",
    "--grpc-host",
    "--grpc-socket",
    "--grpc-port",
    "--attribute",
    "--package-name",
    "--autoload-defs-module-name",
    "--module-name",
    "--python-file",
    "--working-directory",
    "--workspace",
];

/// What the arguments say, apart from what is the tool's alone.
#[derive(Debug, Default, PartialEq, Eq)]
struct Understood {
    host: Option<String>,
    port: Option<String>,
    prefix: Option<String>,
    name: Option<String>,
    version: bool,
    /// The arguments for the tool, without host and port.
    passed: Vec<String>,
    /// The rest, from `--` on.
    rest: Vec<String>,
}

impl Dagster {
    pub fn run(self, common: &Common) -> Outcome {
        let program = std::env::var("DOORWARD_DAGSTER")
            .ok()
            .filter(|p| !p.is_empty())
            .unwrap_or_else(|| "dagster-webserver".into());
        let Some(found) = in_our_environment(&program).or_else(|| find_program(&program)) else {
            return Err(missing(&program));
        };
        let understood = understand(self.arguments).map_err(Failure::usage)?;
        if understood.version {
            let error = std::process::Command::new(&found).args(&understood.passed).exec();
            return Err(Failure::failed(format!("{program} cannot be started: {error}")));
        }
        let overrides_listen = understood.listen(|name| std::env::var(name).ok()).map_err(Failure::usage)?;
        // dagster-webserver still reads variables of its former name.
        let of_variables = || variable("DAGSTER_WEBSERVER_PATH_PREFIX").or_else(|| variable("DAGIT_PATH_PREFIX"));
        let prefix = understood.prefix.or_else(of_variables).filter(|p| !p.is_empty());
        let mut command = vec![found.display().to_string()];
        command.extend(understood.passed);
        // Last, so that they hold whatever came before.
        command.extend(["--host", "127.0.0.1", "--port", "{port}"].map(str::to_owned));
        command.extend(understood.rest);
        let wrapped = Wrapped {
            name: understood.name.as_deref().unwrap_or("dagster").parse().map_err(Failure::usage)?,
            profile: "dagster".into(),
            command,
            prefix: prefix.map(|p| path_prefix(&p)).transpose().map_err(Failure::usage)?.unwrap_or_default(),
        };
        let mut overrides = wrapped.overrides("doorward dagster");
        overrides.extend(overrides_listen.map(|at| ("listen".to_owned(), "-h/-p", OptionValue::Word(at))));
        let common = common.clone();
        let load = Box::new(move || common.load_with(overrides.clone()).map_err(|f: Failure| f.message));
        compose::serve(Plan { load, wrapped: Some(wrapped) })
    }
}

/// Ends as `doorward run` does whose program cannot be started.
fn missing(program: &str) -> Failure {
    match unstartable(program) {
        Some((CANNOT_BE_RUN, message)) => {
            Failure { code: CANNOT_BE_RUN, message: format!("{message}; name another in DOORWARD_DAGSTER") }
        }
        _ => Failure {
            code: NOT_FOUND,
            message: format!(
                "{program} was not found; install it (pip install dagster-webserver), activate its virtual environment, or name it in DOORWARD_DAGSTER"
            ),
        },
    }
}

/// The program beside this one, when both were installed into one Python environment: whoever runs `.venv/bin/doorward` means the
/// Dagster in there, activated or not.
fn in_our_environment(program: &str) -> Option<PathBuf> {
    let ours = std::env::current_exe().ok()?;
    let programs = ours.parent()?;
    let is_environment = programs.parent()?.join("pyvenv.cfg").is_file();
    find_program(programs.join(program).to_str()?).filter(|_| is_environment && !program.contains('/'))
}

fn variable(name: impl AsRef<OsStr>) -> Option<String> {
    std::env::var(name).ok()
}

impl Understood {
    /// Where Doorward is to listen, if the arguments or the tool's own variables say; the configuration decides otherwise.
    fn listen(&self, variable: impl Fn(&str) -> Option<String>) -> Result<Option<String>, String> {
        let host = self.host.clone().or_else(|| variable("DAGSTER_WEBSERVER_HOST"));
        let port = self.port.clone().or_else(|| variable("DAGSTER_WEBSERVER_PORT"));
        if host.is_none() && port.is_none() {
            return Ok(None);
        }
        let host = match host.as_deref() {
            None | Some("" | "localhost") => "127.0.0.1".to_owned(),
            Some(v6) if v6.contains(':') && !v6.starts_with('[') => format!("[{v6}]"),
            Some(host) => host.to_owned(),
        };
        let port = port.unwrap_or_else(|| "3000".to_owned());
        listen(&format!("{host}:{port}")).map(|at| Some(at.to_string()))
    }
}

/// Takes host, port, name and path prefix out of the tool's arguments, as click would read them. The prefix stays in.
fn understand(arguments: Vec<String>) -> Result<Understood, String> {
    let mut understood = Understood::default();
    let mut rest = arguments.into_iter();
    while let Some(argument) = rest.next() {
        if argument == "--" {
            understood.rest = std::iter::once(argument).chain(rest).collect();
            break;
        }
        let (option, attached) = split(&argument);
        let mut value = |what: &str| match attached.clone() {
            Some(value) => Ok(value),
            None => rest.next().ok_or_else(|| format!("{argument} needs {what}")),
        };
        match option.as_str() {
            "-h" | "--host" => understood.host = Some(value("an address to listen on")?),
            "-p" | "--port" => understood.port = Some(value("a port to listen on")?),
            "--name" => understood.name = Some(value("a name for the app")?),
            "-l" | "--path-prefix" => {
                let prefix = value("a path")?;
                understood.passed.extend(["--path-prefix".to_owned(), prefix.clone()]);
                understood.prefix = Some(prefix);
            }
            "--version" => {
                understood.version = true;
                understood.passed.push(argument);
            }
            option if attached.is_none() && takes_value(option) => {
                understood.passed.push(argument);
                understood.passed.extend(rest.next());
            }
            _ => understood.passed.push(argument),
        }
    }
    Ok(understood)
}

fn takes_value(option: &str) -> bool {
    matches!(option, "-a" | "-m" | "-f" | "-d" | "-w") || WITH_VALUE.contains(&option)
}

/// `--port=3000` and `-p3000` in two; `-p=3000` too, which people write.
fn split(argument: &str) -> (String, Option<String>) {
    if argument.starts_with("--") {
        return match argument.split_once('=') {
            Some((option, value)) => (option.to_owned(), Some(value.to_owned())),
            None => (argument.to_owned(), None),
        };
    }
    match (argument.get(..2), argument.get(2..)) {
        (Some(option), Some(value)) if option.starts_with('-') && !value.is_empty() => {
            (option.to_owned(), Some(value.strip_prefix('=').unwrap_or(value).to_owned()))
        }
        _ => (argument.to_owned(), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn understood(line: &str) -> Understood {
        let words = line.split(' ').filter(|w| !w.is_empty()).map(str::to_owned).collect();
        understand(words).expect("understood")
    }

    fn passed(line: &str) -> String {
        understood(line).passed.join(" ")
    }

    fn listens(line: &str) -> Result<Option<String>, String> {
        understood(line).listen(|_| None)
    }

    #[test]
    fn host_and_port_are_doorwards_in_every_spelling() {
        for line in [
            "-h 0.0.0.0 -p 3100",
            "-h0.0.0.0 -p3100",
            "-h=0.0.0.0 -p=3100",
            "--host=0.0.0.0 --port 3100",
            "--port=3100 --host 0.0.0.0",
        ] {
            assert_eq!(listens(line), Ok(Some("0.0.0.0:3100".into())), "{line}");
            assert_eq!(passed(line), "", "{line}");
        }
        assert_eq!(listens("-p 3100"), Ok(Some("127.0.0.1:3100".into())));
        assert_eq!(listens("-h localhost"), Ok(Some("127.0.0.1:3000".into())));
        assert_eq!(listens("-h ::"), Ok(Some("[::]:3000".into())));
        assert_eq!(listens("-f x.py"), Ok(None));
        assert!(listens("-p http").is_err());
    }

    #[test]
    fn everything_else_reaches_the_tool_unchanged() {
        let line = "-f a.py -f b.py -d . --db-pool-recycle=60 --read-only --log-level debug -mmod";
        assert_eq!(passed(line), line);
        assert_eq!(passed("-w ws.yaml -p 1 --empty-workspace"), "-w ws.yaml --empty-workspace");
    }

    #[test]
    fn the_value_of_an_option_is_not_taken_for_an_option() {
        let odd = understood("-f -h -m -p --attribute --port -p 1");
        assert_eq!(odd.passed.join(" "), "-f -h -m -p --attribute --port");
        assert_eq!((odd.host, odd.port.as_deref()), (None, Some("1")));
        assert_eq!(understood("-- -p 1").port, None);
    }

    #[test]
    fn the_path_prefix_is_passed_on_and_understood() {
        for line in ["--path-prefix /dg", "-l /dg", "--path-prefix=/dg", "-l/dg"] {
            let read = understood(line);
            assert_eq!(
                (read.prefix.as_deref(), read.passed.join(" ").as_str()),
                (Some("/dg"), "--path-prefix /dg"),
                "{line}"
            );
        }
    }

    #[test]
    fn the_name_is_the_apps() {
        for line in ["-f a.py --name staging", "--name=staging -f a.py"] {
            assert_eq!(
                (understood(line).name.as_deref(), passed(line).as_str()),
                (Some("staging"), "-f a.py"),
                "{line}"
            );
        }
        assert_eq!(understood("--attribute --name").name, None, "a value of another option");
    }

    #[test]
    fn an_option_without_its_value_is_told() {
        assert_eq!(understand(vec!["-p".into()]), Err("-p needs a port to listen on".into()));
    }

    #[test]
    fn the_tools_own_variables_count_where_the_arguments_say_nothing() {
        let variables = |name: &str| (name == "DAGSTER_WEBSERVER_PORT").then(|| "3200".to_owned());
        assert_eq!(understood("").listen(variables), Ok(Some("127.0.0.1:3200".into())));
        assert_eq!(understood("-p 1").listen(variables), Ok(Some("127.0.0.1:1".into())));
    }
}
