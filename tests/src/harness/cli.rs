//! The binary as a command.

use std::io::Write;
use std::process::{Command, Stdio};

/// What a command printed and how it ended.
#[derive(Debug)]
pub struct Printed {
    /// The exit code; -1 when a signal ended it.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Printed {
    /// Standard output of a command that must have worked.
    pub fn done(self) -> String {
        assert_eq!(self.code, 0, "the command failed: {}{}", self.out, self.err);
        self.out
    }

    /// The same as JSON.
    pub fn json(self) -> serde_json::Value {
        let out = self.done();
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("not JSON ({error}): {out}"))
    }
}

/// Runs a prepared command, feeding it standard input.
pub fn run(command: &mut Command, stdin: &str) -> Printed {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary starts");
    // A command that does not read its input closes it; that is no failure.
    let _ = child.stdin.take().expect("it is piped").write_all(stdin.as_bytes());
    let output = child.wait_with_output().expect("it ends");
    Printed {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}
