//! What a killed reaper leaves behind. As a child subreaper Doorward inherits it, and ends it as the reaper would have.

use rustix::process::{Signal, WaitOptions};
use std::collections::BTreeSet;
use std::process::{Child, Command};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::descendants;
use super::reaper::PATIENCE;

/// How often it is looked at.
const LOOK: Duration = Duration::from_millis(20);
/// How long what has been killed is waited for.
const LAST_WAIT: Duration = Duration::from_secs(2);

/// The keepers that run; everything else below us is a stray.
static KEEPERS: Mutex<BTreeSet<i32>> = Mutex::new(BTreeSet::new());

/// Starts a reaper and notes it before anybody can take it for a stray.
pub fn spawn_keeper(reaper: &mut Command) -> std::io::Result<Child> {
    // Orphans of a killed reaper come to us instead of escaping to init.
    rustix::process::set_child_subreaper(Some(rustix::process::getpid()))?;
    let mut keepers = KEEPERS.lock().unwrap_or_else(PoisonError::into_inner);
    let child = reaper.spawn()?;
    keepers.extend(i32::try_from(child.id()));
    Ok(child)
}

/// A reaper has ended and been waited for.
pub fn forget_keeper(id: u32) {
    let mut keepers = KEEPERS.lock().unwrap_or_else(PoisonError::into_inner);
    keepers.retain(|reaper| u32::try_from(*reaper) != Ok(id));
}

/// Lets strays finish until `time_is_over`, asks them to stop then, and kills what does not in time. Returns when none is left.
pub fn see_off(time_is_over: &AtomicBool) {
    let mut asked: Option<Instant> = None;
    loop {
        let keepers = KEEPERS.lock().unwrap_or_else(PoisonError::into_inner);
        let strays = descendants::but_for(&keepers);
        let since = asked.map(|at| at.elapsed());
        if strays.is_empty() || since.is_some_and(|since| since > PATIENCE + LAST_WAIT) {
            return;
        }
        let signal = match since {
            None if time_is_over.load(Ordering::Acquire) => {
                asked = Some(Instant::now());
                Some(Signal::TERM)
            }
            Some(since) if since >= PATIENCE => Some(Signal::KILL),
            None | Some(_) => None,
        };
        for stray in strays {
            if let Some(signal) = signal {
                // Gone already is as good.
                let _ = rustix::process::kill_process(stray, signal);
            }
            // Fails for what is not our direct child; that falls to us when its parent has ended.
            let _ = rustix::process::waitpid(Some(stray), WaitOptions::NOHANG);
        }
        drop(keepers);
        std::thread::sleep(LOOK);
    }
}
