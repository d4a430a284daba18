//! Where a program is. Looked up here, as the standard library starts a program by `posix_spawn` only if it need not look for
//! it itself: otherwise it forks, and copies what describes all memory of this process, which takes long once there is much.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// The path of `name`: what it is, if it has a slash, else the first one in the directories of the environment's `PATH`.
/// A name that is nowhere stays as it is; its start then says so.
pub(super) fn located(name: &str, environment: &BTreeMap<String, String>) -> PathBuf {
    let nowhere = || PathBuf::from(name);
    if name.contains('/') {
        return nowhere();
    }
    let Some(path) = environment.get("PATH") else { return nowhere() };
    // A relative directory counts from where the program starts, which is not here: it is left to the system.
    let directories = std::env::split_paths(path).take_while(|directory| directory.is_absolute());
    directories
        .map(|directory| directory.join(name))
        .find(|it| is_program(it))
        .unwrap_or_else(nowhere)
}

fn is_program(path: &Path) -> bool {
    path.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;

    use super::*;

    #[test]
    fn a_program_is_the_first_of_its_name_that_can_be_run() {
        let root = tempfile::tempdir().unwrap();
        let directory = |name: &str| root.path().join(name);
        for (name, mode) in [("text", 0o644), ("one", 0o755), ("two", 0o755)] {
            std::fs::create_dir(directory(name)).unwrap();
            let file = directory(name).join("tool");
            std::fs::write(&file, "#!/bin/sh\n").unwrap();
            std::fs::set_permissions(&file, Permissions::from_mode(mode)).unwrap();
        }
        std::fs::create_dir_all(directory("folder/tool")).unwrap();
        let path = ["missing", "folder", "text", "one", "two"].map(directory);
        let path = std::env::join_paths(path).unwrap().into_string().unwrap();
        let environment = BTreeMap::from([("PATH".to_owned(), path)]);
        assert_eq!(located("tool", &environment), directory("one/tool"));
        assert_eq!(located("other", &environment), Path::new("other"));
        assert_eq!(located("./tool", &environment), Path::new("./tool"));
        assert_eq!(located("tool", &BTreeMap::new()), Path::new("tool"));
    }
}
