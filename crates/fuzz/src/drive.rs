//! The loop that runs on stable: seeds, mutated at random, without coverage.

use std::io::{self, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

use crate::mutate::{Dice, mutate};

/// When to stop.
#[derive(Debug, Clone, Copy)]
pub enum Bound {
    /// After so many inputs: the same ones every time.
    Inputs(usize),
    /// After so much time: other ones every time.
    Time(Duration),
}

impl Bound {
    /// So many seconds if `DOORWARD_FUZZ_SECONDS` says so, else a moment.
    pub fn from_environment() -> Self {
        let seconds = std::env::var("DOORWARD_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok());
        seconds.map_or(Self::Inputs(20_000), |seconds| Self::Time(Duration::from_secs(seconds)))
    }
}

/// The seeds of a target, from a folder with one folder a target; in the order of their names.
pub fn seeds(folder: &Path, target: &str) -> io::Result<Vec<Vec<u8>>> {
    let mut paths = folder.join(target).read_dir()?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    paths.iter().map(std::fs::read).collect()
}

/// Runs a body on the seeds, then on mutations of them. A broken promise is reported with the input that broke it.
pub fn drive(body: fn(&[u8]), seeds: &[Vec<u8>], bound: Bound) {
    for seed in seeds {
        attempt(body, seed);
    }
    let start = Instant::now();
    let mut dice = Dice::new(match bound {
        Bound::Inputs(_) => 0x00d0_0a0d,
        Bound::Time(_) => u64::from(std::process::id()),
    });
    let mut count = 0;
    let over = |count: usize| match bound {
        Bound::Inputs(limit) => count >= limit,
        Bound::Time(limit) => start.elapsed() >= limit,
    };
    while !over(count) {
        let mut input = dice.pick(seeds).cloned().unwrap_or_default();
        mutate(&mut input, seeds, &mut dice);
        attempt(body, &input);
        count += 1;
    }
}

fn attempt(body: fn(&[u8]), input: &[u8]) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| body(input))) {
        let text = String::from_utf8_lossy(input);
        let hex = input.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
        // Not lost in the panic's own message: this is what goes to `fuzz/seeds` once it is mended.
        io::stderr().write_all(format!("broken by {text:?}\nin hex {hex}\n").as_bytes()).ok();
        resume_unwind(panic);
    }
}
