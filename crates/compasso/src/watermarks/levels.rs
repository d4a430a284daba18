//! What the machine has: room on the disk, memory.

use std::fs;
use std::path::Path;

/// Where a container is told how much memory it may have.
const CGROUP_MAX: &str = "/sys/fs/cgroup/memory.max";

/// A disk, in bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Disk {
    pub(super) size: u64,
    pub(super) free: u64,
}

impl Disk {
    /// Looks at the disk of a directory; `None` if the system does not tell.
    pub(super) fn of(directory: &Path) -> Option<Self> {
        let found = rustix::fs::statvfs(directory).ok()?;
        Some(Self {
            size: found.f_blocks.saturating_mul(found.f_frsize),
            free: found.f_bavail.saturating_mul(found.f_frsize),
        })
    }
}

/// The memory that the process may have and that it uses, in bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Memory {
    pub(super) most: u64,
    pub(super) used: u64,
}

impl Memory {
    /// Looks at the memory; `None` if the system does not tell.
    pub(super) fn of_process() -> Option<Self> {
        let machine = field(&fs::read_to_string("/proc/meminfo").ok()?, "MemTotal:")?;
        let used = field(&fs::read_to_string("/proc/self/status").ok()?, "VmRSS:")?;
        let container = fs::read_to_string(CGROUP_MAX).ok();
        let container = container.and_then(|text| text.trim().parse().ok()).unwrap_or(u64::MAX);
        Some(Self { most: machine.min(container), used })
    }
}

/// Reads a line such as `VmRSS:  1234 kB`, in bytes.
fn field(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse::<u64>().ok()?.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_tells_what_it_has() {
        let disk = Disk::of(Path::new(".")).unwrap();
        assert!(disk.size >= disk.free && disk.size > 0);
        let memory = Memory::of_process().unwrap();
        assert!(memory.most > memory.used && memory.used > 0);
        assert_eq!(field("A: 1 kB\nVmRSS:\t  2 kB\n", "VmRSS:"), Some(2048));
    }
}
