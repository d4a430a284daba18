//! What is short on this machine: room on the disk, memory. Less and less is begun as room goes: first no
//! executions, then no tasks; then the reserve is given up, so that what ends can be written.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use compasso_dispatch::Dispatcher;
use compasso_runtime::{Runtime, Shortage};
use compasso_telemetry::Exposition;
use serde::Deserialize;
use tracing::{info, warn};

use crate::reserve::Reserve;

/// How often it is looked: a quick writer must not fill the reserve's room in between.
const EVERY: Duration = Duration::from_millis(250);
/// The room that the disk must have for executions to start if nothing is set, bytes, or [`DISK_PART`] of it
/// if that is less.
const DISK_FREE_MIN: u64 = 1024 * 1024 * 1024;
/// The same for tasks: half of it.
const DISK_FREE_TASKS: u64 = DISK_FREE_MIN / 2;
/// One part in so many.
const DISK_PART: u64 = 20;
/// The size of the reserve if nothing is set, bytes, or [`DISK_PART`] of the disk if that is less.
const RESERVE: u64 = 64 * 1024 * 1024;
/// The reserve is given up with less room than one part of it in so many.
const RESERVE_PART: u64 = 4;
/// How much of the memory that it may have the process may use, in percent.
const MEMORY_PERCENT_MAX: u64 = 90;
/// Where a container is told how much memory it may have.
const CGROUP_MAX: &str = "/sys/fs/cgroup/memory.max";

/// `[admission]`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "so they are called in the settings")]
pub(crate) struct AdmissionSettings {
    /// Executions start only while the disk of the data directory has so many bytes of room.
    disk_free_min: Option<u64>,
    /// Tasks are begun only while it has so many.
    disk_free_tasks: Option<u64>,
    /// So many bytes of it are kept for the ends of what runs; 0: none.
    disk_reserve: Option<u64>,
}

/// What the machine has, in bytes.
#[derive(Clone, Copy, Debug)]
struct Levels {
    disk: u64,
    disk_free: u64,
    memory: u64,
    memory_used: u64,
}

/// From which room on the disk what is done, in bytes.
#[derive(Clone, Copy, Debug)]
struct Marks {
    starts: u64,
    tasks: u64,
    reserve: u64,
}

impl AdmissionSettings {
    fn marks(&self, disk: u64) -> Marks {
        let starts = self.disk_free_min.unwrap_or(DISK_FREE_MIN.min(disk / DISK_PART));
        let tasks = DISK_FREE_TASKS.min(disk / DISK_PART / 2).min(starts / 2);
        Marks {
            starts,
            tasks: self.disk_free_tasks.unwrap_or(tasks),
            reserve: self.disk_reserve.unwrap_or(RESERVE.min(disk / DISK_PART)),
        }
    }
}

impl Marks {
    /// With less room than that the reserve is given up.
    fn gives_up(self) -> u64 {
        self.reserve / RESERVE_PART
    }

    /// With so much it is taken again, and still no mark is reached.
    fn takes_again(self) -> u64 {
        self.reserve.saturating_add(self.tasks.max(2 * self.gives_up()))
    }

    /// Says what is held back. While the reserve is in use, or would not fit, all is.
    fn shortage(self, levels: Levels, is_reserve_held: bool) -> Shortage {
        let lacks_reserve = self.reserve > 0 && !is_reserve_held;
        let least = |mark: u64| if lacks_reserve { mark.max(self.takes_again()) } else { mark };
        let short = |what: &str, mark: u64, setting: &str| {
            let (free, least) = (levels.disk_free, least(mark));
            (free < least).then(|| {
                let (free, least) = (mebibytes(free), mebibytes(least));
                let also = if lacks_reserve {
                    String::new()
                } else {
                    format!(", or set {setting} of [admission]")
                };
                format!(
                    "the disk has {free} MiB of room and new {what} need {least}: free some{also}"
                )
            })
        };
        Shortage {
            starts: short("executions", self.starts, "disk_free_min")
                .or_else(|| memory_shortage(levels)),
            tasks: short("tasks", self.tasks, "disk_free_tasks"),
        }
    }
}

fn memory_shortage(levels: Levels) -> Option<String> {
    let Levels { memory, memory_used, .. } = levels;
    (memory_used > memory / 100 * MEMORY_PERCENT_MAX).then(|| {
        let (used, all) = (mebibytes(memory_used), mebibytes(memory));
        format!("the server uses {used} of {all} MiB of memory")
    })
}

fn mebibytes(bytes: u64) -> u64 {
    bytes / (1024 * 1024)
}

/// What was seen last, for metrics; `clone` is cheap.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen(Arc<[AtomicU64; 2]>);

impl Seen {
    fn note(&self, disk_free: u64, reserve: u64) {
        self.0[0].store(disk_free, Ordering::Relaxed);
        self.0[1].store(reserve, Ordering::Relaxed);
    }

    /// Returns it in the text form of Prometheus.
    pub(crate) fn metrics(&self) -> String {
        let mut text = Exposition::default();
        for (name, help, number) in [
            ("compasso_disk_free_bytes", "Room on the disk of the data directory.", &self.0[0]),
            ("compasso_disk_reserve_bytes", "Room kept for what ends; 0: in use.", &self.0[1]),
        ] {
            text.family(name, "gauge", help);
            text.sample(name, &[], number.load(Ordering::Relaxed));
        }
        text.into_text()
    }
}

/// Looks again and again, until the runtime stops; returns where it says what it sees.
pub(crate) fn watch(
    runtime: Runtime,
    dispatcher: Dispatcher,
    settings: AdmissionSettings,
    data: PathBuf,
) -> Seen {
    let seen = Seen::default();
    let mut watcher = Watcher {
        runtime,
        dispatcher,
        settings,
        data,
        reserve: None,
        was: Shortage::default(),
        seen: seen.clone(),
    };
    // No request is answered before the first look.
    watcher.look();
    tokio::spawn(async move {
        while !watcher.runtime.is_stopped() {
            tokio::time::sleep(EVERY).await;
            watcher.look();
        }
    });
    seen
}

struct Watcher {
    runtime: Runtime,
    dispatcher: Dispatcher,
    settings: AdmissionSettings,
    data: PathBuf,
    reserve: Option<Reserve>,
    /// What was short before.
    was: Shortage,
    seen: Seen,
}

impl Watcher {
    fn look(&mut self) {
        let Some(mut levels) = levels(&self.data) else { return };
        let marks = self.settings.marks(levels.disk);
        let reserve = self.reserve.get_or_insert_with(|| Reserve::find(&self.data, marks.reserve));
        keep(reserve, marks, &mut levels);
        self.seen.note(levels.disk_free, if reserve.is_held() { reserve.bytes() } else { 0 });
        let shortage = marks.shortage(levels, reserve.is_held());
        tell(self.was.starts.as_deref(), shortage.starts.as_deref(), "executions are started");
        tell(self.was.tasks.as_deref(), shortage.tasks.as_deref(), "tasks are begun");
        if shortage != self.was {
            self.dispatcher.set_shortage(shortage.tasks.as_deref());
            self.runtime.set_shortage(shortage.clone());
            self.was = shortage;
        }
    }
}

/// Gives the reserve up, or takes it again, as the room is.
fn keep(reserve: &mut Reserve, marks: Marks, levels: &mut Levels) {
    if reserve.is_held() && levels.disk_free < marks.gives_up() {
        warn!("the disk is all but full: the reserve is given up for what ends");
        reserve.give_up();
        levels.disk_free += reserve.bytes();
    } else if !reserve.is_held() && reserve.bytes() > 0 && levels.disk_free >= marks.takes_again() {
        match reserve.take() {
            Ok(()) => levels.disk_free = levels.disk_free.saturating_sub(reserve.bytes()),
            // Others were faster.
            Err(error) if error.kind() == ErrorKind::StorageFull => {}
            Err(error) => {
                warn!(%error, "no room can be reserved on the disk");
                reserve.do_without();
            }
        }
    }
}

/// Logs that something is held back from now on, or no longer.
fn tell(was: Option<&str>, is: Option<&str>, what: &str) {
    match (was, is) {
        (None, Some(why)) => warn!(why, "no new {what}"),
        (Some(_), None) => info!("new {what} again"),
        _ => {}
    }
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

    const MIB: u64 = 1024 * 1024;
    const GIB: u64 = 1024 * MIB;
    const CALM: Levels =
        Levels { disk: 100 * GIB, disk_free: 50 * GIB, memory: 8 * GIB, memory_used: GIB };

    /// What is held back while the reserve is held.
    fn shortage(disk_free_min: Option<u64>, levels: Levels) -> Shortage {
        let settings = AdmissionSettings { disk_free_min, ..AdmissionSettings::default() };
        settings.marks(levels.disk).shortage(levels, true)
    }

    fn is_held(shortage: &Shortage) -> (bool, bool) {
        (shortage.starts.is_some(), shortage.tasks.is_some())
    }

    #[test]
    fn a_large_disk_keeps_a_gibibyte_and_a_small_one_a_part() {
        assert_eq!(shortage(None, CALM), Shortage::default());
        assert_eq!(shortage(None, Levels { disk_free: GIB, ..CALM }), Shortage::default());
        let short = shortage(None, Levels { disk_free: GIB - 1, ..CALM });
        assert!(short.starts.as_ref().is_some_and(|it| it.contains("1023 MiB of room")));
        assert_eq!(short.tasks, None, "tasks go on for longer");
        let small = Levels { disk: GIB, ..CALM };
        let free = |disk_free| is_held(&shortage(None, Levels { disk_free, ..small }));
        assert_eq!(free(GIB / 20), (false, false));
        assert_eq!(free(GIB / 20 - 1), (true, false));
        assert_eq!(free(GIB / 40 - 1), (true, true));
    }

    #[test]
    fn a_setting_counts_more() {
        let short = shortage(Some(60 * GIB), CALM);
        assert_eq!(is_held(&short), (true, false));
        assert_eq!(is_held(&shortage(Some(0), Levels { disk_free: 0, ..CALM })), (false, false));
        let settings = AdmissionSettings { disk_free_tasks: Some(GIB), ..Default::default() };
        let low = Levels { disk_free: GIB - 1, ..CALM };
        let short = settings.marks(CALM.disk).shortage(low, true);
        assert!(short.tasks.is_some_and(|it| it.contains("disk_free_tasks")));
    }

    #[test]
    fn all_is_held_back_until_the_reserve_fits_again() {
        let marks = AdmissionSettings::default().marks(CALM.disk);
        assert_eq!(marks.reserve, 64 * MIB);
        let free = |disk_free| is_held(&marks.shortage(Levels { disk_free, ..CALM }, false));
        // What giving it up made free is not for anything new.
        assert_eq!(free(marks.gives_up() + marks.reserve), (true, true));
        assert_eq!(free(marks.takes_again() - 1), (true, true));
        assert_eq!(free(marks.takes_again()), (true, false));
        for disk in [10 * MIB, GIB, 100 * GIB] {
            let marks = AdmissionSettings::default().marks(disk);
            assert!(marks.gives_up() + marks.reserve < marks.takes_again(), "{marks:?}");
        }
        let none = AdmissionSettings { disk_reserve: Some(0), ..Default::default() };
        let marks = none.marks(CALM.disk);
        let is_low = marks.shortage(Levels { disk_free: GIB, ..CALM }, false);
        assert_eq!(is_low, Shortage::default());
    }

    #[test]
    fn a_reserve_is_given_up_on_a_full_disk_and_taken_again_once_there_is_room() {
        let data = tempfile::tempdir().unwrap();
        let settings = AdmissionSettings { disk_reserve: Some(MIB), ..Default::default() };
        let marks = settings.marks(CALM.disk);
        let mut reserve = Reserve::find(data.path(), marks.reserve);
        let mut look = |disk_free| {
            let mut levels = Levels { disk_free, ..CALM };
            keep(&mut reserve, marks, &mut levels);
            (reserve.is_held(), levels.disk_free)
        };
        assert_eq!(look(GIB), (true, GIB - MIB));
        assert_eq!(look(MIB / 4), (true, MIB / 4));
        assert_eq!(look(MIB / 4 - 1), (false, MIB / 4 - 1 + MIB));
        assert_eq!(look(2 * MIB), (false, 2 * MIB));
        assert_eq!(look(marks.takes_again()), (true, marks.takes_again() - MIB));
    }

    #[test]
    fn memory_is_short_before_it_is_gone() {
        let short = shortage(None, Levels { memory_used: 7 * GIB + GIB / 2, ..CALM });
        assert!(short.starts.is_some_and(|it| it.contains("7680 of 8192 MiB")));
        assert_eq!(short.tasks, None);
        let unbound = Levels { memory: u64::MAX, ..CALM };
        assert_eq!(shortage(None, unbound), Shortage::default());
    }

    #[test]
    fn this_machine_tells_what_it_has() {
        let levels = levels(Path::new(".")).unwrap();
        assert!(levels.disk >= levels.disk_free && levels.disk > 0);
        assert!(levels.memory > levels.memory_used && levels.memory_used > 0);
        assert_eq!(field("A: 1 kB\nVmRSS:\t  2 kB\n", "VmRSS:"), Some(2048));
    }
}
