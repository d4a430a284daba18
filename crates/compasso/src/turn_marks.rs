//! Turns under way, in a small file of the data directory. The system keeps what was written there when the
//! process ends by itself, which is all that matters: what ends the machine is no turn's fault.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use compasso_runtime::TurnMarks;
use tracing::warn;

/// The turns that threads decide now, a line in a slot of its own for each thread.
const NOW: &str = "turns";
/// The turns that were under way at the end before the last start.
const BEFORE: &str = "turns.before";
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
}
