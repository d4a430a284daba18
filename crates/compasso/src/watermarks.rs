//! What is short on this machine: room on the disk, memory. Nothing new starts meanwhile.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use compasso_runtime::Runtime;
use serde::Deserialize;
use tracing::{info, warn};

/// How often it is looked.
const EVERY: Duration = Duration::from_secs(1);
/// The room that the disk must have if nothing is set, bytes, or [`DISK_PART`] of it if that is less.
const DISK_FREE_MIN: u64 = 1024 * 1024 * 1024;
/// One part in so many.
const DISK_PART: u64 = 20;
/// How much of the memory that it may have the process may use, in percent.
const MEMORY_PERCENT_MAX: u64 = 90;
/// Where a container is told how much memory it may have.
const CGROUP_MAX: &str = "/sys/fs/cgroup/memory.max";

/// `[admission]`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct AdmissionSettings {
    /// Executions start only while the disk of the data directory has so many bytes of room.
    disk_free_min: Option<u64>,
}

/// What the machine has, in bytes.
#[derive(Clone, Copy, Debug)]
struct Levels {
    disk: u64,
    disk_free: u64,
    memory: u64,
    memory_used: u64,
}

impl AdmissionSettings {
    /// Says what is short.
    fn shortage(&self, levels: Levels) -> Option<String> {
        let least = DISK_FREE_MIN.min(levels.disk / DISK_PART);
        let least = self.disk_free_min.unwrap_or(least);
        if levels.disk_free < least {
            let (free, least) = (mebibytes(levels.disk_free), mebibytes(least));
            return Some(format!(
                "the disk has {free} MiB of room and new executions need {least}: free some, or set \
                 disk_free_min of [admission]"
            ));
        }
        if levels.memory_used > levels.memory / 100 * MEMORY_PERCENT_MAX {
            let (used, all) = (mebibytes(levels.memory_used), mebibytes(levels.memory));
            return Some(format!("the server uses {used} of {all} MiB of memory"));
        }
        None
    }
}

fn mebibytes(bytes: u64) -> u64 {
    bytes / (1024 * 1024)
}

/// Looks again and again, until the runtime stops.
pub(crate) fn watch(runtime: Runtime, settings: AdmissionSettings, data: PathBuf) {
    tokio::spawn(async move {
        let mut was_short = false;
        while !runtime.is_stopped() {
            let shortage = levels(&data).and_then(|levels| settings.shortage(levels));
            match &shortage {
                Some(why) if !was_short => warn!(why, "no new executions are started"),
                None if was_short => info!("new executions are started again"),
                _ => {}
            }
            was_short = shortage.is_some();
            runtime.set_shortage(shortage);
            tokio::time::sleep(EVERY).await;
        }
    });
}

/// Returns what the machine has; what it does not tell is never short.
fn levels(data: &Path) -> Option<Levels> {
    let disk = rustix::fs::statvfs(data).ok()?;
    let (memory, memory_used) = memory().unwrap_or((u64::MAX, 0));
    Some(Levels {
        disk: disk.f_blocks.saturating_mul(disk.f_frsize),
        disk_free: disk.f_bavail.saturating_mul(disk.f_frsize),
        memory,
        memory_used,
    })
}

/// Returns how much memory the process may have, and how much it uses.
fn memory() -> Option<(u64, u64)> {
    let machine = field(&fs::read_to_string("/proc/meminfo").ok()?, "MemTotal:")?;
    let used = field(&fs::read_to_string("/proc/self/status").ok()?, "VmRSS:")?;
    let container = fs::read_to_string(CGROUP_MAX).ok();
    let container = container.and_then(|text| text.trim().parse().ok()).unwrap_or(u64::MAX);
    Some((machine.min(container), used))
}

/// Reads a line such as `VmRSS:  1234 kB`, in bytes.
fn field(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse::<u64>().ok()?.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIB: u64 = 1024 * 1024 * 1024;
    const CALM: Levels =
        Levels { disk: 100 * GIB, disk_free: 50 * GIB, memory: 8 * GIB, memory_used: GIB };

    fn shortage(disk_free_min: Option<u64>, levels: Levels) -> Option<String> {
        AdmissionSettings { disk_free_min }.shortage(levels)
    }

    #[test]
    fn a_large_disk_keeps_a_gibibyte_and_a_small_one_a_part() {
        assert_eq!(shortage(None, CALM), None);
        assert_eq!(shortage(None, Levels { disk_free: GIB, ..CALM }), None);
        let short = shortage(None, Levels { disk_free: GIB - 1, ..CALM }).unwrap();
        assert!(short.contains("1023 MiB of room"), "{short}");
        let small = Levels { disk: GIB, ..CALM };
        assert_eq!(shortage(None, Levels { disk_free: GIB / 20, ..small }), None);
        assert!(shortage(None, Levels { disk_free: GIB / 20 - 1, ..small }).is_some());
    }

    #[test]
    fn a_setting_counts_more() {
        assert!(shortage(Some(60 * GIB), CALM).is_some());
        assert_eq!(shortage(Some(0), Levels { disk_free: 0, ..CALM }), None);
    }

    #[test]
    fn memory_is_short_before_it_is_gone() {
        let short = shortage(None, Levels { memory_used: 7 * GIB + GIB / 2, ..CALM }).unwrap();
        assert!(short.contains("7680 of 8192 MiB"), "{short}");
        assert_eq!(shortage(None, Levels { memory: u64::MAX, ..CALM }), None);
    }

    #[test]
    fn this_machine_tells_what_it_has() {
        let levels = levels(Path::new(".")).unwrap();
        assert!(levels.disk >= levels.disk_free && levels.disk > 0);
        assert!(levels.memory > levels.memory_used && levels.memory_used > 0);
        assert_eq!(field("A: 1 kB\nVmRSS:\t  2 kB\n", "VmRSS:"), Some(2048));
    }
}
