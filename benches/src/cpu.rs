//! CPU time of processes, as `/proc` says it.

use std::time::Duration;

use anyhow::Context as _;

/// Clock ticks of `/proc` per second; fixed on Linux.
const TICKS_PER_SECOND: f64 = 100.0;

/// What a process has used.
struct Usage {
    parent: u32,
    own: f64,
    /// By children that have ended.
    of_children: f64,
}

/// Returns the CPU time that a process has used.
pub(crate) fn of_process(process: u32) -> anyhow::Result<Duration> {
    Ok(seconds(usage(process)?.own))
}

/// Returns the CPU time that a process and its children have used, those too that have ended.
pub(crate) fn of_family(parent: u32) -> anyhow::Result<Duration> {
    let head = usage(parent)?;
    let mut ticks = head.own + head.of_children;
    for entry in std::fs::read_dir("/proc")? {
        let name = entry?.file_name();
        let Some(process) = name.to_str().and_then(|name| name.parse().ok()) else { continue };
        // One may end meanwhile.
        let Ok(usage) = usage(process) else { continue };
        if usage.parent == parent {
            ticks += usage.own + usage.of_children;
        }
    }
    Ok(seconds(ticks))
}

fn usage(process: u32) -> anyhow::Result<Usage> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The command's name may hold blanks; fields are counted behind it.
    let fields: Vec<&str> =
        stat.rsplit_once(") ").context("stat has a command")?.1.split(' ').collect();
    let ticks =
        |field: usize| fields.get(field).and_then(|it| it.parse::<f64>().ok()).unwrap_or(0.0);
    let parent = fields.get(1).and_then(|it| it.parse().ok()).context("stat has a parent")?;
    Ok(Usage { parent, own: ticks(11) + ticks(12), of_children: ticks(13) + ticks(14) })
}

fn seconds(ticks: f64) -> Duration {
    Duration::from_secs_f64(ticks / TICKS_PER_SECOND)
}
