//! Turns under way, in a small file of the data directory. The system keeps what was written there when the
//! process ends by itself, which is all that matters: what ends the machine is no turn's fault.
//!
//! Of a server that works alone, two files say all. A node of a cluster has a file named after its process; what the
//! next process of the same data directory finds in it, it tells all nodes: see `server/ended_turns.rs`.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use compasso_runtime::TurnMarks;
use tracing::warn;

/// The turns that threads decide now, a line in a slot of its own for each thread.
const NOW: &str = "turns";
/// The turns that were under way at the end before the last start.
const BEFORE: &str = "turns.before";
/// What the names of files begin with that processes of nodes have; their ids follow.
const OF_PROCESS: &str = "turns-of-";
/// Bytes of a slot; a longer name is cut.
const SLOT: usize = 512;

/// The file, and what earlier starts found in it.
#[derive(Debug)]
pub(crate) struct FileMarks {
    now: File,
    suspects: BTreeSet<String>,
}

impl FileMarks {
    /// Reads which turns were under way when the last process ended. Those that the one before had
    /// found as well are suspect.
    pub(crate) fn open(directory: &Path) -> io::Result<Self> {
        let path = directory.join(NOW);
        let found = lines(&path)?;
        let before = lines(&directory.join(BEFORE))?;
        let suspects: BTreeSet<_> = found.intersection(&before).cloned().collect();
        for turn in &suspects {
            warn!(turn, "the server ended twice while it decided this turn");
        }
        fs::write(directory.join(BEFORE), found.into_iter().collect::<Vec<_>>().join("\n"))?;
        Ok(Self { now: File::create(path)?, suspects })
    }

    /// Marks turns in the file of a process; those that two ends had in common are suspect.
    pub(crate) fn of_process(file: &File, suspects: Vec<String>) -> io::Result<Self> {
        for turn in &suspects {
            warn!(turn, "servers ended twice while they decided this turn");
        }
        Ok(Self { now: file.try_clone()?, suspects: suspects.into_iter().collect() })
    }

    fn write(&self, thread: usize, text: &[u8]) {
        let mut slot = [0; SLOT];
        let length = text.len().min(SLOT);
        slot[..length].copy_from_slice(&text[..length]);
        // Without marks a turn is decided all the same.
        let _ = self.now.write_all_at(&slot, (thread * SLOT) as u64);
    }
}

impl TurnMarks for FileMarks {
    fn enter(&self, thread: usize, turn: &str) {
        self.write(thread, turn.as_bytes());
    }

    fn leave(&self, thread: usize) {
        self.write(thread, &[]);
    }

    fn is_suspect(&self, turn: &str) -> bool {
        let cut = &turn.as_bytes()[..turn.len().min(SLOT)];
        self.suspects.iter().any(|suspect| suspect.as_bytes() == cut)
    }
}

/// A process that has ended, and left its file.
#[derive(Debug)]
pub(crate) struct EndedProcess {
    /// Its id.
    pub(crate) process: String,
    /// The turns that were under way.
    pub(crate) turns: Vec<String>,
    path: PathBuf,
}

impl EndedProcess {
    /// Finds those of a data directory.
    pub(crate) fn all_in(directory: &Path) -> io::Result<Vec<Self>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(directory)? {
            let path = entry?.path();
            let name = path.file_name().and_then(|name| name.to_str());
            let Some(process) = name.and_then(|name| name.strip_prefix(OF_PROCESS)) else {
                continue;
            };
            let file = match File::open(&path) {
                // Another process has told of it meanwhile.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                opened => opened?,
            };
            // One that another process holds has not ended.
            if file.try_lock().is_err() {
                continue;
            }
            let turns = lines(&path)?.into_iter().collect();
            found.push(Self { process: process.to_owned(), turns, path: path.clone() });
        }
        Ok(found)
    }

    /// Removes its file: all know what was in it.
    pub(crate) fn forget(self) -> io::Result<()> {
        match fs::remove_file(self.path) {
            // Another process that shares the directory was faster.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed,
        }
    }
}

/// Makes the file of a process, and holds it until that ends.
pub(crate) fn file_of_process(directory: &Path, process: &str) -> io::Result<File> {
    // Held before it has its name: whoever finds it would take it for that of a process that has ended.
    let file = tempfile::NamedTempFile::new_in(directory)?;
    file.as_file().try_lock()?;
    Ok(file.persist(path_of_process(directory, process))?)
}

/// Returns the turns that a process has under way.
pub(crate) fn under_way(directory: &Path, process: &str) -> io::Result<BTreeSet<String>> {
    lines(&path_of_process(directory, process))
}

fn path_of_process(directory: &Path, process: &str) -> PathBuf {
    directory.join(format!("{OF_PROCESS}{process}"))
}

/// Reads the turns in a file: between them are ends of lines, or what fills slots.
fn lines(path: &Path) -> io::Result<BTreeSet<String>> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(error),
    };
    // What somebody else wrote there names no turn.
    let text = String::from_utf8_lossy(&bytes);
    let turns = text.split(['\n', '\0']).filter(|turn| !turn.is_empty());
    Ok(turns.map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TURN: &str = "arn:aws:states:us-east-1:123456789012:execution:M:e 7";

    #[test]
    fn a_turn_is_suspect_that_was_under_way_at_two_ends_in_a_row() {
        let directory = tempfile::tempdir().unwrap();
        let open = || FileMarks::open(directory.path()).unwrap();
        for is_suspect in [false, false, true, true] {
            let marks = open();
            assert_eq!(marks.is_suspect(TURN), is_suspect);
            marks.enter(1, TURN);
            // The process ends here.
        }
        let marks = open();
        marks.enter(0, TURN);
        marks.leave(0);
        assert!(!open().is_suspect(TURN));
    }

    #[test]
    fn turns_of_other_revisions_and_threads_are_others() {
        let directory = tempfile::tempdir().unwrap();
        let open = || FileMarks::open(directory.path()).unwrap();
        for revision in 1..4 {
            let marks = open();
            let turn = format!("e {revision}");
            assert!(!marks.is_suspect(&turn));
            marks.enter(0, &turn);
            marks.enter(1, &"x".repeat(2 * SLOT));
        }
        let marks = open();
        assert!(!marks.is_suspect("e 3") && marks.is_suspect(&"x".repeat(2 * SLOT)));
    }

    #[test]
    fn a_process_leaves_the_turns_that_were_under_way_when_it_ended() {
        let directory = tempfile::tempdir().unwrap();
        let ended = || EndedProcess::all_in(directory.path()).unwrap();
        let [idle, busy] =
            ["idle", "busy"].map(|id| file_of_process(directory.path(), id).unwrap());
        let marks = FileMarks::of_process(&busy, vec![TURN.to_owned()]).unwrap();
        assert!(marks.is_suspect(TURN) && !marks.is_suspect("e 1"));
        marks.enter(0, "e 1");
        marks.enter(1, "e 2");
        marks.leave(0);
        assert!(ended().is_empty(), "they have not ended");
        assert!(under_way(directory.path(), "busy").unwrap().into_iter().eq(["e 2"]));
        drop((idle, busy, marks));
        let mut found = ended();
        found.sort_by(|one, other| one.process.cmp(&other.process));
        let told: Vec<_> = found.iter().map(|it| (&*it.process, it.turns.clone())).collect();
        assert_eq!(told, [("busy", vec!["e 2".to_owned()]), ("idle", Vec::new())]);
        for one in found {
            one.forget().unwrap();
        }
        assert!(ended().is_empty());
    }

    #[test]
    fn a_process_that_begins_is_never_taken_for_one_that_has_ended() {
        const PROCESSES: usize = 500;
        let directory = tempfile::tempdir().unwrap();
        let held = std::thread::scope(|scope| {
            let begin = |number| file_of_process(directory.path(), &format!("{number}")).unwrap();
            let begun = scope.spawn(move || (0..PROCESSES).map(begin).collect::<Vec<_>>());
            while !begun.is_finished() {
                let ended = EndedProcess::all_in(directory.path()).unwrap();
                assert!(ended.is_empty(), "{ended:?}");
            }
            begun.join().unwrap()
        });
        drop(held);
        assert_eq!(EndedProcess::all_in(directory.path()).unwrap().len(), PROCESSES);
    }
}
