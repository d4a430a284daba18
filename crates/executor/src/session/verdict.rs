//! What the end of a script says about why it failed.

use std::process::ExitStatus;

use crate::Failure;
use crate::commands::Complaint;
use crate::order::Resources;
use crate::program::{exit_code, signal_name};

/// The exit code that asks for another attempt.
const TRY_AGAIN: i32 = 75;
/// The exit code that says that no attempt will ever go well.
const NEVER_AGAIN: i32 = 78;
/// The exit code that says that there is nothing to do.
const SKIP: i32 = 99;
/// The exit code of what was ended by SIGKILL.
const KILLED: i32 = 128 + 9;
/// The exit code of what used up its CPU time.
const USED_UP: i32 = 128 + 24;
/// What programs say when they get no more memory.
const NO_MEMORY: [&str; 6] = [
    "MemoryError",
    "std::bad_alloc",
    "Cannot allocate memory",
    "cannot allocate",
    "out of memory",
    "Out of memory",
];

/// How many processes the system has killed because there was no memory left.
pub(super) struct Kills(Option<u64>);

impl Kills {
    /// Counts them.
    pub(super) fn so_far() -> Self {
        // It is no file on a disk that a thread would wait for.
        let statistics = std::fs::read_to_string("/proc/vmstat").unwrap_or_default();
        let count =
            statistics.lines().find_map(|line| line.strip_prefix("oom_kill ")?.parse().ok());
        Self(count)
    }

    /// Returns whether a program ended since for want of memory.
    pub(super) fn hit(&self, status: ExitStatus, tail: &str, limits: Resources) -> bool {
        let was_killed = exit_code(status) == KILLED;
        if was_killed && self.0.is_some() && Self::so_far().0 > self.0 {
            return true;
        }
        limits.memory_bytes.is_some() && NO_MEMORY.iter().any(|words| tail.contains(words))
    }
}

/// Returns the failure of a script that ended with `status`.
pub(super) fn failure(
    status: ExitStatus,
    tail: &str,
    complaint: Option<Complaint>,
    out_of_memory: bool,
) -> Failure {
    let code = exit_code(status);
    let Complaint { name, message } = complaint.unwrap_or_default();
    let error = match (code, name) {
        (SKIP, _) => "Skipped".to_owned(),
        (TRY_AGAIN | NEVER_AGAIN, _) => format!("Exit.{code}"),
        (_, Some(name)) => name,
        (_, None) if out_of_memory => "OutOfMemory".to_owned(),
        (_, None) => format!("Exit.{code}"),
    };
    let cause = if !message.is_empty() {
        message
    } else if code == USED_UP {
        "the script used up its CPU time".to_owned()
    } else if status.code().is_none() {
        let end = format!("the script was killed by {}", signal_name(status));
        if tail.is_empty() { end } else { format!("{end}\n{tail}") }
    } else if tail.is_empty() && code == TRY_AGAIN {
        format!(
            "the script ended with exit code {code}: it asks for another attempt, and 'retry.max' says how many \
             there are (none without it)"
        )
    } else if tail.is_empty() {
        format!("the script ended with exit code {code}")
    } else {
        tail.to_owned()
    };
    Failure::new(error, cause)
}
