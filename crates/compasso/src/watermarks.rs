//! What is short on this machine: room on the disk, memory. Less and less is begun as room goes: first no
//! executions, then no tasks; then the reserve is given up, so that what ends can be written.

mod keeper;
mod levels;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::bail;
use compasso_dispatch::Dispatcher;
use compasso_runtime::{Runtime, Shortage};
use compasso_telemetry::Exposition;
use serde::Deserialize;
use tokio::time::Instant;
use tracing::{info, warn};

use self::keeper::Keeper;
use self::levels::{Disk, Memory};
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
/// Most starts that may be let in at once.
const STARTS_MAX: usize = 10_000;
/// The reserve is given up with less room than one part of it in so many.
const RESERVE_PART: u64 = 4;
/// A reserve has at most one part of the disk in so many.
const RESERVE_PART_MAX: u64 = 2;

/// `[admission]`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct AdmissionSettings {
    /// Executions start only while the disk of the data directory has so many bytes of room.
    disk_free_min: Option<u64>,
    /// Tasks are begun only while it has so many.
    disk_free_tasks: Option<u64>,
    /// So many bytes of it are kept for the ends of what runs; 0: none.
    disk_reserve: Option<u64>,
    /// At most so many starts are under way at once.
    starts_max: Option<usize>,
}

/// From which room on the disk what is done, in bytes.
#[derive(Clone, Copy, Debug)]
struct Marks {
    starts: u64,
    tasks: u64,
    reserve: u64,
}

impl AdmissionSettings {
    /// Returns how many starts may be under way at once, if that is set.
    pub(crate) fn starts_max(&self) -> Option<usize> {
        self.starts_max
    }

    /// Looks at the disk of a data directory before anything is written there: a reserve that an earlier server
    /// left is given up if the disk is all but full.
    ///
    /// # Errors
    /// A setting cannot be, or the reserve is to be larger than such a disk can do without.
    pub(crate) fn prepare(&self, data: &Path) -> anyhow::Result<()> {
        if self.starts_max.is_some_and(|most| !(1..=STARTS_MAX).contains(&most)) {
            bail!("starts_max of [admission] is 1 to {STARTS_MAX}");
        }
        let Some(disk) = Disk::of(data) else { return Ok(()) };
        let (marks, most) = (self.marks(disk.size), disk.size / RESERVE_PART_MAX);
        if marks.reserve > most {
            let (reserve, data, most) = (mebibytes(marks.reserve), data.display(), mebibytes(most));
            bail!(
                "disk_reserve of [admission] is {reserve} MiB, and more than half of the disk of {data}: set \
                 {most} MiB or less, in bytes, or 0 for no reserve"
            );
        }
        if disk.free < marks.gives_up() {
            Reserve::find(data, marks.reserve).give_up();
        }
        Ok(())
    }

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
    fn shortage(self, free: u64, is_reserve_held: bool) -> Shortage {
        let again = self.takes_again();
        let short = |what: &str, mark: u64, setting: &str| {
            let lacks_reserve = self.reserve > 0 && !is_reserve_held && mark < again;
            let (least, way_out) = if lacks_reserve {
                (again, "disk_reserve of [admission] to a smaller size, or 0 for none".to_owned())
            } else {
                (mark, format!("{setting} of [admission]"))
            };
            (free < least).then(|| {
                let (free, least) = (mebibytes(free), mebibytes(least));
                format!(
                    "the disk has {free} MiB of room and new {what} need {least}: free some, or set {way_out}"
                )
            })
        };
        Shortage {
            starts: short("executions", self.starts, "disk_free_min"),
            tasks: short("tasks", self.tasks, "disk_free_tasks"),
        }
    }
}

fn memory_shortage(memory: Memory) -> Option<String> {
    let Memory { whose, most, used, least } = memory;
    (most.saturating_sub(used) < least).then(|| {
        let (used, all) = (mebibytes(used), mebibytes(most));
        format!("{whose} uses {used} of {all} MiB of memory")
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

/// Looks again and again, until the runtime stops; returns where it says what it sees. The first look is over
/// by then: no request is answered before.
pub(crate) async fn watch(
    runtime: Runtime,
    dispatcher: Dispatcher,
    settings: AdmissionSettings,
    data: PathBuf,
) -> Seen {
    let mut watcher = Watcher::new(settings, data);
    let seen = watcher.seen.clone();
    watcher.look_for(&runtime, &dispatcher).await;
    tokio::spawn(async move {
        while !runtime.is_stopped() {
            tokio::time::sleep(EVERY).await;
            watcher.look_for(&runtime, &dispatcher).await;
        }
    });
    seen
}

struct Watcher {
    settings: AdmissionSettings,
    data: PathBuf,
    keeper: Option<Keeper>,
    /// Whether the system told nothing of the disk when it was asked last.
    is_blind: bool,
    /// What was short before.
    was: Shortage,
    seen: Seen,
}

impl Watcher {
    fn new(settings: AdmissionSettings, data: PathBuf) -> Self {
        let (was, seen) = (Shortage::default(), Seen::default());
        Self { settings, data, keeper: None, is_blind: false, was, seen }
    }

    /// Looks, and has held back what is short.
    async fn look_for(&mut self, runtime: &Runtime, dispatcher: &Dispatcher) {
        let shortage = self.look().await;
        tell(self.was.starts.as_deref(), shortage.starts.as_deref(), "executions are started");
        tell(self.was.tasks.as_deref(), shortage.tasks.as_deref(), "tasks are begun");
        if shortage != self.was {
            dispatcher.set_shortage(shortage.tasks.as_deref());
            runtime.set_shortage(shortage.clone());
            self.was = shortage;
        }
    }

    /// Says what is short. What the machine does not tell never is.
    async fn look(&mut self) -> Shortage {
        let disk = Disk::of(&self.data);
        if disk.is_none() && !self.is_blind {
            warn!(data = %self.data.display(), "the system does not tell how much room the disk has");
        }
        self.is_blind = disk.is_none();
        let of_disk = match disk {
            Some(disk) => self.look_at(disk).await,
            None => Shortage::default(),
        };
        let starts = of_disk.starts.or_else(|| Memory::all().into_iter().find_map(memory_shortage));
        Shortage { starts, ..of_disk }
    }

    async fn look_at(&mut self, disk: Disk) -> Shortage {
        let marks = self.settings.marks(disk.size);
        let found = || Keeper::new(Reserve::find(&self.data, marks.reserve));
        let keeper = self.keeper.get_or_insert_with(found);
        let free = keeper.keep(marks, disk.free, Instant::now()).await;
        self.seen.note(free, keeper.held_bytes());
        marks.shortage(free, keeper.held_bytes() > 0)
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

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1024 * 1024;
    const GIB: u64 = 1024 * MIB;
    /// The size of a large disk.
    const LARGE: u64 = 100 * GIB;

    /// What is held back while the reserve is held.
    fn shortage(disk_free_min: Option<u64>, size: u64, free: u64) -> Shortage {
        let settings = AdmissionSettings { disk_free_min, ..AdmissionSettings::default() };
        settings.marks(size).shortage(free, true)
    }

    fn is_held(shortage: &Shortage) -> (bool, bool) {
        (shortage.starts.is_some(), shortage.tasks.is_some())
    }

    #[test]
    fn a_large_disk_keeps_a_gibibyte_and_a_small_one_a_part() {
        assert_eq!(shortage(None, LARGE, GIB), Shortage::default());
        let short = shortage(None, LARGE, GIB - 1);
        assert!(short.starts.as_ref().is_some_and(|it| it.contains("1023 MiB of room")));
        assert_eq!(short.tasks, None, "tasks go on for longer");
        let free = |free| is_held(&shortage(None, GIB, free));
        assert_eq!(free(GIB / 20), (false, false));
        assert_eq!(free(GIB / 20 - 1), (true, false));
        assert_eq!(free(GIB / 40 - 1), (true, true));
    }

    #[test]
    fn a_setting_counts_more() {
        assert_eq!(is_held(&shortage(Some(60 * GIB), LARGE, 50 * GIB)), (true, false));
        assert_eq!(is_held(&shortage(Some(0), LARGE, 0)), (false, false));
        let settings = AdmissionSettings { disk_free_tasks: Some(GIB), ..Default::default() };
        let short = settings.marks(LARGE).shortage(GIB - 1, true);
        assert!(short.tasks.is_some_and(|it| it.contains("disk_free_tasks")));
    }

    #[test]
    fn all_is_held_back_until_the_reserve_fits_again() {
        let marks = AdmissionSettings::default().marks(LARGE);
        assert_eq!(marks.reserve, 64 * MIB);
        let free = |free| is_held(&marks.shortage(free, false));
        // What giving it up made free is not for anything new.
        assert_eq!(free(marks.gives_up() + marks.reserve), (true, true));
        assert_eq!(free(marks.takes_again() - 1), (true, true));
        assert_eq!(free(marks.takes_again()), (true, false));
        for disk in [10 * MIB, GIB, 100 * GIB] {
            let marks = AdmissionSettings::default().marks(disk);
            assert!(marks.gives_up() + marks.reserve < marks.takes_again(), "{marks:?}");
        }
        let none = AdmissionSettings { disk_reserve: Some(0), ..Default::default() };
        let marks = none.marks(LARGE);
        let is_low = marks.shortage(GIB, false);
        assert_eq!(is_low, Shortage::default());
    }

    #[test]
    fn whoever_lacks_the_reserve_is_told_how_to_do_without() {
        let settings = |disk_free_min| AdmissionSettings {
            disk_free_min,
            disk_reserve: Some(40 * GIB),
            ..Default::default()
        };
        let short = settings(Some(0)).marks(LARGE).shortage(50 * GIB, false);
        for why in [short.starts, short.tasks] {
            assert!(
                why.is_some_and(|it| it.contains("set disk_reserve of [admission] to a smaller"))
            );
        }
        let short = settings(Some(90 * GIB)).marks(LARGE).shortage(50 * GIB, false);
        assert!(short.starts.is_some_and(|it| it.contains("set disk_free_min of [admission]")));
    }

    #[test]
    fn a_reserve_of_nearly_all_of_the_disk_is_refused() {
        let data = tempfile::tempdir().unwrap();
        let prepare = |disk_reserve| {
            let settings = AdmissionSettings { disk_reserve, ..Default::default() };
            settings.prepare(data.path())
        };
        assert!(prepare(None).is_ok() && prepare(Some(0)).is_ok());
        let refused = prepare(Some(u64::MAX)).unwrap_err().to_string();
        assert!(refused.contains("disk_reserve of [admission]"), "{refused}");
    }

    #[test]
    fn as_many_starts_as_cannot_be_are_refused() {
        let data = tempfile::tempdir().unwrap();
        for (starts_max, is_fine) in
            [(0, false), (1, true), (STARTS_MAX, true), (STARTS_MAX + 1, false)]
        {
            let settings = AdmissionSettings {
                disk_reserve: Some(0),
                starts_max: Some(starts_max),
                ..Default::default()
            };
            assert_eq!(settings.prepare(data.path()).is_ok(), is_fine, "{starts_max}");
        }
    }

    #[tokio::test]
    async fn nothing_stays_short_of_which_the_system_tells_no_more() {
        let data = tempfile::tempdir().unwrap();
        let settings = AdmissionSettings {
            disk_free_min: Some(u64::MAX),
            disk_reserve: Some(0),
            ..Default::default()
        };
        let mut watcher = Watcher::new(settings, data.path().into());
        assert!(watcher.look().await.starts.is_some());
        data.close().unwrap();
        let starts = watcher.look().await.starts;
        assert!(starts.is_none_or(|why| why.contains("memory")));
    }

    #[test]
    fn memory_is_short_before_it_is_gone() {
        let used = |used, most| {
            memory_shortage(Memory { whose: "the server", most, used, least: most / 10 })
        };
        assert!(used(7 * GIB + GIB / 2, 8 * GIB).is_some_and(|it| it.contains("7680 of 8192 MiB")));
        assert_eq!(used(7 * GIB, 8 * GIB), None);
        assert_eq!(used(7 * GIB, u64::MAX), None);
    }
}
