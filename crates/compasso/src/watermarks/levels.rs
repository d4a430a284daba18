//! What the machine has: room on the disk, memory.

use std::fs;
use std::path::{Component, Path, PathBuf};

/// Where control groups are, which say how much memory those within may have.
const CGROUPS: &str = "/sys/fs/cgroup";
/// One part in so many of what it may have must be left.
const PART: u64 = 10;
/// The same of the memory of a machine, which others use as well, or [`LEAST_OF_MACHINE`] if that is less.
const PART_OF_MACHINE: u64 = 20;
const LEAST_OF_MACHINE: u64 = 512 * 1024 * 1024;

/// What is set as a limit of memory from here on is none.
const UNLIMITED: u64 = 1 << 62;

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

/// Memory that somebody may have and uses, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Memory {
    /// Who, for people.
    pub(super) whose: &'static str,
    pub(super) most: u64,
    pub(super) used: u64,
    /// With less of it left there is too little.
    pub(super) least: u64,
}

impl Memory {
    /// Looks at the memory of the process, of the control groups it is in, and of the machine. What the system does
    /// not tell is left out.
    pub(super) fn all() -> Vec<Self> {
        Self::all_in(Path::new("/proc"), Path::new(CGROUPS))
    }

    fn all_in(proc: &Path, cgroups: &Path) -> Vec<Self> {
        let read = |name: &str| fs::read_to_string(proc.join(name)).unwrap_or_default();
        let (machine, status) = (read("meminfo"), read("self/status"));
        let total = field(&machine, "MemTotal:");
        let of = |whose, most: u64, used| Self { whose, most, used, least: most / PART };
        let process = total.zip(field(&status, "VmRSS:"));
        let process = process.map(|(most, used)| of("the server", most, used));
        let all = total.zip(field(&machine, "MemAvailable:")).map(|(most, free)| {
            let least = (most / PART_OF_MACHINE).min(LEAST_OF_MACHINE);
            Self { least, ..of("the machine", most, most.saturating_sub(free)) }
        });
        let named = read("self/cgroup");
        let group = Version::ALL.into_iter().flat_map(|version| version.groups(&named, cgroups));
        let group = group.map(|(most, used)| of("the control group of the server", most, used));
        process.into_iter().chain(all).chain(group).collect()
    }
}

/// A version of control groups: how they are found, and what the files of a group are called there.
struct Version {
    /// What names them in `/proc/self/cgroup`; the second version has one line, without a controller.
    controller: &'static str,
    /// Where its groups are, in the directory of all.
    directory: &'static str,
    most: &'static str,
    used: &'static str,
    /// What is kept of files, with all groups inside.
    files: [&'static str; 2],
}

impl Version {
    const ALL: [Self; 2] = [
        Self {
            controller: "",
            directory: "",
            most: "memory.max",
            used: "memory.current",
            files: ["inactive_file", "active_file"],
        },
        Self {
            controller: "memory",
            directory: "memory",
            most: "memory.limit_in_bytes",
            used: "memory.usage_in_bytes",
            files: ["total_inactive_file", "total_active_file"],
        },
    ];

    /// Returns how much the control group that `/proc/self/cgroup` names and those around it may have and use.
    fn groups(self, named: &str, cgroups: &Path) -> Vec<(u64, u64)> {
        let directory = cgroups.join(self.directory);
        let group = |group: PathBuf| {
            // Where nothing is set, the first version shows a number that no machine has.
            let most = number(&group.join(self.most)).filter(|most| *most < UNLIMITED)?;
            let stat = fs::read_to_string(group.join("memory.stat")).unwrap_or_default();
            // What is kept of files is given up when it is needed.
            let files = self.files.into_iter().filter_map(|name| word(&stat, name)).sum();
            Some((most, number(&group.join(self.used))?.saturating_sub(files)))
        };
        directories(named, self.controller, &directory).into_iter().filter_map(group).collect()
    }
}

/// Returns the directories of the control group that `/proc/self/cgroup` names for a controller, and of those around it.
/// A container sees its own as the outermost, whatever it is called outside.
fn directories(named: &str, controller: &str, all: &Path) -> Vec<PathBuf> {
    let path = named.lines().find_map(|line| {
        let (controllers, path) = line.split_once(':')?.1.split_once(':')?;
        controllers.split(',').any(|name| name == controller).then_some(path)
    });
    // One that is above what is seen here is not to be found.
    let is_plain = |part: &Component<'_>| matches!(part, Component::Normal(_));
    let path: PathBuf = Path::new(path.unwrap_or_default()).components().filter(is_plain).collect();
    path.ancestors().map(|part| all.join(part)).collect()
}

/// Reads a file with a number in it; `max` is none.
fn number(path: &Path) -> Option<u64> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}

/// Reads a line such as `anon 1234`.
fn word(text: &str, name: &str) -> Option<u64> {
    text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok())
}

/// Reads a line such as `VmRSS:  1234 kB`, in bytes.
fn field(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse::<u64>().ok()?.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIB: u64 = 1 << 30;
    /// What a made-up machine and the server on it have, and use.
    const OF_MACHINE: [(u64, u64); 2] = [(8 * GIB, 1 << 20), (8 * GIB, 7 * GIB)];

    #[test]
    fn this_machine_tells_what_it_has() {
        let disk = Disk::of(Path::new(".")).unwrap();
        assert!(disk.size >= disk.free && disk.size > 0);
        let memory = Memory::all();
        assert!(memory.iter().any(|it| it.whose == "the server"), "{memory:?}");
        assert!(memory.iter().all(|it| it.most > it.used && it.used > 0), "{memory:?}");
        assert_eq!(field("A: 1 kB\nVmRSS:\t  2 kB\n", "VmRSS:"), Some(2048));
    }

    /// Makes the files of a machine with 8 GiB, 1 GiB of it available, and of the control groups of a server.
    fn machine(named: &str, groups: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        let of_machine = [
            ("proc/meminfo", "MemTotal: 8388608 kB\nMemAvailable: 1048576 kB\n"),
            ("proc/self/status", "Name: x\nVmRSS: 1024 kB\n"),
            ("proc/self/cgroup", named),
        ];
        for (name, text) in of_machine.iter().chain(groups) {
            let path = root.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        root
    }

    /// Makes a machine with a unit of systemd.
    fn unit(most: &str) -> tempfile::TempDir {
        let stat = "anon 600\nfile 400\ninactive_file 300\nactive_file 100\n";
        machine(
            "1:name=systemd:/x\n0::/system.slice/compasso.service\n",
            &[
                ("cgroup/system.slice/compasso.service/memory.max", most),
                ("cgroup/system.slice/compasso.service/memory.current", "1000\n"),
                ("cgroup/system.slice/compasso.service/memory.stat", stat),
                ("cgroup/system.slice/memory.max", "5000\n"),
                ("cgroup/system.slice/memory.current", "3000\n"),
            ],
        )
    }

    fn seen(root: &tempfile::TempDir) -> Vec<(u64, u64)> {
        let all = Memory::all_in(&root.path().join("proc"), &root.path().join("cgroup"));
        all.iter().map(|it| (it.most, it.used)).collect()
    }

    #[test]
    fn a_server_may_have_what_its_unit_and_the_slices_around_it_may() {
        assert_eq!(seen(&unit("2000\n")), [&OF_MACHINE[..], &[(2000, 600), (5000, 3000)]].concat());
        assert_eq!(seen(&unit("max\n")), [&OF_MACHINE[..], &[(5000, 3000)]].concat());
    }

    #[test]
    fn control_groups_of_the_first_version_count_as_well() {
        let stat = "inactive_file 7\ntotal_inactive_file 300\ntotal_active_file 100\n";
        let root = machine(
            "5:cpu,cpuacct:/cpu\n4:memory:/docker/x\n1:name=systemd:/x\n",
            &[
                ("cgroup/memory/docker/x/memory.limit_in_bytes", "2000\n"),
                ("cgroup/memory/docker/x/memory.usage_in_bytes", "1000\n"),
                ("cgroup/memory/docker/x/memory.stat", stat),
                // Nothing is set.
                ("cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n"),
                ("cgroup/memory/memory.usage_in_bytes", "3000\n"),
            ],
        );
        assert_eq!(seen(&root), [&OF_MACHINE[..], &[(2000, 600)]].concat());
    }

    #[test]
    fn a_container_is_the_outermost_group_that_it_sees() {
        let paths = directories("0::/../../docker/x\n", "", Path::new("/c"));
        assert_eq!(paths, ["/c/docker/x", "/c/docker", "/c/"].map(PathBuf::from));
        assert_eq!(directories("", "", Path::new("/c")), [PathBuf::from("/c/")]);
    }
}
