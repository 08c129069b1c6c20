//! What the tests stand on: a started door, people before it, tools behind it.

pub mod binary;
pub mod cli;
pub mod dagster;
pub mod dagster_home;
pub mod database;
pub mod disk;
pub mod door;
pub mod echo;
pub mod nginx;
pub mod person;
pub mod port;
pub mod process;
pub mod python_tools;
pub mod raw;
pub mod root;
pub mod socket;
pub mod tool;

pub use dagster_home::DagsterHome;
pub use door::Door;
pub use echo::Echo;
pub use nginx::Nginx;
pub use person::Person;
pub use python_tools::PythonTool;
pub use tool::Tool;

use std::time::{Duration, Instant};

/// Asks again and again until the answer is yes; `false` when time is up.
pub async fn eventually<F, A>(patience: Duration, mut ask: F) -> bool
where
    F: FnMut() -> A,
    A: Future<Output = bool>,
{
    let began = Instant::now();
    loop {
        if ask().await {
            return true;
        }
        if began.elapsed() > patience {
            return false;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
}

/// What a variable says, or a failing test that names the command that sets it.
pub fn prepared(variable: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| panic!("{variable} is not set: run the tests with `cargo xtask test`"))
}
