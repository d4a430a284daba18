//! Processes that left their group, found by their environment.

use std::io::Read as _;
use std::time::Duration;
use std::{fs, iter, thread};

use rustix::process::{Pid, Signal, kill_process};

/// Most rounds: what a process starts while it is looked for is found by the next one.
const ROUNDS_MAX: usize = 8;
/// Most bytes of an environment that are read.
const ENVIRONMENT_BYTES_MAX: u64 = 2 * 1024 * 1024;

/// How often processes that were killed are looked for again, and how long between.
const LOOKS_MAX: usize = 500;
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// Kills the processes that have an entry in their environment that begins with `marker`, and
/// waits until they are gone. Returns whether they are.
pub(crate) fn end_marked(marker: &str) -> bool {
    let own = std::process::id().cast_signed();
    for look in iter::successors(Some(0), |look| Some(look + 1)).take(LOOKS_MAX) {
        if look > 0 {
            thread::sleep(LOOK_EVERY);
        }
        let marked = |entry: &[u8]| entry.starts_with(marker.as_bytes());
        let others = processes().filter(|process| process.as_raw_nonzero().get() != own);
        let found: Vec<_> = others.filter(|process| has(*process, marked)).collect();
        if found.is_empty() {
            return true;
        }
        for process in found {
            // It fails when the process is gone, which is what is wanted.
            let _ = kill_process(process, Signal::KILL);
        }
    }
    false
}

/// Kills the processes that were started after `leader` and have `marker` in their environment. Where
/// the system shows no processes in `/proc`, none is found.
pub(super) fn kill_marked(marker: &str, leader: Pid) {
    let marked = |entry: &[u8]| entry == marker.as_bytes();
    for _ in 0..ROUNDS_MAX {
        let mut found = false;
        for process in later_than(leader).filter(|process| has(*process, marked)) {
            found = true;
            // It fails when the process is gone, which is what is wanted.
            let _ = kill_process(process, Signal::KILL);
        }
        if !found {
            return;
        }
    }
}

/// Returns the processes with higher numbers than the leader's, or all when numbers began anew
/// since.
fn later_than(leader: Pid) -> impl Iterator<Item = Pid> {
    let leader = leader.as_raw_nonzero().get();
    let newest = fs::read_to_string("/proc/loadavg").ok();
    let newest = newest.and_then(|text| text.split_whitespace().last()?.parse().ok());
    let began_anew = newest.is_none_or(|newest: i32| newest < leader);
    processes().filter(move |it| began_anew || it.as_raw_nonzero().get() > leader)
}

fn processes() -> impl Iterator<Item = Pid> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let numbers = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    numbers.filter_map(Pid::from_raw)
}

fn has(process: Pid, marked: impl Fn(&[u8]) -> bool) -> bool {
    let Ok(file) = fs::File::open(format!("/proc/{}/environ", process.as_raw_nonzero())) else {
        return false;
    };
    let mut environment = Vec::new();
    let read = file.take(ENVIRONMENT_BYTES_MAX).read_to_end(&mut environment);
    read.is_ok() && environment.split(|byte| *byte == 0).any(marked)
}
