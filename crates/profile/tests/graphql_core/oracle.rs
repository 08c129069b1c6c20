//! The long-lived Python process that knows what graphql-core thinks.

use serde_json::Value;
use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{LazyLock, Mutex},
};

static ORACLE: LazyLock<Mutex<Oracle>> = LazyLock::new(|| Mutex::new(Oracle::start()));

struct Oracle {
    _process: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Oracle {
    fn start() -> Self {
        let python = std::env::var_os("DOORWARD_TEST_PYTHON").expect(
            "DOORWARD_TEST_PYTHON names no Python with Dagster in it: run `cargo xtask test`, which installs one and sets it",
        );
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/graphql_core/oracle.py");
        let mut process = Command::new(&python)
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{} does not start: {error}", python.display()));
        let (questions, answers) = (process.stdin.take().unwrap(), process.stdout.take().unwrap());
        Self { _process: process, questions, answers: BufReader::new(answers) }
    }
}

/// Asks one question. The process ends with its input, when the tests end.
pub fn ask(question: &Value) -> Value {
    let mut oracle = ORACLE.lock().unwrap();
    writeln!(oracle.questions, "{question}").unwrap();
    oracle.questions.flush().unwrap();
    let mut answer = String::new();
    oracle.answers.read_line(&mut answer).unwrap();
    serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{question} was answered by {answer:?}: {error}"))
}
